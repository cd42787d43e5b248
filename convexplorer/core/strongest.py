"""The strongest places of a map: where a filter finds its pattern best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.images import Values

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
    from scipy import ndimage

    slack = TOLERANCE * float(values.max(initial=0.0))
    around = ndimage.maximum_filter(values, size=3, mode="nearest")
    rows, columns = np.nonzero((values >= around - slack) & (values > 0))
    return _first(rows, columns, values[rows, columns], count)


def select(places: Sequence[Place], count: int) -> list[Place]:
    """The `count` strongest of some places, as `strongest` picks and orders them; for a map that comes in strips."""
    rows, columns, values = (np.array([getattr(one, key) for one in places]) for key in ("row", "column", "value"))
    return _first(rows, columns, values, count)


def equally_strong(values: Values) -> int:
    """How many nodes share the largest value of a map; 0 where none is positive."""
    largest = float(values.max(initial=0.0))
    return int(np.count_nonzero(values >= largest * (1 - TOLERANCE))) if largest > 0 else 0


def _first(rows: NDArray[np.int64], columns: NDArray[np.int64], values: Values, count: int) -> list[Place]:
    if not values.size:
        return []
    largest = float(values.max())
    below = np.rint((largest - values.astype(np.float64)) / (TOLERANCE * largest))
    last = np.partition(below, count - 1)[count - 1] if count < below.size else np.inf
    kept = np.flatnonzero(below <= last)
    order = kept[np.lexsort((columns[kept], rows[kept], below[kept]))][: max(count, MOST_PLACES)]
    return list(map(Place, rows[order].tolist(), columns[order].tolist(), values[order].tolist()))
