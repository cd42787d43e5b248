"""How numbers are printed: weights, inputs, sums, values and counts, in every panel, figure and copied text.

Every printed number is the true one, rounded to the nearest. Its last digits say whether it was rounded: an exact
number has no trailing zeros (0.5, 3, 0), a rounded one keeps all its decimals (0.500, 3.000).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar
from weakref import ref

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.core.model.filters import Filter
from convexplorer.core.model.numerals import MINUS

SIGNIFICANT = 4
"""Digits that count, of a number that stands alone."""
PIXEL_DECIMALS = 3
"""Decimals of a pixel, and of a value of a map that is read, as long as it is neither tiny nor huge."""
EXACT = 2.5e-7
"""Relative error of float32. A number closer than this to its printed digits counts as printed exactly."""
NOISE = 1e-6
"""Rounding error of sums in double precision, in printed units. What is smaller counts as nothing."""
MOST_UNITS = 1e9
"""Largest printed number, in units of its last digit: more digits nobody reads."""
PLAIN = (-3, 5)
"""Powers of ten of the largest weight between which numbers are printed without a common factor."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_KINDS = 512  # different weights of a filter up to which all their products are looked at
_NARROW = 3  # columns of a kernel beside which five decimals have room
_MOST_OFF = 4  # units of a product's last digit that one of an input's may move it
_ENOUGH = 64  # different numbers of a table that are tried
_LEVELS = np.arange(256) / 255  # what an 8-bit picture holds


T = TypeVar("T")


class KeptByFilter(Generic[T]):
    """A cache of results by filter, each kept as long as its filter lives.

    Filters are told apart by identity, because they have no hash.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Filter], T]] = {}

    def get(self, one: Filter, make: Callable[[], T]) -> T:
        """The result for a filter; `make` is called if there is none yet."""
        known = self._kept.get(id(one))
        if known is not None and known[0]() is one:
            return known[1]
        key, made = id(one), make()
        self._kept[key] = ref(one, lambda _gone: self._kept.pop(key, None)), made
        return made


def number_text(value: float, digits: int = SIGNIFICANT) -> str:
    """A number on its own, with up to `digits` significant digits.

    With four or more of them, the digits before the point of a number below a million are all printed.
    """
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if digits >= SIGNIFICANT and 10**digits <= abs(value) < 1e6:
        text = f"{value:.0f}"
    else:
        text = f"{value:.{digits}g}"
        mantissa, e, exponent = text.partition("e")
        text = f"{mantissa}e{int(exponent)}" if e else text
    return "0" if text == "-0" else text.replace("-", MINUS)


def fixed_text(value: float, decimals: int) -> str:
    """A number with a fixed number of decimals. 0 is printed as "0", and a number that is rounded to 0 has no sign."""
    text = f"{value:.{decimals}f}"
    if value == 0:
        return "0"
    return (text if text.strip("-0.") else text.lstrip("-")).replace("-", MINUS)


def decimal(value: float, decimals: int) -> str:
    """A number rounded to some decimals, without trailing zeros if it is exact."""
    unit = 10.0**-decimals
    if abs(value) <= NOISE * unit:
        return "0"
    text = fixed_text(value, decimals)
    if "." not in text:
        return text
    short = text.rstrip("0").rstrip(".")
    if short == text or not short.strip(f"{MINUS}0."):
        return text
    return short if abs(read(short) - value) <= max(EXACT * abs(value), NOISE * unit) else text


def read(text: str) -> float:
    """The number that a printed text stands for."""
    return float(text.replace(MINUS, "-"))


def superscript(exponent: int) -> str:
    """An exponent in superscript digits."""
    return str(exponent).translate(_SUPERSCRIPTS)


def pixel(value: float) -> str:
    """A value of the image."""
    return decimal(value, PIXEL_DECIMALS)


def grouped_text(value: int) -> str:
    """A whole number with thousands separators: 4,288,236,372."""
    return f"{value:,}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share as a percentage, 12.3 %."""
    return f"{decimal(100 * share, 1)} %"


def is_short(value: float) -> bool:
    """Whether `SIGNIFICANT` digits give a weight exactly, as most typed ones."""
    return bool(np.float32(f"{value:.{SIGNIFICANT}g}") == np.float32(value))


