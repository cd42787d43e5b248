"""Filters as small pictures: the pattern a filter detects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap

from convexplorer.core.engine.colour import colourise, packed, palette, positions, weight_scale
from convexplorer.core.model.filters import Filter, strongest_plane
from convexplorer.io.arrays.qimages import to_qimage

HAIRLINE = QColor(127, 127, 127, 96)
"""Round a pattern, so that white shows on white and black on black."""
SIDE = 32
"""Width and height of a thumbnail in lists, in device-independent pixels."""


def pattern(one: Filter, reach: float | None = None) -> QImage:
    """The pattern of a filter, one pixel per weight, Format_RGB32.

    Zero is mid grey, the largest magnitude black or white; where patterns are compared, `reach` is that of them all.
    Three planes become the red, green and blue of one picture, as the first layer of a network is usually shown. Any
    other depth is shown by its strongest plane, which is a pattern that the filter looks for; the mean of many planes
    would be that of none.
    """
    weights = one.weights
    if one.channels not in (1, 3):
        strongest = strongest_plane(weights)
        weights = weights[strongest : strongest + 1]
    scale = weight_scale(weights if reach is None else reach)
    levels = palette(scale.palette)[positions(weights, scale), 0]
    red, green, blue = levels[0], levels[levels.shape[0] // 2], levels[-1]
    return to_qimage(packed(red, green, blue))


def plane_colours(one: Filter) -> NDArray[np.uint32]:
    """Each plane of a filter as a picture, shape (C, kh, kw), on one scale for all: weak planes are faint."""
    return colourise(one.weights, weight_scale(one.weights))


def fit_into(image: QSize, box: QRect) -> QRect:
    """The largest rectangle in the middle of `box` with the proportions of a picture."""
    size = image.scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    rect = QRect(box.topLeft(), size)
    rect.moveCenter(box.center())
    return rect


def paint_pattern(painter: QPainter, box: QRect, image: QImage) -> None:
    """Draw a pattern into `box`: sharp pixels and a hairline."""
    rect = fit_into(image.size(), box.adjusted(1, 1, -1, -1))
    painter.drawImage(rect, image)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(HAIRLINE)
    painter.drawRect(rect.adjusted(-1, -1, 0, 0))


def paint_patterns(painter: QPainter, box: QRect, images: Sequence[QImage]) -> None:
    """Draw one pattern into the box, or the first four into its quarters."""
    if len(images) == 1:
        paint_pattern(painter, box, images[0])
        return
    side = box.width() // 2
    for i, image in enumerate(images[:4]):
        paint_pattern(painter, QRect(box.x() + i % 2 * side, box.y() + i // 2 * side, side, side), image)


def thumbnail_icon(images: Sequence[QImage], side: int = SIDE, ratio: float = 1.0, *, opacity: float = 1.0) -> QIcon:
    """One pattern or four in a square of `side` device-independent pixels; the icon looks the same when selected."""
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(opacity)
    paint_patterns(painter, QRect(0, 0, side, side), images)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
