"""Pictures in files → pixels, with Pillow.

The kind is told by the first bytes, and only that kind's decoder is asked: no suffix is trusted, and no decoder that
would start a program (EPS) is ever loaded. Colour profiles are not applied: numbers stay as they are stored.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

import numpy as np
from PIL import Image as PILImage
from PIL import ImageFile

from convexplorer.core.model.images import Pixels, ShouldStop, check_dimensions
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import FIRST_PICTURE, OVER_WHITE, Decoded, over_white, strips, unit_range, upright

_KINDS = {
    "PNG": ("PngImagePlugin", rb"\x89PNG\r\n\x1a\n"),
    "JPEG": ("JpegImagePlugin", rb"\xff\xd8\xff"),
    "TIFF": ("TiffImagePlugin", rb"II[*+]\0|MM\0\*"),
    "GIF": ("GifImagePlugin", rb"GIF8[79]a"),
    "BMP": ("BmpImagePlugin", rb"BM"),
    "WEBP": ("WebPImagePlugin", rb"RIFF.{4}WEBP"),
    "AVIF": ("AvifImagePlugin", rb".{4}ftyp(avif|avis|mif1|msf1)"),
    "JPEG2000": ("Jpeg2KImagePlugin", rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n"),
    "PPM": ("PpmImagePlugin", rb"P[1-6f]\s"),
    "QOI": ("QoiImagePlugin", rb"qoif"),
    "SGI": ("SgiImagePlugin", rb"\x01\xda[\0\1][\1\2]"),
}
"""Pillow's plugin for each kind of file, and how such a file begins."""

_DEPTHS = {"JPEG2000": rb"\xff\x4f\xff\x51.{38}([\x08-\x7f])", "AVIF": rb"av1C\x81.([\x40-\x7f\xc0-\xff])"}
"""Where the kinds that Pillow reduces to 8 bits say that they have more (ISO 15444-1 A.5.1, AV1-ISOBMFF 2.3)."""

_HEAD = 4096
_PIECE = 1 << 20
_QOI_END = bytes(7) + b"\1"
_ZEROS = 1 << 16
"""So many zeros are no end of a WebP or AVIF; that of the largest even picture has some twenty thousand."""

Reader = Callable[[slice], Pixels]
"""Gives pixels (h, W, C) of some rows; C = 2 or 4 with alpha."""

_ORIENTATION = 0x0112


def kind_of(stream: IO[bytes]) -> str:
    """Tell the kind of a file by how it begins.

    Raises
    ------
    InvalidValueError
        If it begins like no picture.
    """
    stream.seek(0)
    head = stream.read(32)
    for kind, (_, start) in _KINDS.items():
        if re.match(start, head, re.DOTALL):
            return kind
    raise InvalidValueError("this is not a picture of a known kind")


def open_picture(stream: IO[bytes], kind: str) -> ImageFile.ImageFile:
    """Let Pillow read the header, and judge the declared size before a pixel is decoded.

    ``PIL.Image.open`` has a limit of its own, 179 megapixels, kept in a global that is not ours to change; so the
    plugin is called as ``open`` would call it.

    Raises
    ------
    InvalidValueError
        If the picture is too large, or this Pillow cannot read the kind.
    """
    import_module(f"PIL.{_KINDS[kind][0]}")
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
    read = _reader(picture)
    _check_end(stream, kind)
    if kind == "PNG" and head[24] == 16 and picture.mode in ("RGB", "RGBA"):
        read = _png_16_reader(stream, picture, grey=head[25] == 4)
    key = _transparent_colour(picture, head[24] if kind == "PNG" else 8)
    pixels, transparent = _assemble(picture, read, key, should_stop)
    if transparent:
        notes.append(OVER_WHITE)
    if pixels.dtype == np.uint8 and kind in _DEPTHS and re.search(_DEPTHS[kind], head, re.DOTALL):
        notes.append("more than 8 bits a channel reduced to 8")
    if pixels.dtype == np.int32 and kind == "PPM":
        pixels = pixels.astype(np.uint16)
    elif pixels.dtype.kind in "if":
        pixels, more = unit_range(pixels, should_stop)
        notes += more
    return Decoded(upright(pixels, _orientation(picture)), tuple(notes))


