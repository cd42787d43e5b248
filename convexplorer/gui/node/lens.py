"""The parts of the lens, and the room that each of them gets."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from convexplorer.gui.node.arrange import SPACE, shares
from convexplorer.gui.node.blocks import NodeBlocks
from convexplorer.gui.node.contribution_list import ContributionList
from convexplorer.gui.node.folding import Folding
from convexplorer.gui.node.header import NodeHeader, NodeHelp
from convexplorer.gui.node.layout import CAPTION
from convexplorer.gui.node.loupe import LEAST as LEAST_LOUPE
from convexplorer.gui.node.loupe import MOST as MOST_LOUPE
from convexplorer.gui.node.loupe import Loupe
from convexplorer.gui.node.notes import NodeNotes
from convexplorer.gui.node.places import NodePlaces
from convexplorer.gui.node.result import NodeResult

GAP = 8
LEAST = (740, 170)
"""Least width and height in pixels while it is open."""
MOST_CELLS = 250
"""Height in pixels of the cells that a small window has for them."""
SHARE = 0.34
"""Share of a high window's height that the cells may have."""


class NodeLens(QWidget):
    """Loupe or list of maps, cells, result and strongest places beside each other, below a header and above notes."""

    heightWanted = Signal(int)
    """It needs this height in pixels to show what it shows with ease."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodePanel")
        self.folding = Folding(self, self.is_used)
        self.places = NodePlaces(self)
        self.header = NodeHeader(self.places.steps, self)
        self.body = QWidget(self)
        self.maps = ContributionList(self.body)
        self.maps.hide()
        self.loupe = Loupe(self.body)
        self.blocks = NodeBlocks(self.body)
        self.result = NodeResult(self.body)
        self.sum = self.result.sum
        self._help = NodeHelp(self)
        self._notes = NodeNotes(self.body)
        self._wanted = -1
        self._listed = False
        self._lay_out()
        self.header.helpToggled.connect(self._help.setVisible)
        self.blocks.reshaped.connect(self._arrange)
        self.blocks.reshaped.connect(self._want)
        self.folding.changed.connect(self._fold)
        self._fold()

    def _lay_out(self) -> None:
        self._scroll = QScrollArea(self.body)
        self._scroll.setObjectName("nodeScroll")
        self._scroll.setWidget(self.blocks)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._parts = QWidget(self.body)
        parts = QHBoxLayout(self._parts)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(SPACE)
        parts.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        for part in (self.loupe, self.maps, self._scroll, self.result, self.places):
            parts.addWidget(part)
        parts.setAlignment(self.loupe, Qt.AlignmentFlag.AlignTop)
        parts.addStretch(1)
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(2)
        body.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        body.addWidget(self._parts, 1)
        body.addWidget(self._notes)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(GAP // 2)
        # One least size whatever is shown, so that the window does not change under the moving mouse.
        self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self._column.addWidget(self.header)
        self._column.addWidget(self._help)
        self._column.addWidget(self.body, 1)
        self._above: list[QWidget] = [self.header, self._help]
        for one in (self._parts, *self._above):
            one.installEventFilter(self)

    def is_used(self) -> bool:
        """Whether the mouse is on it, or keys go to its cells or its list."""
        focus = QApplication.focusWidget()
        return self.underMouse() or self.header.underMouse() or (focus is not None and self.body.isAncestorOf(focus))

    def put_above(self, widget: QWidget) -> None:
        """Give a line above the body to a widget, such as the way of a trace."""
        self._above.append(widget)
        self._column.insertWidget(self._column.count() - 1, widget)
        widget.installEventFilter(self)

    def list_maps(self, *, on: bool) -> None:
        """Show the list of maps in place of the loupe, or the loupe."""
        if on != self._listed:
            self._listed = on
            self._arrange()
            self._want()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._want()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Share the room anew when some of it is given or taken."""
        if watched is self._parts and event.type() == QEvent.Type.Resize:
            self._arrange()
        elif watched in self._above and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._want()
        return super().eventFilter(watched, event)

    def _fold(self) -> None:
        folded = self.folding.folded
        self.body.setVisible(not folded)
        self._column.setContentsMargins(GAP, 0 if folded else 4, GAP, 0 if folded else 4)
        self.setMinimumSize(LEAST[0], 0 if folded else LEAST[1])
        self._want()

    def _want(self) -> None:
        """Ask for the height that is needed, if that has changed."""
        height = self.wanted_height()
        if height != self._wanted:
            self._wanted = height
            self.heightWanted.emit(height)

    def wanted_height(self) -> int:
        """Height in pixels that is needed for what is shown; that of the body only grows for a kernel's size."""
        above = [one for one in self._above if one.parent() is self and not one.isHidden()]
        height = sum(self._height_of(one) + self._column.spacing() for one in above)
        if self.folding.folded:
            return height
        most = max(MOST_CELLS, round(SHARE * self.window().height()))
        room = QSize(self._width(), most)
        share = shares(self.blocks, room, listed=self._listed, loupe=_loupe_side(MOST_CELLS))
        cells = self.blocks.comfortable_height(QSize(share.cells.width(), most))
        kind = self.blocks.shape, self._listed, self._width()
        cells = self.folding.steady(kind, max(cells, self.result.least_height()))
        margins = self._column.contentsMargins()
        return height + cells + self._notes.sizeHint().height() + 2 + margins.top() + margins.bottom()

    def _height_of(self, widget: QWidget) -> int:
        wraps = widget.hasHeightForWidth()
        return widget.heightForWidth(self._width()) if wraps else widget.sizeHint().height()

    def _width(self) -> int:
        return self.width() - 2 * GAP

    def _arrange(self) -> None:
        """Give each part its share."""
        room = QSize(self._width(), self._parts.height())
        share = shares(self.blocks, room, listed=self._listed, loupe=_loupe_side(room.height()))
        self.loupe.setVisible(not self._listed and share.left > 0)
        if share.left:
            self.loupe.fit(share.left)
        self.maps.setVisible(self._listed)
        self.maps.setFixedWidth(share.left or self.maps.width())
        self.result.fit(share.result)
        self.places.setVisible(share.places > 0)
        self.blocks.fit(share.cells)
        over = self.blocks.height() > share.cells.height()
        wide = self.blocks.width() + (self._scroll.verticalScrollBar().sizeHint().width() if over else 0)
        self._scroll.setFixedWidth(min(share.cells.width(), wide))
        self._notes.show_cell(self.blocks.blocks, self.blocks.marked)


def _loupe_side(height: int) -> int:
    """Side in pixels of the loupe in a height; less than it needs is nothing."""
    side = min(height - CAPTION, MOST_LOUPE)
    return side if side >= LEAST_LOUPE else 0
