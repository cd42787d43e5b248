"""The list of maps that a node read, with what each gave; the node of one layer down is a click away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.node.contribution_delegate import HEIGHT, WIDTH, ContributionDelegate, toggle
from convexplorer.gui.node.contributions_model import ContributionModel, Sources
from convexplorer.gui.node.layout import CAPTION

WIDTHS = (WIDTH, 320)
"""Least and greatest width of the list."""
_OWN = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down)


class ContributionView(QListView):
    """The rows; a click outside of the box, or Return, follows one."""

    followed = Signal(int)
    """A map whose strongest input is to be gone to."""

    def __init__(self, model: ContributionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("nodeContributions")
        self.setAccessibleName(self.tr("Maps that the node read, with what each gave"))
        self.delegate = ContributionDelegate(model, self)
        self._rows = model
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def event(self, event: QEvent) -> bool:
        """Keep this list's keys from being taken as shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _OWN:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return follows the current row, Space switches it."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.followed.emit(self._rows.rows[index.row()].channel)
        elif event.key() == Qt.Key.Key_Space and index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            toggle(self._rows, index)
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Follow the row that was clicked, unless it was its box."""
        index = self.indexAt(event.position().toPoint())
        was_pressed = index.isValid() and index == self.currentIndex()
        super().mouseReleaseEvent(event)
        if not was_pressed or event.button() != Qt.MouseButton.LeftButton:
            return
        if not self.delegate.on_box(event.position().toPoint(), self.visualRect(index), index):
            self.followed.emit(self._rows.rows[index.row()].channel)


class ContributionList(QWidget):
    """A line to choose the order by, and the rows.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's owner.
    """

    chosen = Signal(int)
    """The map whose cells are to be shown."""
    followed = Signal(int)
    """A map whose strongest input is to be gone to."""
    switched = Signal(int, bool)
    """A map is to be counted, or left out of the sum."""
    orderChanged = Signal()
    """Rows are to be shown in the other order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ContributionModel(self)
        self.view = ContributionView(self.model, self)
        self.order = QToolButton(self)
        self.order.setObjectName("nodeOrder")
        self.order.setAutoRaise(True)
        self.order.setFixedHeight(CAPTION)
        self.order.setStyleSheet("QToolButton { padding: 0 4px; font-size: 11px; }")  # as high as a caption
        self.order.clicked.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.order)
        layout.addWidget(self.view, 1)
        layout.addStretch()
        self.view.followed.connect(self.followed)
        self.view.entered.connect(self._enter)
        self.view.selectionModel().currentChanged.connect(lambda index, _before: self._enter(index))
        self.model.switched.connect(self.switched)
        self._quiet = False
        self._name_order()

    def show_node(
        self, node: NodeExplanation, numbers: PrintedNode, channels: list[int], sources: Sources, current: int | None
    ) -> int:
        """Show what each map gave (`ContributionModel.show`) and mark one, by default the first; returns which."""
        self._quiet = True
        self.model.show(node, numbers, channels, sources)
        row = -1 if current is None else self.model.row_of(current)
        index = self.model.index(max(row, 0))
        self.view.setCurrentIndex(index)
        self.order.setVisible(len(channels) > 1)
        self.view.setMaximumHeight(HEIGHT * len(channels))
        self._quiet = False
        return self.model.rows[index.row()].channel

    def set_colours(self, top: float, diverging: str) -> None:
        """The input that is white, and the palette of the bars."""
        self.view.delegate.top, self.view.delegate.diverging = top, diverging
        self.view.viewport().update()

    def _enter(self, index: Index) -> None:
        if not self._quiet and index.isValid() and index.row() < len(self.model.rows):
            self._quiet = True
            self.view.setCurrentIndex(self.model.index(index.row()))
            self._quiet = False
            self.chosen.emit(self.model.rows[index.row()].channel)

    def _turn(self) -> None:
        self.model.by_size = not self.model.by_size
        self._name_order()
        self.orderChanged.emit()

    def _name_order(self) -> None:
        by_size = self.model.by_size
        self.order.setText(self.tr("Largest first ▾") if by_size else self.tr("By number ▾"))
        self.order.setAccessibleName(self.tr("Order of the maps"))
        self.order.setToolTip(
            self.tr("Maps are listed by what they give, largest first. Click to list them by number")
            if by_size
            else self.tr("Maps are listed by number. Click to list them by what they give, largest first")
        )
