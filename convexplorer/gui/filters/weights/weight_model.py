"""The weights of one filter as an item model.

Where it reads the image, its planes are side by side, an empty column between them. Where it reads the maps of another
layer, of which there may be many, one plane is shown at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor

from convexplorer.core.engine.colour import colourise, ink, weight_scale
from convexplorer.core.explain.equation import channel_names
from convexplorer.core.model.digits import digits_of
from convexplorer.core.model.filters import Filter, Weights, strongest_plane
from convexplorer.core.model.layers import source
from convexplorer.core.model.numerals import parse_number
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import Project, with_filter, with_weights_at
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.weights.clipboard_blocks import WeightCell
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.numbers import exact, exact_number_text, number_text

_ROOT = QModelIndex()
_NOTHING: Weights = np.empty((0, 0, 0), np.float32)
# Put together once: views ask for flags of every cell, and enums are slow to combine.
_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsEditable
    | Qt.ItemFlag.ItemNeverHasChildren
)


@lru_cache(maxsize=1024)
def ink_on(tint: int) -> QColor:
    """Black or white, whichever is easier to read on a colour 0xffRRGGBB."""
    return QColor(*ink((tint >> 16 & 255, tint >> 8 & 255, tint & 255)))


@dataclass(frozen=True)
class Refusal:
    """What was typed into a cell and not taken, and why."""

    cell: WeightCell
    text: str
    reason: str


class WeightTableModel(QAbstractTableModel):
    """The weights of the filter in one row of the document's bank.

    Parameters
    ----------
    document : Document
        Where edits go.
    parent : QObject, optional
        Qt's owner.
    """

    refusalChanged = Signal()
    """`refusal` has appeared or gone."""
    planeChanged = Signal()
    """Another plane is shown alone."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._live = LiveEdit(document)
        self._row = -1
        self._filter: Filter | None = None
        self._alone = False
        self._plane = 0
        self._shown = _NOTHING
        self._colours: NDArray[np.uint32] | None = None
        self.refusal: Refusal | None = None
        self._plane_moved = False
        document.changes(Kind.ROWS | Kind.LAYERS).connect(self._follow_plane)

    @property
    def weights(self) -> Weights:
        """All planes of the filter, shape (C, kh, kw); (0, 0, 0) without one."""
        return _NOTHING if self._filter is None else self._filter.weights

    @property
    def filter(self) -> Filter | None:
        """The filter, or None."""
        return self._filter

    @property
    def shown(self) -> Weights:
        """The planes in the table, shape (n, kh, kw): all, or one."""
        return self._shown

    @property
    def plane(self) -> int | None:
        """The plane that is shown alone; None where all are side by side."""
        return self._plane if self._alone else None

    def show_filter(self, row: int, one: Filter | None) -> None:
        """Show the filter `one`, which is in row `row` of the bank, or none.

        It stays at the same plane, wherever the map that it reads is moved; if that is gone, or the planes are others,
        it goes to the strongest.
        """
        project = self._document.project
        alone = one is not None and source(project.layers, project.edited_index) is not None
        if one is self._filter and row == self._row and alone == self._alone:
            return
        self.refuse(None)
        plane, shape, planes = self._plane, self._shown.shape, len(self.weights)
        moved = self._plane_moved
        kept = moved or one is None or one.channels == planes
        if one is not None and not (kept and self._alone and plane < one.channels):
            plane = strongest_plane(one.weights)
        self._plane_moved = False
        shown = _NOTHING if one is None else one.weights[plane : plane + 1] if alone else one.weights
        same_shape = shown.shape == shape and alone == self._alone
        turned = alone and (plane != self._plane or moved or not self._alone)
        if not same_shape:
            self.beginResetModel()
        self._row, self._filter, self._colours = row, one, None
        self._alone, self._plane, self._shown = alone, plane, shown
        if same_shape:
            self._all_changed()
        else:
            self.endResetModel()
        if turned:
            self.planeChanged.emit()

    def _follow_plane(self, change: Change) -> None:
        """Go where the map is that the plane reads; `show_filter` follows."""
        before, after = change.before, change.after
        maker = source(before.layers, before.edited_index)
        if not self._alone or maker is None or change.rows is None:
            return
        at, now = change.layer_now(maker), change.filter_now(maker, self._plane)
        made = None if at is None else change.at(at)
        same = made is None or now not in made.filters
        if now is not None and same and source(after.layers, after.edited_index) == at:
            self._plane, self._plane_moved = now, True

    def show_plane(self, plane: int) -> None:
        """Show another plane alone, where one is shown at a time."""
        if self._alone and plane != self._plane and 0 <= plane < len(self.weights):
            self.refuse(None)
            self._plane, self._shown = plane, self.weights[plane : plane + 1]
            self._all_changed()
            self.planeChanged.emit()

    def subject(self) -> Hashable:
        """What changes when the weights are those of another filter or plane."""
        project = self._document.project
        return project.edited_index, len(project.layers), len(project.bank), self._row, self.plane

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Kernel height."""
        return 0 if parent.isValid() else int(self._shown.shape[1])

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Kernel widths of the planes in the table, and a column between each two."""
        planes, _, width = self._shown.shape
        return 0 if parent.isValid() else max(0, planes * (width + 1) - 1)

    def is_gap(self, column: int) -> bool:
        """Whether a column only keeps two planes apart."""
        width = int(self.weights.shape[2])
        return column % (width + 1) == width

    def cell(self, index: Index) -> WeightCell | None:
        """Channel, row and column of an index; None between the planes."""
        return self.cell_at(index.row(), index.column()) if index.isValid() else None

    def cell_at(self, row: int, column: int) -> WeightCell | None:
        """Channel, row and column of what is in a row and column of the table; None between the planes."""
        width = int(self.weights.shape[2])
        place, column = divmod(column, width + 1)
        return None if column == width else (self._plane if self._alone else place, row, column)

    def index_of(self, cell: WeightCell) -> QModelIndex:
        """The index of a cell; invalid if its plane is not in the table."""
        channel, row, column = cell
        if self._alone and channel != self._plane:
            return QModelIndex()
        return self.index(row, (0 if self._alone else channel) * (int(self.weights.shape[2]) + 1) + column)

    def value(self, cell: WeightCell) -> float:
        """One weight."""
        return float(self.weights[cell])

    def tint(self, cell: WeightCell) -> int:
        """The colour of a weight as 0xffRRGGBB."""
        if self._colours is None:
            self._colours = colourise(self.weights, weight_scale(self.weights))
        return int(self._colours[cell])

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Weights can be edited; the columns between the planes are nothing."""
        if self.cell(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The number, short to show and exact to edit, its tint and the ink on it."""
        cell = self.cell(index)
        if cell is None:
            return None
        value = self.value(cell)
        answer: Any = None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                answer = number_text(value) if self._filter is None else digits_of(self._filter).weight(value)
            case Qt.ItemDataRole.EditRole:
                answer = exact(value)
            case Qt.ItemDataRole.TextAlignmentRole:
                answer = Qt.AlignmentFlag.AlignCenter
            case Qt.ItemDataRole.BackgroundRole:
                answer = QColor.fromRgb(self.tint(cell))
            case Qt.ItemDataRole.ForegroundRole:
                answer = ink_on(self.tint(cell))
            case Qt.ItemDataRole.ToolTipRole:
                answer = self._tip(cell, value)
            case Qt.ItemDataRole.AccessibleTextRole:
                answer = f"{self.place(cell)}: {exact_number_text(value)}"
        return answer

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a typed number; False, with `refusal`, for what is none."""
        cell = self.cell(index)
        if cell is None or role != Qt.ItemDataRole.EditRole:
            return False
        try:
            number = parse_number(str(value))
        except ConvExplorerError as error:
            self.refuse(Refusal(cell, str(value), error_text(error)))
            return False
        self.refuse(None)
        if np.float32(number) != np.float32(self.value(cell)):
            self.apply(self.tr("Edit weight"), lambda project: self._written(project, {cell: number}))
        return True

    def write_live(self, run: Hashable, numbers: dict[WeightCell, float]) -> None:
        """Write numbers in the midst of a drag or a burst; calls in a row with an equal `run` are one undo step."""
        self.refuse(None)
        self._live.apply(self.tr("Edit weight"), (self._row, run), lambda project: self._written(project, numbers))

    def revert_live(self) -> None:
        """Take the drag or burst back."""
        self._live.revert()

    def zero(self, cells: Iterable[WeightCell]) -> None:
        """Set cells to zero."""
        zeros = {cell: 0.0 for cell in cells if self.value(cell) != 0.0}
        if zeros:
            self.refuse(None)
            self.apply(self.tr("Zero weights"), lambda project: self._written(project, zeros))

    def apply(self, label: str, edit: Callable[[Project], Project]) -> None:
        """Apply ``edit(project)`` to the document, if it changes a filter."""
        before = self._document.project
        after = edit(before)
        if after.bank != before.bank:
            self._document.apply(label, after)

    @property
    def row(self) -> int:
        """The filter's row in the bank; −1 without one."""
        return self._row

    def refuse(self, refusal: Refusal | None) -> None:
        """Mark a cell for what was typed into it; None takes the mark away."""
        if refusal != self.refusal:
            self.refusal = refusal
            self._all_changed()
            self.refusalChanged.emit()

    def place(self, cell: WeightCell) -> str:
        """Where a cell is, in words."""
        channel, row, column = cell
        if self._alone:
            return self.tr("plane {plane}, row {row}, column {column}").format(
                plane=channel + 1, row=row + 1, column=column + 1
            )
        name = channel_names(int(self.weights.shape[0]))[channel]
        template = self.tr("{channel}, row {row}, column {column}") if name else self.tr("Row {row}, column {column}")
        return template.format(channel=name, row=row + 1, column=column + 1)

    def _written(self, project: Project, numbers: dict[WeightCell, float]) -> Project:
        if len(numbers) == 1:
            [(cell, number)] = numbers.items()
            return with_weights_at(project, self._row, *cell, number)
        weights = project.bank[self._row].weights.copy()
        for cell, number in numbers.items():
            weights[cell] = number
        return with_filter(project, self._row, weights=weights)

    def _tip(self, cell: WeightCell, value: float) -> str:
        if self.refusal is not None and self.refusal.cell == cell:
            return self.refusal.reason
        return self.tr("{place}\n{value}\nType, drag sideways, wheel or ↑ ↓\nShift ×10, Alt ×0.1").format(
            place=self.place(cell), value=exact_number_text(value)
        )

    def _all_changed(self) -> None:
        rows, columns = self.rowCount(), self.columnCount()
        if rows and columns:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, columns - 1))
