"""Picture files and the clipboard's pictures → `Image`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
from PIL.Image import DecompressionBombError

from convexplorer.core.model.images import Image, Pixels, ShouldStop, check_dimensions, never
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError
from convexplorer.io.arrays.pixels import OVER_WHITE, over_white, strips
from convexplorer.io.files.reading import reading
from convexplorer.io.images.decoding import decode, kind_of
from convexplorer.io.images.tiff import decode_tiff

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

IMAGE_SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".avif",
    ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm", ".qoi", ".sgi",
)  # fmt: skip
"""Suffixes of the files `load_image` reads; it looks at their contents only."""


_TALKATIVE = ("TIFF", "AVIF")
"""Kinds whose libraries, libtiff and dav1d, print on their own what is wrong with a file."""
_STDERR = 2
_ONE_AT_A_TIME = Lock()


def is_image_file(path: str | Path) -> bool:
    """Whether a name looks like a picture's; the file is not opened."""
    return Path(path).suffix.lower() in IMAGE_SUFFIXES


def load_image(path: str | Path, should_stop: ShouldStop = never) -> Image:
    """Read a picture.

    Reads PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF, JPEG 2000, PBM to PFM, QOI and SGI, told apart by their contents, and
    of several pictures in a file the first. The result is upright (EXIF), grey or RGB: palettes, CMYK, YCbCr, Lab and
    single bits are converted, alpha is laid over white. 8 and 16 bits are kept. Float, signed and 32-bit numbers
    become float32: if they all lie in [0, 1] they stay, otherwise lowest to highest is mapped to 0 to 1; NaN counts
    as the lowest. Colour profiles are not applied. `Image.notes` tells what had to be decided.

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
    with reading(path) as file:
        stream = cast("IO[bytes]", _Watched(file, should_stop))
        kind = kind_of(stream)
        try:
            # Pillow warns of much that is no concern of the user, who gets a picture or one line. Warnings and stderr
            # are the whole process's: two loads at once would put back each other's settings.
            with _ONE_AT_A_TIME, warnings.catch_warnings(), _quiet() if kind in _TALKATIVE else nullcontext():
                warnings.simplefilter("ignore")
                pixels, notes = (
                    decode_tiff(stream, should_stop) if kind == "TIFF" else decode(stream, kind, should_stop)
                )
        except (ConvExplorerError, MemoryError):
            raise
        except DecompressionBombError as error:
            raise InvalidValueError("the {kind} picture has too many pixels", kind=kind) from error
        except Exception as error:
            # Pillow raises OSError, SyntaxError, ValueError, struct.error, IndexError and more on damaged files.
            raise InvalidValueError("the {kind} picture is damaged or cut off", kind=kind) from error
        return Image(pixels, path.name, path.resolve(), notes=notes)


@contextmanager
def _quiet() -> Iterator[None]:
    """Send what a C library writes to stderr nowhere; it does so past Python and whatever it is asked."""
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

    def __init__(self, file: Any, should_stop: ShouldStop) -> None:
        self._file = file
        self._should_stop = should_stop

    def read(self, size: int = -1) -> bytes:
        if self._should_stop():
            raise CancelledError
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
        pixels[some], clear = over_white(rgba[some, :, :3], rgba[some, :, 3:])
        transparent |= clear
    grey = stored.colorModel() in (QPixelFormat.ColorModel.Grayscale, QPixelFormat.ColorModel.Indexed)
    if grey and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    return Image(np.ascontiguousarray(pixels), name, notes=(OVER_WHITE,) if transparent else ())
