"""When the lens is open, and how high it wants to be: one line while nothing is looked at, else steady."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

PATIENCE = 1500
"""Milliseconds without a node after which the lens closes: the mouse may only be on its way to the next map."""


class Folding(QObject):
    """Opens with a node at once, and closes when there was none for a while.

    Parameters
    ----------
    parent : QObject
        Qt's owner.
    is_used : callable
        Whether the mouse or the keys are in the lens: what gave way to it would come under the mouse if it closed, and
        open it again.
    """

    changed = Signal()
    """It has opened or closed."""

    def __init__(self, parent: QObject, is_used: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._is_used = is_used
        self.folded = True
        self._kept: tuple[object, int] = (None, 0)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._fold)

    def follow(self, *, node: bool, pinned: bool) -> None:
        """Take up whether there is a node; of a pinned one that is not known yet, the room is kept."""
        if node:
            self._patience.stop()
            if self.folded:
                self.folded = False
                self.changed.emit()
        elif pinned:
            self._patience.stop()
        elif not self.folded and not self._patience.isActive():
            self._patience.start()

    def steady(self, kind: object, height: int) -> int:
        """The height for nodes of a kind: the largest that one of them has asked for."""
        if self._kept[0] == kind:
            height = max(height, self._kept[1])
        self._kept = kind, height
        return height

    def _fold(self) -> None:
        if self._is_used():
            self._patience.start()
            return
        self.folded = True
        self.changed.emit()
