"""What of a map is nothing but rounding, and how it is kept from being shown.

A sum of products in float32 is off by a few units in the last place of Σ|w| · max|x|, whatever it comes to. Where
products cancel, as those of an edge filter on an even sky, this is all that is left: no pattern, but as pictures go as
bright as any. So a value is told from 0 only where it is larger, and a map is even where it varies by less.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.routes.gemm import RUN
from convexplorer.core.engine.routes.windows import node_sums
from convexplorer.core.model.filters import Weights
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.runtime.types import Values

EPS = float(np.finfo(np.float32).eps)
"""Unit in the last place of 1, 1.2 · 10⁻⁷."""
FEW = 4.0
FEW_MORE = 0.05
"""Units in the last place that a sum of n products may be off by: `FEW` + `FEW_MORE` · n, n up to `RUN`, since longer
sums are made of such. Measured over all routes, with flat, striped and random inputs and filters that sum to 0: at most
1 for 25 weights, 3 for 121, 17 for 576, 23 for 2883. More would hide true patterns: a pixel that differs by one level
of eight bits must be seen by 31 × 31 equal weights.
"""

BOUNDED = 0.1
"""Rounding beyond which the values of an activation that ends at 1 are taken as they are."""
LARGEST = float(np.finfo(np.float32).max)

Floats = NDArray[np.float64]


def magnitudes(weights: Weights, bias: NDArray[np.float32], peak: float) -> Floats:
    """The largest that sums can come to: Σ|w| · peak + |bias|, of filters (O, C, kh, kw), shape (O,)."""
    sums: Floats = np.abs(weights).sum(axis=(1, 2, 3), dtype=np.float64) * peak
    sums += np.abs(bias)
    return sums


def rounding(weights: Weights, bias: NDArray[np.float32], peak: float) -> Floats:
    """What sums may be wrong by, shape (O,)."""
    units = FEW + FEW_MORE * min(weights[0].size, RUN)
    floors: Floats = magnitudes(weights, bias, peak) * (units * EPS)
    return floors


@dataclass(frozen=True, eq=False)
class Noise:
    """What the sums of a layer's filters may be wrong by, for what it reads.

    Parameters
    ----------
    prepared : Prepared
        What the layer reads. What that is wrong by is weighted like values that have nothing to do with each other.
    layer : ConvLayer
        The layer.
    """

    prepared: Prepared
    layer: ConvLayer

    @cached_property
    def floors(self) -> Floats:
        """Of every filter, after the activation, shape (O,).

        No activation makes them larger. Tangent and sigmoid end at 1: where rounding alone reaches that far, nothing
        can be told from it any more, and so nothing is taken for it.
        """
        weights = self.layer.kernels(range(len(self.layer.bank)))
        if not len(weights):
            return np.zeros(0)
        floors = rounding(weights, self.layer.bank.bias, self.prepared.peak)
        if self.prepared.noise:
            squares = np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3))
            floors += np.sqrt(squares) * self.prepared.noise
        if self.layer.activation in {"tanh", "sigmoid"}:
            floors[floors > BOUNDED] = 0.0
        return floors


def passed_on(layer: Layer, prepared: Prepared) -> float:
    """What the values that leave a layer may be wrong by: of the filter that is rounded most, of those that are on."""
    if isinstance(layer, PoolLayer):
        return prepared.noise
    on = [index for index, one in enumerate(layer.bank) if one.enabled]
    return float(Noise(prepared, layer).floors[on].max(initial=0.0))


def silence(maps: Values, floors: Floats) -> None:
    """Set maps (O, H', W') that are only rounding to 0, so that no layer behind makes a pattern of it; in place."""
    for values, floor in zip(maps, floors, strict=True):
        if float(values.max()) <= floor and -float(values.min()) <= floor:
            values[...] = 0.0


def quiet_ends(low: float, high: float, noise: float) -> tuple[float, float]:
    """The ends of a map's values as they can be told: within the noise 0, and one where they lie no further apart."""
    low, high = (0.0 if abs(end) <= noise else end for end in (low, high))
    if high - low <= noise:
        low = high = (low + high) / 2
    return low, high


def quieten(values: Values, noise: float) -> Values:
    """Set a whole map's values that are within the noise to 0, and all to one where they do not vary by more; in place.

    Parameters
    ----------
    values : ndarray, shape (H', W')
        After the activation.
    noise : float
        From `Noise.floors`.
    """
    low, high = quiet_ends(float(values.min()), float(values.max()), noise)
    if low == high:
        values[...] = low
    else:
        values[np.abs(values) <= noise] = 0.0
    return values


def quiet_sums(window: Values, weights: Weights, bias: NDArray[np.float32], noise: float = 0.0) -> Floats:
    """One node in every map before the activation (`windows.node_sums`), 0 where that is only rounding.

    Parameters
    ----------
    window, weights, bias
        As for `windows.node_sums`.
    noise : float
        What the window's values may be wrong by.
    """
    sums = node_sums(window, weights, bias)
    # The sums themselves are exact; but the window's values, and the weights, are rounded to float32.
    floors = node_sums(np.abs(window), np.abs(weights), np.abs(bias)) * (FEW * EPS)
    if noise:
        floors += np.sqrt(np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3))) * noise
    sums[np.abs(sums) <= floors] = 0.0
    return sums


def finite_ends(low: float, high: float) -> tuple[float, float]:
    """The ends of a scale or axis for values between two: the largest float32 for infinite ones, 0 for no numbers."""
    low, high = (float(np.nan_to_num(end, posinf=LARGEST, neginf=-LARGEST)) for end in (low, high))
    return low, high


def finite(values: Values) -> Values:
    """Values as they are shown: infinite ones as the largest float32, what is no number as 0; most are so already."""
    return values if np.isfinite(values).all() else np.nan_to_num(values, posinf=LARGEST, neginf=-LARGEST)
