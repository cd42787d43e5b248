"""Reads pictures from files and from the clipboard."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
from PIL.Image import DecompressionBombError

from convexplorer.core.model.images import Image, check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop, never
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError
from convexplorer.io.arrays.pixels import OVER_WHITE, Decoded, lay_over_white, strips
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.images.decoding import decode
from convexplorer.io.images.endings import ending_notes
from convexplorer.io.images.jpeg import decode_jpeg
from convexplorer.io.images.jpeg2000 import decode_jpeg2000
from convexplorer.io.images.kinds import kind_of
from convexplorer.io.images.netpbm import decode_netpbm
from convexplorer.io.images.png import decode_png
from convexplorer.io.images.sgi import decode_sgi
from convexplorer.io.images.tiff import decode_tiff

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

IMAGE_SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".avif",
    ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".pfm", ".qoi",
    ".sgi", ".rgb", ".dng",
)  # fmt: skip
"""Suffixes of the files `load_image` reads; it looks at their contents only."""


_DECODERS: dict[str, Callable[[IO[bytes], ShouldStop], Decoded]] = {
    "JPEG": decode_jpeg,
    "JPEG2000": decode_jpeg2000,
    "PNG": decode_png,
    "PPM": decode_netpbm,
    "SGI": decode_sgi,
    "TIFF": decode_tiff,
}
"""Decoders of kinds that Pillow does not read alone."""
_WITHOUT_END = ("AVIF", "BMP", "GIF", "JPEG2000", "PPM", "SGI", "WEBP")
"""Kinds that may stop early without anything that tells; of TIFF, its decoder does."""
_MOST_BYTES = 4 << 30
_MOST_PACKED = 1 << 30
_PACKED = ("AVIF", "GIF", "JPEG", "JPEG2000", "WEBP")
"""Kinds whose files are always much smaller than their pixels; some are taken into memory as a whole."""
_READ_BY_PARTS = ("TIFF",)
"""Kinds whose files may be of any size, for what is not wanted is not read."""
_MOST_SINGLE = 100_000
"""Reads of one byte after the other, without any of more in between: so a reader looks for what is not there."""
_BYTE_BY_BYTE = ("BMP", "QOI")
"""Kinds that Pillow reads byte by byte."""
_TALKATIVE = ("TIFF", "AVIF")
"""Kinds whose libraries (libtiff, dav1d) print errors to stderr themselves."""
_UNREAD = re.compile("unsupported|not supported|unknown|unrecogni[sz]ed|cannot handle", re.IGNORECASE)
"""What Pillow says of a file that is perhaps sound but not for it."""
_STDERR = 2
_ONE_AT_A_TIME = Lock()


def is_image_file(path: str | Path) -> bool:
    """Whether a name looks like a picture's; the file is not opened."""
    return Path(path).suffix.lower() in IMAGE_SUFFIXES


def load_image(path: str | Path, should_stop: ShouldStop = never) -> Image:
    """Read a picture.

    Reads PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF, JPEG 2000, PBM to PFM, QOI and SGI, told apart by their contents, and
    of several pictures in a file the first that is no thumbnail. The result is upright (EXIF), grey or RGB: palettes,
    CMYK, YCbCr and single bits are converted, alpha is laid over white. 8 and 16 bits are kept; 9 to 15 are spread to
    16. Float, signed and 32-bit numbers become float32: if they all lie in [0, 1] they stay, otherwise lowest to
    highest is mapped to 0 to 1; NaN counts as the lowest. Colour profiles are not applied. `Image.notes` tells what
    had to be decided.

    A file that stops early or fails a checksum is refused. Most kinds but PNG and deflated TIFF have no checksums: a
    changed byte inside such a file may show as wrong pixels, and nobody can tell.

    Parameters
    ----------
    path : str or Path
        The file; no other is opened.
    should_stop : callable
        Asked now and then.

    Returns
    -------
    Image
        Named after the file, with its absolute path.

    Raises
    ------
    UnreadableFileError
        If it is missing, not an ordinary file, not a picture, too large, cut off or damaged.
    CancelledError
        If `should_stop` said so.
    """
    path = Path(path)
    with open_for_reading(path) as file:
        return decode_file(file, path, should_stop)


