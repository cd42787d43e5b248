"""Decodes pictures with Pillow.

The first bytes of a file choose the decoder; no other one is tried. Decoders that start a program (EPS) are never
loaded. Colour profiles are not applied: numbers stay as they are stored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

import numpy as np
from PIL import Image as PILImage
from PIL import ImageFile

from convexplorer.core.model.images import check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import (
    FIRST_PICTURE,
    OVER_WHITE,
    Decoded,
    apply_orientation,
    lay_over_white,
    strips,
    to_unit_range,
)

_PLUGINS = {
    "PNG": "PngImagePlugin",
    "JPEG": "JpegImagePlugin",
    "TIFF": "TiffImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "WEBP": "WebPImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "QOI": "QoiImagePlugin",
    "SGI": "SgiImagePlugin",
}
"""Pillow's plugin for each kind of file."""

_DEEP_AVIF = rb"av1C\x81.([\x40-\x7f\xc0-\xff])"
"""Where AVIF, which Pillow reduces to 8 bits, says that it has more (AV1-ISOBMFF 2.3)."""

_HEAD = 4096
_QOI_END = bytes(7) + b"\1"
_ZEROS = 1 << 16
"""So many zeros are no end of a WebP or AVIF; that of the largest even picture has some twenty thousand."""

Reader = Callable[[slice], Pixels]
"""Gives pixels (h, W, C) of some rows; C = 2 or 4 with alpha."""

_ORIENTATION = 0x0112


def open_picture(stream: IO[bytes], kind: str) -> ImageFile.ImageFile:
    """Let Pillow read the header, and judge the declared size before a pixel is decoded.

    ``PIL.Image.open`` has a limit of its own, 179 megapixels, kept in a global that is not ours to change; so the
    plugin is called as ``open`` would call it.

    Raises
    ------
    InvalidValueError
        If the picture is too large, or this Pillow cannot read the kind.
    """
    import_module(f"PIL.{_PLUGINS[kind]}")
    if kind not in PILImage.OPEN:
        raise InvalidValueError("the installed Pillow cannot read {kind}", kind=kind)
    stream.seek(0)
    picture = PILImage.OPEN[kind][0](stream, "")
    check_dimensions(picture.height, picture.width)
    return picture


def decode(stream: IO[bytes], kind: str, should_stop: ShouldStop) -> Decoded:
    """Decode the first picture of a file: upright, over white, in a type `Image` takes.

    Raises
    ------
    InvalidValueError
        If it is too large, cut off, or has no finite value.
    Exception
        Of any kind, from Pillow, if it is damaged.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    picture = open_picture(stream, kind)
    notes = [FIRST_PICTURE] if getattr(picture, "is_animated", False) else []
    picture.load()
    _check_end(stream, kind)
    if kind == "AVIF" and re.search(_DEEP_AVIF, head, re.DOTALL):
        notes.append("more than 8 bits a channel reduced to 8")
    read = rows_of(picture)
    if kind == "BMP" and picture.mode == "RGBA" and not picture.getchannel("A").getbbox():
        # Programs without transparency leave alpha 0 everywhere; such pictures are shown as opaque.
        read = rows_of(picture.convert("RGB"))
        notes.append("opacity, which is 0 everywhere, left out")
    return assemble(picture, read, transparent_colour(picture), tuple(notes), should_stop)


def assemble(
    picture: PILImage.Image, read: Reader, key: tuple[int, ...] | None, notes: tuple[str, ...], should_stop: ShouldStop
) -> Decoded:
    """Put strips together: upright, over white, in a type `Image` takes.

    Parameters
    ----------
    picture : PIL.Image.Image
        Says the size, the mode and the orientation.
    read : callable
        Gives the rows.
    key : tuple of int or None
        The one colour that is transparent.
    notes : tuple of str
        What had to be decided before.
    should_stop : callable
        Asked between strips.
    """
    pixels: Pixels = np.empty(0)
    transparent = False
    for rows in strips(picture.height, picture.width, should_stop):
        strip = read(rows)
        clear = False
        if key is not None:
            opaque = (strip != key).any(axis=2, keepdims=True)
            strip, clear = lay_over_white(
                strip, opaque.astype(strip.dtype) * strip.dtype.type(np.iinfo(strip.dtype).max)
            )
        elif strip.shape[2] in (2, 4):
            strip, clear = lay_over_white(strip[..., :-1], strip[..., -1:])
        transparent |= clear
        if not pixels.size:
            pixels = np.empty((picture.height, *strip.shape[1:]), strip.dtype)
        pixels[rows] = strip
    if picture.mode in ("P", "PA") and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    if transparent:
        notes = (*notes, OVER_WHITE)
    if pixels.dtype.kind in "if":
        pixels, more = to_unit_range(pixels, should_stop)
        notes = (*notes, *more)
    return Decoded(apply_orientation(pixels, _orientation(picture)), notes)


def rows_of(picture: PILImage.Image) -> Reader:
    """The rows of a picture that Pillow has decoded."""
    return lambda rows: _array(picture.crop((0, rows.start, picture.width, rows.stop)))


def _array(strip: PILImage.Image) -> Pixels:
    """Pixels (H, W, C) of any of Pillow's modes; C = 2 or 4 with alpha."""
    match strip.mode:
        case "1":
            strip = strip.convert("L")
        case "P" | "PA":
            strip = strip.convert("RGBA" if strip.has_transparency_data else "RGB")
        case "La":
            strip = strip.convert("LA")
        case "RGBa":
            strip = strip.convert("RGBA")
        case "CMYK" | "YCbCr" | "HSV" | "RGBX":
            strip = strip.convert("RGB")
    array: Pixels = np.asarray(strip)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        array = array.astype(np.uint16)
    return array[..., np.newaxis] if array.ndim == 2 else array


def _check_end(stream: IO[bytes], kind: str) -> None:
    """Refuse a file that stops before its end, which Pillow accepts."""
    if kind == "QOI":
        stream.seek(-len(_QOI_END), os.SEEK_END)
        if stream.read() != _QOI_END:
            raise InvalidValueError("the picture is cut off")
    elif kind in ("WEBP", "AVIF"):
        # Neither has an end to look for; but what was to follow is zeros in a file that was not copied to its end.
        stream.seek(-min(_ZEROS, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        if stream.read() == bytes(_ZEROS):
            raise InvalidValueError("the picture is cut off: its file ends in zeros")


def transparent_colour(picture: PILImage.Image, depth: int = 8) -> tuple[int, ...] | None:
    """The one colour that a grey or RGB picture declares to be transparent; Pillow leaves fewer bits unscaled."""
    key: Any = picture.info.get("transparency")
    if key is None or not picture.mode.startswith(("1", "L", "RGB", "I;16")) or picture.mode.endswith(("A", "a")):
        return None
    key = key if isinstance(key, tuple) else (key,)
    return tuple(value * 255 // ((1 << depth) - 1) if depth < 8 else value for value in key)


def _orientation(picture: PILImage.Image) -> int:
    """The EXIF orientation, 1 to 8; of a TIFF it is 1, because Pillow has applied it."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Damaged metadata do not spoil the picture; Pillow raises SyntaxError, struct.error, ValueError and others.
        return 1
