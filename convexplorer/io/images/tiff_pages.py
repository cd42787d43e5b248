"""Chooses which picture of a TIFF is shown, and makes notes on the others.

A file may begin with a thumbnail (scanners, GDAL), hide the picture behind it (DNG), or hold a stack whose slices only
a comment counts (ImageJ). Pillow always takes the first one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, NamedTuple

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import FIRST_PICTURE
from convexplorer.io.images.tiff_layout import COLOURS, PixelLayout, Tag

_REDUCED = 1
"""Bit of NewSubfileType, and the value 2 of the old SubfileType: a smaller version of another picture."""
_OLD_REDUCED = 2
_RAW = (32803, 34892)
"""Photometric interpretations: what a sensor saw through its colour filters, or a raw picture made of that."""
_MOST_PAGES = 100
"""Most directories that are looked at if the first is a thumbnail."""
_BIG = 43


class TiffPage(NamedTuple):
    """A directory, where it lies, and notes on the choice."""

    directory: ImageFileDirectory_v2
    place: int
    notes: tuple[str, ...]


def choose_page(stream: IO[bytes]) -> TiffPage:
    """Choose a picture: the first that is not a thumbnail; if that is raw, the largest that is not raw.

    Raises
    ------
    InvalidValueError
        If the first directory is cut off.
    Exception
        Of any kind, from Pillow, if it is damaged.
    """
    stream.seek(0)
    header = stream.read(16)
    place = _after_header(header)
    first = _directory(stream, header, place)
    size = stream.seek(0, os.SEEK_END)
    slices = _slices(first)
    if not _is_reduced(first):
        if slices > 1 and not first.next:
            return TiffPage(first, place, (f"the first of {slices} slices",))
        return TiffPage(first, place, (FIRST_PICTURE,) if first.next else ())
    pages = [(first, place), *_others(stream, header, first)]
    full = [page for page in pages if not _is_reduced(page[0])]
    for directory, at in full:
        if _photometric(directory) in COLOURS:
            return TiffPage(directory, at, ("the full picture, not the thumbnail that comes before it",))
    readable = [page for page in pages if _photometric(page[0]) in COLOURS]
    if not readable:
        return TiffPage(first, place, ())
    directory, at = max(readable, key=lambda page: _pixels(page[0], size))
    if any(_photometric(page) in _RAW for page, _ in full):
        return TiffPage(directory, at, ("the preview of a raw photograph, which itself is not read",))
    return TiffPage(directory, at, ("only a thumbnail; the picture itself is not read",))


def header_for(stream: IO[bytes], place: int) -> bytes:
    """The first bytes of a file, changed so that its first directory is another one."""
    stream.seek(0)
    header = stream.read(16)
    order = "little" if header[:2] == b"II" else "big"
    if _is_big(header):
        return header[:8] + place.to_bytes(8, order)  # type: ignore[arg-type]
    return header[:4] + place.to_bytes(4, order)  # type: ignore[arg-type]


def _is_big(header: bytes) -> bool:
    return header[2] == _BIG  # Of the big-endian ones, which are not read, it would be the next byte.


def _after_header(header: bytes) -> int:
    """Where the first directory is."""
    order = "little" if header[:2] == b"II" else "big"
    return int.from_bytes(header[8:16] if _is_big(header) else header[4:8], order)  # type: ignore[arg-type]


def _directory(stream: IO[bytes], header: bytes, place: int) -> ImageFileDirectory_v2:
    """Read a directory at a place."""
    directory = ImageFileDirectory_v2(header if _is_big(header) else header[:8])
    stream.seek(place)
    directory.next = -1
    directory.load(stream)
    if directory.next < 0:  # Pillow only warns of a directory that does not end.
        raise InvalidValueError("the picture is cut off")
    return directory


def _others(
    stream: IO[bytes], header: bytes, first: ImageFileDirectory_v2
) -> Iterator[tuple[ImageFileDirectory_v2, int]]:
    """The directories behind the first one, and those below each; what is damaged ends the search."""
    seen: set[int] = set()
    waiting = [*_below(first), first.next]
    while waiting and len(seen) < _MOST_PAGES:
        place = waiting.pop(0)
        if place <= 0 or place in seen:
            continue
        seen.add(place)
        directory = None
        with suppress(
            Exception
        ):  # Pillow raises errors of many types. The picture is shown without this directory then.
            directory = _directory(stream, header, place)
        if directory is not None:
            yield directory, place
            waiting += [*_below(directory), directory.next]


def _below(directory: ImageFileDirectory_v2) -> list[int]:
    value = directory.get(Tag.SUB_DIRECTORIES, ())
    return [int(one) for one in (value if isinstance(value, tuple) else (value,))]


def _number(directory: ImageFileDirectory_v2, tag: Tag, default: int) -> int:
    value = directory.get(tag, default)
    value = value[0] if isinstance(value, tuple) and value else value
    return int(value) if isinstance(value, int) else default


def _is_reduced(directory: ImageFileDirectory_v2) -> bool:
    new, old = _number(directory, Tag.NEW_SUBFILE, 0), _number(directory, Tag.OLD_SUBFILE, 0)
    return bool(new & _REDUCED) or old == _OLD_REDUCED


def _photometric(directory: ImageFileDirectory_v2) -> int:
    return _number(directory, Tag.PHOTOMETRIC, 1)


def _pixels(directory: ImageFileDirectory_v2, file_size: int) -> int:
    """Pixels of a picture; 0 where it cannot be read."""
    try:
        layout = PixelLayout(directory, file_size)
    except InvalidValueError:
        return 0
    return layout.height * layout.width


def _slices(directory: ImageFileDirectory_v2) -> int:
    """How many pictures ImageJ's comment counts: they follow each other, and only the first has a directory."""
    text = directory.get(Tag.DESCRIPTION, "")
    found = re.match(r"ImageJ=.*?^images=(\d{1,9})", text, re.DOTALL | re.MULTILINE) if isinstance(text, str) else None
    return int(found[1]) if found else 1
