"""Decodes PNG with Pillow, and adds what Pillow loses or refuses.

Pillow keeps the high byte of 16-bit colours only, calls files with much text or a large profile damaged, and does not
look at the checksums behind the last row. OpenCV and imagecodecs keep all bits, but are ten times as large as Pillow.
"""

from __future__ import annotations

import zlib
from typing import IO

import numpy as np
from PIL import ImageFile

from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import FIRST_PICTURE, Decoded
from convexplorer.io.files.spliced import open_spliced
from convexplorer.io.images.decoding import Reader, assemble, open_picture, rows_of, transparent_colour

_SIGNATURE = 8
_PIECE = 1 << 20
_NEEDED = (b"tRNS", b"eXIf", b"acTL")
"""Chunks that can be done without but say something here: transparency, orientation, that there are more pictures."""
_LARGEST_SIDE_CHUNK = 1 << 20


def decode_png(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode a picture as `decoding.decode` does, with all its bits.

    Raises
    ------
    InvalidValueError
        If it is too large, cut off, or a checksum is wrong.
    Exception
        Of any kind, from Pillow, if it is damaged.
    """
    stream.seek(0)
    head = stream.read(33)
    if len(head) < 33:
        raise InvalidValueError("the picture is cut off")
    depth, grey = head[24], head[25] == 4
    plain = open_spliced(stream, _chunks(stream))
    picture = open_picture(plain, "PNG")
    notes = (FIRST_PICTURE,) if getattr(picture, "is_animated", False) else ()
    picture.load()
    read = rows_of(picture)
    if depth == 16 and picture.mode in ("RGB", "RGBA"):
        plain.seek(0)
        read = _deep_reader(plain, picture, grey=grey)
    return assemble(picture, read, transparent_colour(picture, depth), notes, should_stop)


def _chunks(stream: IO[bytes]) -> list[bytes | slice]:
    """The parts of a file that make the picture. Their checksums are verified.

    Texts, profiles and the like are left out: they change no number.
    """
    parts: list[bytes | slice] = [slice(0, _SIGNATURE)]
    place = _SIGNATURE
    while True:
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            raise InvalidValueError("the picture is cut off")
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        end = place + 12 + length
        ancillary = bool(kind[0] & 0x20)  # A lower-case letter: the chunk is optional.
        if not ancillary:
            _check(stream, kind, length)
        if not ancillary or (kind in _NEEDED and length < _LARGEST_SIDE_CHUNK):
            last = parts[-1]
            if isinstance(last, slice) and last.stop == place:
                parts[-1] = slice(last.start, end)
            else:
                parts.append(slice(place, end))
        if kind == b"IEND":
            return parts
        place = end


def _check(stream: IO[bytes], kind: bytes, length: int) -> None:
    """Compare the checksum of a chunk whose data come next."""
    checksum, rest = zlib.crc32(kind), length
    while rest and (piece := stream.read(min(rest, _PIECE))):
        checksum = zlib.crc32(piece, checksum)
        rest -= len(piece)
    end = stream.read(4)
    if len(end) < 4:
        raise InvalidValueError("the picture is cut off")
    if int.from_bytes(end, "big") != checksum:
        raise InvalidValueError("the PNG picture is damaged")


def _deep_reader(stream: IO[bytes], high: ImageFile.ImageFile, *, grey: bool) -> Reader:
    """Read a colour (or grey and alpha) PNG of 16 bits without loss, though Pillow keeps the high bytes only.

    It is decoded once more for the low bytes: by asking for little-endian numbers where the file has big-endian
    ones. The four bytes of grey and alpha come at once, posing as a pixel of R, G, B, A.
    """
    low = open_picture(stream, "PNG")
    low.tile = [low.tile[0]._replace(args="RGBA" if grey else f"{low.mode};16L")]
    low.load()
    low_rows, high_rows = rows_of(low), rows_of(high)

    def read(rows: slice) -> Pixels:
        bytes_low = low_rows(rows)
        bytes_high = bytes_low[..., ::2] if grey else high_rows(rows)
        pixels: Pixels = bytes_high.astype(np.uint16) << 8 | (bytes_low[..., 1::2] if grey else bytes_low)
        return pixels

    return read
