"""A picture of a filter, or of a bank's first filters, beside its description."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.model.filters import Filter
from convexplorer.gui.canvas.thumbnails import paint_patterns, pattern

SIDE = 64
"""Width and height in pixels."""


def first_patterns(filters: Iterable[Filter]) -> list[QImage]:
    """The patterns of at most four filters."""
    return [pattern(one) for one in islice(filters, 4)]


class PatternPreview(QWidget):
    """Draws one pattern large, or four in a square."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(SIDE, SIDE)
        self._images: list[QImage] = []

    def show_filters(self, filters: Iterable[Filter]) -> None:
        """Show the first filters of some."""
        self._images = first_patterns(filters)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the patterns."""
        paint_patterns(QPainter(self), self.rect(), self._images)
