"""PNG written strip by strip: the picture never exists as a whole, and writing can be cancelled between strips.

Pillow and Qt write a picture only as a whole, which for a map may be larger than memory.

References
----------
https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP = 2


def write_png(
    file: IO[bytes], size: tuple[int, int], strips: Iterable[NDArray[Any]], *, rgb: bool, text: Mapping[str, str]
) -> None:
    """Write a picture of 8-bit RGB, or of 16-bit grey.

    Parameters
    ----------
    file : binary file
        Where to.
    size : (int, int)
        Height and width.
    strips : iterable of ndarray
        Rows from top to bottom, `height` in all: (n, width, 3) uint8, or (n, width) uint16.
    rgb : bool
        Which of the two.
    text : mapping of str to str
        Metadata by keyword (1 to 79 Latin-1 characters).
    """
    height, width = size
    file.write(_SIGNATURE)
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8 if rgb else 16, _RGB if rgb else _GREY, 0, 0, 0))
    for keyword, value in text.items():
        # Keyword, not compressed, no language, no translated keyword.
        _chunk(file, b"iTXt", keyword.encode("latin-1") + bytes(5) + value.encode("utf-8", "replace"))
    compressor = zlib.compressobj()
    above = np.zeros((1, width * (3 if rgb else 2)), np.uint8)
    for strip in strips:
        rows = strip if rgb else strip.astype(">u2").view(np.uint8)
        rows = rows.reshape(len(strip), -1)
        # Differences to the row above compress best where neighbours are alike, as in maps.
        filtered = np.full((len(rows), rows.shape[1] + 1), _UP, np.uint8)
        np.subtract(rows, np.concatenate([above, rows[:-1]]), out=filtered[:, 1:])
        above = rows[-1:].copy()
        if data := compressor.compress(filtered.data):
            _chunk(file, b"IDAT", data)
    _chunk(file, b"IDAT", compressor.flush())
    _chunk(file, b"IEND", b"")


def _chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind)
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))
