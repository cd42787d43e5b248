"""One node, explained: patch ⊙ weights = products, per channel a subtotal, plus bias, then the activation.

Sums are made in double precision from the float32 patch and weights. So an explanation is more exact than the map that
it explains; both agree within the engine's error bound. `core.explain.printed` decides how the numbers are printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.activations import Activation, activate
from convexplorer.core.model.filters import Filter, Weights
from convexplorer.core.model.layers import Pooling
from convexplorer.core.runtime.types import Doubles

Patch = NDArray[np.float32] | Doubles


@dataclass(frozen=True, eq=False)
class NodeExplanation:
    """The equation of one node.

    A pooling is written in the same way, without bias. For a maximum the largest input has the weight 1 and the others
    0; for a mean each of n inputs has the weight 1/n.

    Parameters
    ----------
    patch : ndarray, shape (C, kh, kw), float32 or float64
        Inputs under the window, zeros in the padding.
    filter : Filter
        Weights and bias.
    activation : Activation
        What is applied to the sum.
    muted : frozenset of int
        Channels that are switched off. They have products and a subtotal, but these are not part of the sum.
    """

    patch: Patch
    filter: Filter
    activation: Activation
    products: Doubles
    """Input times weight, shape (C, kh, kw)."""
    subtotals: Doubles
    """Sum of the products of each channel, shape (C,)."""
    z: float
    """Subtotals of the channels that are on, plus bias."""
    value: float
    """The node: activation of z."""
    muted: frozenset[int] = frozenset()
    colours: bool = True
    """Whether the input is the image, whose three channels are red, green and blue; else its channels are maps."""
    pooling: Pooling | None = None
    """How the inputs were pooled, if this is no convolution's node."""

    @property
    def largest(self) -> float:
        """The most this filter can give for inputs in [0, 1] (`largest_possible`)."""
        return largest_possible(self.filter, self.muted)

    def with_muted(self, muted: frozenset[int]) -> NodeExplanation:
        """The same node with other channels switched off."""
        if muted == self.muted or self.pooling is not None:
            return self
        return replace(explain(self.patch, self.filter, self.activation, muted), colours=self.colours)


def explain(patch: Patch, one: Filter, activation: Activation, muted: frozenset[int] = frozenset()) -> NodeExplanation:
    """Work out a node from the inputs under its window (`core.engine.routes.windows.window_at`)."""
    products = patch.astype(np.float64) * one.weights
    subtotals = products.sum(axis=(1, 2))
    z = float(subtotals[channels_on(len(patch), muted)].sum() + one.bias)
    value = float(activate(np.array([z]), activation)[0])
    return NodeExplanation(patch, one, activation, products, subtotals, z, value, muted)


def explain_pooling(patch: Patch, pooling: Pooling, *, colours: bool = False) -> NodeExplanation:
    """Work out a pooling's node from its window, shape (1, size, size); of equal largest ones the first counts."""
    values = patch.astype(np.float64)
    winner = int(values.argmax()) if pooling == "max" else None
    one = _pooling_filter(patch.shape[-1], winner)
    products = values / values.size if winner is None else np.where(one.weights > 0, values, 0.0)
    value = float(products.sum())
    return NodeExplanation(
        patch, one, "none", products, np.array([value]), value, value, colours=colours, pooling=pooling
    )


@lru_cache(maxsize=256)
def _pooling_filter(size: int, winner: int | None) -> Filter:
    """A pooling as a filter. The same object every time, because results are cached by filter."""
    weights = np.full(size * size, 1 / size**2, np.float32)
    if winner is not None:
        weights[:] = 0.0
        weights[winner] = 1.0
    return Filter(weights.reshape(1, size, size))


def channels_by_contribution(node: NodeExplanation) -> list[int]:
    """Channels by the magnitude of their subtotal, the largest first; channels that are switched off come last."""
    sizes = np.abs(node.subtotals)
    sizes[sorted(channel for channel in node.muted if channel < len(sizes))] = -1.0
    return [int(channel) for channel in np.argsort(-sizes, kind="stable")]


def strongest_input(products: Doubles, inside: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """Row and column, in the window, of the product with the largest magnitude.

    Parameters
    ----------
    products : ndarray, shape (kh, kw)
        Of one channel.
    inside : ndarray, shape (kh, kw), bool, optional
        Which inputs are not padding. Only these count, if there are any.
    """
    sizes = np.abs(products)
    if inside is not None and inside.any():
        sizes = np.where(inside, sizes, -1.0)
    row, column = np.unravel_index(int(np.argmax(sizes)), sizes.shape)
    return int(row), int(column)


def largest_possible(one: Filter, muted: frozenset[int] = frozenset()) -> float:
    """The largest sum a filter can give for inputs in [0, 1]: Σ max(w, 0) + bias, reached where w > 0 meets 1."""
    return float(np.maximum(weights_on(one, muted), 0).sum(dtype=np.float64) + one.bias)


def least_possible(one: Filter, muted: frozenset[int] = frozenset()) -> float:
    """The smallest sum for inputs in [0, 1], before the activation: Σ min(w, 0) + bias."""
    return float(np.minimum(weights_on(one, muted), 0).sum(dtype=np.float64) + one.bias)


def weights_on(one: Filter, muted: frozenset[int]) -> Weights:
    """The planes of the channels that are not switched off, shape (n, kh, kw)."""
    return one.weights[channels_on(one.channels, muted)]


def channels_on(channels: int, muted: frozenset[int]) -> list[int]:
    """The channels that are not switched off."""
    return [channel for channel in range(channels) if channel not in muted]
