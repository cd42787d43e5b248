"""JPEG 2000 of more than 8 bits, by OpenJPEG through pylibjpeg-openjpeg; the rest is Pillow's.

Pillow rounds more than 8 bits to 8, and white beyond the top to black. pylibjpeg-openjpeg gives all bits and is small
(1 MB, MIT, as OpenJPEG is BSD); imagecodecs does too, but brings 45 MB of codecs that nothing else here needs.

References
----------
ISO/IEC 15444-1, Annex A.5.1 (the SIZ marker) and Annex I (boxes).
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import IO

import numpy as np

from convexplorer.core.model.images import check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import OVER_WHITE, Decoded, lay_over_white, strips
from convexplorer.io.images.decoding import decode

_CODESTREAM = b"\xff\x4f\xff\x51"
_MOST_BOXES = 1000
_MOST_BITS = 16
_SIGNED = 0x80


def decode_jpeg2000(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode a picture as `decoding.decode` does, with all its bits.

    Raises
    ------
    InvalidValueError
        If it is too large or of an unusual kind.
    Exception
        Of any kind, from Pillow or OpenJPEG, if it is damaged.
    """
    height, width, components = _sizes(stream)
    depths = {(one & ~_SIGNED) + 1 for one in components}
    if max(depths) <= 8:
        return decode(stream, "JPEG2000", should_stop)
    check_dimensions(height, width)
    if len(set(components)) > 1 or max(depths) > _MOST_BITS or len(components) > 4:
        raise InvalidValueError(
            "a JPEG 2000 picture of {count} channels with {bits} bits is not read; save it with 8 or 16 bits",
            count=len(components),
            bits=", ".join(map(str, sorted(depths))),
        )
    from openjpeg.utils import decode as openjpeg_decode
    from openjpeg.utils import get_parameters

    stream.seek(0)
    data = BytesIO(stream.read())
    colours = get_parameters(data)["colourspace"]
    if colours not in ("unknown", "unspecified", "sRGB", "monochrome"):
        raise InvalidValueError("a JPEG 2000 picture in {colours} is not read; save it in grey or RGB", colours=colours)
    data.seek(0)
    stored = openjpeg_decode(data).reshape(height, width, len(components))
    return _scale(stored, max(depths), should_stop)


def _scale(stored: Pixels, bits: int, should_stop: ShouldStop) -> Decoded:
    """Numbers of some bits → the full range of 16, over white."""
    height, width, channels = stored.shape
    colours = channels - (channels in (2, 4))
    lowest = -(1 << bits - 1) if stored.dtype.kind == "i" else 0
    pixels: Pixels = np.empty((height, width, colours), np.uint16)
    transparent = False
    for rows in strips(height, width, should_stop):
        wide = stored[rows].astype(np.float64) - lowest
        part = np.rint(wide * (65535 / ((1 << bits) - 1))).astype(np.uint16)
        if colours < channels:
            part, clear = lay_over_white(part[..., :-1], part[..., -1:])
            transparent |= clear
        pixels[rows] = part
    return Decoded(pixels, (OVER_WHITE,) if transparent else ())


def _sizes(stream: IO[bytes]) -> tuple[int, int, tuple[int, ...]]:
    """Height, width, and for each component its bits less one, with the sign in bit 7."""
    stream.seek(_codestream(stream))
    head = stream.read(42)
    if len(head) < 42 or not head.startswith(_CODESTREAM):
        raise InvalidValueError("the picture is cut off")
    right, bottom, left, top = struct.unpack_from(">4I", head, 8)
    (count,) = struct.unpack_from(">H", head, 40)
    each = stream.read(3 * count)
    if not count or len(each) < 3 * count:
        raise InvalidValueError("the picture is cut off")
    if right <= left or bottom <= top:
        raise InvalidValueError("the JPEG 2000 picture is damaged")
    return bottom - top, right - left, tuple(each[::3])


def _codestream(stream: IO[bytes]) -> int:
    """Where the codestream begins: at once, or in the first box of kind "jp2c"."""
    stream.seek(0)
    if stream.read(4) == _CODESTREAM:
        return 0
    place = 0
    for _ in range(_MOST_BOXES):
        stream.seek(place)
        head = stream.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack_from(">I4s", head)
        start = 8
        if length == 1 and len(head) == 16:
            (length,), start = struct.unpack_from(">Q", head, 8), 16
        if kind == b"jp2c":
            return place + start
        if length < start:
            break
        place += length
    raise InvalidValueError("the picture is cut off")
