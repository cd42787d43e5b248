"""One weight changed by δ changes a map by δ × the shifted input: an addition instead of a correlation.

Each addition rounds, by a unit in the last place of what the sums are then, and that stays in them when they become
smaller again. So sums are added to only while all that was rounded is little for the filter as it is now
(`MOST_STEPS`), and are computed afresh when an edit rests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convexplorer.core.engine.lattice import Lattice
from convexplorer.core.engine.noise import EPS
from convexplorer.core.engine.routes.windows import overlap
from convexplorer.core.model.activations import Activation, activate
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.types import Values

MOST_STEPS = 64
"""Units in the last place that additions in a row may round, as many as there are steps of one size: below a tenth of
the engine's error bound."""
LARGEST = 1e30
"""Sums up to which additions are tried; beyond, float32 ends soon (3e38)."""
BAND_NUMBERS = 65_536
"""Nodes that are updated at a time, so that they stay in the cache from the sum to the activation."""


@dataclass(eq=False)
class HeldSums:
    """The weighted sums of one map before the activation, and how often they were added to.

    Parameters
    ----------
    filter : Filter
        What they belong to.
    lattice : (range, range)
        The nodes.
    sums : ndarray, shape (rows, columns), float32
        Updated in place.
    steps : int
        Additions since they were computed.
    error : float
        What these may have rounded in all.
    """

    filter: Filter
    lattice: Lattice
    sums: Values
    steps: int = 0
    error: float = 0.0

    def allows(self, before: float, after: float) -> bool:
        """Whether the sums stay true enough by one addition more, which takes them from one magnitude to another."""
        error = self.error + EPS * max(before, after)
        return max(before, after) < LARGEST and error <= MOST_STEPS * EPS * after


@dataclass(frozen=True)
class WeightChange:
    """A weight or, with no place, the bias that has changed by `delta`."""

    place: tuple[int, int, int] | None
    delta: float


def single_change(before: Filter, after: Filter) -> WeightChange | None:
    """The one number in which two filters differ, or None where it is none or several."""
    if before.weights.shape != after.weights.shape:
        return None
    places = np.argwhere(before.weights != after.weights)
    bias = after.bias - before.bias
    if len(places) == 0 and bias:
        return WeightChange(None, bias)
    if len(places) != 1 or bias:
        return None
    channel, row, column = places[0].tolist()
    place = channel, row, column
    return WeightChange(place, float(after.weights[place]) - float(before.weights[place]))


def add_change(
    held: HeldSums,
    change: WeightChange,
    prepared: Prepared,
    geometry: Geometry,
    activation: Activation,
    *,
    muted: bool,
    magnitude: float = 0.0,
) -> Values:
    """Update held sums by a change and give the map after the activation, as a new array.

    Parameters
    ----------
    held : HeldSums
        Updated in place, but for its filter.
    change : WeightChange
        From the filter it holds to the one wanted.
    prepared, geometry
        The input and how windows lie on it.
    activation : Activation
        Applied to the result.
    muted : bool
        Whether the weight belongs to a channel that is left out.
    magnitude : float
        The larger one that the sums go from and to, which tells what is rounded.
    """
    rows, columns = held.lattice
    values = np.empty_like(held.sums)
    if muted:
        np.copyto(values, held.sums)
        return activate(values, activation)
    factor = np.float32(change.delta)
    source = None
    to_rows, to_columns = slice(0, len(rows)), slice(0, len(columns))
    if change.place is not None:
        channel, row, column = change.place
        _, height, width = prepared.shape
        top, left = geometry.pads[:2]
        to_rows, from_rows = overlap(rows, geometry.stride, row * geometry.dilation - top, height)
        to_columns, from_columns = overlap(columns, geometry.stride, column * geometry.dilation - left, width)
        source = prepared.stored[channel, from_rows, from_columns]
        factor = np.float32(change.delta * prepared.gain)
    at_once = max(1, BAND_NUMBERS // len(columns))
    for start in range(0, len(rows), at_once):
        stop = min(start + at_once, len(rows))
        band = held.sums[start:stop]
        if source is None:
            band += factor
        else:
            first, last = max(start, to_rows.start), min(stop, to_rows.stop)
            if first < last:
                part = source[first - to_rows.start : last - to_rows.start]
                band[first - start : last - start, to_columns] += part * factor
        values[start:stop] = band
        activate(values[start:stop], activation)
    held.steps += 1
    held.error += EPS * magnitude
    return values
