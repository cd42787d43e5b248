"""Pictures, and how one becomes the input of a network.

The steps are: grey or RGB, resize, values in [0, 1]. Pixels keep their stored type in memory (8-bit stays 8-bit) and
become float32 piece by piece, when they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from convexplorer.core.model.numerals import short_text
from convexplorer.core.model.preparation import (
    DEFAULT_GREY,
    GREY_PARTS,
    SAMPLED_NUMBERS,
    GreyMethod,
    PreparedPixels,
    Repeated,
)
from convexplorer.core.model.streams import Stream, size_of
from convexplorer.core.runtime.budget import budget
from convexplorer.core.runtime.types import Pixels, ShouldStop, Values, never
from convexplorer.errors import InvalidValueError

__all__ = ["MAX_PIXELS", "MAX_SIDE", "Image", "Preparation", "Prepared", "check_dimensions"]

MAX_SIDE = 32_768
"""Longest side in pixels of an image or of a resized one."""
MAX_PIXELS = 200_000_000
"""Most pixels of an image or of a resized one."""


@dataclass(frozen=True, eq=False)
class Image:
    """A decoded picture.

    Parameters
    ----------
    native : ndarray, shape (H, W, C), C = 1 or 3, dtype uint8, uint16 or float32
        Pixels as they were stored; kept read-only.
    name : str
        What titles and lists show.
    path : Path or None
        The file it came from.
    sample : str
        Key of the built-in sample it came from, or "".
    notes : tuple of str
        What decoding had to decide, in plain words ("alpha over white").
    """

    native: Pixels
    name: str = "Untitled"
    path: Path | None = None
    sample: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        native = self.native[..., np.newaxis] if self.native.ndim == 2 else self.native
        if native.ndim != 3 or native.shape[2] not in (1, 3) or 0 in native.shape:
            raise InvalidValueError("an image has 1 or 3 channels, not shape {shape}", shape=self.native.shape)
        if native.dtype not in (np.uint8, np.uint16, np.float32):
            raise InvalidValueError("pixels of type {dtype} are not supported", dtype=native.dtype)
        check_dimensions(native.shape[0], native.shape[1])
        native = native.view()
        native.setflags(write=False)
        object.__setattr__(self, "native", native)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.native.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.native.shape[1])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (R, G, B)."""
        return int(self.native.shape[2])

    @property
    def gain(self) -> float:
        """The factor that brings stored numbers into [0, 1]."""
        return {"u1": 1 / 255, "u2": 1 / 65535}.get(self.native.dtype.str[1:], 1.0)

    @property
    def pixels(self) -> Values:
        """All values as float32 in [0, 1], shape (C, H, W); a new array at each call."""
        return self.prepare(Preparation(grey=self.channels == 1, scale=1.0)).values()

    def prepare(self, preparation: Preparation, should_stop: ShouldStop = never) -> Prepared:
        """Take the image through the steps of a preparation.

        Raises
        ------
        InvalidValueError
            If the resized image would be too large.
        CancelledError
            If `should_stop` said so between two parts.
        """
        height, width = preparation.size(self.height, self.width)
        planes: Pixels | Stream = self.native.transpose(2, 0, 1)
        if (height, width) != (self.height, self.width) or (preparation.grey and self.channels == 3):
            planes = PreparedPixels(
                self.native, (height, width), grey=preparation.grey_method if preparation.grey else None
            )
            if size_of(planes.shape) <= budget.part("inputs"):
                planes = planes.whole(should_stop)
        if not preparation.grey and self.channels == 1:
            planes = Repeated(planes) if isinstance(planes, Stream) else np.broadcast_to(planes, (3, height, width))
        if preparation.unit_range:
            return Prepared(planes, self.gain)
        return Prepared(planes, 1.0, 1 / self.gain)


