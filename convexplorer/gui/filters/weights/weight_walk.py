"""Which cell comes next in the table of weights."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex

from convexplorer.gui.filters.weights.weight_model import WeightTableModel


def neighbour(model: WeightTableModel, index: QModelIndex, rows: int, columns: int) -> QModelIndex:
    """The cell next to one, across the gap between planes; at the edge the cell itself."""
    row, column = index.row() + rows, index.column() + columns
    if columns and 0 < column < model.columnCount() and model.is_gap(column):
        column += columns
    to = model.index(row, column)
    return to if to.isValid() else index


def next_in_row(model: WeightTableModel, index: QModelIndex, step: int) -> QModelIndex:
    """The next cell (step 1) or the one before it (−1), row by row; invalid at the end."""
    to = neighbour(model, index, 0, step)
    if to != index:
        return to
    return model.index(index.row() + step, 0 if step > 0 else model.columnCount() - 1)


def next_in_column(model: WeightTableModel, index: QModelIndex, step: int) -> QModelIndex:
    """The next cell (step 1) or the one before it (−1), column by column; invalid at the end."""
    to = neighbour(model, index, step, 0)
    if to != index:
        return to
    beside = neighbour(model, index, 0, step)
    return QModelIndex() if beside == index else model.index(0 if step > 0 else model.rowCount() - 1, beside.column())
