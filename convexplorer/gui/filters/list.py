"""The list of filters: pattern, name, bias, sum, on or off."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QSize,
    Qt,
    QTemporaryDir,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDrag,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.errors import ConvExplorerError, UnwritableFileError
from convexplorer.gui.canvas.thumbnails import SIDE, thumbnail_icon
from convexplorer.gui.filters.list_model import FILTER_ROLE, FilterColumn, FilterListModel
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.number_delegate import NumberDelegate
from convexplorer.gui.kit.fields.point_aligned import NumberColumn, paint_number

ROW_HEIGHT = SIDE + 8
LEAST_HEIGHT = 104
"""Two filters below the header."""
WIDE = 270
"""Width in pixels from which on bias and sum stand beside the name."""
BAR = 3
USUAL_NUMBER = "−0.000"
"""Number for which a column has room at least, so that it does not move while one is dragged."""
PADDING = 18
"""Width of a column of numbers beside these, in pixels."""
LONGEST_NAME = 120
OFF = 0.35
"""Opacity of the pattern of a filter that is off."""

_KEYS = {
    "Delete": "deleteFilters",
    "Backspace": "deleteFilters",
    "Alt+Up": "moveFiltersUp",
    "Alt+Down": "moveFiltersDown",
    "F2": "renameFilter",
    "Space": "toggleFilters",
    "Ctrl+C": "copyFilters",
    "Ctrl+V": "pasteFilters",
}
"""Keys that the list itself answers, and their commands."""


class NameDelegate(QStyledItemDelegate):
    """Draws the pattern before the name.

    Parameters
    ----------
    parent : QWidget
        The view.
    subject : callable
        Says of which layer the filters are; a name typed in another one is dropped.
    """

    def __init__(self, parent: QWidget, subject: Callable[[], Hashable]) -> None:
        super().__init__(parent)
        self._subject = subject
        self._typed_for: Hashable = None

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Add the thumbnail; what is off is faint."""
        super().initStyleOption(option, index)
        enabled = index.data(FILTER_ROLE).enabled
        if not enabled:
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                option.palette.setColor(role, QColor(theme.current().faint))
        ratio = option.widget.devicePixelRatioF() if option.widget else 1.0
        pattern = index.data(Qt.ItemDataRole.DecorationRole)
        option.decorationSize = QSize(SIDE, SIDE)
        option.icon = thumbnail_icon([pattern], SIDE, ratio, opacity=1.0 if enabled else OFF)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Room around the thumbnail; the column takes what width there is."""
        return QSize(SIDE, ROW_HEIGHT)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A line for the name."""
        self._typed_for = self._subject()
        editor = super().createEditor(parent, option, index)
        editor.setObjectName("filterNameEditor")
        if isinstance(editor, QLineEdit):
            editor.setMaxLength(LONGEST_NAME)
        return editor

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Hand over the name, to the layer it was typed in."""
        if self._typed_for == self._subject():
            super().setModelData(editor, model, index)


class AlignedDelegate(NumberDelegate):
    """Draws numbers aligned at their points."""

    column = NumberColumn()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a number below the others."""
        paint_number(self, painter, option, index, self.column)


