"""PBM, PGM, PPM, PAM and PFM, the pictures of Netpbm.

Read by hand: Pillow cuts colours of more than 8 bits to 8, knows neither PAM nor PFM in colour, and takes half a minute
for some megabytes of comments. netpbmfile reads them all, but not after many comments, leaves numbers unscaled, and
cannot be stopped.

References
----------
https://netpbm.sourceforge.net/doc/index.html, https://www.pauldebevec.com/Research/HDR/PFM/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import numpy as np

from convexplorer.core.model.images import check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError
from convexplorer.io.arrays.pixels import FIRST_PICTURE, OVER_WHITE, Decoded, lay_over_white, strips, to_unit_range

_PLAIN_BITS, _BITS, _PAM = b"P1", b"P4", b"P7"
_COLOUR = (b"P3", b"P6", b"PF")
_FLOAT = (b"Pf", b"PF")
_PLAIN = (b"P1", b"P2", b"P3")
_MOST_HEADER = 1 << 20
_PIECE = 1 << 20
_MOST_DIGITS = 32
_SPACE = b" \t\n\v\f\r"


class _Header(NamedTuple):
    """What a header says: white is `top`, for floats the sign of it is the byte order."""

    magic: bytes
    width: int
    height: int
    channels: int
    top: float


def decode_netpbm(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode the first picture of a file as `decoding.decode` does.

    Raises
    ------
    InvalidValueError
        If it is damaged, cut off, too large, or of an unusual kind.
    CancelledError
        If `should_stop` said so.
    """
    stream.seek(0)
    magic = stream.read(2)
    header = _pam_header(stream) if magic == _PAM else _header(stream, magic)
    check_dimensions(header.height, header.width)
    if min(header.height, header.width) < 1:
        raise InvalidValueError("the picture is empty")
    if magic in _PLAIN:
        stored = _plain(stream, header, should_stop)
    elif magic == _BITS:
        stored = _bits(stream, header, should_stop)
    else:
        stored = _numbers(stream, header, should_stop)
    notes = (FIRST_PICTURE,) if re.match(rb"P[1-7fF]\s", stream.read(3)) else ()
    if magic in _FLOAT:
        pixels, more = to_unit_range(np.ascontiguousarray(stored[::-1]), should_stop)
        return Decoded(pixels, (*notes, *more))
    return _scale(stored, header, notes, should_stop)


def _scale(stored: Pixels, header: _Header, notes: tuple[str, ...], should_stop: ShouldStop) -> Decoded:
    """Numbers up to `top` → the full range of 8 or 16 bits, over white."""
    colours = header.channels - (header.channels in (2, 4))
    kind, white = (np.uint8, 255) if header.top < 256 else (np.uint16, 65535)
    exact = stored.dtype == kind and header.top == white
    pixels = stored if exact and colours == header.channels else np.empty((*stored.shape[:2], colours), kind)
    transparent = False
    for rows in strips(header.height, header.width, should_stop):
        part = stored[rows]
        if not exact:
            wide = np.minimum(part, header.top).astype(np.float64)
            part = np.rint(wide * (white / header.top)).astype(kind)
        if colours < header.channels:
            part, clear = lay_over_white(part[..., :-1], part[..., -1:])
            transparent |= clear
        pixels[rows] = part
    return Decoded(pixels, (*notes, OVER_WHITE) if transparent else notes)


def _header(stream: IO[bytes], magic: bytes) -> _Header:
    """What follows the first two bytes, up to and with the one blank before the data."""
    float_ = magic in _FLOAT
    words = _words(stream, 2 if magic in (_PLAIN_BITS, _BITS) else 3)
    width, height = _whole(next(words)), _whole(next(words))
    top = 1.0
    if magic not in (_PLAIN_BITS, _BITS):
        word = next(words)
        try:
            top = float(word) if float_ else _whole(word)
        except ValueError:
            raise InvalidValueError("the header of the picture makes no sense") from None
        if not (np.isfinite(top) and top != 0 if float_ else 0 < top < 65536):
            raise InvalidValueError("the header of the picture makes no sense")
    return _Header(magic, width, height, 3 if magic in _COLOUR else 1, top)


def _words(stream: IO[bytes], count: int) -> Iterator[bytes]:
    """The next words of a header; the blank behind the last one is read too."""
    word, comment, left = b"", False, _MOST_HEADER
    start = stream.tell()
    piece = stream.read(left)
    for at in range(len(piece)):
        byte = piece[at : at + 1]
        if comment:
            comment = byte not in (b"\n", b"\r")
        elif byte == b"#":
            comment = True
        elif byte not in _SPACE:
            word += byte
            if len(word) > _MOST_DIGITS:
                break
        elif word:
            count -= 1
            if not count:
                stream.seek(start + at + 1)
            yield word
            word = b""
            if not count:
                return
    if len(word) > _MOST_DIGITS:
        raise InvalidValueError("the header of the picture makes no sense")
    raise InvalidValueError("the picture is cut off" if len(piece) < left else "the header of the picture is too long")


