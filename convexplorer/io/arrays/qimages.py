"""Converts arrays of colours to QImage, and QImage to PNG. No other module does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage


def to_qimage(colours: NDArray[np.uint32], *, translucent: bool = False) -> QImage:
    """Make a QImage that owns a copy of colours 0xffRRGGBB, or translucent ones 0xAARRGGBB, shape (h, w)."""
    colours = np.ascontiguousarray(colours)
    height, width = colours.shape
    form = QImage.Format.Format_ARGB32 if translucent else QImage.Format.Format_RGB32
    return QImage(colours.data, width, height, 4 * width, form).copy()


def png_bytes(image: QImage) -> bytes:
    """Encode a picture as PNG, in memory: Qt would write a file itself, but not say why it cannot.

    Raises
    ------
    MemoryError
        If there is not enough memory.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise MemoryError
    return bytes(buffer.data().data())
