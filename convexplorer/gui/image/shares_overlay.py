"""What drove a node, laid over the dimmed picture: colours of the pixels' shares, and numbers where there is room."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from convexplorer.core.explain.attribution import Attribution
from convexplorer.core.model.digits import number_text
from convexplorer.gui.canvas.navigator import Frame
from convexplorer.gui.canvas.raster import Raster, draw, draw_numbers
from convexplorer.io.arrays.qimages import to_qimage

DIM = QColor(12, 14, 16, 190)
"""What the picture is covered with, in both themes, so that the colours keep their meaning."""
_LINE = QColor(160, 160, 160, 60)


class SharesOverlay:
    """The overlay of one node.

    Parameters
    ----------
    found : Attribution
        What the worker has made.
    """

    def __init__(self, found: Attribution) -> None:
        self._found = found
        shares = found.relevance.shares
        area = QRectF(found.relevance.left, found.relevance.top, shares.shape[2], shares.shape[1])
        self._rasters = [Raster(to_qimage(one, translucent=True), area) for one in found.colours if one.size]

    def draw(self, painter: QPainter, frame: Frame, channel: int | None) -> None:
        """Dim a pane's picture and draw the shares of a channel, or of all together."""
        picture = frame.to_screen(QRectF(0, 0, frame.width, frame.height)).intersected(frame.pane)
        painter.fillRect(picture, DIM)
        if not self._rasters:
            return
        raster = self._rasters[0 if channel is None or len(self._rasters) == 1 else channel + 1]
        draw(painter, frame, raster)
        draw_numbers(painter, frame, raster, partial(self._values_at, channel), share_text, _LINE)

    def _values_at(self, channel: int | None, row: int, column: int) -> tuple[float, ...]:
        relevance = self._found.relevance
        share = self._found.share(relevance.top + row, relevance.left + column, channel)
        return () if share is None else (share,)


def share_text(share: float) -> str:
    """A pixel's share of a sum, on the image and in the status line."""
    return number_text(share, 3)
