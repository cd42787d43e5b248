"""JPEG: which of its kinds are read, and whether a file that stops early has all its rows; Pillow decodes.

References
----------
ITU-T T.81, Annex B (markers); T.87 (JPEG-LS).
"""

from __future__ import annotations

from typing import IO, NamedTuple

import numpy as np

from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError, InvalidValueError
from convexplorer.io.arrays.pixels import Decoded
from convexplorer.io.files.spliced import open_spliced
from convexplorer.io.images.decoding import decode
from convexplorer.io.images.endings import last_byte
from convexplorer.io.images.kinds import not_read

_END = b"\xff\xd9"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}
_LOSSLESS = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}
_PROGRESSIVE = {0xC2, 0xCA}
_JPEG_LS = 0xF7
_MOST_JUNK = 1 << 16
_MOST_SEGMENTS = 10_000
_MOST_SCANS = 500
_FILLERS = (b"\x00", b"\x55\xaa", b"\xd2\x4b\x31")
"""What may stand in for the rest of a picture; the pixels of one that lacks nothing do not depend on it."""
_FILLER = 1 << 12


class _Frame(NamedTuple):
    """What the frame header says."""

    marker: int
    bits: int
    place: int


def decode_jpeg(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode a picture as `decoding.decode` does.

    A file without an end mark is read if it lacks nothing else.

    Raises
    ------
    InvalidValueError
        If it is too large, cut off, or of a kind that is not read.
    Exception
        Of any kind, from Pillow, if it is damaged.
    """
    frame = _frame(stream)
    if frame.marker == _JPEG_LS:
        raise not_read("JPEG-LS")
    if frame.marker in _LOSSLESS:
        raise not_read("lossless JPEG")
    if frame.bits != 8:
        raise InvalidValueError("a JPEG picture of {bits} bits is not read; save it as PNG or TIFF", bits=frame.bits)
    if frame.marker in _PROGRESSIVE:
        _check_scans(stream)
    end = _end(stream, frame.place)
    if end is None:
        return decode(stream, "JPEG", should_stop)
    if frame.marker in _PROGRESSIVE:  # Nobody can tell how many scans were to follow.
        raise InvalidValueError("the picture is cut off")
    return _decode_without_end(stream, end, should_stop)


def _frame(stream: IO[bytes]) -> _Frame:
    """Go from marker to marker up to the frame header."""
    place = 2
    for _ in range(_MOST_SEGMENTS):
        stream.seek(place)
        piece = stream.read(_MOST_JUNK)
        at = piece.find(b"\xff")
        while 0 <= at < len(piece) - 1 and piece[at + 1] in (0xFF, 0x00):
            at = piece.find(b"\xff", at + 1)
        if not 0 <= at < len(piece) - 3:
            break
        marker = piece[at + 1]
        if marker in _FRAMES:
            return _Frame(marker, piece[at + 4] if at + 4 < len(piece) else 8, place + at)
        alone = marker == 0x01 or 0xD0 <= marker <= 0xD8
        place += at + 2 + (0 if alone else max(2, int.from_bytes(piece[at + 2 : at + 4], "big")))
    raise InvalidValueError("the JPEG picture is damaged or cut off")


def _check_scans(stream: IO[bytes]) -> None:
    """Refuse what would be decoded over and over: each scan of a progressive picture goes through all of it."""
    stream.seek(0)
    scans, last = 0, b""
    while piece := stream.read(1 << 20):
        scans += (last + piece).count(b"\xff\xda")
        last = piece[-1:]
        if scans > _MOST_SCANS:
            raise InvalidValueError("the JPEG picture has too many scans")


def _end(stream: IO[bytes], frame: int) -> int | None:
    """Where a file without an end mark behind the frame header ends, zeros not counted; None if there is one."""
    stop = last_byte(stream)
    stream.seek(max(0, stop - 2))
    return None if stream.read(2) == _END or _has_end(stream, frame, stop) else stop


def _has_end(stream: IO[bytes], start: int, stop: int) -> bool:
    """Whether an end mark stands anywhere between: what follows it is something else, such as a second picture."""
    stream.seek(start)
    last, rest = b"", stop - start
    while rest > 0 and (piece := stream.read(min(rest, 1 << 20))):
        if _END in last + piece:
            return True
        last, rest = piece[-1:], rest - len(piece)
    return False


def _decode_without_end(stream: IO[bytes], end: int, should_stop: ShouldStop) -> Decoded:
    """Decode what is there with different ends: where the pixels differ, some were missing."""
    results: list[Decoded] = []
    for filler in _FILLERS:
        rest = filler * (_FILLER // len(filler)) + _END
        try:
            results.append(decode(open_spliced(stream, [slice(0, end), rest]), "JPEG", should_stop))
        except ConvExplorerError:
            raise
        except Exception:
            raise InvalidValueError("the picture is cut off") from None
        if not np.array_equal(results[0].pixels, results[-1].pixels):
            raise InvalidValueError("the picture is cut off")
    return results[0]