def cells_writer(
    weights: ArrayLike, write: Callable[[float], str], fits: Callable[[str], bool]
) -> tuple[Callable[[float], str], float]:
    """Wrap `write` so that a number that does not fit its cell becomes "…"; cut short it would be another number.

    If more than half of the numbers do not fit, none is written.

    Parameters
    ----------
    weights : array_like
        All numbers of the table.
    write : callable
        Writes one of them.
    fits : callable
        Whether a text fits a cell.

    Returns
    -------
    (callable, float)
        The wrapped writer, and the share of the different numbers that fit. Of many numbers, some are tried.
    """
    kinds = np.unique(np.asarray(weights, np.float64))
    some = kinds[:: max(1, len(kinds) // _ENOUGH)]
    share = sum(fits(write(value)) for value in some.tolist()) / len(some)
    return (partial(_fitting, write, fits) if share >= 0.5 else _nothing), share


def _fitting(write: Callable[[float], str], fits: Callable[[str], bool], value: float) -> str:
    text = write(value)
    return text if fits(text) else "…"


def _nothing(_value: float) -> str:
    return ""


@dataclass(frozen=True)
class Digits:
    """How many digits the numbers of a filter are printed with.

    Parameters
    ----------
    decimals, exponent : int
        Of products, sums, values and weights; where `exponent` is not 0, products and sums stand before a common factor
        10 ** exponent. A weight that few digits say in full has just these (`is_short`).
    inputs : int
        Decimals of inputs in the equation of a node: `PIXEL_DECIMALS`, or one more (two in a narrow kernel) where that
        makes printed input × printed weight the printed product for every level of an 8-bit picture.
    """

    decimals: int
    exponent: int
    inputs: int

    def value(self, value: float) -> str:
        """A value of the filter's map, with its exponent where it has one."""
        if self.exponent or abs(value) * 10.0**self.decimals > MOST_UNITS:
            return number_text(value)
        return decimal(value, self.decimals)

    def weight(self, value: float) -> str:
        """A weight, the bias, or a sum of weights."""
        return number_text(value) if self.exponent or is_short(value) else fixed_text(value, self.decimals)

    def bounds(self, low: float, high: float) -> str:
        """A range of values."""
        return f"{self.value(low)} … {self.value(high)}"


USUAL = Digits(PIXEL_DECIMALS, 0, PIXEL_DECIMALS)
"""Where no filter is at hand."""


def digits_of(one: Filter) -> Digits:
    """The digits of a filter. They are the same for all nodes of its map.

    The largest weight, which is the largest product too for inputs in [0, 1], gets four digits, zeros before and
    just after the point included, and never less than three that count: 12.34, 1.234, 0.123, 0.0123. What is
    smaller or larger than `PLAIN` is printed as 1.234 times a power of ten.
    """
    return _known.get(one, lambda: _digits_of(one))


_known: KeptByFilter[Digits] = KeptByFilter()


def _digits_of(one: Filter) -> Digits:
    reach = float(np.abs(one.weights).max()) or abs(one.bias) or 1.0
    power = math.floor(math.log10(reach) + NOISE)
    if not PLAIN[0] <= power <= PLAIN[1]:
        return Digits(3, power, _input_decimals(one, Digits(3, power, 0)))
    decimals = max(0, 3 - power) if power >= 0 else 2 - power
    return Digits(decimals, 0, _input_decimals(one, Digits(decimals, 0, 0)))


def printed_weights(weights: ArrayLike, digits: Digits) -> NDArray[np.float64]:
    """The numbers that `Digits.weight` prints, for all weights at once."""
    exact = np.asarray(weights, np.float64)
    size = np.abs(exact)
    power = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    scale = 10.0 ** (SIGNIFICANT - 1 - power)
    significant = np.rint(exact * scale) / scale
    if digits.exponent:
        return significant
    short = significant.astype(np.float32) == exact.astype(np.float32)
    return np.where(short, significant, np.round(exact, digits.decimals))


def _input_decimals(one: Filter, digits: Digits) -> int:
    weights = np.unique(np.abs(one.weights))
    if len(weights) > _MOST_KINDS:
        return PIXEL_DECIMALS
    said, unit = printed_weights(weights, digits), 10.0 ** (digits.exponent - digits.decimals)
    products = np.rint(np.outer(_LEVELS, weights) / unit)
    most = PIXEL_DECIMALS + (2 if one.size[1] <= _NARROW else 1)
    for decimals in range(PIXEL_DECIMALS, most + 1):
        off = np.abs(np.outer(np.round(_LEVELS, decimals), said) / unit - products)
        if off.max(initial=0.0) <= 0.5 + NOISE:
            return decimals
    # Where no number of them does, one more keeps products from being several units off.
    return PIXEL_DECIMALS + (float(said.max(initial=0.0)) * 10.0**-PIXEL_DECIMALS > _MOST_OFF * unit)
