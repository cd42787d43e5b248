"""Reads numbers as people write them, in cells, fields, the clipboard, text files and the shell alike.

A number has a point or a comma as its decimal mark, perhaps an exponent, and a hyphen or a true minus sign; or it is a
fraction of two such numbers, as ``1/9``. Blanks around it do not count. Thousands separators are not allowed: ``1,000``
could mean 1 or 1000, so it is refused. Nothing here depends on the system's locale.

Hand-written, because existing readers (``float``, Qt's locales, Babel) accept one decimal mark and misread the other.
"""

from __future__ import annotations

import re

from convexplorer.errors import InvalidValueError, shorten

MINUS = "\u2212"
"""The true minus sign."""
TOO_LARGE = (2 - 2.0**-24) * 2.0**127
"""The least number that becomes infinite as float32."""
PERCENT = "%"

_LONGEST = 40
"""Characters of a text that a refusal quotes, and most digits of a whole number."""
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)
_MIXED = re.compile(r"[+-]?(?:[\d,]+\.\d*|[\d.]+,\d*)(?:[eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_BEGUN = r"[+-]?\d*[.,]?\d*(?:[eE][+-]?\d*)?"
_UNFINISHED = re.compile(rf"{_BEGUN}(?: */ *{_BEGUN})?", re.ASCII)


def parse_number(text: str, *, comma_is_mark: bool = False) -> float:
    """Read one number.

    Parameters
    ----------
    text : str
        What was typed, or stands in a cell.
    comma_is_mark : bool
        Whether other numbers beside it leave no doubt that a comma is the decimal mark, so that ``1,000`` is 1.

    Returns
    -------
    float
        Finite, also as float32.

    Raises
    ------
    InvalidValueError
        If it is not a number, not finite, beyond float32, or can be read as two numbers.
    """
    plain = text.strip().replace(MINUS, "-")
    if _PLAIN.fullmatch(plain):  # Most are so, and a file may hold millions.
        value = float(plain)
    elif not plain:
        raise InvalidValueError("a number is missing")
    else:
        numerator, slash, denominator = plain.partition("/")
        value = _decimal(numerator.strip() if slash else plain, text, comma_is_mark=comma_is_mark)
        if slash:
            divisor = _decimal(denominator.strip(), text, comma_is_mark=comma_is_mark)
            if divisor == 0.0:
                raise InvalidValueError("{text} divides by zero", text=_quote(text))
            value /= divisor
    if not abs(value) < TOO_LARGE:
        raise InvalidValueError("{text} is too large for a 32-bit number", text=_quote(text))
    return value


def parse_whole(text: str) -> int:
    """Read a whole number, exactly; ``6/2`` and ``3.0`` are whole too.

    Raises
    ------
    InvalidValueError
        If it is no number, or not a whole one.
    """
    plain = text.strip().replace(MINUS, "-")
    if _WHOLE.fullmatch(plain):
        if len(plain) > _LONGEST:
            raise InvalidValueError("{text} is too large", text=_quote(text))
        return int(plain)
    value = parse_number(text)
    if not value.is_integer():
        raise InvalidValueError("{text} is not a whole number", text=_quote(text))
    return int(value)


def parse_percent(text: str) -> float:
    """Read a percentage, with or without its sign: 30 for ``30``, ``30 %`` and ``30%``.

    Raises
    ------
    InvalidValueError
        As `parse_number`.
    """
    return parse_number(text.strip().removesuffix(PERCENT))


def parse_share(text: str) -> float:
    """Read a part of a whole: 0.3 for ``0.3``, and for ``30 %``.

    Raises
    ------
    InvalidValueError
        As `parse_number`.
    """
    return parse_percent(text) / 100 if text.strip().endswith(PERCENT) else parse_number(text)


def short_text(value: float) -> str:
    """A number for an error message, to six digits, with a true minus sign: ``1e10``."""
    return f"{value:g}".replace("e+", "e").replace("-", MINUS)


def is_unfinished(text: str) -> bool:
    """Whether the text may become a number if more is typed, as ``-``, ``1e`` or ``1,000``."""
    return _UNFINISHED.fullmatch(text.strip().replace(MINUS, "-")) is not None


def may_be_thousands(text: str) -> bool:
    """Whether the commas of a number may be thousands separators: yes in ``1,000``, no in ``0,125`` and ``1,5``."""
    return _THOUSANDS.fullmatch(text.strip().replace(MINUS, "-")) is not None


def _decimal(part: str, text: str, *, comma_is_mark: bool) -> float:
    """A number without a fraction's stroke; `text` is what a refusal quotes."""
    if _DECIMAL.fullmatch(part):
        if not comma_is_mark and _THOUSANDS.fullmatch(part):
            raise InvalidValueError(
                "{text} can be {one} or {other}: write it without a comma",
                text=_quote(text),
                one=part.replace(",", ".").rstrip("0").rstrip("."),
                other=part.replace(",", ""),
            )
        return float(part.replace(",", "."))
    if _NOT_FINITE.fullmatch(part):
        raise InvalidValueError("{text} is not a finite number", text=_quote(text))
    if _MIXED.fullmatch(part) and "," in part and "." in part:
        raise InvalidValueError("{text} has a comma and a point: write it with a point alone", text=_quote(text))
    raise InvalidValueError("{text} is not a number", text=_quote(text))


def _quote(text: str) -> str:
    return shorten(" ".join(text.split()), _LONGEST)
