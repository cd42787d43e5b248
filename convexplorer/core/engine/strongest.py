"""The strongest places of a map: where a filter finds its pattern best.

Values count as equal where they differ by no more than what they may be wrong by, so that neither the order of places
nor their number hangs on rounding; and what is no more than that itself is no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.noise import finite
from convexplorer.core.runtime.types import Values

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


def strongest(values: Values, count: int, noise: float = 0.0) -> list[Place]:
    """The `count` strongest peaks of a map, strongest first, equal ones from top left.

    A peak is a node that none of its eight neighbours exceeds, so that one bright spot is not listed many times over;
    of a plateau of equal neighbours every node counts, as the lecture's two places of value 3 would if they touched.

    Parameters
    ----------
    values : ndarray, shape (H', W')
        A whole map, after the activation. Only positive values are peaks: elsewhere the filter has found nothing.
    count : int
        How many, from 1. There are more where others equal the last of them, up to `MOST_PLACES`.
    noise : float
        What the values may be wrong by (`core.engine.noise`).
    """
    return _first(*_peaks(_shown(values), noise), count, noise)


class StrongestFinder:
    """Finds the strongest places of a map that comes in strips from top to bottom.

    A strip's last row waits for the next one, since a peak is one only beside its neighbours.

    Parameters
    ----------
    count, noise
        As in `strongest`.
    """

    def __init__(self, count: int, noise: float = 0.0) -> None:
        self._count, self._noise = count, noise
        self._places: list[Place] = []
        self._above: Values = np.empty((0, 0), np.float32)
        self._judged = 0
        self._equal: list[tuple[float, int]] = []

    def add(self, row: int, strip: Values) -> None:
        """Take the rows of a map from `row` on, shape (rows, W'), after the activation."""
        strip = _shown(strip)
        self._equal.append((float(strip.max(initial=0.0)), equally_strong(strip, self._noise)))
        top = row - len(self._above)
        rows = np.concatenate([self._above, strip]) if len(self._above) else strip
        self._judge(rows, top, row + len(strip) - 1)
        self._above = rows[-2:].copy()

    def result(self) -> list[Place]:
        """The strongest of all, once the last strip has been added."""
        if self._above.size:
            self._judge(self._above, self._judged + 1 - len(self._above), self._judged + 1)
        return select(self._places, self._count, self._noise) if self._places else []

    @property
    def total_equal(self) -> int:
        """How many nodes share the largest value of the map."""
        largest = max((one for one, _ in self._equal), default=0.0)
        return sum(count for one, count in self._equal if one >= largest - _slack(largest, self._noise))

    def _judge(self, rows: Values, top: int, end: int) -> None:
        """Keep the strongest peaks of the map's rows from the first one not yet judged up to `end`."""
        at, columns, values = _peaks(rows, self._noise)
        mine = (at + top >= self._judged) & (at + top < end)
        self._places += _first(at[mine] + top, columns[mine], values[mine], self._count, self._noise)
        self._judged = end


def select(places: Sequence[Place], count: int, noise: float = 0.0) -> list[Place]:
    """The `count` strongest of some places, as `strongest` picks and orders them; for a map that comes in strips."""
    rows, columns, values = (np.array([getattr(one, key) for one in places]) for key in ("row", "column", "value"))
    return _first(rows, columns, values, count, noise)


def equally_strong(values: Values, noise: float = 0.0) -> int:
    """How many nodes share the largest value of a map; 0 where none is positive."""
    largest = float(values.max(initial=0.0))
    if largest <= noise:
        return 0
    return int(np.count_nonzero(values >= largest - _slack(largest, noise)))


def _slack(largest: float, noise: float) -> float:
    """What equal values may differ by in a map with this largest value."""
    return max(TOLERANCE * largest, noise)


def _shown(values: Values) -> Values:
    """A map as it is; infinite values as the largest number there is, so that they can be told from others."""
    return values if isfinite(float(values.max(initial=0.0))) else finite(values)


def _peaks(values: Values, noise: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Values]:
    """Rows, columns and values of the peaks of a map."""
    floor = _largest_around(values)
    floor -= np.float32(_slack(float(values.max(initial=0.0)), noise))
    rows, columns = np.nonzero((values >= floor) & (values > noise))
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


def _first(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: Values, count: int, noise: float
) -> list[Place]:
    if not values.size:
        return []
    largest = float(values.max())
    below = np.rint((largest - values.astype(np.float64)) / _slack(largest, noise))
    last = np.partition(below, count - 1)[count - 1] if count < below.size else np.inf
    kept = np.flatnonzero(below <= last)
    order = kept[np.lexsort((columns[kept], rows[kept], below[kept]))][: max(count, MOST_PLACES)]
    return list(map(Place, rows[order].tolist(), columns[order].tolist(), values[order].tolist()))
