"""Figures of one map: range, mean, share of active nodes, histogram; gathered piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.images import Values

BINS = 128
"""Bins of a histogram."""


@dataclass(frozen=True)
class MapRange:
    """Figures of one whole map.

    Parameters
    ----------
    low, high : float
        Smallest and largest value.
    mean : float
        Their mean.
    active : float
        Share of nodes above zero, 0 to 1.
    """

    low: float
    high: float
    mean: float
    active: float


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values of map `index` occur: counts (BINS,) of equally wide bins between edges (BINS + 1,)."""

    index: int
    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


class Accumulator:
    """Running figures of a map whose values arrive in pieces."""

    def __init__(self) -> None:
        self.low, self.high, self.sum, self.positive, self.count = np.inf, -np.inf, 0.0, 0, 0

    def add(self, values: Values) -> None:
        """Take another piece of the map, of any shape but not empty."""
        self.low = min(self.low, float(values.min()))
        self.high = max(self.high, float(values.max()))
        self.sum += float(values.sum(dtype=np.float64))
        self.positive += int(np.count_nonzero(values > 0))
        self.count += values.size

    def result(self) -> MapRange:
        """The figures of all pieces together."""
        return MapRange(self.low, self.high, self.sum / self.count, self.positive / self.count)


def map_range(values: Values) -> MapRange:
    """Figures of a map that is there as a whole."""
    figures = Accumulator()
    figures.add(values)
    return figures.result()


def histogram(index: int, pieces: Iterable[Values], figures: MapRange) -> Histogram:
    """Count the values of a map between its smallest and its largest."""
    high = figures.high if figures.high > figures.low else figures.low + 1.0
    edges = np.linspace(figures.low, high, BINS + 1)
    counts = np.zeros(BINS, np.int64)
    for piece in pieces:
        # Even bins: placing by arithmetic is several times as fast as a search for each value.
        places = ((piece.ravel() - np.float32(figures.low)) * np.float32(BINS / (high - figures.low))).astype(np.int32)
        counts += np.bincount(np.clip(places, 0, BINS - 1), minlength=BINS)
    return Histogram(index, counts, edges)
