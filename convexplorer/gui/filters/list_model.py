"""The filters of the project as an item model: one row each, with name, bias and the sum of the weights."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QImage

from convexplorer.core.model.digits import digits_of, number_text
from convexplorer.core.model.filters import Filter, strongest_plane
from convexplorer.core.model.numerals import parse_number
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import move_filters, with_filter
from convexplorer.errors import ConvExplorerError, InvalidValueError
from convexplorer.gui.canvas.thumbnails import pattern
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.numbers import exact, exact_number_text
from convexplorer.io.arrays.text import format_block

_ROOT = QModelIndex()

FILTER_ROLE = Qt.ItemDataRole.UserRole
"""The `Filter` of a row."""
ROWS_MIME = f"application/x-convexplorer-rows.{os.getpid()}"
"""Rows that are dragged within this program: decimal numbers separated by spaces."""


class FilterColumn(IntEnum):
    """What the columns show."""

    NAME = 0
    BIAS = 1
    SUM = 2


# Put together once: views ask for flags often, and enums are slow to combine.
_ALL_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)
_FLAGS = (
    _ALL_FLAGS | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable,
    _ALL_FLAGS | Qt.ItemFlag.ItemIsEditable,
    _ALL_FLAGS,
)


class FilterListModel(QAbstractTableModel):
    """Follows the document's filters with the smallest changes, so that selections outlive edits and undo.

    Parameters
    ----------
    document : Document
        Where the filters are, and where edits go.
    parent : QObject, optional
        Qt's owner.
    """

    refused = Signal(str)
    """One line: why what was typed was not taken."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._rows = [_Row(one) for one in document.project.bank]
        document.changes(Kind.FILTERS | Kind.LAYERS | Kind.CURRENT).connect(self._follow)

    def subject(self) -> Hashable:
        """What changes when the filters are those of another layer."""
        project = self._document.project
        return project.edited_index, len(project.layers)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of filters."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Name, bias and sum."""
        return 0 if parent.isValid() else len(FilterColumn)

    def number_texts(self, column: FilterColumn) -> list[str]:
        """The numbers of a column, as they are printed."""
        if column is FilterColumn.NAME:
            return []
        return [row.bias_text if column is FilterColumn.BIAS else row.total_text for row in self._rows]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, the pattern as a QImage, the check mark of what is on."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], FilterColumn(index.column())
        value: Any = None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                value = (row.filter.name, row.bias_text, row.total_text)[column]
            case Qt.ItemDataRole.EditRole:
                value = (row.filter.name, exact(row.filter.bias), exact(row.total))[column]
            case Qt.ItemDataRole.DecorationRole if column is FilterColumn.NAME:
                value = row.image
            case Qt.ItemDataRole.CheckStateRole if column is FilterColumn.NAME:
                value = Qt.CheckState.Checked if row.filter.enabled else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.TextAlignmentRole if column is not FilterColumn.NAME:
                value = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                value = self._tip(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                value = self._accessible(row, column)
            case int() if role == FILTER_ROLE:
                value = row.filter
        return value

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | Qt.AlignmentFlag | None:
        """Titles of the columns."""
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Filter"), self.tr("Bias"), "Σ")[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (self.tr("Pattern and name"), self.tr("Added to the weighted sum"), self.tr("Sum of the weights"))[
                section
            ]
        if role == Qt.ItemDataRole.TextAlignmentRole and section != FilterColumn.NAME:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Name and bias can be edited; rows can be dragged, and dropped between others."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return _FLAGS[index.column()]

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Edit the document; False, with `refused`, for what makes no sense."""
        if not index.isValid():
            return False
        row, column = index.row(), FilterColumn(index.column())
        try:
            match role, column:
                case Qt.ItemDataRole.CheckStateRole, FilterColumn.NAME:
                    on = Qt.CheckState(value) is Qt.CheckState.Checked
                    label = self.tr("Switch filter on") if on else self.tr("Switch filter off")
                    self._change(row, label, enabled=on)
                case Qt.ItemDataRole.EditRole, FilterColumn.NAME:
                    self._change(row, self.tr("Rename filter"), name=clean_name(str(value)))
                case Qt.ItemDataRole.EditRole, FilterColumn.BIAS:
                    self._change(row, self.tr("Edit bias"), bias=parse_number(str(value)))
                case _:
                    return False
        except ConvExplorerError as error:
            self.refused.emit(error_text(error))
            return False
        return True

    def supportedDropActions(self) -> Qt.DropAction:
        """Rows are moved within the list."""
        return Qt.DropAction.MoveAction

    def supportedDragActions(self) -> Qt.DropAction:
        """Rows are moved within the list and copied to elsewhere."""
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        """What may be dropped here."""
        return [ROWS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The rows, and their weights as text for other programs."""
        rows = sorted({index.row() for index in indexes})
        mime = QMimeData()
        mime.setData(ROWS_MIME, " ".join(map(str, rows)).encode())
        mime.setText(format_block(np.concatenate([self._rows[row].filter.weights for row in rows])))
        return mime

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Move the dragged rows to before `row`, or behind the last one."""
        del column
        if action != Qt.DropAction.MoveAction or parent.isValid() or not data.hasFormat(ROWS_MIME):
            return False
        rows = [int(text) for text in data.data(ROWS_MIME).toStdString().split()]
        return self.move(rows, len(self._rows) if row < 0 else row)

    def move(self, rows: Sequence[int], to: int) -> bool:
        """Move filters, in their order, to before what is at `to`; False if that changes nothing."""
        if not all(0 <= row < len(self._rows) for row in rows):
            return False
        moved = move_filters(self._document.project, rows, to)
        if all(a is b for a, b in zip(moved.bank, self._document.project.bank, strict=True)):
            return False
        self._document.apply(self.tr("Move filter") if len(rows) == 1 else self.tr("Move filters"), moved)
        return True

    def _change(self, row: int, label: str, **changes: object) -> None:
        if any(getattr(self._rows[row].filter, key) != value for key, value in changes.items()):
            self._document.apply(label, with_filter(self._document.project, row, **changes))

    def _tip(self, row: _Row, column: FilterColumn) -> str:
        if column is FilterColumn.BIAS:
            return self.tr("Bias {value}\nAdded to the weighted sum; double-click to edit").format(
                value=exact_number_text(row.filter.bias)
            )
        if column is FilterColumn.SUM:
            return self.tr("Sum of the weights: {value}").format(value=number_text(row.total, 7))
        tip = self.tr("{name}\nDouble-click to rename, drag to reorder or out, Space switches on or off")
        return tip.format(name=row.filter.name) + self._picture_tip(row.filter)

    def _picture_tip(self, one: Filter) -> str:
        """What the picture shows of a filter with several planes."""
        if one.channels == 1:
            return ""
        if one.channels == 3:
            return "\n" + self.tr("Picture: the three planes as red, green and blue")
        plane = strongest_plane(one.weights) + 1
        return "\n" + self.tr("Picture: plane {0} of {1}, the strongest (largest Σ|w|)").format(plane, one.channels)

    def _accessible(self, row: _Row, column: FilterColumn) -> str:
        if column is FilterColumn.NAME:
            return row.filter.name
        title = self.tr("Bias {value}") if column is FilterColumn.BIAS else self.tr("Sum of weights {value}")
        return title.format(value=row.bias_text if column is FilterColumn.BIAS else row.total_text)

    def _follow(self, change: Change) -> None:
        """Take out what is gone, move what is elsewhere, put in what is new, and exchange what is other."""
        new = change.after.bank.filters
        order = change.rows
        if order is None:  # Filters of another layer: the rows stay, as far as there are so many.
            order = tuple(row if row < len(self._rows) else None for row in range(len(new)))
        kept = {was for was in order if was is not None}
        for first, last in reversed(_runs(row for row in range(len(self._rows)) if row not in kept)):
            self.beginRemoveRows(_ROOT, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
        places = {was: place for place, was in enumerate(sorted(kept))}
        self._reorder([places[was] for was in order if was is not None])
        for first, last in _runs(row for row, was in enumerate(order) if was is None):
            self.beginInsertRows(_ROOT, first, last)
            self._rows[first:first] = [_Row(one) for one in new[first : last + 1]]
            self.endInsertRows()
        self._exchange(new)

    def _exchange(self, filters: Sequence[Filter]) -> None:
        """Put filters in the place of others; one signal from the first to the last that differs."""
        changed = [row for row, one in enumerate(filters) if self._rows[row].filter is not one]
        for row in changed:
            self._rows[row] = _Row(filters[row])
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(FilterColumn) - 1))

    def _reorder(self, order: list[int]) -> None:
        """Put rows into another order: which one each was."""
        if order == sorted(order):
            return
        self.layoutAboutToBeChanged.emit()
        self._rows = [self._rows[was] for was in order]
        now = {was: row for row, was in enumerate(order)}
        old = self.persistentIndexList()
        self.changePersistentIndexList(old, [self.index(now[index.row()], index.column()) for index in old])
        self.layoutChanged.emit()


def clean_name(text: str) -> str:
    """A name without what surrounds it.

    Raises
    ------
    InvalidValueError
        If nothing is left.
    """
    name = " ".join(text.split())
    if not name:
        raise InvalidValueError("a filter needs a name")
    return name


class _Row:
    """A filter and what is worked out of it once."""

    def __init__(self, one: Filter) -> None:
        self.filter = one

    @cached_property
    def image(self) -> QImage:
        return pattern(self.filter)

    @cached_property
    def bias_text(self) -> str:
        return digits_of(self.filter).weight(self.filter.bias)

    @cached_property
    def total_text(self) -> str:
        return digits_of(self.filter).weight(self.total)

    @cached_property
    def total(self) -> float:
        return float(self.filter.weights.sum(dtype=np.float64))


def _runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Rows in ascending order as runs of neighbours, each from its first to its last."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = runs[-1][0], row
        else:
            runs.append((row, row))
    return runs
