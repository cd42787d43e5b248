"""The weights of a filter as a table to type in, scrub, nudge, copy from and paste into."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from convexplorer.gui.filters.weights.clipboard_blocks import WeightCell
from convexplorer.gui.filters.weights.plane_header import HEIGHT as HEADER_HEIGHT
from convexplorer.gui.filters.weights.plane_header import PlaneHeader
from convexplorer.gui.filters.weights.weight_clipboard import WeightClipboard
from convexplorer.gui.filters.weights.weight_keys import ARROWS, TURNING, WALKING, takes
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.filters.weights.weight_nudge import WeightNudge
from convexplorer.gui.filters.weights.weight_paint import Placed, WeightPaint, cells_in
from convexplorer.gui.filters.weights.weight_scrub import Scrub
from convexplorer.gui.filters.weights.weight_walk import neighbour, next_in_column, next_in_row
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.nudging import factor
from convexplorer.gui.kit.fields.number_delegate import NumberDelegate
from convexplorer.gui.kit.fields.typed_text import is_character
from convexplorer.gui.kit.needed_bars import show_needed_bars

SMALLEST, LARGEST = 24, 56
"""Side of a cell in pixels."""
GAP = 8
"""Between two planes."""

_KEY = Qt.Key
_TRIGGER = QAbstractItemView.EditTrigger
_CTRL, _SHIFT, _ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class WeightView(QTableView):
    """The table; every edit goes through its `WeightTableModel` to the document.

    Parameters
    ----------
    model : WeightTableModel
        What is shown.
    parent : QWidget, optional
        Qt's owner.
    """

    weightHovered = Signal(object)
    """(channel, row, column) of the weight under the mouse, or None."""
    message = Signal(str)
    """One line: why something was not taken, or a hint; empty when it no longer holds."""

    def __init__(self, model: WeightTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weightTable")
        self.setAccessibleName(self.tr("Weights of the selected filter"))
        self._weights = model
        self._scrub = Scrub(model)
        self._steps = WeightNudge(model, self)
        self._corner = QModelIndex()
        self._hovered: WeightCell | None = None
        self._hint = ""
        self._fresh = False
        self.clipboard = WeightClipboard(model, self.selected_cells, self.message.emit, self)
        self._standard_keys: dict[QKeySequence.StandardKey, Callable[[], None]] = {
            QKeySequence.StandardKey.Copy: self.clipboard.copy,
            QKeySequence.StandardKey.Paste: self.clipboard.paste,
            QKeySequence.StandardKey.SelectAll: self.selectAll,
        }
        self.setModel(model)
        self.setHorizontalHeader(PlaneHeader(self))
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QTableView, QHeaderView { background: transparent; }")
        self.setMouseTracking(True)
        self.setEditTriggers(_TRIGGER.DoubleClicked | _TRIGGER.AnyKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._paint = WeightPaint()
        delegate = NumberDelegate(self, model.subject)
        delegate.complained.connect(self.message)
        delegate.left.connect(self._walk_on)
        self.setItemDelegate(delegate)
        model.modelReset.connect(self._reset)
        model.planeChanged.connect(self._let_go)
        model.refusalChanged.connect(self._report)
        self._reset()

    # --- looks ---------------------------------------------------------------------------------------------------

    def set_hint(self, text: str) -> None:
        """What to say when there is no filter."""
        self._hint = text
        self.viewport().update()

    def height_for(self, room: int) -> int:
        """The height at which the cells are as large as this width lets them be."""
        channels, height, width = map(int, self._weights.shown.shape)
        if not height:
            return 0
        side = self._side(room)
        cut = 0 < room < channels * width * side + (channels - 1) * GAP
        bar = self.horizontalScrollBar().sizeHint().height() if cut else 0
        return height * side + (HEADER_HEIGHT if channels > 1 else 0) + bar

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the cells as large as fits."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the table, or the hint."""
        painter = QPainter(self.viewport())
        if self._weights.filter is not None:
            self._paint.begin(self._weights.filter, self._weights.shown, self.font(), self.columnWidth(0))
            self._paint.draw(painter, self._weights, self._place_cells(event.rect()))
        else:
            painter.setPen(QColor(theme.current().muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 8, -16, -8), flags, self._hint)

    def _place_cells(self, area: QRect) -> Iterator[Placed]:
        """The cells in a part of the viewport."""
        focus = self._weights.cell(self.currentIndex()) if self.hasFocus() else None
        selected = set(self.selected_cells())
        for cell, rect in cells_in(self, self._weights, area):
            yield Placed(cell, rect, cell == self._hovered, cell in selected, cell == focus)

    def _reset(self) -> None:
        self.horizontalHeader().setVisible(self._weights.shown.shape[0] > 1)
        self._let_go()
        self.setMinimumHeight(min(max(self._weights.rowCount(), 3), 4) * SMALLEST)
        self._fit()
        if self._weights.rowCount():
            self.selectionModel().setCurrentIndex(
                self._weights.index(0, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _let_go(self) -> None:
        """Other weights are under the mouse now."""
        self._scrub.release()
        self._steps.end()
        self._hover(None)

    def _fit(self) -> None:
        height = self._weights.rowCount()
        if not height:
            return
        room = self.maximumViewportSize()
        side = min(self._side(room.width()), max(SMALLEST, room.height() // height))
        self.verticalHeader().setDefaultSectionSize(side)
        for column in range(self._weights.columnCount()):
            self.setColumnWidth(column, GAP if self._weights.is_gap(column) else side)
        show_needed_bars(self, room)

    def _side(self, room: int) -> int:
        channels, _, width = map(int, self._weights.shown.shape)
        return max(SMALLEST, min(LARGEST, (room - (channels - 1) * GAP) // (channels * width)))

    def _report(self) -> None:
        refusal = self._weights.refusal
        self.message.emit(refusal.reason if refusal else "")
        # What is typed is taken, or refused, when its cell is left; going to the next cell is part of that.
        self._fresh = refusal is not None
        QTimer.singleShot(0, self, self._grow_old)

    def _grow_old(self) -> None:
        self._fresh = False

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Another cell: what was refused before, and why, is past."""
        super().currentChanged(current, previous)
        if not self._fresh:
            self._weights.refuse(None)
            self.message.emit("")

    # --- keyboard ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep the keys this table needs from being taken as shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge, move, extend, edit, copy, paste."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        standard = next(filter(event.matches, self._standard_keys), None)
        if not self._takes(event):
            event.ignore()
        elif standard is not None:
            self._standard_keys[standard]()
        elif key in ARROWS:
            self._arrow(key, modifiers)
        elif key in TURNING:
            self._turn_planes(TURNING[key])
        elif key in WALKING:
            event.setAccepted(self._walk_on(key, modifiers) or key not in (_KEY.Key_Tab, _KEY.Key_Backtab))
        elif key in (_KEY.Key_Delete, _KEY.Key_Backspace):
            self.clipboard.zero()
        elif key == _KEY.Key_Escape:
            self._scrub.cancel()
        elif key == _KEY.Key_F2:
            self.edit(self.currentIndex())
        elif is_character(event):
            self.edit(self.currentIndex(), _TRIGGER.AnyKeyPressed, event)
        else:
            super().keyPressEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        if not self._weights.rowCount() and is_character(event):
            return False
        return any(map(event.matches, self._standard_keys)) or takes(event, scrubbing=self._scrub.cell is not None)

    def _arrow(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        rows, columns = ARROWS[key]
        if rows and not modifiers & _CTRL:
            self._steps.nudge(self.currentIndex(), -rows * factor(modifiers))
        elif modifiers & _SHIFT:
            self._extend(rows, columns)
        else:
            self._go_to(neighbour(self._weights, self.currentIndex(), rows, columns))

    def _walk_on(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Go on by rows (Tab) or by columns (Enter), back with Shift; False at the end, where Tab leaves the table."""
        back = key == _KEY.Key_Backtab or bool(modifiers & _SHIFT)
        follow = next_in_row if key in (_KEY.Key_Tab, _KEY.Key_Backtab) else next_in_column
        to = follow(self._weights, self.currentIndex(), -1 if back else 1)
        if to.isValid():
            self._go_to(to)
        return to.isValid()

    def _go_to(self, index: QModelIndex) -> None:
        self._corner = index
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _turn_planes(self, step: int) -> None:
        """Go to the same place of the next plane (step 1) or of the one before it (−1), round and round."""
        cell, planes = self._weights.cell(self.currentIndex()), len(self._weights.weights)
        if cell is None:
            return
        plane = (cell[0] + step) % planes
        if self._weights.plane is None:
            self._go_to(self._weights.index_of((plane, *cell[1:])))
        else:
            self._weights.show_plane(plane)

    def _extend(self, rows: int, columns: int) -> None:
        corner = self._corner if self._corner.isValid() else self.currentIndex()
        self._extend_to(neighbour(self._weights, corner, rows, columns))

    def _extend_to(self, corner: QModelIndex) -> None:
        """Select the block between the current cell and another corner."""
        self._corner = corner
        one, other = self.currentIndex(), corner
        block = QItemSelection(
            self._weights.index(min(one.row(), other.row()), min(one.column(), other.column())),
            self._weights.index(max(one.row(), other.row()), max(one.column(), other.column())),
        )
        self.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(corner)

    # --- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a cell; with Shift or Ctrl it is selected only on release, as this may become a scrub."""
        index = self.indexAt(event.position().toPoint())
        cell = self._weights.cell(index)
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._steps.end()
            if not event.modifiers() & (_SHIFT | _CTRL):
                self._go_to(index)
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._scrub.press(cell, event.position().x())
        elif cell is not None and not self.selectionModel().isSelected(index):
            self._go_to(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, or follow the mouse over the cells."""
        if not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            self._hover(self._weights.cell(self.indexAt(event.position().toPoint())))
            return
        held = self._scrub.cell
        if held is not None and self._scrub.move(event.position().x(), event.modifiers()):
            index = self._weights.index_of(held)
            if index != self.currentIndex():
                self._go_to(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the scrub, or finish the selection."""
        cell = self._scrub.cell
        if event.button() != Qt.MouseButton.LeftButton or cell is None or self._scrub.release():
            return
        index = self._weights.index_of(cell)
        if event.modifiers() & _SHIFT:
            self._extend_to(index)
        elif event.modifiers() & _CTRL:
            self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Toggle)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit the cell."""
        self._scrub.release()
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._weights.cell(index) is not None:
            self.edit(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nudge the cell under the mouse; where there is something to scroll, only the current cell."""
        index = self.indexAt(event.position().toPoint())
        if not self._steps.is_meant(event, index):
            super().wheelEvent(event)
            return
        event.accept()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if index != self.currentIndex():
            self._go_to(index)
        self._steps.turn(event, index)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, cell: WeightCell | None) -> None:
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor if cell is None else Qt.CursorShape.SizeHorCursor)
        if cell != self._hovered:
            self._hovered = cell
            self.weightHovered.emit(cell)

    # --- the block ------------------------------------------------------------------------------------------------

    def selected_cells(self) -> list[WeightCell]:
        """The cells that are selected, in reading order of each plane."""
        return sorted(cell for index in self.selectedIndexes() if (cell := self._weights.cell(index)) is not None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the selected cells."""
        if self._weights.rowCount():
            self.clipboard.menu(self).popup(event.globalPos())
