"""How a filter changes brightness: the sum of its weights, its range of values, and a sentence about both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convexplorer.core.explain.explain import largest_possible, least_possible, weights_on
from convexplorer.core.model.filters import Filter
from convexplorer.core.runtime.types import Doubles

TOLERANCE = 1e-5
"""Part of Σ|w| within which a sum counts as 0 or 1: nine times 1/9 in float32 is not exactly 1."""


@dataclass(frozen=True)
class Gain:
    """Figures of a filter; `least` and `largest` for inputs in [0, 1].

    Parameters
    ----------
    total, magnitude : float
        Σw and Σ|w|.
    least, largest : float
        Smallest and largest sum, bias included, before the activation.
    template : str
        One sentence with placeholders ``{total}`` and ``{bias}``, to be translated before they are filled in.
    bias : float
        The filter's.
    """

    total: float
    magnitude: float
    least: float
    largest: float
    template: str
    bias: float


def gain(one: Filter, muted: frozenset[int] = frozenset(), *, picture: bool = True) -> Gain:
    """Figures of a filter, and a sentence on what it gives in flat areas. Channels in `muted` do not count.

    Parameters
    ----------
    one : Filter
        The filter.
    muted : frozenset of int
        Channels that are left out.
    picture : bool
        Whether it reads a picture. Of maps, which have no brightness, only the sum is told.
    """
    weights = weights_on(one, muted).astype(np.float64)
    totals = weights.sum(axis=(1, 2))
    total, magnitude = float(totals.sum()), float(np.abs(weights).sum())
    slack = TOLERANCE * magnitude
    total = next((whole for whole in (0.0, 1.0) if abs(total - whole) <= slack), total)
    if magnitude == 0.0:
        template = "All weights are 0: every node is the bias, {bias}"
    elif not picture:
        template = "Weights sum to {total}"
    else:
        uneven = bool(np.ptp(totals) > slack)
        template = _flat_area_sentence(weights, total, uneven=uneven, biased=one.bias != 0.0)
    return Gain(total, magnitude, least_possible(one, muted), largest_possible(one, muted), template, one.bias)


def _flat_area_sentence(weights: Doubles, total: float, *, uneven: bool, biased: bool) -> str:
    """A sentence on areas of one colour. If channels weigh unevenly, it holds for grey areas only, and says so."""
    if total == 0.0:
        return _BALANCED[uneven, biased]
    if np.all(weights <= 0):
        return "Negative weights only: the brighter, the less it gives"
    averages = bool(np.all(weights >= 0)) and np.count_nonzero(weights) > 1
    return _UNBALANCED["one" if total == 1.0 else "averages" if averages else "other", uneven][biased]


_UNBALANCED = {
    ("one", False): (
        "Weights sum to 1: flat areas keep their brightness",
        "Weights sum to 1: flat areas give their brightness and the bias, {bias}",
    ),
    ("one", True): (
        "Weights sum to 1: flat grey areas keep their brightness",
        "Weights sum to 1: flat grey areas give their brightness and the bias, {bias}",
    ),
    ("averages", False): (
        "Positive weights only: it averages, and gives {total} times the brightness",
        "Positive weights only: it averages, and gives {total} times the brightness and the bias, {bias}",
    ),
    ("averages", True): (
        "Positive weights only: it averages, and gives {total} times the brightness of grey areas",
        "Positive weights only: it averages, and gives {total} times the brightness of grey areas and the bias, {bias}",
    ),
    ("other", False): (
        "Weights sum to {total}: flat areas give {total} times their brightness",
        "Weights sum to {total}: flat areas give {total} times their brightness and the bias, {bias}",
    ),
    ("other", True): (
        "Weights sum to {total}: flat grey areas give {total} times their brightness",
        "Weights sum to {total}: flat grey areas give {total} times their brightness and the bias, {bias}",
    ),
}
"""Sentences about weights that do not sum to 0. The key is their kind and whether channels weigh unevenly; of the two
sentences the first is for filters without a bias."""

_BALANCED = {
    (False, False): "Weights sum to 0: flat areas give 0",
    (False, True): "Weights sum to 0: flat areas give just the bias, {bias}",
    (True, False): "Weights sum to 0 over the channels together: flat grey areas give 0, coloured ones do not",
    (True, True): "Weights sum to 0 over the channels together: flat grey areas give just the bias, {bias}",
}
"""Sentences about weights that sum to 0. The key says whether channels weigh unevenly and whether there is a bias."""
