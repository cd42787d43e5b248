"""Makes the input of a network from the pixels of a picture: grey, resized, computed part by part.

Parts are made on a fixed grid. So a pixel has the same value, to the last bit, whichever part it is read with.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import Literal

import numpy as np
from PIL import Image as PILImage

from convexplorer.core.model.streams import Stream
from convexplorer.core.runtime.types import Pixels, ShouldStop, Values
from convexplorer.errors import CancelledError

GreyMethod = Literal["rec601", "rec709", "mean", "red", "green", "blue"]
DEFAULT_GREY: GreyMethod = "rec601"
"""The method of OpenCV, Pillow and TensorFlow, and so of the lecture's notebook."""
GREY_PARTS: Mapping[GreyMethod, tuple[int, int, int]] = {
    "rec601": (299, 587, 114),
    "rec709": (2125, 7154, 721),
    "mean": (1, 1, 1),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
}
"""Parts of R, G and B in grey, by method: luma of ITU-R BT.601, that of BT.709 as in ``skimage.color.rgb2gray``, and
plainer ones. Whole numbers: so sums of 8-bit pixels are exact, and grey of a colourless pixel is that very number."""
SAMPLED_NUMBERS = 1 << 20
"""About how many pixels are looked at to estimate how large the numbers of a picture are."""
TILE = (128, 1024)
"""Rows and columns of the parts that a resized picture is made of."""


def grey_weights(method: GreyMethod) -> tuple[float, float, float]:
    """The weights of R, G and B in grey; their sum is 1."""
    red, green, blue = GREY_PARTS[method]
    total = red + green + blue
    return red / total, green / total, blue / total


def grey_plane(planes: Values, method: GreyMethod) -> Values:
    """Grey of R, G and B, shape (3, H, W) float32, as one plane (1, H, W)."""
    parts = GREY_PARTS[method]
    if sum(parts) == 1:
        return np.ascontiguousarray(planes[parts.index(1), np.newaxis])
    plane: Values = np.einsum("c,chw->hw", np.array(parts, np.float32), planes)
    plane /= np.float32(sum(parts))
    return plane[np.newaxis]


class PreparedPixels(Stream):
    """A picture made grey, resized, or both.

    Parameters
    ----------
    native : ndarray, shape (H, W, C)
        The stored pixels; their scale is kept.
    grey : GreyMethod or None
        How R, G and B become one channel, if they do.
    size : (int, int)
        Height and width.
    """

    def __init__(self, native: Pixels, size: tuple[int, int], *, grey: GreyMethod | None) -> None:
        channels = native.shape[2] if grey is None else 1
        super().__init__((channels, *size))
        self._native = native
        self._grey = grey if native.shape[2] == 3 else None
        self._resizes = size != native.shape[:2]
        self._lately: dict[tuple[int, int], Values] = {}

    def part(self, rows: range, columns: range) -> Values:
        """Shape (C, len(rows), len(columns)); no copy of the whole picture is made."""
        if not self._resizes:
            return self._planes(rows, columns)
        result = np.empty((self.shape[0], len(rows), len(columns)), np.float32)
        lately, kept = self._lately, {}
        for i in range(rows[0] // TILE[0], rows[-1] // TILE[0] + 1):
            for j in range(columns[0] // TILE[1], columns[-1] // TILE[1] + 1):
                tile = lately[i, j] if (i, j) in lately else self._tile(i, j)
                kept[i, j] = tile
                y, x = i * TILE[0], j * TILE[1]
                down = slice(max(y, rows[0]), min(y + tile.shape[1], rows[-1] + 1))
                across = slice(max(x, columns[0]), min(x + tile.shape[2], columns[-1] + 1))
                result[:, _shift(down, rows[0]), _shift(across, columns[0])] = tile[
                    :, _shift(down, y), _shift(across, x)
                ]
        # Only the tiles of this part are kept: the next part is often the one below, which shares a row of them.
        self._lately = kept
        return result

    def whole(self, should_stop: ShouldStop) -> Values:
        """All of it.

        Raises
        ------
        CancelledError
            If `should_stop` said so.
        """
        _, height, width = self.shape
        result = np.empty(self.shape, np.float32)
        rows = TILE[0] if self._resizes else max(1, 1_000_000 // width)
        for start in range(0, height, rows):
            if should_stop():
                raise CancelledError
            some = range(start, min(start + rows, height))
            result[:, some.start : some.stop] = self.part(some, range(width))
        self._lately = {}
        return result

    def sample(self) -> Values:
        """Some pixels of the picture itself. Grey and resizing are means of pixels, which are never larger."""
        step = -(-self._native.size // SAMPLED_NUMBERS)
        return np.asarray(self._native[::step].transpose(2, 0, 1), np.float32)

    def _planes(self, rows: range, columns: range) -> Values:
        """Stored numbers of the picture itself as (C, h, w), in grey if that is wanted."""
        cut = self._native[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].transpose(2, 0, 1)
        values = np.ascontiguousarray(cut, np.float32)
        return values if self._grey is None else grey_plane(values, self._grey)

    def _tile(self, i: int, j: int) -> Values:
        """One tile, resized by Pillow's antialiased triangle filter, as in the lecture's code; it has no overshoot."""
        height, width = self._native.shape[:2]
        top, bottom, y0, y1 = _span(i * TILE[0], TILE[0], self.shape[1], height)
        left, right, x0, x1 = _span(j * TILE[1], TILE[1], self.shape[2], width)
        size = min(TILE[1], self.shape[2] - j * TILE[1]), min(TILE[0], self.shape[1] - i * TILE[0])
        # Pillow takes a box with fractions: the tile's own place within the pixels that its filter reaches.
        box = x0, y0, x1, y1
        planes = self._planes(range(top, bottom), range(left, right))
        pictures = (PILImage.fromarray(plane).resize(size, PILImage.Resampling.BILINEAR, box) for plane in planes)
        return np.stack([np.asarray(picture) for picture in pictures])


class Repeated(Stream):
    """One plane as R, G and B."""

    def __init__(self, plane: Stream) -> None:
        super().__init__((3, *plane.shape[1:]))
        self._plane = plane

    def sample(self) -> Values:
        """Some numbers of the plane."""
        return self._plane.sample()

    def part(self, rows: range, columns: range) -> Values:
        """Three equal planes."""
        return np.broadcast_to(self._plane.part(rows, columns), (3, len(rows), len(columns)))


def _span(start: int, length: int, new: int, old: int) -> tuple[int, int, float, float]:
    """The pixels of an axis that a tile is made of.

    Returns
    -------
    (int, int, float, float)
        First pixel that the filter reaches, the end of them, and where the tile begins and ends among them.
    """
    begin, end = start * old / new, min(start + length, new) * old / new
    # A triangle filter reaches one pixel to each side, or one pixel of the result where that is larger.
    reach = max(1.0, old / new) + 1
    first, last = max(0, floor(begin - reach)), min(old, ceil(end + reach))
    return first, last, begin - first, end - first


def _shift(span: slice, by: int) -> slice:
    return slice(span.start - by, span.stop - by)
