"""Item model of the network: what every layer makes of its input, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QColor, QFont

from convexplorer.core.model import arithmetic
from convexplorer.core.model.arithmetic import Count
from convexplorer.core.model.layers import ConvLayer, Layer, title
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.model.stack_figures import LayerFigures, MapShape, fitting_figures, totals
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.numbers import grouped_text
from convexplorer.gui.layers.strip import filters_text

_ROOT = QModelIndex()
UNKNOWN = "—"


class NetworkColumn(IntEnum):
    """What stands where."""

    LAYER = 0
    OUTPUT = 1
    FIELD = 2
    STEP = 3
    PARAMETERS = 4
    CONNECTIONS = 5
    MULTIPLY_ADDS = 6


@dataclass(frozen=True)
class _Cell:
    """A text to look at, the same to be copied, and how it comes about."""

    text: str
    plain: str = ""
    tip: str = ""

    @property
    def copied(self) -> str:
        return self.plain or self.text


_Row = dict[NetworkColumn, _Cell]


class NetworkModel(QAbstractTableModel):
    """The image, the layers in their order, and the sums."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._faint: set[int] = set()
        self._titles = {
            NetworkColumn.LAYER: self.tr("Layer"),
            NetworkColumn.OUTPUT: self.tr("Output"),
            NetworkColumn.FIELD: self.tr("Receptive field"),
            NetworkColumn.STEP: self.tr("Step"),
            NetworkColumn.PARAMETERS: self.tr("Parameters"),
            NetworkColumn.CONNECTIONS: self.tr("Connections"),
            NetworkColumn.MULTIPLY_ADDS: self.tr("Multiply-adds"),
        }
        self._meanings = {
            NetworkColumn.LAYER: self.tr("The layers in their order, each reading what the one before it makes"),
            NetworkColumn.OUTPUT: self.tr("What leaves the layer: rows × columns × maps"),
            NetworkColumn.FIELD: self.tr("Rows × columns of the image that one node sees"),
            NetworkColumn.STEP: self.tr("Pixels of the image from one node's field to its neighbour's"),
            NetworkColumn.PARAMETERS: self.tr("Weights and biases, shared by all nodes of a map"),
            NetworkColumn.CONNECTIONS: self.tr("Lines from inputs, and from the bias, to all nodes"),
            NetworkColumn.MULTIPLY_ADDS: self.tr("Multiplications of an input with a weight, for one image"),
        }

    def show_network(self, layers: Sequence[Layer], shape: MapShape) -> None:
        """Take a stack and the shape (C, H, W) of the image."""
        rows, faint = self._make_rows(layers, shape)
        if (rows, faint) == (self._rows, self._faint):
            return  # As at every edit of a weight; to lay a table out anew takes half a frame.
        again = len(rows) != len(self._rows)
        if again:
            self.beginResetModel()
        self._rows, self._faint = rows, faint
        if again:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(NetworkColumn) - 1))

    def layer_of(self, row: int) -> int | None:
        """Index of the layer that a row is about; None for the image and the sums."""
        return row - 1 if 1 <= row < len(self._rows) - 1 else None

    def text_of(self, rows: Sequence[int] | None = None) -> str:
        """Rows, or all, as tab-separated text beneath the titles; numbers as a spreadsheet reads them."""
        chosen = range(len(self._rows)) if rows is None else rows
        lines = [list(self._titles.values())]
        lines += [[self._rows[row][column].copied for column in NetworkColumn] for row in chosen]
        return "\n".join("\t".join(line) for line in lines) + "\n"

    # --- what is shown -------------------------------------------------------------------------------------------

    def _make_rows(self, layers: Sequence[Layer], shape: MapShape) -> tuple[list[_Row], set[int]]:
        made, problem = fitting_figures(layers, shape)
        nothing = _Cell("")
        image = dict.fromkeys(NetworkColumn, nothing) | {
            NetworkColumn.LAYER: _Cell(self.tr("Image")),
            NetworkColumn.OUTPUT: _Cell(_size(shape)),
            NetworkColumn.FIELD: _Cell("1×1", tip=self.tr("A pixel sees itself")),
            NetworkColumn.STEP: _Cell("1"),
        }
        rows, faint, below = [image], set(), ReceptiveField()
        for at, layer in enumerate(layers):
            if at < len(made):
                rows.append(self._layer(layers, at, made[at], below))
                below = made[at].field
            else:
                tip = "" if problem is None else error_text(problem)
                rows.append(
                    dict.fromkeys(NetworkColumn, _Cell(UNKNOWN, tip=tip))
                    | {NetworkColumn.LAYER: _Cell(title(layers, at))}
                )
            if not layer.enabled or at >= len(made):
                faint.add(at + 1)
        sums = totals(made)
        total = dict.fromkeys(NetworkColumn, nothing) | {NetworkColumn.LAYER: _Cell(self.tr("Total"))}
        if problem is None:
            values = (sums.parameters, sums.connections, sums.multiply_adds)
            for column, value in zip(_COSTS, values, strict=True):
                parts = [getattr(one, _FIELDS[column]) for one in made]
                total[column] = _number(Count(" + ".join(grouped_text(part) for part in parts if part), value))
        return [*rows, total], faint

    def _layer(self, layers: Sequence[Layer], at: int, one: LayerFigures, below: ReceptiveField) -> _Row:
        layer, geometry = layers[at], one.geometry
        row = {
            NetworkColumn.LAYER: _Cell(title(layers, at), tip=self._layer_text(layer)),
            NetworkColumn.OUTPUT: _Cell(_size(one.outputs)),
            NetworkColumn.FIELD: _Cell("×".join(map(str, one.field.size))),
            NetworkColumn.STEP: _Cell(str(one.field.step)),
            NetworkColumn.PARAMETERS: _number(arithmetic.parameters(layer, one)),
            NetworkColumn.CONNECTIONS: _number(arithmetic.connections(layer, one)),
            NetworkColumn.MULTIPLY_ADDS: _number(arithmetic.multiply_adds(layer, one)),
        }
        if geometry is None:
            return row
        lines = {
            NetworkColumn.OUTPUT: [
                self.tr("Rows: {0}").format(_equation(arithmetic.nodes(geometry, 0))),
                self.tr("Columns: {0}").format(_equation(arithmetic.nodes(geometry, 1))),
                self.tr("⌊(input + padding − window) / stride⌋ + 1"),
            ],
            NetworkColumn.FIELD: [
                self.tr("Rows: {0}").format(_equation(arithmetic.field_size(geometry, below, 0))),
                self.tr("Columns: {0}").format(_equation(arithmetic.field_size(geometry, below, 1))),
                self.tr("field below + (window − 1) × step below"),
            ],
            NetworkColumn.STEP: [
                _equation(arithmetic.field_step(geometry, below)),
                self.tr("step below × stride"),
            ],
        }
        return row | {column: _Cell(row[column].text, tip="\n".join(text)) for column, text in lines.items()}

    def _layer_text(self, layer: Layer) -> str:
        if not layer.enabled:
            return self.tr("Switched off: it hands on what reaches it")
        if isinstance(layer, ConvLayer):
            return filters_text(layer.bank)
        return self.tr("Makes every map smaller for itself; nothing in it is learnt")

    # --- Qt ------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Image, layers, sums."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """As many as `NetworkColumn` has."""
        return 0 if parent.isValid() else len(NetworkColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What stands in a cell, how, and how it comes about."""
        if not index.isValid():
            return None
        cell, faint = self._rows[index.row()][NetworkColumn(index.column())], index.row() in self._faint
        return {
            Qt.ItemDataRole.DisplayRole: cell.text,
            Qt.ItemDataRole.ToolTipRole: cell.tip or None,
            Qt.ItemDataRole.TextAlignmentRole: _alignment(index.column()),
            Qt.ItemDataRole.FontRole: _bold() if index.row() == len(self._rows) - 1 else None,
            Qt.ItemDataRole.ForegroundRole: QColor(theme.current().faint) if faint else None,
        }.get(Qt.ItemDataRole(role))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns, and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(NetworkColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[NetworkColumn(section)]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._meanings[NetworkColumn(section)]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


_COSTS = (NetworkColumn.PARAMETERS, NetworkColumn.CONNECTIONS, NetworkColumn.MULTIPLY_ADDS)
_FIELDS = {
    NetworkColumn.PARAMETERS: "parameters",
    NetworkColumn.CONNECTIONS: "connections",
    NetworkColumn.MULTIPLY_ADDS: "multiply_adds",
}


def _bold() -> QFont:
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == NetworkColumn.LAYER else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _size(shape: MapShape) -> str:
    channels, rows, columns = shape
    return f"{rows}×{columns}×{channels}"


def _number(count: Count) -> _Cell:
    return _Cell(grouped_text(count.value), str(count.value), _equation(count) if count.formula else "")


def _equation(count: Count) -> str:
    return f"{count.formula} = {grouped_text(count.value)}"