def _assemble(
    picture: PILImage.Image, read: Reader, key: tuple[int, ...] | None, should_stop: ShouldStop
) -> tuple[Pixels, bool]:
    """Put strips together, over white; tells whether anything was transparent."""
    pixels: Pixels = np.empty(0)
    transparent = False
    for rows in strips(picture.height, picture.width, should_stop):
        strip = read(rows)
        clear = False
        if key is not None:
            opaque = (strip != key).any(axis=2, keepdims=True)
            strip, clear = over_white(strip, opaque.astype(strip.dtype) * strip.dtype.type(np.iinfo(strip.dtype).max))
        elif strip.shape[2] in (2, 4):
            strip, clear = over_white(strip[..., :-1], strip[..., -1:])
        transparent |= clear
        if not pixels.size:
            pixels = np.empty((picture.height, *strip.shape[1:]), strip.dtype)
        pixels[rows] = strip
    if picture.mode in ("P", "PA") and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    return pixels, transparent


def _cut(picture: PILImage.Image, rows: slice) -> PILImage.Image:
    return picture.crop((0, rows.start, picture.width, rows.stop))


def _reader(picture: PILImage.Image) -> Reader:
    return lambda rows: _array(_cut(picture, rows))


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
        case "LAB":
            strip = _lab_to_rgb(strip)
        case "CMYK" | "YCbCr" | "HSV" | "RGBX":
            strip = strip.convert("RGB")
    array: Pixels = np.asarray(strip)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        array = array.astype(np.uint16)
    return array[..., np.newaxis] if array.ndim == 2 else array


def _lab_to_rgb(strip: PILImage.Image) -> PILImage.Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(strip, *profiles, outputMode="RGB") or strip


def _png_16_reader(stream: IO[bytes], high: ImageFile.ImageFile, *, grey: bool) -> Reader:
    """Read a colour (or grey and alpha) PNG of 16 bits without loss, though Pillow keeps the high bytes only.

    It is decoded once more for the low bytes: by asking for little-endian numbers where the file has big-endian
    ones. The four bytes of grey and alpha come at once, posing as a pixel of R, G, B, A.
    """
    low = open_picture(stream, "PNG")
    low.tile = [low.tile[0]._replace(args="RGBA" if grey else f"{low.mode};16L")]
    low.load()

    def read(rows: slice) -> Pixels:
        bytes_low = _array(_cut(low, rows))
        bytes_high = bytes_low[..., ::2] if grey else _array(_cut(high, rows))
        pixels: Pixels = bytes_high.astype(np.uint16) << 8 | (bytes_low[..., 1::2] if grey else bytes_low)
        return pixels

    return read


def _check_end(stream: IO[bytes], kind: str) -> None:
    """Refuse what Pillow does not mind: a file that stops before its end, a wrong checksum behind the last row."""
    if kind == "PNG":
        _check_png(stream)
    elif kind == "QOI":
        stream.seek(-len(_QOI_END), os.SEEK_END)
        if stream.read() != _QOI_END:
            raise InvalidValueError("the picture is cut off")
    elif kind in ("WEBP", "AVIF"):
        # Neither has an end to look for; but what was to follow is zeros in a file that was not copied to its end.
        stream.seek(-min(_ZEROS, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        if stream.read() == bytes(_ZEROS):
            raise InvalidValueError("the picture is cut off: its file ends in zeros")


def _check_png(stream: IO[bytes]) -> None:
    """Compare the checksums of all chunks that belong to the picture, up to the last one."""
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        rest, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind[0] & 0x20:  # A small letter: what can be done without.
            stream.seek(rest + 4, os.SEEK_CUR)
            continue
        checksum = zlib.crc32(kind)
        while rest and (piece := stream.read(min(rest, _PIECE))):
            checksum = zlib.crc32(piece, checksum)
            rest -= len(piece)
        if len(end := stream.read(4)) < 4:
            break
        if int.from_bytes(end, "big") != checksum:
            raise InvalidValueError("the PNG picture is damaged")
        if kind == b"IEND":
            return
    raise InvalidValueError("the picture is cut off")


def _transparent_colour(picture: PILImage.Image, depth: int) -> tuple[int, ...] | None:
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
