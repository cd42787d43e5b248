"""The strongest places of a map: where a filter finds its pattern best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.images import Values

MOST_PLACES = 200
"""Most places that are listed, however many are equally strong."""
TOLERANCE = 1e-6
"""Difference, relative to the largest value, up to which values count as equal: float32 sums of the same numbers in
another order differ in their last bits."""


@dataclass(frozen=True)
class Place:
    """A node and its value."""

    row: int
    column: int
    value: float


def strongest(values: Values, count: int) -> list[Place]:
    """The `count` strongest peaks of a map, strongest first, equal ones from top left.

    A peak is a node that none of its eight neighbours exceeds, so that one bright spot is not listed many times over;
    of a plateau of equal neighbours every node counts, as the lecture's two places of value 3 would if they touched.

    Parameters
    ----------
    values : ndarray, shape (H', W')
        A whole map, after the activation. Only positive values are peaks: elsewhere the filter has found nothing.
    count : int
        How many, from 1. There are more where others equal the last of them, up to `MOST_PLACES`.
    """
    return _first(*_peaks(values), count)


class StrongestFinder:
    """Finds the strongest places of a map that comes in strips from top to bottom.

    A strip's last row waits for the next one, since a peak is one only beside its neighbours.

    Parameters
    ----------
    count : int
        As in `strongest`.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._places: list[Place] = []
        self._above: Values = np.empty((0, 0), np.float32)
        self._judged = 0
        self._equal: list[tuple[float, int]] = []

    def add(self, row: int, strip: Values) -> None:
        """Take the rows of a map from `row` on, shape (rows, W'), after the activation."""
        self._equal.append((float(strip.max(initial=0.0)), equally_strong(strip)))
        top = row - len(self._above)
        rows = np.concatenate([self._above, strip]) if len(self._above) else strip
        self._judge(rows, top, row + len(strip) - 1)
        self._above = rows[-2:].copy()

    def result(self) -> list[Place]:
        """The strongest of all, once the last strip has been added."""
        if self._above.size:
            self._judge(self._above, self._judged + 1 - len(self._above), self._judged + 1)
        return select(self._places, self._count) if self._places else []

    @property
    def total_equal(self) -> int:
        """How many nodes share the largest value of the map."""
        largest = max((one for one, _ in self._equal), default=0.0)
        return sum(count for one, count in self._equal if one >= largest * (1 - TOLERANCE) and one > 0)

    def _judge(self, rows: Values, top: int, end: int) -> None:
        """Keep the strongest peaks of the map's rows from the first one not yet judged up to `end`."""
        at, columns, values = _peaks(rows)
        mine = (at + top >= self._judged) & (at + top < end)
        self._places += _first(at[mine] + top, columns[mine], values[mine], self._count)
        self._judged = end


def select(places: Sequence[Place], count: int) -> list[Place]:
    """The `count` strongest of some places, as `strongest` picks and orders them; for a map that comes in strips."""
    rows, columns, values = (np.array([getattr(one, key) for one in places]) for key in ("row", "column", "value"))
    return _first(rows, columns, values, count)


def equally_strong(values: Values) -> int:
    """How many nodes share the largest value of a map; 0 where none is positive."""
    largest = float(values.max(initial=0.0))
    return int(np.count_nonzero(values >= largest * (1 - TOLERANCE))) if largest > 0 else 0


def _peaks(values: Values) -> tuple[NDArray[np.int64], NDArray[np.int64], Values]:
    """Rows, columns and values of the peaks of a map."""
    slack = TOLERANCE * float(values.max(initial=0.0))
    floor = _largest_around(values)
    floor -= slack
    rows, columns = np.nonzero((values >= floor) & (values > 0))
    return rows, columns, values[rows, columns]


def _largest_around(values: Values) -> Values:
    """The largest of each node and its eight neighbours, those that there are.

    Without SciPy's filter: importing that takes longer, and keeps the window waiting.
    """
    down = values.copy()
    np.maximum(down[1:], values[:-1], out=down[1:])
    np.maximum(down[:-1], values[1:], out=down[:-1])
    around = down.copy()
    np.maximum(around[:, 1:], down[:, :-1], out=around[:, 1:])
    np.maximum(around[:, :-1], down[:, 1:], out=around[:, :-1])
    return around


def _first(rows: NDArray[np.int64], columns: NDArray[np.int64], values: Values, count: int) -> list[Place]:
    if not values.size:
        return []
    largest = float(values.max())
    below = np.rint((largest - values.astype(np.float64)) / (TOLERANCE * largest))
    last = np.partition(below, count - 1)[count - 1] if count < below.size else np.inf
    kept = np.flatnonzero(below <= last)
    order = kept[np.lexsort((columns[kept], rows[kept], below[kept]))][: max(count, MOST_PLACES)]
    return list(map(Place, rows[order].tolist(), columns[order].tolist(), values[order].tolist()))
