"""Pictures of the shift test: a map with its caption, and the outputs of the dense layer as bars."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.core.engine.pictures import Colours
from convexplorer.core.explain.dense_comparison import Shifted
from convexplorer.gui.canvas.thumbnails import HAIRLINE
from convexplorer.gui.kit import theme
from convexplorer.io.arrays.qimages import to_qimage

CAPTION = 18
"""Height of the line above a picture."""
STRIP = 32
"""Height of a row of bars."""
TALLEST = 132
"""Largest height of a picture."""
STALE = 0.45
"""Opacity of what is behind its inputs."""
BARS = 48
"""Most outputs that are drawn as bars."""


class CaptionedPicture(QWidget):
    """A picture as wide as its column, with a line above."""

    def __init__(self, caption: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = caption
        self.setToolTip(tip)
        self.setAccessibleName(caption)
        self._image = QImage()
        self._text = ""
        self._part = QRectF(0, 0, 1, 1)
        self._aspect = 2 / 3
        self._stale = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def show_picture(
        self, colours: Colours, part: QRectF | None = None, whole: tuple[int, int] | None = None, text: str = ""
    ) -> None:
        """Show another picture.

        Parameters
        ----------
        colours : ndarray, shape (h, w)
            As 0xffRRGGBB.
        part : QRectF, optional
            Where in the frame it lies, from 0 to 1; all of it if not given.
        whole : (int, int), optional
            Rows and columns of the frame; those of the picture if not given.
        text : str
            What stands on it, where it is empty.
        """
        self._text = text
        self._image = to_qimage(colours)
        self._part = part or QRectF(0, 0, 1, 1)
        rows, columns = whole or colours.shape
        if rows / columns != self._aspect:
            self._aspect = rows / columns
            self.updateGeometry()
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Look as if behind, or not."""
        self._stale = stale
        self.update()

    def sizeHint(self) -> QSize:
        """A third of a panel."""
        return QSize(104, self.heightForWidth(104))

    def minimumSizeHint(self) -> QSize:
        """Still large enough to be recognised."""
        return QSize(64, self.heightForWidth(64))

    def heightForWidth(self, width: int) -> int:
        """The caption and the picture in its proportions."""
        return CAPTION + min(TALLEST, max(24, round(width * self._aspect)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw caption, frame and picture."""
        painter, look = QPainter(self), theme.current()
        painter.setPen(QColor(look.muted))
        line = QRectF(0, 0, self.width(), CAPTION)
        text = self.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        room = QRectF(0, CAPTION, self.width(), self.height() - CAPTION)
        height = min(room.height(), room.width() * self._aspect)
        frame = QRectF(0, CAPTION, height / self._aspect, height)
        painter.fillRect(frame, QColor(look.raised))
        painter.setPen(HAIRLINE)
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._image.isNull():
            return
        painter.setOpacity(STALE if self._stale else 1.0)
        target = QRectF(
            frame.x() + self._part.x() * frame.width(),
            frame.y() + self._part.y() * frame.height(),
            self._part.width() * frame.width(),
            self._part.height() * frame.height(),
        )
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, target.width() < self._image.width() / self.devicePixelRatioF()
        )
        painter.drawImage(target, self._image)
        painter.setOpacity(1.0)
        painter.setPen(HAIRLINE)
        painter.drawRect(target.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QColor(look.faint if self._stale else look.muted))
        painter.drawText(target, Qt.AlignmentFlag.AlignCenter, self._text)


class OutputBars(QWidget):
    """Some outputs of the dense layer, before and after, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("denseBars")
        self.setAccessibleName(self.tr("Outputs of the dense layer before and after"))
        self.setToolTip(self.tr("The same outputs of the dense layer for the image, above, and the moved image, below"))
        self.setFixedHeight(2 * (CAPTION + STRIP))
        self.values: tuple[list[float], list[float]] = ([], [])
        self._stale = False

    def show_outputs(self, dense: Shifted) -> None:
        """Show some outputs that lie side by side in the middle of all."""
        row = dense.before.shape[0] // 2
        some = slice(0, BARS)
        self.values = dense.before[row, some].tolist(), dense.after[row, some].tolist()
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Look as if behind, or not."""
        self._stale = stale
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(232, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw two rows of bars on one scale."""
        painter, look = QPainter(self), theme.current()
        reach = float(np.abs(np.array(self.values)).max(initial=0.0)) or 1.0
        half = self.height() / 2
        for number, (caption, values) in enumerate(
            zip((self.tr("Outputs before"), self.tr("The same outputs after")), self.values, strict=True)
        ):
            top = number * half
            painter.setOpacity(1.0)
            painter.setPen(QColor(look.muted))
            line = QRectF(0, top, self.width(), CAPTION)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)
            area = QRectF(0, top + CAPTION, self.width(), half - CAPTION - 2)
            painter.fillRect(area, QColor(look.surface))
            painter.setOpacity(STALE if self._stale else 1.0)
            step = area.width() / max(1, len(values))
            for at, value in enumerate(values):
                height = abs(value) / reach * (area.height() / 2 - 2)
                middle = area.center().y()
                bar = QRectF(at * step + 1, middle - height if value > 0 else middle, max(1.0, step - 2), height)
                painter.fillRect(bar, QColor(look.accent if number else look.muted))
