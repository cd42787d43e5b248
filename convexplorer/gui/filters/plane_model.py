"""The planes of one filter as an item model: what each reads, how strong it is, what it adds to a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QImage

from convexplorer.core.model.digits import USUAL, Digits, digits_of, percent
from convexplorer.core.model.filters import Filter, plane_magnitudes
from convexplorer.gui.canvas.thumbnails import plane_colours
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.io.arrays.qimages import to_qimage

_ROOT = QModelIndex()

PLANE_ROLE = Qt.ItemDataRole.UserRole
"""Which plane a row shows."""
STRENGTH_ROLE = Qt.ItemDataRole.UserRole + 1
"""Its Σ|w|, as a part of the strongest plane's, 0 to 1."""
PART_ROLE = Qt.ItemDataRole.UserRole + 2
"""What it adds to the node, as a part of the largest magnitude, −1 to 1; None while there is no node."""


class PlaneListModel(QAbstractListModel):
    """One row a plane, in their order or the strongest first.

    Parameters
    ----------
    parent : QObject, optional
        Qt's owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._filter: Filter | None = None
        self._names: Sequence[str] = ()
        self._muted: frozenset[int] = frozenset()
        self._magnitudes = np.zeros(0)
        self._largest = self._largest_part = 1.0
        self._colours = np.zeros((0, 0, 0), np.uint32)
        self._patterns: dict[int, QImage] = {}
        self._parts: NDArray[np.float64] | None = None
        self._sorted = False
        self._order: list[int] = []

    def show_filter(self, one: Filter | None, names: Sequence[str], muted: frozenset[int], *, anew: bool) -> None:
        """Show the planes of a filter.

        Parameters
        ----------
        one : Filter or None
            The filter.
        names : sequence of str
            Of the maps that its planes read.
        muted : frozenset of int
            Planes that are left out.
        anew : bool
            Whether it is another filter than before, so that the strongest may be others.
        """
        if one is self._filter and names == self._names and muted == self._muted:
            return
        count = 0 if one is None else one.channels
        reset = anew or count != len(self._order)
        if reset:
            self.beginResetModel()
        self._filter, self._names, self._muted, self._parts = one, names, muted, None
        self._magnitudes = np.zeros(0) if one is None else plane_magnitudes(one.weights)
        self._largest = float(self._magnitudes.max(initial=0.0)) or 1.0
        self._colours = np.zeros((0, 0, 0), np.uint32) if one is None else plane_colours(one)
        self._patterns = {}
        if reset:
            self._order = self._order_planes()
            self.endResetModel()
        else:
            self._all_changed()

    @property
    def digits(self) -> Digits:
        """How the filter's numbers are printed."""
        return USUAL if self._filter is None else digits_of(self._filter)

    def show_parts(self, parts: NDArray[np.float64] | None) -> None:
        """Show what each plane adds to a node, shape (C,); None without one."""
        if parts is not None and len(parts) != len(self._order):
            parts = None
        if parts is not None or self._parts is not None:
            self._parts = parts
            self._largest_part = 1.0 if parts is None else float(np.abs(parts).max(initial=0.0)) or 1.0
            self._all_changed()

    def set_sorted(self, *, on: bool) -> None:
        """Show the strongest plane first, or the planes as they come."""
        self.beginResetModel()
        self._sorted = on
        self._order = self._order_planes()
        self.endResetModel()

    def row_of(self, plane: int) -> int:
        """Where a plane stands."""
        return self._order.index(plane)

    def plane_at(self, row: int) -> int:
        """Which plane stands in a row."""
        return self._order[row]

    def part(self, plane: int) -> float | None:
        """What a plane adds to the node; None without one."""
        return None if self._parts is None else float(self._parts[plane])

    def magnitude(self, plane: int) -> tuple[float, float]:
        """Σ|w| of a plane, and its share of the whole filter's."""
        value, total = float(self._magnitudes[plane]), float(self._magnitudes.sum())
        return value, value / total if total else 0.0

    def facts(self, row: int) -> tuple[QImage, float, float | None]:
        """The picture of the plane in a row, its strength (`STRENGTH_ROLE`) and its part (`PART_ROLE`)."""
        plane = self._order[row]
        part = None if self._parts is None else float(self._parts[plane]) / self._largest_part
        return self._pattern(plane), float(self._magnitudes[plane]) / self._largest, part

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of planes."""
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name of the map, the plane as a QImage, its strength and part."""
        if not index.isValid():
            return None
        plane = self._order[index.row()]
        answer: Any = None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                answer = self._names[plane]
            case Qt.ItemDataRole.DecorationRole:
                answer = self._pattern(plane)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                answer = self._tip(plane)
            case int() if role == PLANE_ROLE:
                answer = plane
            case int() if role == STRENGTH_ROLE:
                answer = self.facts(index.row())[1]
            case int() if role == PART_ROLE:
                answer = self.facts(index.row())[2]
        return answer

    def _pattern(self, plane: int) -> QImage:
        if plane not in self._patterns:
            self._patterns[plane] = to_qimage(self._colours[plane])
        return self._patterns[plane]

    def _tip(self, plane: int) -> str:
        value, share = self.magnitude(plane)
        lines = [
            self.tr("Plane {0} reads {1}").format(plane + 1, self._names[plane]),
            self.tr("Σ|w| {0}, {1} of the filter's").format(self.digits.weight(value), percent(share)),
        ]
        part = self.part(plane)
        if plane in self._muted:
            lines.append(self.tr("switched off"))
        elif part is not None:
            lines.append(self.tr("adds {0} to the node").format(self.digits.value(part)))
        return "\n".join(lines)

    def _order_planes(self) -> list[int]:
        order = list(range(len(self._magnitudes)))
        return sorted(order, key=lambda plane: -float(self._magnitudes[plane])) if self._sorted else order

    def _all_changed(self) -> None:
        if self._order:
            self.dataChanged.emit(self.index(0), self.index(len(self._order) - 1))
