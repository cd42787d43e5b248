"""Numbers as text: short to look at, exact to edit. `convexplorer.core.model.numerals` reads them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from convexplorer.core.model.digits import fixed, grouped, shown
from convexplorer.core.model.numerals import MINUS
from convexplorer.io.arrays.text import number_texts

__all__ = ["MINUS", "exact", "fixed", "format_within", "grouped", "shown", "shown_exact", "shown_range", "shown_within"]

_FEW = 256


def exact(value: float) -> str:
    """The shortest text that reads back as the same float32, with an ASCII minus."""
    text = str(number_texts(np.float32(value))).removesuffix(".0")
    return "0" if text == "-0" else text


def shown_exact(value: float) -> str:
    """`exact` with a true minus sign."""
    return exact(value).replace("-", MINUS)


def shown_range(low: float, high: float, digits: int) -> str:
    """A range as "0.003 … 0.662": the larger end has so many significant digits, the other as many decimals."""
    reach = max(abs(low), abs(high))
    if not reach or not math.isfinite(reach):
        return f"{shown(low, digits)} … {shown(high, digits)}"
    decimals = digits - 1 - math.floor(math.log10(reach))
    return " … ".join(shown(round(end, decimals), digits) for end in (low, high))


def shown_within(value: float, fits: Callable[[str], bool]) -> str:
    """The most digits of a number, four at most, for which `fits` is true; one digit if none are."""
    texts = [shown(value, digits) for digits in (4, 3, 2, 1)]
    return next(filter(fits, texts), texts[-1])


def format_within(values: ArrayLike, fits: Callable[[str], bool]) -> Callable[[float], str]:
    """One way to write all of some numbers in cells of one size.

    Four significant digits if all fit; else as many decimals, the same for all, as fit, down to one significant digit
    of the largest, if need be without the zero before the point; else one digit each. Zeros at the end tell that the
    number was rounded. What is not zero and too small for the decimals is "≈0".
    """
    numbers = np.asarray(values, np.float64).ravel()
    if numbers.size <= _FEW and all(fits(shown(value)) for value in numbers.tolist()):
        return shown
    reach = float(np.abs(numbers).max(initial=0.0)) or 1.0
    extremes = float(numbers.min(initial=0.0)), float(numbers.max(initial=0.0))
    two = max(0, 1 - math.floor(math.log10(reach)))
    for decimals, bare in ((two + 1, False), (two, False), (two, True), (two - 1, False), (two - 1, True)):
        if decimals >= 0 and all(fits(_fixed(value, decimals, bare=bare)) for value in extremes):
            return partial(_short_fixed, decimals=decimals, bare=bare)
    return partial(shown, digits=1)


def _fixed(value: float, decimals: int, *, bare: bool) -> str:
    text = f"{value:.{decimals}f}".replace("-", MINUS)
    return text.replace("0.", ".", 1) if bare and text.lstrip(MINUS).startswith("0.") else text


def _short_fixed(value: float, decimals: int, *, bare: bool) -> str:
    if round(value, decimals) == 0:
        return "≈0" if value else "0"
    text = _fixed(value, decimals, bare=bare)
    whole = math.isclose(value, round(value, decimals), rel_tol=1e-6)
    return text.rstrip("0").rstrip(".") if whole and "." in text else text
