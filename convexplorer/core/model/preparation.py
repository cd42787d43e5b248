"""From the pixels of a picture to the input of a layer: grey, resized, computed part by part.

Parts are made on a fixed grid, so that a pixel has one value, to the last bit, whatever it is read with.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PILImage

from convexplorer.core.model.streams import Stream
from convexplorer.errors import CancelledError

if TYPE_CHECKING:
    from convexplorer.core.model.images import Pixels, Values

LUMA = np.array([0.2125, 0.7154, 0.0721], np.float32)
"""Weights of R, G and B in grey: ITU-R BT.709, as in ``skimage.color.rgb2gray``."""
TILE = (128, 1024)
"""Rows and columns of the parts that a resized picture is made of."""


class PreparedPixels(Stream):
    """A picture that becomes grey, or another size, or both.

    Parameters
    ----------
    native : ndarray, shape (H, W, C)
        The pixels, whose numbers are kept as they are stored.
    grey : bool
        Whether R, G and B become luma.
    size : (int, int)
        Height and width.
    """

    def __init__(self, native: Pixels, size: tuple[int, int], *, grey: bool) -> None:
        channels = 1 if grey else native.shape[2]
        super().__init__((channels, *size))
        self._native = native
        self._grey = grey and native.shape[2] == 3
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
                result[:, _moved(down, rows[0]), _moved(across, columns[0])] = tile[
                    :, _moved(down, y), _moved(across, x)
                ]
        # The next part is often the one below, which shares a row of tiles.
        self._lately = kept
        return result

    def whole(self, should_stop: Callable[[], bool]) -> Values:
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

    def _planes(self, rows: range, columns: range) -> Values:
        """Stored numbers of the picture itself as (C, h, w), in grey if that is wanted."""
        cut = self._native[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].transpose(2, 0, 1)
        values = np.ascontiguousarray(cut, np.float32)
        return np.einsum("c,chw->hw", LUMA, values)[np.newaxis] if self._grey else values

    def _tile(self, i: int, j: int) -> Values:
        """One tile, by Pillow's antialiased triangle filter: no overshoot, and what the lecture's code used."""
        height, width = self._native.shape[:2]
        top, bottom, y0, y1 = _span(i * TILE[0], TILE[0], self.shape[1], height)
        left, right, x0, x1 = _span(j * TILE[1], TILE[1], self.shape[2], width)
        size = min(TILE[1], self.shape[2] - j * TILE[1]), min(TILE[0], self.shape[1] - i * TILE[0])
        box = x0, y0, x1, y1
        planes = self._planes(range(top, bottom), range(left, right))
        pictures = (PILImage.fromarray(plane).resize(size, PILImage.Resampling.BILINEAR, box) for plane in planes)
        return np.stack([np.asarray(picture) for picture in pictures])


class Repeated(Stream):
    """One plane as R, G and B."""

    def __init__(self, plane: Stream) -> None:
        super().__init__((3, *plane.shape[1:]))
        self._plane = plane

    def part(self, rows: range, columns: range) -> Values:
        """Three equal planes."""
        return np.broadcast_to(self._plane.part(rows, columns), (3, len(rows), len(columns)))


def _span(start: int, length: int, new: int, old: int) -> tuple[int, int, float, float]:
    """What of an axis a tile is made of: first and last pixel with all that the filter reaches, and the tile in it."""
    begin, end = start * old / new, min(start + length, new) * old / new
    reach = max(1.0, old / new) + 1
    first, last = max(0, floor(begin - reach)), min(old, ceil(end + reach))
    return first, last, begin - first, end - first


def _moved(span: slice, by: int) -> slice:
    return slice(span.start - by, span.stop - by)
