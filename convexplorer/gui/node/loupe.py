"""The loupe: the image around a node's window, magnified, with the window outlined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from convexplorer.core.engine.colour import packed
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.gui.kit import theme
from convexplorer.gui.node.faces import with_pixel_size
from convexplorer.gui.node.layout import CAPTION
from convexplorer.io.arrays.qimages import to_qimage

LEAST, MOST = 96, 220
"""Least and greatest side in pixels."""
SPREAD = 4
"""How many times as wide as the window the view is, at least."""
FEWEST = 24
"""Pixels of the image that are seen in each direction at least, where there are as many."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A square of the image with a node's window in its middle.

    Parameters
    ----------
    colours : ndarray, shape (n, n), uint32
        Its pixels as 0xffRRGGBB; what lies beside the image has `inside` False.
    inside : ndarray, shape (n, n), bool
        Which of them are pixels of the image.
    window : (int, int, int, int)
        Row, column, height and width of the node's window in it.
    """

    colours: NDArray[np.uint32]
    inside: NDArray[np.bool_]
    window: tuple[int, int, int, int]


def surroundings(prepared: Prepared, geometry: Geometry, row: int, column: int) -> Surroundings:
    """Cut the surroundings of a node's window out of what its layer reads; grey unless that has three channels."""
    top, left = geometry.origin(row, column)
    height, width = geometry.span
    side = max(FEWEST, SPREAD * max(height, width))
    side += (side - height) % 2
    first = top - (side - height) // 2, left - (side - width) // 2
    colours, inside = np.zeros((side, side), np.uint32), np.zeros((side, side), np.bool_)
    ends = [(max(0, at), max(0, min(size, at + side))) for at, size in zip(first, prepared.shape[1:], strict=True)]
    (y0, y1), (x0, x1) = ends
    if y0 < y1 and x0 < x1:
        planes = prepared.block(slice(y0, y1), slice(x0, x1))
        if len(planes) not in (1, 3):
            planes = planes.mean(axis=0, keepdims=True)
        levels = np.rint(np.clip(planes / prepared.top, 0, 1) * 255).astype(np.uint8)
        place = slice(y0 - first[0], y1 - first[0]), slice(x0 - first[1], x1 - first[1])
        colours[place] = packed(levels[0], levels[len(levels) // 2], levels[-1])
        inside[place] = True
    return Surroundings(colours, inside, (top - first[0], left - first[1], height, width))


class Loupe(QWidget):
    """Paints the surroundings with sharp pixels, and how many times they are magnified."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeLoupe")
        self.setAccessibleName(self.tr("The image around the window"))
        self.surroundings: Surroundings | None = None

    def show_surroundings(self, surroundings: Surroundings | None) -> None:
        """Show the surroundings of another node, or none."""
        self.surroundings = surroundings
        self.setToolTip(
            self.tr("The node's window is outlined. Nothing is smoothed: each square is a pixel that it reads")
        )
        self.update()

    def fit(self, side: int) -> None:
        """Take a square with its caption above, so that its first pixels stand beside the first cells."""
        self.setFixedSize(side, CAPTION + side)

    def pixel(self) -> float:
        """Side in pixels of the screen of a pixel of the image; 0 if there is none."""
        return 0.0 if self.surroundings is None else self.width() / len(self.surroundings.colours)

    def window_rect(self) -> QRectF:
        """Where the node's window lies in the widget."""
        if self.surroundings is None:
            return QRectF()
        row, column, height, width = self.surroundings.window
        each = self.pixel()
        return QRectF(column * each, CAPTION + row * each, width * each, height * each)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint pixels, outline and caption."""
        if self.surroundings is None:
            return
        painter, tones = QPainter(self), theme.current()
        side = self.width()
        place = QRect(0, CAPTION, side, side)
        colours = self.surroundings.colours | np.uint32(0xFF000000)
        beside = np.uint32(QColor(tones.line).rgb())
        painter.drawImage(place, to_qimage(np.where(self.surroundings.inside, colours, beside)))
        painter.setFont(with_pixel_size(self.font(), 11))
        painter.setPen(QColor(tones.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        caption = self.tr("The image around it, ×{0}").format(round(self.pixel()))
        if painter.fontMetrics().horizontalAdvance(caption) > side:
            caption = self.tr("around it, ×{0}").format(round(self.pixel()))
        painter.drawText(QRect(0, 0, side, CAPTION - 2), middle, caption)
        window = self.window_rect().adjusted(-1, -1, 1, 1)
        painter.setPen(QPen(QColor("#000000"), 4, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(window)
        painter.setPen(QPen(QColor(theme.ON_PICTURES), 2, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(window)
