"""Interprets the directory of a TIFF, which Pillow reads, and checks it before any pixel is read.

tifffile is not used, because it decompresses with imagecodecs, which is 45 MB and needed for nothing else.

References
----------
TIFF Revision 6.0, Adobe, 1992; Adobe Photoshop TIFF Technical Note 3 (floating-point predictor), 2005.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from convexplorer.core.model.images import check_dimensions
from convexplorer.errors import InvalidValueError


class Tag(IntEnum):
    """Numbers of the TIFF fields that are read here."""

    NEW_SUBFILE = 254
    OLD_SUBFILE = 255
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    DESCRIPTION = 270
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    STRIP_ROWS = 278
    STRIP_BYTES = 279
    PLANAR = 284
    PREDICTOR = 317
    COLOUR_MAP = 320
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    SUB_DIRECTORIES = 330
    EXTRA_SAMPLES = 338
    FORMAT = 339


PLAIN, LZW, PACKBITS = 1, 5, 32773
DEFLATE = (8, 32946)
_DEEP_COMPRESSIONS = {PLAIN, PACKBITS, LZW, *DEFLATE, 34925, 50000}
"""Compressions undone here: none, PackBits, LZW, Deflate (two numbers), LZMA, Zstandard."""
_COMPRESSIONS = _DEEP_COMPRESSIONS | {2, 3, 4, 6, 7}
"""Further ones that only Pillow undoes: CCITT for faxes, and JPEG, for 8 bits."""
_NAMES = {
    7: "JPEG",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG",
    34933: "PNG",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
PALETTE, CMYK, YCBCR = 3, 5, 6
COLOURS = {0: 1, 1: 1, 2: 3, PALETTE: 1, CMYK: 4, YCBCR: 3}
"""Samples of a colour by photometric interpretation: white is zero, black is zero, RGB, palette, CMYK, YCbCr."""
_KINDS = {
    4: "a mask",
    8: "Lab colours",
    9: "Lab colours",
    10: "Lab colours",
    32803: "raw sensor data",
    34892: "raw data",
}
_TYPES = {1: "u", 2: "i", 3: "f", 4: "u"}
"""Kind of number by sample format; 4 is "undefined", which means unsigned to all who read it."""
PREMULTIPLIED, ALPHA = 1, 2
"""Extra samples: colours multiplied with alpha already, or not."""
_MOST_SAMPLES = 64


class PixelLayout:
    """The layout of pixels that a directory describes.

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
        self._check_kind()
        self.counts = self._byte_counts(file_size)
        if any(start + length > file_size for start, length in zip(self.offsets, self.counts, strict=False)):
            raise InvalidValueError("the picture is cut off")

    def _check_kind(self) -> None:
        """Refuse valid kinds of pictures that are not read, and name them."""
        if self.compression not in _COMPRESSIONS:
            raise InvalidValueError(
                "a TIFF compressed by {method} is not read; save it with LZW or uncompressed",
                method=_NAMES.get(self.compression, f"method {self.compression}"),
            )
        if self.photometric not in COLOURS:
            raise InvalidValueError(
                "a TIFF with {kind} is not read; save it in grey or RGB",
                kind=_KINDS.get(self.photometric, f"colours of kind {self.photometric}"),
            )

    def _byte_counts(self, file_size: int) -> tuple[int, ...]:
        """Bytes of each strip or tile in the file, where that is not declared as it should be.

        Without compression the size follows from the rows; writers leave it out, set it to 0, or round it up. Packed
        data of unknown length end where the next begin.
        """
        if self.compression == PLAIN and not self.uneven:
            row_bytes = self.block[1] * self.depth * self.bits // 8
            whole = self.block[0] * row_bytes
            down = max(1, -(-self.height // max(1, self.block[0])))
            last = whole if self.tiled else (self.height - (down - 1) * self.block[0]) * row_bytes
            return tuple(last if index % down == down - 1 else whole for index in range(len(self.offsets)))
        if len(self.counts) == len(self.offsets) and all(self.counts):
            return self.counts
        starts = sorted({*self.offsets, file_size})
        after = dict(pairwise(starts))
        declared = (*self.counts, *(0 for _ in self.offsets))
        return tuple(
            count or after.get(offset, file_size) - offset
            for count, offset in zip(declared, self.offsets, strict=False)
        )

    def all(self, tag: Tag, default: int) -> tuple[int, ...]:
        """The numbers of a field."""
        value = self._directory.get(tag, default)
        return tuple(int(one) for one in value) if isinstance(value, tuple) else (int(value),)

    def one(self, tag: Tag, default: int) -> int:
        """The first number of a field."""
        return self.all(tag, default)[0]

    @property
    def bits(self) -> int:
        """Bits of the widest sample."""
        return max(self.all(Tag.BITS, 1))

    @property
    def uneven(self) -> bool:
        """Whether samples end inside bytes, or differ in size."""
        return self.bits % 8 > 0 or len(set(self.all(Tag.BITS, 1))) > 1 or self.photometric == YCBCR

    @property
    def depth(self) -> int:
        """Samples of a pixel that lie side by side."""
        return 1 if self.planar else self.samples

    @property
    def deep(self) -> bool:
        """Whether Pillow would lose bits or signs, refuse it (grey of many channels), or leave checksums unread."""
        many = self.photometric in (0, 1) and self.samples > 2
        checked = self.compression in DEFLATE and self.photometric <= 2 and set(self.all(Tag.BITS, 1)) == {8}
        return self.bits > 8 or self.one(Tag.FORMAT, 1) in (2, 3) or many or checked

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
        if not COLOURS[self.photometric] <= self.samples <= _MOST_SAMPLES or self.photometric == YCBCR:
            raise InvalidValueError(
                "a TIFF of {samples} channels with colours of kind {photometric} is not read; save it in grey or RGB",
                samples=self.samples,
                photometric=self.photometric,
            )
        if self.compression not in _DEEP_COMPRESSIONS:
            raise InvalidValueError(
                "a TIFF of {bits} bits compressed by {method} is not read; save it with LZW or uncompressed",
                bits=max(bits),
                method=_NAMES.get(self.compression, f"method {self.compression}"),
            )
        return np.dtype(f"{'<' if self._directory.prefix == b'II' else '>'}{kind}{bits.pop() // 8}")

    @property
    def colours(self) -> int:
        """Samples that make a colour."""
        return COLOURS[self.photometric]

    @property
    def alpha(self) -> int:
        """What the first sample behind the colour is: `PREMULTIPLIED`, `ALPHA`, or 0 for anything else."""
        if self.samples == self.colours:
            return 0
        # If nothing is said about a fourth sample of RGB, it is taken for alpha, as in Pillow.
        unsaid = ALPHA if (self.photometric, self.samples) == (2, 4) else 0
        extra = self.one(Tag.EXTRA_SAMPLES, unsaid)
        return extra if extra in (PREMULTIPLIED, ALPHA) else 0

    @property
    def used_samples(self) -> int:
        """Samples that are read: the colour, and alpha if there is one."""
        return self.colours + (self.alpha > 0)

    @property
    def block_bytes(self) -> int:
        """Most bytes of a strip or tile once it is unpacked."""
        rows, columns = self.block
        return rows * columns * self.samples * -(-max(self.all(Tag.BITS, 1)) // 8)

    @property
    def spare(self) -> int:
        """Bytes at the end of the file that may belong to no pixel: tiles reach over the picture's edge."""
        across = -(-self.width // max(1, self.block[1]))
        return across * self.block_bytes if self.tiled else 0

    @property
    def reversed_bits(self) -> bool:
        """Whether the lowest bit of each byte comes first."""
        return self.one(Tag.FILL_ORDER, 1) == 2

    @property
    def colour_map(self) -> NDArray[np.uint16]:
        """The colours of a palette, shape (2 ** bits, 3), of the full range."""
        entries = self.all(Tag.COLOUR_MAP, 0)
        if len(entries) != 3 << self.bits:
            raise InvalidValueError("the picture is damaged")
        colours = np.array(entries, np.uint16).reshape(3, -1).T
        return colours if colours.max() > 255 else colours * np.uint16(257)  # Some writers give 8 bits.

    @property
    def predictor(self) -> int:
        """1 none, 2 differences of numbers, 3 differences of the bytes of floats."""
        return 1 if self.compression in (PLAIN, PACKBITS) else self.one(Tag.PREDICTOR, 1)
