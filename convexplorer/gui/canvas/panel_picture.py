"""Widgets as one picture for the clipboard, twice as fine as on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from convexplorer.gui.kit import theme

RATIO = 2
"""Pixels of the picture for each of the screen."""
MARGIN, SPACE, TITLE = 12, 20, 26
"""Pixels of the screen around the parts, between them, and of the line above them."""


def panel_picture(title: str, font: QFont, parts: Sequence[QWidget]) -> QImage:
    """Draw widgets beside each other below a title in a font, whole, however much of them is seen."""
    width = sum(part.width() for part in parts) + SPACE * (len(parts) - 1)
    size = QSize(width + 2 * MARGIN, TITLE + max(part.height() for part in parts) + 2 * MARGIN)
    image = QImage(size * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    tones = theme.current()
    image.fill(QColor(tones.window))
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(QColor(tones.text))
    painter.drawText(QRect(MARGIN, MARGIN, width, TITLE - 6), Qt.AlignmentFlag.AlignVCenter, title)
    x = MARGIN
    for part in parts:
        part.render(painter, QPoint(x, MARGIN + TITLE), renderFlags=QWidget.RenderFlag.DrawChildren)
        x += part.width() + SPACE
    painter.end()
    return image
