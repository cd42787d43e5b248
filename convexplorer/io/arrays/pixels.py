"""Turns decoded numbers into the pixels of an `Image`: transparency, range, orientation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError

OVER_WHITE = "alpha over white"
"""The note of a picture that was transparent somewhere."""
FIRST_PICTURE = "the first of several pictures"
"""The note of a file with more than one picture."""
_STRIP = 1_000_000


class Decoded(NamedTuple):
    """Pixels (H, W, C) of type uint8, uint16 or float32, C = 1 or 3, and what had to be decided."""

    pixels: Pixels
    notes: tuple[str, ...]


def strips(height: int, width: int, should_stop: ShouldStop) -> Iterator[slice]:
    """Cut rows into strips of about a million pixels, so that no step holds a second copy of the whole.

    Raises
    ------
    CancelledError
        If `should_stop` said so before a strip.
    """
    rows = max(1, _STRIP // width)
    for start in range(0, height, rows):
        if should_stop():
            raise CancelledError
        yield slice(start, min(start + rows, height))


def lay_over_white(colour: Pixels, alpha: Pixels, *, premultiplied: bool = False) -> tuple[Pixels, bool]:
    """Lay a transparent picture over white.

    Parameters
    ----------
    colour : ndarray, shape (H, W, C)
        uint8 or uint16 over the type's range, or float32 in [0, 1].
    alpha : ndarray, shape (H, W, 1)
        Opacity, of the same type and range.
    premultiplied : bool
        Whether the colours have been multiplied with alpha already.

    Returns
    -------
    pixels : ndarray, shape (H, W, C)
        Of the same type; integers are rounded.
    transparent : bool
        Whether any pixel was not opaque. If none, `colour` is returned unchanged.
    """
    top = 1 if colour.dtype.kind == "f" else np.iinfo(colour.dtype).max
    if (alpha >= top).all():
        return colour, False
    if top == 1:
        alpha = np.clip(alpha, 0, 1)
        return np.clip((colour if premultiplied else colour * alpha) + (1 - alpha), 0, 1), True
    # 65535² + 32767 still fits into 32 bits.
    wide, cover = colour.astype(np.uint32), alpha.astype(np.uint32)
    if premultiplied:
        mixed = np.minimum(wide + (top - cover), top)
    else:
        mixed = (wide * cover + top * (top - cover) + top // 2) // top
    return mixed.astype(colour.dtype), True


def to_unit_range(values: NDArray[Any], should_stop: ShouldStop) -> Decoded:
    """Bring numbers of a type without a natural range (float, signed, 32-bit) into [0, 1].

    Values that all lie in [0, 1] stay. Otherwise the line through (lowest, 0) and (highest, 1) is applied. NaN and
    −∞ become the lowest finite value, +∞ the highest. Notes say so.

    Parameters
    ----------
    values : ndarray, shape (H, W, C)
        Real numbers; those of a float32 array that may be written to are changed in place.
    should_stop : callable
        Asked between strips.

    Raises
    ------
    InvalidValueError
        If no value is finite.
    """
    height, width = values.shape[:2]
    lows, highs, lost = [], [], 0
    for rows in strips(height, width, should_stop):
        part = values[rows]
        finite = part[np.isfinite(part)]
        lost += part.size - finite.size
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    if not lows:
        raise InvalidValueError("none of its values is a finite number")
    low, high = min(lows), max(highs)
    notes = [f"values that are not finite: {lost}, replaced"] if lost else []
    stays = low >= 0 and high <= 1
    if not stays:
        notes.append(f"values {low:.6g} to {high:.6g} mapped to 0 to 1".replace("-", "−"))
    span = 1.0 if stays or high == low else high - low
    own = values.dtype == np.float32 and values.flags.writeable
    pixels = values if own else np.empty(values.shape, np.float32)
    for rows in strips(height, width, should_stop):
        part = np.nan_to_num(values[rows].astype(np.float64), nan=low, neginf=low, posinf=high)
        pixels[rows] = part if stays else (part - low) / span
    return Decoded(pixels, tuple(notes))


def apply_orientation(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror rows and columns as the EXIF orientation 1 to 8 says; other numbers change nothing."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
