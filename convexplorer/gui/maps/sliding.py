"""The window sliding over the input, left to right, then down, while the maps fill node by node."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from convexplorer.gui.canvas.navigator import Navigator
from convexplorer.gui.canvas.probe import Probe

FRAME = 16
"""Milliseconds between two moves."""
SLOWEST = 3.0
"""Nodes a second at normal speed on a tiny map, where every step is to be followed."""
LONGEST = 12.0
"""Seconds that a sweep over any map takes at normal speed: large maps go as fast as that needs."""


class Sliding(QObject):
    """Plays the sweep; the probe is pinned to the node that is being filled.

    `position` counts the nodes passed, row by row; the maps show those and no others. Moving the mouse over a picture
    takes over and pauses, as does pinning another node.
    """

    changed = Signal()
    """Position, whether it plays, or speed."""

    def __init__(self, probe: Probe, navigator: Navigator, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._probe = probe
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME)
        self._timer.timeout.connect(self._advance)
        self._exact = 0.0
        self._last = 0.0
        self.speed = 1.0
        self.position: int | None = None
        navigator.cursorChanged.connect(self._pause_playing)
        probe.changed.connect(self._let_go)

    @property
    def total(self) -> int:
        """Nodes of a map."""
        placement = self._probe.placement
        return placement.output[0] * placement.output[1] if placement is not None else 0

    @property
    def playing(self) -> bool:
        """Whether the window moves by itself."""
        return self._timer.isActive()

    @property
    def node(self) -> tuple[int, int] | None:
        """The node that is being filled; None when all are shown."""
        placement = self._probe.placement
        if self.position is None or placement is None:
            return None
        return divmod(min(self.position, self.total - 1), placement.output[1])

    def play(self) -> None:
        """Go on, or begin anew after the end."""
        if not self.total:
            return
        if self.position is None or self.position >= self.total - 1:
            self._go(0)
        self._exact = float(self.position or 0)
        self._last = time.monotonic()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """Stay where the window is."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def step(self, by: int = 1) -> None:
        """Go to the next node, or back."""
        self._timer.stop()
        self._go(0 if self.position is None else self.position + by)

    def go_to(self, position: int) -> None:
        """Go to any node, by its place in the sweep."""
        self._timer.stop()
        self._go(position)

    def end(self) -> None:
        """Show all nodes again and let the probe go."""
        self._timer.stop()
        if self.position is not None:
            self.position = None
            self._probe.let_go()
            self.changed.emit()

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast as normal."""
        self.speed = speed
        self._exact = float(self.position or 0)
        self._last = time.monotonic()
        self.changed.emit()

    def _advance(self) -> None:
        now = time.monotonic()
        self._exact += (now - self._last) * self.speed * max(SLOWEST, self.total / LONGEST)
        self._last = now
        if int(self._exact) != self.position:
            self._go(int(self._exact))
        if self.position is not None and self.position >= self.total - 1:
            self._timer.stop()
            self.changed.emit()

    def _go(self, position: int) -> None:
        if self.total:
            self.position = min(max(position, 0), self.total - 1)
            node = self.node
            if node is not None:
                self._probe.pin(*node)
            self.changed.emit()

    def _let_go(self) -> None:
        """Esc lets the node go; without one there is no window that slides."""
        if self.position is not None and not self._probe.pinned:
            self.end()

    def _pause_playing(self) -> None:
        if self.playing:
            self.pause()
