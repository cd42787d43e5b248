"""The node that is looked at: the one under the mouse, or one that was pinned."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from convexplorer.core.model.placement import Placement
from convexplorer.gui.canvas.navigator import Navigator

FAR = 10
"""Nodes that an arrow key moves by while Shift is down."""


class Probe(QObject):
    """Follows the mouse until a node is pinned; a pinned one is moved by arrow keys and let go by Esc.

    Parameters
    ----------
    navigator : Navigator
        Where the mouse is on the input.
    parent : QObject, optional
        Qt's owner.
    """

    changed = Signal()
    """Another node, or none; pinned or let go."""
    clicked = Signal()
    """A node was pinned by a click: its equation is wanted."""

    def __init__(self, navigator: Navigator, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self._placement: Placement | None = None
        self._pinned: tuple[int, int] | None = None
        navigator.cursorChanged.connect(self._hover)

    @property
    def placement(self) -> Placement | None:
        """Where nodes lie over the image, once it is known."""
        return self._placement

    @property
    def pinned(self) -> bool:
        """Whether the node stays where it is when the mouse moves on."""
        return self._pinned is not None

    @property
    def node(self) -> tuple[int, int] | None:
        """Row and column of the node, if there is one."""
        if self._placement is None:
            return None
        if self._pinned is not None:
            return self._pinned
        cursor = self._navigator.cursor
        return None if cursor is None else self._placement.node_at(*cursor)

    def set_placement(self, placement: Placement | None) -> None:
        """Take another input, layer or kernel size, or none; a pinned node stays as near as it can."""
        if placement != self._placement:
            self._placement = placement
            if self._pinned is not None and placement is not None:
                self._pinned = self._inside(*self._pinned)
            self.changed.emit()

    def pin(self, row: int, column: int) -> None:
        """Hold on to a node, the nearest one there is."""
        if self._placement is not None:
            self._pinned = self._inside(row, column)
            self.changed.emit()

    def pin_at(self, y: float, x: float) -> None:
        """Hold on to the node whose window's centre is nearest to a point of the input."""
        if self._placement is not None:
            self.pin(*self._placement.node_at(y, x))
            self.clicked.emit()

    def let_go(self) -> bool:
        """Follow the mouse again; whether a node was pinned."""
        was = self._pinned is not None
        self._pinned = None
        if was:
            self.changed.emit()
        return was

    def key(self, event: QKeyEvent) -> bool:
        """Move a pinned node by arrow keys, let it go by Esc; whether the key was one of these."""
        if self._pinned is None:
            return False
        far = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        moves = {
            Qt.Key.Key_Left: (0, -far),
            Qt.Key.Key_Right: (0, far),
            Qt.Key.Key_Up: (-far, 0),
            Qt.Key.Key_Down: (far, 0),
        }
        if event.key() == Qt.Key.Key_Escape:
            return self.let_go()
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            return False
        self.pin(self._pinned[0] + move[0], self._pinned[1] + move[1])
        return True

    def _inside(self, row: int, column: int) -> tuple[int, int]:
        rows, columns = self._placement.output if self._placement else (1, 1)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def _hover(self) -> None:
        if self._pinned is None:
            self.changed.emit()