class FilterListView(QTreeView):
    """Shows a `FilterListModel`; rows can be edited in place, dragged and selected together.

    Parameters
    ----------
    model : FilterListModel
        The filters.
    selection : QItemSelectionModel
        Shared with the grid of maps; its current row is the filter that is edited.
    parent : QWidget, optional
        Qt's owner.
    """

    commandRequested = Signal(str)
    """Key of a command in `FILTER_ACTIONS`."""
    message = Signal(str)
    """One line: why something was not taken."""

    def __init__(self, model: FilterListModel, selection: QItemSelectionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterList")
        self.setAccessibleName(self.tr("Filters"))
        self._hint = ""
        self._dragged: QTemporaryDir | None = None
        self.setModel(model)
        self.setSelectionModel(selection)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setItemsExpandable(False)
        self.setStyleSheet("QTreeView::item { border-radius: 0; }")  # one tint across the columns
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragEnabled(True)
        self.setMinimumHeight(LEAST_HEIGHT)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(FilterColumn.NAME, QHeaderView.ResizeMode.Stretch)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # "Gabor 1…" may be any of four.
        self.setItemDelegateForColumn(FilterColumn.NAME, NameDelegate(self, model.subject))
        self._numbers = {
            column: AlignedDelegate(self, model.subject) for column in (FilterColumn.BIAS, FilterColumn.SUM)
        }
        for column, delegate in self._numbers.items():
            self.setItemDelegateForColumn(column, delegate)
        self._numbers[FilterColumn.BIAS].complained.connect(self.message)
        self._filters = model
        for changed in (model.dataChanged, model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self._fit_numbers)
        self._fit_numbers()
        model.refused.connect(self.message)

    def _fit_numbers(self) -> None:
        """Make the columns of numbers as wide as their widest, so that none is cut."""
        metrics = self.fontMetrics()
        for column, delegate in self._numbers.items():
            delegate.column = NumberColumn.of(self._filters.number_texts(column))
            width = max(delegate.column.width(metrics), metrics.horizontalAdvance(USUAL_NUMBER)) + PADDING
            if width != self.header().sectionSize(column):
                self.header().resizeSection(column, width)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show numbers where names have room beside them."""
        super().resizeEvent(event)
        for column in self._numbers:
            self.setColumnHidden(column, self.width() < WIDE)

    def is_editing(self) -> bool:
        """Whether a name or a bias is being typed."""
        return self.state() == QAbstractItemView.State.EditingState

    def set_hint(self, text: str) -> None:
        """What to say when there is no filter."""
        self._hint = text
        self.viewport().update()

    def event(self, event: QEvent) -> bool:
        """Keep this list's keys from being taken as shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _command_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the command of a key."""
        if command := _command_of(event):
            self.commandRequested.emit(command)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select; a click below the rows keeps what is selected."""
        if self.indexAt(event.position().toPoint()).isValid():
            super().mousePressEvent(event)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row; a bar marks the one that is edited."""
        super().drawRow(painter, option, index)
        if index.row() == self.currentIndex().row():
            rect = option.rect
            painter.fillRect(rect.x(), rect.y(), BAR, rect.height(), QColor(theme.current().accent))

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the selected filters: as rows within the list, as a file and as text to elsewhere."""
        data = self.model().mimeData(self.selectedIndexes())
        rows = self.selectionModel().selectedRows()
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(thumbnail_icon([index.data(Qt.ItemDataRole.DecorationRole) for index in rows]).pixmap(SIDE))
        try:
            data.setUrls([QUrl.fromLocalFile(str(self._write_file([index.data(FILTER_ROLE) for index in rows])))])
        except ConvExplorerError as error:
            self.message.emit(error_text(error))
        drag.exec(actions, Qt.DropAction.MoveAction)

    def _write_file(self, filters: list[Filter]) -> Path:
        """A file of filters in a folder that is gone when the next drag begins, or the program ends."""
        from convexplorer.io.filters.load_save import save_filters
        from convexplorer.io.maps.save import safe_name

        self._dragged = QTemporaryDir()
        if not self._dragged.isValid():
            raise UnwritableFileError("no temporary file can be written")
        name = safe_name(filters[0].name) if len(filters) == 1 else ""
        path = Path(self._dragged.path()) / f"{name or 'filters'}.json"
        save_filters(FilterBank(tuple(filters)), path)
        return path

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or the hint."""
        super().paintEvent(event)
        if not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.current().muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 8, -16, -8), flags, self._hint)


def _command_of(event: QKeyEvent) -> str:
    keys = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
    return _KEYS.get({"Del": "Delete"}.get(keys, keys), "")
