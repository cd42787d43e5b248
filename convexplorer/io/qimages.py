"""The one way from an array of colours to a QImage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def to_qimage(colours: NDArray[np.uint32]) -> QImage:
    """Make a QImage (Format_RGB32) that owns a copy of colours 0xffRRGGBB, shape (h, w)."""
    colours = np.ascontiguousarray(colours)
    height, width = colours.shape
    return QImage(colours.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
