"""Numbers as text: short to look at, exact to edit. `convexplorer.core.model.numerals` reads them."""

from __future__ import annotations

import numpy as np

from convexplorer.core.model.digits import fixed_text, grouped_text, number_text
from convexplorer.core.model.numerals import MINUS
from convexplorer.io.arrays.text import number_texts

__all__ = ["MINUS", "exact", "exact_number_text", "fixed_text", "grouped_text", "number_text"]


def exact(value: float) -> str:
    """The shortest text that reads back as the same float32, with an ASCII minus."""
    text = str(number_texts(np.float32(value))).removesuffix(".0")
    return "0" if text == "-0" else text


def exact_number_text(value: float) -> str:
    """`exact` with a true minus sign."""
    return exact(value).replace("-", MINUS)