def _whole(word: bytes) -> int:
    if not re.fullmatch(rb"\d{1,9}", word):
        raise InvalidValueError("the header of the picture makes no sense")
    return int(word)


def _pam_header(stream: IO[bytes]) -> _Header:
    """The lines of a PAM's header, up to ENDHDR."""
    text = stream.read(_MOST_HEADER)
    end = re.search(rb"^ENDHDR[ \t\r]*\n", text, re.MULTILINE)
    if end is None:
        raise InvalidValueError("the picture is cut off")
    stream.seek(2 + end.end())
    fields = dict(re.findall(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE)[ \t]+(\S+)", text[: end.start()], re.MULTILINE))
    numbers = (_whole(fields.get(name, b"")) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    width, height, depth, top = numbers
    if not 0 < top < 65536:
        raise InvalidValueError("the header of the picture makes no sense")
    if depth not in (1, 2, 3, 4) or fields.get(b"TUPLTYPE", b"").startswith(b"CMYK"):
        raise InvalidValueError("a PAM of {count} channels is not read; save it in grey or RGB", count=depth)
    return _Header(_PAM, width, height, depth, top)


def _check_there(stream: IO[bytes], needed: int) -> None:
    """Refuse a file with fewer bytes than declared before memory is taken for them."""
    here = stream.tell()
    there = stream.seek(0, os.SEEK_END) - here
    stream.seek(here)
    if there < needed:
        raise InvalidValueError("the picture is cut off")


def _numbers(stream: IO[bytes], header: _Header, should_stop: ShouldStop) -> Pixels:
    """Binary numbers, shape (H, W, C)."""
    number = ("<f4" if header.top < 0 else ">f4") if header.magic in _FLOAT else "u1" if header.top < 256 else ">u2"
    stored: np.dtype[Any] = np.dtype(number)
    row = header.width * header.channels
    _check_there(stream, header.height * row * stored.itemsize)
    pixels = np.empty((header.height, header.width, header.channels), stored.newbyteorder("="))
    for rows in strips(header.height, header.width, should_stop):
        part = pixels[rows]
        part[:] = np.frombuffer(stream.read(part.size * stored.itemsize), stored).reshape(part.shape)
    return pixels


def _bits(stream: IO[bytes], header: _Header, should_stop: ShouldStop) -> Pixels:
    """Packed bits, 1 black: as 0 and 1, shape (H, W, 1)."""
    row = -(-header.width // 8)
    _check_there(stream, header.height * row)
    pixels = np.empty((header.height, header.width, 1), np.uint8)
    for rows in strips(header.height, header.width, should_stop):
        packed = np.frombuffer(stream.read((rows.stop - rows.start) * row), np.uint8).reshape(-1, row)
        pixels[rows, :, 0] = 1 - np.unpackbits(packed, axis=1, count=header.width)
    return pixels


def _plain(stream: IO[bytes], header: _Header, should_stop: ShouldStop) -> Pixels:
    """Numbers written as text, shape (H, W, C); single bits need no blanks between them."""
    total = header.height * header.width * header.channels
    single = header.magic == _PLAIN_BITS
    _check_there(stream, total if single else 2 * total - 1)
    numbers = np.empty(total, np.uint8 if header.top < 256 else np.uint16)
    there = 0
    for text in _texts(stream):
        digits = re.sub(rb"\s+", b" ", text)
        if re.search(rb"[^01 ]" if single else rb"[^\d ]|\d{6}", digits):
            raise InvalidValueError("the picture is damaged")
        if single:
            values = (np.frombuffer(digits.replace(b" ", b""), np.uint8) == ord("0")).astype(np.uint32)
        else:
            values = np.array(digits.split(), "S5").astype(np.uint32)
        values = np.minimum(values, int(header.top))[: total - there]
        numbers[there : there + values.size] = values
        there += values.size
        if there == total:
            break
        if should_stop():
            raise CancelledError
    if there < total:
        raise InvalidValueError("the picture is cut off")
    return numbers.reshape(header.height, header.width, header.channels)


def _texts(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in pieces that end between numbers, without comments."""
    rest, comment = b"", False
    while piece := stream.read(_PIECE):
        start = 0
        if comment:
            end = re.search(rb"[\r\n]", piece)
            if end is None:
                continue
            start, comment = end.start(), False
        # A comment ends with its line; the last one may go on in the next piece.
        text = re.sub(rb"#[^\r\n]*(?=[\r\n])", b"", rest + piece[start:])
        if (at := text.find(b"#")) >= 0:
            text, comment = text[:at], True
        cut = len(text) if comment else max(text.rfind(blank) for blank in (b" ", b"\n", b"\t", b"\r")) + 1
        if len(text) - cut > _PIECE:  # Bits need no blanks.
            cut = len(text)
        rest = text[cut:]
        yield text[:cut]
    yield rest
