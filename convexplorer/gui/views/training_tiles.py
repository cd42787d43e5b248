"""Small pictures in rows, each with a line under it: filters, samples and mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from convexplorer.core.colour import packed
from convexplorer.gui import theme
from convexplorer.gui.views.thumbnails import paint_pattern
from convexplorer.io.qimages import to_qimage

_GAP = 8


@dataclass(frozen=True)
class Tile:
    """A picture, the line under it and its tool tip; without a picture, a heading that begins a new row."""

    image: QImage | None
    text: str = ""
    tip: str = ""


def example_image(pixels: NDArray[Any]) -> QImage:
    """A picture of a data set, (C, H, W), uint8 or float32 in [0, 1]."""
    levels = pixels if pixels.dtype == np.uint8 else np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return to_qimage(packed(levels[0], levels[len(levels) // 2], levels[-1]))


class Tiles(QWidget):
    """Tiles side by side, as many in a row as there is room for."""

    clicked = Signal(int)
    """A tile's number."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._tiles: tuple[Tile, ...] = ()
        self._places: list[QRect] = []
        self.current = -1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Exchange all tiles."""
        again = len(tiles) != len(self._tiles) or any(
            (a.image is None) != (b.image is None) for a, b in zip(tiles, self._tiles, strict=False)
        )
        self._tiles = tuple(tiles)
        if again:
            self._arrange()
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Four tiles wide."""
        return QSize(4 * (self._side + _GAP), self.heightForWidth(max(self.width(), self._side)))

    def heightForWidth(self, width: int) -> int:
        """All rows."""
        places = self._placed(width)
        return places[-1].bottom() + 1 if places else self._side

    def _placed(self, width: int) -> list[QRect]:
        line = self.fontMetrics().height()
        x, y, found = 0, 0, []
        below = line if any(tile.text and tile.image for tile in self._tiles) else 0
        step = self._side + below + _GAP
        for tile in self._tiles:
            if tile.image is None:
                y += step if x else 0
                found.append(QRect(0, y, width, line))
                x, y = 0, y + line + 2
                continue
            if x and x + self._side > width:
                x, y = 0, y + step
            found.append(QRect(x, y, self._side, self._side + below))
            x += self._side + _GAP
        return found

    def _arrange(self) -> None:
        self._places = self._placed(self.width())
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the rows out anew."""
        self._arrange()
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which tile was meant."""
        for number, place in enumerate(self._places):
            if place.contains(event.position().toPoint()) and self._tiles[number].image is not None:
                self.clicked.emit(number)

    def event(self, event: QEvent) -> bool:
        """Tell what is under the mouse."""
        if isinstance(event, QHelpEvent):
            for tile, place in zip(self._tiles, self._places, strict=True):
                if place.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), tile.tip or tile.text, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pictures and texts."""
        painter, look = QPainter(self), theme.current()
        metrics = self.fontMetrics()
        for number, (tile, place) in enumerate(zip(self._tiles, self._places, strict=True)):
            box = QRect(place.topLeft(), QSize(self._side, self._side))
            text = QRect(box.left() - _GAP // 2, box.bottom() + 1, self._side + _GAP, metrics.height())
            if tile.image is None:
                text = place
            else:
                paint_pattern(painter, box, tile.image)
                if number == self.current:
                    painter.setPen(QColor(look.accent))
                    painter.drawRect(box.adjusted(0, 0, -1, -1))
            painter.setPen(QColor(look.muted))
            align = Qt.AlignmentFlag.AlignLeft if tile.image is None else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(text, align, metrics.elidedText(tile.text, Qt.TextElideMode.ElideRight, text.width()))