def decode_file(file: IO[bytes], path: Path, should_stop: ShouldStop) -> Image:
    """Read a picture from a file that is open already, as `load_image` does.

    Raises
    ------
    InvalidValueError
        If it is not a picture, too large, cut off or damaged.
    CancelledError
        If `should_stop` said so.
    """
    kind = kind_of(file)
    stream = cast("IO[bytes]", _Watched(file, should_stop, bounded=kind not in _BYTE_BY_BYTE))
    check_size(stream, kind)
    try:
        with decoding_quietly(), _quiet() if kind in _TALKATIVE else nullcontext():
            pixels, notes = _DECODERS.get(kind, partial(_decode, kind))(stream, should_stop)
            if kind in _WITHOUT_END:
                notes += ending_notes(stream, pixels)
    except (ConvExplorerError, MemoryError):
        raise
    except DecompressionBombError as error:
        raise InvalidValueError("the {kind} picture has too many pixels", kind=kind) from error
    except Exception as error:
        if _UNREAD.search(str(error)):
            raise InvalidValueError("this kind of {kind} picture is not read", kind=kind) from error
        # Pillow raises OSError, SyntaxError, ValueError, struct.error, IndexError and more on damaged files.
        raise InvalidValueError("the {kind} picture is damaged or cut off", kind=kind) from error
    return Image(pixels, path.name, path.resolve(), notes=notes)


@contextmanager
def decoding_quietly() -> Iterator[None]:
    """Keep Pillow from warning of much that is no concern of the user, who gets a picture or one line.

    Warnings and stderr are the whole process's: two loads at once would put back each other's settings.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _decode(kind: str, stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    return decode(stream, kind, should_stop)


def check_size(stream: IO[bytes], kind: str) -> None:
    """Refuse files, perhaps sparse ones, of more bytes than the largest picture has."""
    size = stream.seek(0, os.SEEK_END)
    most = _MOST_PACKED if kind in _PACKED else _MOST_BYTES
    if size > most and kind not in _READ_BY_PARTS:
        raise InvalidValueError(
            "a {kind} file of {size} GB is too large; the limit is {most} GB",
            kind=kind,
            size=f"{size / 2**30:.1f}",
            most=most >> 30,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Discard what C libraries write to stderr; they bypass Python, and cannot be told not to."""
    try:
        kept = os.dup(_STDERR)
    except OSError:  # A program without a console has none.
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


class _Watched:
    """A file that refuses to be read on as soon as the reader is told to stop."""

    def __init__(self, file: Any, should_stop: ShouldStop, *, bounded: bool) -> None:
        self._file = file
        self._should_stop = should_stop
        self._bounded = bounded
        self._single = 0

    def read(self, size: int = -1) -> bytes:
        if self._should_stop():
            raise CancelledError
        self._single = self._single + 1 if size == 1 else 0
        if self._bounded and self._single > _MOST_SINGLE:
            raise InvalidValueError("the picture is damaged: it has no end")
        data: bytes = self._file.read(size)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def image_from_qimage(qimage: QImage, name: str) -> Image:
    """Take over a picture of Qt's, such as the clipboard's: grey or RGB, alpha over white, 16 bits kept.

    Raises
    ------
    InvalidValueError
        If it is empty or too large.
    """
    from PySide6.QtGui import QImage, QPixelFormat

    if qimage.isNull():
        raise InvalidValueError("the picture is empty")
    check_dimensions(qimage.height(), qimage.width())
    stored = qimage.pixelFormat()
    deep = stored.redSize() > 8
    whole = qimage.convertToFormat(QImage.Format.Format_RGBA64 if deep else QImage.Format.Format_RGBA8888)
    # Rows are padded; the copy is made while Qt's picture is alive.
    rows = np.frombuffer(whole.constBits(), np.uint16 if deep else np.uint8).reshape(whole.height(), -1)
    rgba = rows[:, : 4 * whole.width()].reshape(whole.height(), whole.width(), 4)
    pixels: Pixels = np.empty((*rgba.shape[:2], 3), rgba.dtype)
    transparent = False
    for some in strips(*rgba.shape[:2], never):
        pixels[some], clear = lay_over_white(rgba[some, :, :3], rgba[some, :, 3:])
        transparent |= clear
    grey = stored.colorModel() in (QPixelFormat.ColorModel.Grayscale, QPixelFormat.ColorModel.Indexed)
    if grey and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    return Image(np.ascontiguousarray(pixels), name, notes=(OVER_WHITE,) if transparent else ())
