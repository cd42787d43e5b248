"""A small picture that can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from convexplorer.gui.canvas.thumbnails import paint_pattern
from convexplorer.gui.kit import theme


class PictureButton(QAbstractButton):
    """Shows a picture with sharp pixels; framed when it is checked, under the mouse, or has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_picture(self, image: QImage, title: str) -> None:
        """Show another picture; the title is told by tooltip and to screen readers."""
        self._image = image
        self.setToolTip(title)
        self.setAccessibleName(title)
        self.update()

    def sizeHint(self) -> QSize:
        """As large as it was made."""
        return self.size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture and its frame."""
        if self._image.isNull():
            return
        painter, tones = QPainter(self), theme.current()
        paint_pattern(painter, self.rect().adjusted(2, 2, -2, -2), self._image)
        tone = tones.accent if self.isChecked() or self.hasFocus() else tones.thumb if self.underMouse() else ""
        if tone:
            painter.setPen(QPen(QColor(tone), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
