"""One node, explained: patch ⊙ weights = products, per channel a subtotal, plus bias, then the activation.

All sums are made in double precision from the float32 patch and weights, so an explanation is more exact than the map
it explains; they agree within the engine's bound.

Printed sums must add up. Rounding every number for itself would not do: 0.333 + 0.333 + 0.333 is not 1.000. So the
result is rounded first, and the parts are rounded to fit it by largest remainders (`fitting`): each printed number is
within one unit of its last digit of the true one, and they add up exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.core.model.activations import Activation, activate
from convexplorer.core.model.filters import Filter, Weights
from convexplorer.core.model.layers import Pooling

Doubles = NDArray[np.float64]
Patch = NDArray[np.float32] | Doubles
Units = NDArray[np.int64]

NOISE = 1e-6
"""Part of a printed unit below which a number counts as whole: what sums in double precision leave behind."""
MOST_UNITS = 1e9
"""Largest printed number, in units of its last digit: more digits nobody reads."""
PLAIN = (-3, 5)
"""Powers of ten of the largest weight between which numbers are printed without a common factor."""


@dataclass(frozen=True, eq=False)
class NodeExplanation:
    """The equation of one node.

    That of a pooling is written alike, without bias: the largest input has the weight 1 and the others 0; for a mean
    each of n inputs has the weight 1/n.

    Parameters
    ----------
    patch : ndarray, shape (C, kh, kw), float32 or float64
        Inputs under the window, zeros in the padding.
    filter : Filter
        Weights and bias.
    activation : Activation
        What is applied to the sum.
    muted : frozenset of int
        Channels that are switched off: they have products and a subtotal, which do not enter the sum.
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
    """Whether the input is the image, so that three channels are red, green and blue; else its channels are maps."""
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


@dataclass(frozen=True, eq=False)
class PrintedNode:
    """The same equation with every number rounded, so that all printed sums add up exactly.

    Numbers are whole units of the last digit: ``products[c].sum() == subtotals[c]`` for every channel c, and the
    subtotals of the channels that are on, plus bias, are z. A number is printed with `decimals` decimals; where
    `exponent` is not 0, all of them are to be multiplied by 10 ** exponent, which is said once.
    """

    decimals: int
    exponent: int
    products: Units
    subtotals: Units
    bias: int
    z: int
    value: int

    @property
    def unit(self) -> float:
        """What one unit stands for."""
        return 10.0 ** (self.exponent - self.decimals)


def explain(patch: Patch, one: Filter, activation: Activation, muted: frozenset[int] = frozenset()) -> NodeExplanation:
    """Work out a node from the inputs under its window (`core.engine.windows.window_at`)."""
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
    """What a pooling does as weights; the same object every time, so that what was made of it can be kept."""
    weights = np.full(size * size, 1 / size**2, np.float32)
    if winner is not None:
        weights[:] = 0.0
        weights[winner] = 1.0
    return Filter(weights.reshape(1, size, size))


def by_contribution(node: NodeExplanation) -> list[int]:
    """The channels, largest subtotal first, whatever the sign; those that are switched off come last."""
    sizes = np.abs(node.subtotals)
    sizes[sorted(channel for channel in node.muted if channel < len(sizes))] = -1.0
    return [int(channel) for channel in np.argsort(-sizes, kind="stable")]


def strongest_input(products: Doubles, inside: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """Row and column, in a window, of the product that gives most, whatever the sign.

    Parameters
    ----------
    products : ndarray, shape (kh, kw)
        Of one channel.
    inside : ndarray, shape (kh, kw), bool, optional
        Which inputs are no padding; only these are taken where there are any.
    """
    sizes = np.abs(products)
    if inside is not None and inside.any():
        sizes = np.where(inside, sizes, -1.0)
    row, column = np.unravel_index(int(np.argmax(sizes)), sizes.shape)
    return int(row), int(column)


def printed(node: NodeExplanation) -> PrintedNode:
    """Round an explanation for printing.

    The decimals follow from the filter (`digits_of`), so that they stay the same from node to node; fewer are used
    where they show every number exactly, as on an image of zeros and ones.
    """
    most, exponent = digits_of(node.filter)
    numbers = np.concatenate([node.products.ravel(), node.subtotals, [node.filter.bias, node.z, node.value]])
    widest = float(np.abs(numbers).max())
    if widest > MOST_UNITS * 10.0**exponent:
        most, exponent = 3, math.floor(math.log10(widest))
    while most and widest * 10.0 ** (most - exponent) > MOST_UNITS:
        most -= 1
    decimals = next((d for d in range(most) if _is_exact(numbers, 10.0 ** (d - exponent))), most)
    scale = 10.0 ** (decimals - exponent)
    on = channels_on(len(node.subtotals), node.muted)
    z = round(node.z * scale)
    subtotals = np.rint(node.subtotals * scale).astype(np.int64)
    *subtotals[on], bias = fitting(np.append(node.subtotals[on], node.filter.bias) * scale, z)
    products = _fitting_rows(node.products.reshape(len(subtotals), -1) * scale, subtotals).reshape(node.products.shape)
    value = z if node.value == node.z else round(node.value * scale)
    return PrintedNode(decimals, exponent, products, subtotals, int(bias), z, value)


def digits_of(one: Filter) -> tuple[int, int]:
    """Decimals and the common power of ten with which the nodes of a filter are printed.

    The largest weight, which is the largest product too for inputs in [0, 1], gets four digits, zeros before and
    just after the point included, and never less than three that count: 12.34, 1.234, 0.123, 0.0123. What is
    smaller or larger than `PLAIN` is printed as 1.234 times a power of ten.
    """
    reach = float(np.abs(one.weights).max()) or abs(one.bias) or 1.0
    power = math.floor(math.log10(reach) + NOISE)
    if not PLAIN[0] <= power <= PLAIN[1]:
        return 3, power
    return (max(0, 3 - power) if power >= 0 else 2 - power), 0


def fitting(parts: ArrayLike, total: int) -> Units:
    """Round numbers to whole ones that add up to `total`, by the method of largest remainders (Hamilton's).

    Parameters
    ----------
    parts : array_like, shape (n,)
        Numbers whose sum is less than one away from `total`.
    total : int
        What the rounded ones have to add up to.

    Returns
    -------
    ndarray, shape (n,), int64
        Each less than one away from its part; whole numbers stay as they are.
    """
    row: Units = _fitting_rows(np.asarray(parts, dtype=np.float64)[np.newaxis], np.array([total]))[0]
    return row


def _fitting_rows(numbers: Doubles, totals: Units) -> Units:
    """`fitting` for every row, shape (m, n), with its total, shape (m,)."""
    rounded = np.rint(numbers)
    rest = numbers - rounded
    rest[np.abs(rest) < NOISE] = 0.0
    missing = (totals - rounded.sum(axis=1))[:, np.newaxis]
    order = np.argsort(np.where(missing > 0, -rest, rest), axis=1, kind="stable")
    steps = np.where(np.arange(rest.shape[1]) < np.abs(missing), np.sign(missing), 0.0)
    np.put_along_axis(rounded, order, np.take_along_axis(rounded, order, axis=1) + steps, axis=1)
    return rounded.astype(np.int64)


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


def _is_exact(numbers: Doubles, scale: float) -> bool:
    scaled = numbers * scale
    return bool(np.all(np.abs(scaled - np.rint(scaled)) < NOISE))
