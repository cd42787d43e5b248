"""What a TIFF says about its pixels.

References
----------
TIFF Revision 6.0, Adobe, 1992; Adobe Photoshop TIFF Technical Note 3 (floating-point predictor), 2005.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from convexplorer.core.model.images import check_dimensions
from convexplorer.errors import InvalidValueError


class Tag(IntEnum):
    """Numbers of the TIFF fields that are read here."""

    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    STRIP_ROWS = 278
    STRIP_BYTES = 279
    PLANAR = 284
    PREDICTOR = 317
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    EXTRA_SAMPLES = 338
    FORMAT = 339


PLAIN, PACKBITS = 1, 32773
DEFLATE = (8, 32946)
_COMPRESSIONS = {PLAIN, PACKBITS, 5, *DEFLATE, 34925, 50000}
"""None, PackBits, LZW, Deflate (two numbers), LZMA, Zstandard."""
_COLOURS = {0: 1, 1: 1, 2: 3, 5: 4}
"""Samples of a colour by photometric interpretation: white is zero, black is zero, RGB, CMYK."""
_TYPES = {1: "u", 2: "i", 3: "f"}
"""Kind of number by sample format."""
PREMULTIPLIED, ALPHA = 1, 2
"""Extra samples: colours multiplied with alpha already, or not."""
_MOST_SAMPLES = 64


class Layout:
    """What a directory says about its pixels.

    Raises
    ------
    InvalidValueError
        If the picture is too large, or its data reach past the end of the file.
    """

    def __init__(self, directory: ImageFileDirectory_v2, file_size: int) -> None:
        self._directory = directory
        self.height, self.width = self.one(Tag.HEIGHT, 0), self.one(Tag.WIDTH, 0)
        check_dimensions(self.height, self.width)
        self.samples = self.one(Tag.SAMPLES, 1)
        self.photometric = self.one(Tag.PHOTOMETRIC, 1)
        self.compression = self.one(Tag.COMPRESSION, PLAIN)
        self.planar = self.one(Tag.PLANAR, 1) == 2
        self.tiled = Tag.TILE_WIDTH in directory
        if self.tiled:
            self.block = self.one(Tag.TILE_HEIGHT, 0), self.one(Tag.TILE_WIDTH, 0)
            self.offsets, self.counts = self.all(Tag.TILE_OFFSETS, 0), self.all(Tag.TILE_BYTES, 0)
        else:
            self.block = min(self.one(Tag.STRIP_ROWS, self.height), self.height), self.width
            self.offsets, self.counts = self.all(Tag.STRIP_OFFSETS, 0), self.all(Tag.STRIP_BYTES, 0)
        if any(start + length > file_size for start, length in zip(self.offsets, self.counts, strict=False)):
            raise InvalidValueError("the picture is cut off")

    def all(self, tag: Tag, default: int) -> tuple[int, ...]:
        """The numbers of a field."""
        value = self._directory.get(tag, default)
        return tuple(int(one) for one in value) if isinstance(value, tuple) else (int(value),)

    def one(self, tag: Tag, default: int) -> int:
        """The first number of a field."""
        return self.all(tag, default)[0]

    @property
    def deep(self) -> bool:
        """Whether Pillow would lose bits or signs, refuse it (grey of many channels), or leave checksums unread."""
        many = self.photometric in (0, 1) and self.samples > 2
        checked = self.compression in DEFLATE and self.photometric <= 2 and set(self.all(Tag.BITS, 1)) == {8}
        return max(self.all(Tag.BITS, 1)) > 8 or self.one(Tag.FORMAT, 1) in (2, 3) or many or checked

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a sample, in the file's byte order.

        Raises
        ------
        InvalidValueError
            If there is none, or anything else makes the picture one that cannot be read here.
        """
        bits, formats = set(self.all(Tag.BITS, 1)), set(self.all(Tag.FORMAT, 1))
        kind = _TYPES.get(formats.pop(), "") if len(formats) == 1 else ""
        sizes = (16, 32, 64) if kind == "f" else (8, 16, 32)
        if not kind or len(bits) > 1 or not bits <= set(sizes):
            raise InvalidValueError(
                "a TIFF with samples of {bits} bits is not read; save it with 8, 16 or 32 bits",
                bits=", ".join(map(str, sorted(bits))),
            )
        if self.photometric not in _COLOURS or not _COLOURS[self.photometric] <= self.samples <= _MOST_SAMPLES:
            raise InvalidValueError(
                "a TIFF of {samples} channels with colours of kind {photometric} is not read; save it in grey or RGB",
                samples=self.samples,
                photometric=self.photometric,
            )
        if self.compression not in _COMPRESSIONS or self.one(Tag.FILL_ORDER, 1) != 1:
            raise InvalidValueError(
                "a TIFF with compression {number} is not read; save it uncompressed", number=self.compression
            )
        return np.dtype(f"{'<' if self._directory.prefix == b'II' else '>'}{kind}{bits.pop() // 8}")

    @property
    def colours(self) -> int:
        """Samples that make a colour."""
        return _COLOURS[self.photometric]

    @property
    def alpha(self) -> int:
        """What the first sample behind the colour is: `PREMULTIPLIED`, `ALPHA`, or 0 for anything else."""
        if self.samples == self.colours:
            return 0
        # Four samples of RGB without a word about the fourth are taken for RGBA, as Pillow does.
        unsaid = ALPHA if (self.photometric, self.samples) == (2, 4) else 0
        extra = self.one(Tag.EXTRA_SAMPLES, unsaid)
        return extra if extra in (PREMULTIPLIED, ALPHA) else 0

    @property
    def kept(self) -> int:
        """Samples that are read: the colour, and alpha if there is one."""
        return self.colours + (self.alpha > 0)

    @property
    def block_bytes(self) -> int:
        """Most bytes of a strip or tile once it is unpacked."""
        rows, columns = self.block
        return rows * columns * self.samples * -(-max(self.all(Tag.BITS, 1)) // 8)

    @property
    def predictor(self) -> int:
        """1 none, 2 differences of numbers, 3 differences of the bytes of floats."""
        return 1 if self.compression in (PLAIN, PACKBITS) else self.one(Tag.PREDICTOR, 1)
