"""Parameters of presets and banks: numbers with bounds and defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from convexplorer.core.model.filters import MAX_KERNEL
from convexplorer.core.model.numerals import short_text
from convexplorer.errors import InvalidValueError


@dataclass(frozen=True)
class Parameter:
    """One number a person may choose.

    Parameters
    ----------
    name : str
        Keyword of the function that takes it.
    title : str
        What its field is called.
    default, low, high : float
        Its value to begin with, and its bounds, inclusive.
    step : float
        How far an arrow of its field goes.
    whole : bool
        Whether only whole numbers make sense; they are passed on as int.
    """

    name: str
    title: str
    default: float
    low: float
    high: float
    step: float = 1.0
    whole: bool = False


def parameter_values(parameters: Iterable[Parameter], given: Mapping[str, float]) -> dict[str, float]:
    """The value of every parameter: the one given, else its default.

    Raises
    ------
    InvalidValueError
        If a name is unknown, or a number out of bounds or not whole where it must be.
    """
    known = {one.name: one for one in parameters}
    for name, value in given.items():
        if name not in known:
            raise InvalidValueError("there is no parameter {name} here", name=name)
        one = known[name]
        if not (isfinite(value) and one.low <= value <= one.high) or (one.whole and value != int(value)):
            raise InvalidValueError(
                "{title} is a whole number from {low} to {high}, not {value}"
                if one.whole
                else "{title} is a number from {low} to {high}, not {value}",
                title=one.title,
                low=short_text(one.low),
                high=short_text(one.high),
                value=short_text(value),
            )
    values = {name: given.get(name, one.default) for name, one in known.items()}
    return {name: int(value) if known[name].whole else float(value) for name, value in values.items()}


def size(default: int, *, low: int = 3, step: int = 2, name: str = "size", title: str = "Size") -> Parameter:
    """Height and width of a square kernel; the arrows go to odd ones, which have a centre."""
    return Parameter(name, title, default, low, MAX_KERNEL, step, whole=True)