@dataclass(frozen=True)
class Preparation:
    """The steps from a picture to the input of a network. Each can be switched off.

    Parameters
    ----------
    grey : bool
        One channel instead of R, G and B. A grey picture in RGB has three equal planes.
    scale : float
        Size relative to the original, for both sides; 1 leaves it as it is.
    unit_range : bool
        Bring stored numbers into [0, 1] (8-bit ÷ 255, 16-bit ÷ 65535); else they stay as they are.
    grey_method : GreyMethod
        The weights of R, G and B in grey (`GREY_PARTS`). A picture without colours stays as it is.
    """

    grey: bool = True
    scale: float = 0.3
    unit_range: bool = True
    grey_method: GreyMethod = DEFAULT_GREY

    def __post_init__(self) -> None:
        if self.grey_method not in GREY_PARTS:
            raise InvalidValueError(
                "grey is made by one of {known}, not {method}", known=", ".join(GREY_PARTS), method=self.grey_method
            )
        if not (np.isfinite(self.scale) and 0.001 <= self.scale <= 16):
            raise InvalidValueError("the size is 0.1 % to 1600 %, not {scale} %", scale=short_text(self.scale * 100))

    @property
    def channels(self) -> int:
        """Channels of the result: 1 or 3."""
        return 1 if self.grey else 3

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the result; at least one pixel each.

        Raises
        ------
        InvalidValueError
            If it would be larger than `MAX_SIDE` or `MAX_PIXELS`.
        """
        new = max(1, round(height * self.scale)), max(1, round(width * self.scale))
        check_dimensions(*new)
        return new


@dataclass(frozen=True, eq=False)
class Prepared:
    """The input of a layer: a prepared picture, or the maps of the layer before.

    Parameters
    ----------
    stored : ndarray or Stream, shape (C, H, W)
        Numbers in their stored type. A `Stream` if all of them would take too much memory.
    gain : float
        Value of a pixel = stored number × gain.
    top : float
        The value shown as white: 1 in the unit range, else the largest number of the type.
    noise : float
        Bound of the rounding error of the values (`core.engine.noise`).
    """

    stored: Pixels | Stream
    gain: float = 1.0
    top: float = 1.0
    noise: float = 0.0

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        channels, height, width = self.stored.shape
        return channels, height, width

    def block(self, rows: slice, columns: slice) -> Values:
        """Values of a rectangle (which may have steps) as float32, shape (C, h, w)."""
        cut = self.stored[:, rows, columns]
        values = cut.astype(np.float32, order="C")
        if self.gain != 1.0:
            values *= np.float32(self.gain)
        return values

    def values(self) -> Values:
        """All values as float32, shape (C, H, W); a new array."""
        return self.block(slice(None), slice(None))

    def for_reading(self) -> Values:
        """All values as float32 in C order, shape (C, H, W). Not a copy if the stored numbers are that already."""
        stored = self.stored
        if isinstance(stored, np.ndarray) and self.gain == 1.0 and stored.dtype == np.float32:
            return stored if stored.flags.c_contiguous else self.values()
        return self.values()

    @cached_property
    def peak(self) -> float:
        """The largest magnitude of the finite values. Of many values, about a million are looked at."""
        held = self.stored_array
        if held is None:
            some = cast("Stream", self.stored).sample()
        else:
            step = -(-held.size // SAMPLED_NUMBERS)
            some = held if held.strides[0] else held[:1]
            some = some[:, ::step]
        low, high = float(some.min()), float(some.max())
        if not np.isfinite(high - low):
            some = some[np.isfinite(some)]
            low, high = float(some.min(initial=0.0)), float(some.max(initial=0.0))
        return max(-low, high) * self.gain

    @property
    def stored_array(self) -> Pixels | None:
        """The stored numbers as an array; None if they are computed when they are read."""
        return self.stored if isinstance(self.stored, np.ndarray) else None

    @property
    def nbytes(self) -> int:
        """Bytes that this input takes besides the picture: none if its numbers are computed or the picture's own."""
        held = self.stored_array
        if held is None or held.dtype != np.float32:
            return 0
        return held.nbytes if held.strides[0] else held[0].nbytes


def check_dimensions(height: int, width: int) -> None:
    """Refuse a picture too large to be explored.

    Raises
    ------
    InvalidValueError
        Beyond `MAX_SIDE` on a side or `MAX_PIXELS` in all.
    """
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise InvalidValueError(
            "{width} × {height} pixels are too many; the limit is {side} a side and {most} megapixels",
            width=width,
            height=height,
            side=MAX_SIDE,
            most=MAX_PIXELS // 1_000_000,
        )
