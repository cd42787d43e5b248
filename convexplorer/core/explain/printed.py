"""The printed numbers of a node's equation, each rounded on its own.

No number is adjusted to make a sum look right: 0.333 + 0.333 + 0.333 stands beside 1. Instead the difference between
printed terms and their printed sum is shown (`PrintedNode.products_left`, `PrintedNode.z_left`), and products that
differ from printed input × printed weight are marked (`PrintedNode.rounded_products`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.explain.explain import NodeExplanation, channels_on
from convexplorer.core.model.digits import (
    MOST_UNITS,
    NOISE,
    PIXEL_DECIMALS,
    Digits,
    KeptByFilter,
    decimal,
    digits_of,
    is_short,
    number_text,
    printed_weights,
)
from convexplorer.core.model.numerals import MINUS

_BOUNDED = ("tanh", "sigmoid")
"""Activations whose values are at most 1, however large the sum is."""


@dataclass(frozen=True, eq=False)
class PrintedNode:
    """How the numbers of a node are written.

    Parameters
    ----------
    node : NodeExplanation
        The equation.
    digits : Digits
        The digits of its filter; fewer if a sum is huge. If `exponent` is not 0, products, sums and bias are printed
        without the common factor 10 ** exponent, which is written once. Inputs and weights have no such factor.
    """

    node: NodeExplanation
    digits: Digits

    @property
    def exponent(self) -> int:
        """The common power of ten of products and sums."""
        return self.digits.exponent

    @property
    def unit(self) -> float:
        """The value of one unit in the last digit of a product or sum."""
        return 10.0 ** (self.digits.exponent - self.digits.decimals)

    def input(self, value: float) -> str:
        """An input."""
        return decimal(value, self.digits.inputs)

    def weight(self, value: float) -> str:
        """A weight."""
        return digits_of(self.node.filter).weight(value)

    def sum(self, value: float) -> str:
        """A product, a subtotal or z, before the common factor."""
        return decimal(value / 10.0**self.exponent, self.digits.decimals)

    @property
    def bias(self) -> str:
        """The bias, before the common factor."""
        bias = self.node.filter.bias
        return number_text(bias) if not self.exponent and _is_plain(bias) else self.sum(bias)

    @property
    def z(self) -> str:
        """The sum, before the common factor."""
        return self.sum(self.node.z)

    @property
    def scales_value(self) -> bool:
        """Whether the value has the common factor, too."""
        return self.exponent != 0 and self.node.activation not in _BOUNDED

    @property
    def value(self) -> str:
        """The node's value, without the common factor if it has one (`scales_value`)."""
        if self.node.activation in _BOUNDED:
            return decimal(self.node.value, PIXEL_DECIMALS) if self.exponent else self.digits.value(self.node.value)
        return self.sum(self.node.value)

    def subtotals_on(self) -> list[str]:
        """Printed subtotals of the channels that are on."""
        return [self.sum(float(self.node.subtotals[i])) for i in channels_on(len(self.node.patch), self.node.muted)]

    def products_left(self, channel: int) -> Decimal:
        """A channel's printed subtotal minus the sum of its printed products."""
        return leftover(self.sum(float(self.node.subtotals[channel])), map(self.sum, self._products(channel)))

    def z_left(self) -> Decimal:
        """The printed z minus the sum of the printed subtotals and bias."""
        return leftover(self.z, [*self.subtotals_on(), self.bias])

    @cached_property
    def rounded_products(self) -> NDArray[np.bool_]:
        """Which products differ from printed input × printed weight in the last printed digit, shape (C, kh, kw)."""
        return np.abs(self._off) > 0.5 + 1e3 * NOISE

    def is_literal(self, channel: int) -> bool:
        """Whether each printed product of a channel is printed input × printed weight in all digits."""
        return bool(np.all(np.abs(self._off[channel]) < NOISE))

    @property
    def is_pooled_literally(self) -> bool:
        """Whether the printed value of a pooling is the largest, or the mean, of the printed inputs in all digits."""
        inputs = [_exact(self.input(x)) for x in self.node.patch.ravel().tolist()]
        return _exact(self.value) == (max(inputs) if self.node.pooling == "max" else sum(inputs) / len(inputs))

    @cached_property
    def _off(self) -> NDArray[np.float64]:
        """Printed input × printed weight less the printed product, in units of the last digit."""
        node = self.node
        plain = digits_of(node.filter)  # Of a weight they do not depend on how large the sum is.
        weights = _printed_weights.get(node.filter, lambda: printed_weights(node.filter.weights, plain))
        said = np.round(node.patch.astype(np.float64), self.digits.inputs) * weights
        off: NDArray[np.float64] = said / self.unit - np.rint(node.products / self.unit)
        return off

    def _products(self, channel: int) -> list[float]:
        products: list[float] = self.node.products[channel].ravel().tolist()
        return products


def format_node(node: NodeExplanation) -> PrintedNode:
    """Choose the digits of an explanation: those of its filter, fewer if a sum is huge."""
    digits = digits_of(node.filter)
    reach = float(np.abs(node.patch).max(initial=0.0))
    if reach and not 0.1 <= reach < 1000:  # Maps that are read may be of any size.
        power = math.floor(math.log10(reach))
        more = -1 - power if power < 0 else 2 - power
        digits = replace(digits, inputs=min(max(0, digits.inputs + more), 40))
    if node.pooling is not None:  # It hands on what it reads, whatever its weights.
        digits = replace(digits, decimals=min(digits.inputs, PIXEL_DECIMALS) if reach >= 0.1 else digits.inputs)
    widest = max(float(np.abs(node.products).max(initial=0.0)), float(np.abs(node.subtotals).max(initial=0.0)))
    widest = max(widest, abs(node.filter.bias), abs(node.z))
    if widest > MOST_UNITS * 10.0**digits.exponent:
        digits = replace(digits, decimals=3, exponent=math.floor(math.log10(widest)))
    while digits.decimals and widest * 10.0 ** (digits.decimals - digits.exponent) > MOST_UNITS:
        digits = replace(digits, decimals=digits.decimals - 1)
    return PrintedNode(node, digits)


def leftover(total: str, parts: Iterable[str]) -> Decimal:
    """A printed sum minus the sum of its printed terms."""
    return _exact(total) - sum(map(_exact, parts), Decimal(0))


def adds_up(total: str, parts: Iterable[str]) -> bool:
    """Whether printed terms give a printed sum to the last digit."""
    return not leftover(total, parts)


def leftover_text(left: Decimal) -> str:
    """A leftover as +0.001 or −0.002."""
    return f"{left:+f}".replace("-", MINUS)


def _exact(text: str) -> Decimal:
    return Decimal(text.replace(MINUS, "-"))


def _is_plain(value: float) -> bool:
    """Whether a few digits give a number exactly, without a power of ten."""
    return is_short(value) and "e" not in number_text(value)


_printed_weights: KeptByFilter[NDArray[np.float64]] = KeptByFilter()
"""The printed weights of filters as numbers. Cached, because the mouse moves over many nodes of one filter."""
