"""Transforms of filters: pure functions of weights (C, kh, kw), and how they are applied to a bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from convexplorer.core.model.filters import FilterBank, Weights, spread_channels
from convexplorer.errors import InvalidValueError

Transform = Callable[[Weights], Weights]
"""Takes the weights (C, kh, kw) of one filter to new ones; height and width may change places."""

SMALLEST_SUM = 1e-6
"""Sums below this part of Σ|w| count as zero, because of the rounding of float32."""


def transform_filters(bank: FilterBank, indices: Iterable[int], transform: Transform) -> FilterBank:
    """Transform some filters of a bank; the others are shared with the old one.

    Kernels that are not square change shape when turned. Since a bank has one shape, they turn only together.

    Raises
    ------
    InvalidValueError
        If only some of the filters would change shape, or the transform refuses one.
    """
    changed = {i: bank[i].with_weights(transform(bank[i].weights)) for i in indices}
    if len(changed) < len(bank) and any(one.size != bank.size for one in changed.values()):
        raise InvalidValueError(
            "kernels of {height} × {width} change shape when turned; select all filters to turn them together",
            height=bank.size[0],
            width=bank.size[1],
        )
    return bank.with_filters(changed)


def negate(weights: Weights) -> Weights:
    """Every weight times −1."""
    return 0.0 - weights  # Not −w, which would make −0 of 0.


def transpose(weights: Weights) -> Weights:
    """Rows become columns in every plane, (C, kh, kw) → (C, kw, kh)."""
    return weights.swapaxes(1, 2)


def rotate_90(weights: Weights) -> Weights:
    """A quarter turn anticlockwise, (C, kh, kw) → (C, kw, kh)."""
    return np.rot90(weights, axes=(1, 2))


def flip_horizontally(weights: Weights) -> Weights:
    """Left and right change places."""
    return weights[:, :, ::-1]


def flip_vertically(weights: Weights) -> Weights:
    """Top and bottom change places."""
    return weights[:, ::-1, :]


def normalise_sum(weights: Weights) -> Weights:
    """Scale a filter so that all its weights sum to 1: an even area keeps its value.

    Raises
    ------
    InvalidValueError
        If the sum is zero, as an edge filter's.
    """
    total = weights.sum(dtype=np.float64)
    if abs(total) <= SMALLEST_SUM * np.abs(weights).sum(dtype=np.float64):
        raise InvalidValueError("weights that sum to 0 cannot be scaled to sum to 1")
    return np.asarray(weights / total, np.float32)


def subtract_mean(weights: Weights) -> Weights:
    """Subtract the mean of all weights, over all planes: an even grey area gives 0."""
    return np.asarray(weights - weights.mean(dtype=np.float64), np.float32)


def zero(weights: Weights) -> Weights:
    """All weights 0."""
    return np.zeros_like(weights)


def same_for_all_channels(weights: Weights, channel: int | None = None) -> Weights:
    """Give all channels one plane: a chosen one, else the mean of all."""
    plane = spread_channels(weights, 1) if channel is None else weights[channel : channel + 1]
    return spread_channels(plane, len(weights))
