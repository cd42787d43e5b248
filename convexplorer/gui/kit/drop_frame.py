"""A frame that says: what is carried here can be dropped."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from convexplorer.gui.kit import theme


class DropFrame(QWidget):
    """Lies over a widget, hidden until something is carried over it; mouse and keys go through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dropFrame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame, and tint what is in it."""
        painter = QPainter(self)
        accent = QColor(theme.current().accent)
        painter.setPen(QPen(accent, 3))
        accent.setAlpha(24)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, 6)
