"""Figures of one map: range, mean, share of active nodes, histogram; gathered piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.noise import finite, finite_ends, quiet_ends
from convexplorer.core.runtime.types import Values

BINS = 128
"""Bins of a histogram."""


@dataclass(frozen=True)
class MapRange:
    """Figures of one whole map.

    Parameters
    ----------
    low, high : float
        Smallest and largest value; perhaps infinite, and no numbers where no value is one.
    mean : float
        Their mean.
    active : float
        Share of nodes above zero, 0 to 1. What is only rounding is not above zero, nor are the ends and the mean of a
        map that is nothing else.
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
    """Running figures of a map whose values arrive in pieces.

    Parameters
    ----------
    noise : float
        What the values may be wrong by (`core.engine.noise`).
    """

    def __init__(self, noise: float = 0.0) -> None:
        self._noise = noise
        self.low, self.high, self.sum, self.positive, self.count = np.inf, -np.inf, 0.0, 0, 0

    def add(self, values: Values) -> None:
        """Take another piece of the map, of any shape but not empty."""
        low, high = float(values.min()), float(values.max())
        if isnan(high):
            values = values[~np.isnan(values)]
            low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
        self.low, self.high = min(self.low, low), max(self.high, high)
        with np.errstate(invalid="ignore"):  # Infinite values of both signs have no mean.
            self.sum += float(values.sum(dtype=np.float64))
        self.positive += int(np.count_nonzero(values > self._noise))
        self.count += values.size

    def join(self, figures: NDArray[np.float64], count: int) -> None:
        """Take a piece of so many nodes whose smallest and largest value, sum, and number above zero are known."""
        low, high, total, positive = figures.tolist()
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.sum += total
        self.positive += int(positive)
        self.count += count

    def result(self) -> MapRange:
        """The figures of all pieces together."""
        if not self.count:
            return MapRange(nan, nan, nan, 0.0)
        low, high = quiet_ends(self.low, self.high, self._noise)
        mean = self.sum / self.count if low or high else 0.0
        return MapRange(low, high, mean, self.positive / self.count)


def map_range(values: Values, noise: float = 0.0) -> MapRange:
    """Figures of a map that is there as a whole."""
    figures = Accumulator(noise)
    figures.add(values)
    return figures.result()


def histogram(index: int, pieces: Iterable[Values], figures: MapRange) -> Histogram:
    """Count the values of a map between its smallest and its largest."""
    low, high = finite_ends(figures.low, figures.high)
    high = high if high > low else low + 1.0
    edges = np.linspace(low, high, BINS + 1)
    counts = np.zeros(BINS, np.int64)
    for values in pieces:
        piece = values if isfinite(figures.high - figures.low) else finite(values).astype(np.float64)
        # Even bins: placing by arithmetic is several times as fast as a search for each value.
        places = ((piece.ravel() - piece.dtype.type(low)) * piece.dtype.type(BINS / (high - low))).astype(np.int32)
        counts += np.bincount(np.clip(places, 0, BINS - 1), minlength=BINS)
    return Histogram(index, counts, edges)
