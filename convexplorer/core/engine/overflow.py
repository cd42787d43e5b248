"""Sums of weights so large that float32 ends on the way: the infinite ones have their sign, the others their value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import activate
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.types import Values

SAFE = 1e30
"""Σ|w| up to which sums of everyday inputs stay far from the end of float32 (3e38), and products within them too."""


def compute(work: Work, whole: tuple[tuple[int, ...], Geometry] | None = None) -> Values:
    """The maps of some work, by the route that `choose` picks: (O, H', W') float32, a new array.

    Sums beyond float32 are infinite, of the right sign. Huge weights are made smaller by powers of two, and their maps
    larger again, so that neither a product nor a part of a sum overflows first.
    """
    exponents = safe_exponents(work.weights, work.bias)
    if exponents is None:
        return choose(work, whole)(work)
    weights = np.ldexp(work.weights, -exponents[:, np.newaxis, np.newaxis, np.newaxis])
    small = replace(work, weights=weights, bias=np.ldexp(work.bias, -exponents), activation="none")
    return activate(enlarge(choose(small, whole)(small), exponents), work.activation)


def safe_exponents(weights: Values, bias: NDArray[np.float32]) -> NDArray[np.int32] | None:
    """By which powers of two filters are too large to be summed in float32, shape (O,); None where none is."""
    norms = np.abs(weights).sum(axis=tuple(range(1, weights.ndim)), dtype=np.float64) + np.abs(bias)
    if not norms.max(initial=0.0) > SAFE:
        return None
    return np.where(norms > SAFE, np.frexp(norms)[1], 0).astype(np.int32)


def enlarge(maps: Values, exponents: NDArray[np.int32]) -> Values:
    """Multiply maps (O, …) by powers of two in place; what is then beyond float32 is infinite."""
    with np.errstate(over="ignore"):
        return np.ldexp(maps, exponents.reshape(-1, *[1] * (maps.ndim - 1)), out=maps)
