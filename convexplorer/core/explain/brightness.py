"""What a filter does to brightness: the sum of its weights, what it can reach, and a sentence about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convexplorer.core.explain.explain import largest_possible, least_possible, weights_on
from convexplorer.core.model.filters import Filter

TOLERANCE = 1e-5
"""Part of Σ|w| below which a sum counts as zero, or as one: that of 1/9 nine times over in float32 is not 1."""


@dataclass(frozen=True)
class Gain:
    """Figures of a filter for inputs in [0, 1].

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


def gain(one: Filter, muted: frozenset[int] = frozenset()) -> Gain:
    """Figures of a filter, and what flat areas of the image give; channels in `muted` do not count."""
    weights = weights_on(one, muted).astype(np.float64)
    totals = weights.sum(axis=(1, 2))
    total, magnitude = float(totals.sum()), float(np.abs(weights).sum())
    slack = TOLERANCE * magnitude
    total = next((whole for whole in (0.0, 1.0) if abs(total - whole) <= slack), total)
    averages = bool(np.all(weights >= 0)) and np.count_nonzero(weights) > 1
    if magnitude == 0.0:
        template = "All weights are 0: every node is the bias, {bias}"
    elif total == 0.0:
        apart, biased = bool(np.any(np.abs(totals) > slack)), one.bias != 0.0
        template = _BALANCED[apart, biased]
    elif total == 1.0:
        template = (
            "Positive weights that sum to 1: it averages and keeps the brightness"
            if averages
            else "Weights sum to 1: flat areas keep their brightness"
        )
    elif averages:
        template = "Positive weights only: it averages, and gives {total} times the brightness"
    elif np.all(weights <= 0):
        template = "Negative weights only: the brighter, the less it gives"
    else:
        template = "Weights sum to {total}: flat areas give {total} times their brightness"
    return Gain(total, magnitude, least_possible(one, muted), largest_possible(one, muted), template, one.bias)


_BALANCED = {
    (False, False): "Weights sum to 0: flat areas give 0",
    (False, True): "Weights sum to 0: flat areas give just the bias, {bias}",
    (True, False): "Weights sum to 0 over the channels together: flat grey areas give 0, coloured ones do not",
    (True, True): "Weights sum to 0 over the channels together: flat grey areas give just the bias, {bias}",
}
"""Sentences about weights that sum to 0, by whether those of a single channel do not, and whether there is a bias."""
