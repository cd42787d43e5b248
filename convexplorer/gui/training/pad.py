"""A small picture to draw on, for the network to look at."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.thumbnails import fit_into
from convexplorer.gui.kit import theme
from convexplorer.gui.training.tiles import example_image

PEN = 1.3
"""Half the width of a stroke, in pixels of the network's picture of 28 rows."""
SIDE = 156
"""Width and height in device-independent pixels."""


class DrawPad(QWidget):
    """A small picture to draw on: white on black, as digits are."""

    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPad")
        self.setAccessibleName(self.tr("Draw here for the network"))
        self.setToolTip(self.tr("Draw with the left button, wipe with the right one"))
        self.setFixedSize(SIDE, SIDE)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.values: Values = np.zeros((1, 28, 28), np.float32)
        self._last: QPointF | None = None
        self._hint = ""

    def set_hint(self, text: str) -> None:
        """What an empty picture says."""
        self._hint = text
        self.update()

    def show_values(self, values: Values) -> None:
        """Show a picture (C, H, W) in [0, 1]."""
        self.values = values.copy()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture with sharp pixels."""
        painter = QPainter(self)
        painter.drawImage(self._box(), example_image(self.values))
        painter.setPen(QColor(theme.current().thumb))
        painter.drawRect(self._box().adjusted(0, 0, -1, -1))
        if self._hint and not self.values.any():
            painter.setPen(QColor(Qt.GlobalColor.lightGray))
            inner = self._box().adjusted(12, 12, -12, -12)
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        self._last = event.position()
        self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on."""
        if self._last is not None:
            self._stroke(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the stroke."""
        self._last = None

    def _box(self) -> QRect:
        rows, columns = self.values.shape[1:]
        return fit_into(QSize(columns, rows), self.rect())

    def _stroke(self, event: QMouseEvent) -> None:
        """Lay a soft round pen along the way from the last point to this one."""
        begin, end = self._last or event.position(), event.position()
        self._last = end
        box, (rows, columns) = self._box(), self.values.shape[1:]
        scale = columns / box.width()
        x0, y0, x1, y1 = (
            (begin.x() - box.x()) * scale,
            (begin.y() - box.y()) * scale,
            (end.x() - box.x()) * scale,
            (end.y() - box.y()) * scale,
        )
        y, x = np.mgrid[:rows, :columns] + 0.5
        length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
        distance = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
        ink = np.clip(PEN * rows / 28 + 0.5 - distance, 0, 1).astype(np.float32)
        wipe = bool(event.buttons() & Qt.MouseButton.RightButton)
        self.values = self.values * (1 - ink) if wipe else np.maximum(self.values, ink)
        self.update()
        self.drawn.emit()
