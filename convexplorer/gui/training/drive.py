"""Draws what drove an answer: gradient × input of each pixel, over the image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.engine.colour import DIVERGING, Scale, palette, positions
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.thumbnails import fit_into
from convexplorer.gui.kit import theme
from convexplorer.gui.training.pad import SIDE
from convexplorer.gui.training.tiles import example_image


class DriveView(QWidget):
    """The image, pale and grey, and on it in colour what spoke for the class and what against."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictDrive")
        self.setAccessibleName(self.tr("What drove the answer"))
        self.setToolTip(
            self.tr("Each pixel's share of the logit: its value times the logit's slope there (gradient × input)")
        )
        self.setFixedSize(SIDE, SIDE)
        self._values: Values | None = None
        self._drive: Values | None = None
        self._picture: QImage | None = None

    def show_drive(self, values: Values | None, drive: Values | None) -> None:
        """Show an image (C, H, W) in [0, 1] and the shares (H, W) of its pixels; None empties the view."""
        self._values, self._drive, self._picture = values, drive, None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw with sharp pixels."""
        painter, look = QPainter(self), theme.current()
        if self._values is not None and self._drive is not None:
            self._picture = self._picture or example_image(drive_picture(self._values, self._drive))
            painter.drawImage(
                fit_into(QSize(self._picture.width(), self._picture.height()), self.rect()), self._picture
            )
        painter.setPen(QColor(look.thumb))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def drive_picture(values: Values, drive: Values) -> Values:
    """Shares over a pale picture, (3, H, W) in [0, 1]; the largest share is in full colour, none is grey."""
    grey = 0.6 + 0.25 * values.mean(axis=0)
    largest = float(np.abs(drive).max()) or 1.0
    scale = Scale(-largest, largest, next(iter(DIVERGING)))
    colours = palette(scale.palette)[positions(drive, scale)].transpose(2, 0, 1) / 255
    weight = np.sqrt(np.abs(drive) / largest)
    picture: Values = (grey * (1 - weight) + colours * weight).astype(np.float32)
    return picture
