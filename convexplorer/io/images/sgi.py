"""Decodes SGI pictures (also .rgb, .bw) of 16 bits; Pillow decodes those of 8 bits.

Hand-written, because Pillow keeps only the high byte of 16-bit numbers, and no other maintained library reads SGI.

References
----------
Paul Haeberli, The SGI Image File Format, version 1.00.
"""

from __future__ import annotations

import os
import struct
from typing import IO

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.images import check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError
from convexplorer.io.arrays.pixels import OVER_WHITE, Decoded, lay_over_white, strips
from convexplorer.io.images.decoding import decode

_HEADER = 512
_LITERAL = 0x80
_COUNT = 0x7F


def decode_sgi(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode a picture as `decoding.decode` does, with all its bits.

    Raises
    ------
    InvalidValueError
        If it is too large, cut off, or of an unusual kind.
    Exception
        Of any kind, from Pillow, if it is damaged.
    """
    stream.seek(0)
    head = stream.read(_HEADER)
    if len(head) < _HEADER:
        raise InvalidValueError("the picture is cut off")
    packed, size, dimensions, width, height, depth = struct.unpack_from(">2xBBHHHH", head)
    if size == 1:
        return decode(stream, "SGI", should_stop)
    height, depth = height if dimensions > 1 else 1, depth if dimensions > 2 else 1
    check_dimensions(height, width)
    if depth not in (1, 2, 3, 4) or min(height, width) < 1:
        raise InvalidValueError("an SGI picture of {count} channels is not read; save it in grey or RGB", count=depth)
    planes = (_read_packed if packed else _plain)(stream, (depth, height, width), should_stop)
    stored = planes.transpose(1, 2, 0)[::-1]  # Rows are stored from the bottom up.
    colours = depth - (depth in (2, 4))
    pixels: Pixels = np.empty((height, width, colours), np.uint16)
    transparent = False
    for rows in strips(height, width, should_stop):
        part, clear = stored[rows], False
        if colours < depth:
            part, clear = lay_over_white(part[..., :-1], part[..., -1:])
        pixels[rows] = part
        transparent |= clear
    return Decoded(pixels, (OVER_WHITE,) if transparent else ())


def _plain(stream: IO[bytes], shape: tuple[int, int, int], should_stop: ShouldStop) -> NDArray[np.uint16]:
    depth, height, width = shape
    if stream.seek(0, os.SEEK_END) < _HEADER + 2 * depth * height * width:
        raise InvalidValueError("the picture is cut off")
    stream.seek(_HEADER)
    planes = np.empty(shape, np.uint16)
    for plane in planes:
        for rows in strips(height, width, should_stop):
            part = plane[rows]
            part[:] = np.frombuffer(stream.read(2 * part.size), ">u2").reshape(part.shape)
    return planes


def _read_packed(stream: IO[bytes], shape: tuple[int, int, int], should_stop: ShouldStop) -> NDArray[np.uint16]:
    """Read run-length encoded rows. Two tables say where each row begins and how long it is."""
    depth, height, width = shape
    count, end = depth * height, stream.seek(0, os.SEEK_END)
    stream.seek(_HEADER)
    table = stream.read(8 * count)
    if len(table) < 8 * count:
        raise InvalidValueError("the picture is cut off")
    starts, lengths = np.frombuffer(table, ">u4").astype(np.int64).reshape(2, count)
    if (starts + lengths > end).any():
        raise InvalidValueError("the picture is cut off")
    planes = np.empty(shape, np.uint16)
    for row, start, length in zip(planes.reshape(count, width), starts.tolist(), lengths.tolist(), strict=True):
        if should_stop():
            raise CancelledError
        stream.seek(start)
        _unpack(np.frombuffer(stream.read(length & ~1), ">u2"), row)
    return planes


def _unpack(packed: NDArray[np.uint16], row: NDArray[np.uint16]) -> None:
    """Decode one row. A word gives the number of literal words that follow, or how often the next word repeats."""
    at = place = 0
    while place < len(row):
        if at >= len(packed):
            raise InvalidValueError("the SGI picture is damaged")
        word = int(packed[at])
        count = word & _COUNT
        stop = min(place + count, len(row))
        data = packed[at + 1 : at + 1 + (count if word & _LITERAL else 1)]
        if not count or len(data) < (count if word & _LITERAL else 1):
            raise InvalidValueError("the SGI picture is damaged")
        row[place:stop] = data[: stop - place] if word & _LITERAL else data[0]
        at += 1 + len(data)
        place = stop
