"""The names of the planes above their columns."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from convexplorer.core.explain.equation import channel_names
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.kit import theme

HEIGHT = 24


class PlaneHeader(QHeaderView):
    """One title for all columns of a plane; it scrolls with them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)

    def sizeHint(self) -> QSize:
        """As high as a title."""
        return QSize(super().sizeHint().width(), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write each title over the middle of what is seen of its plane."""
        model = self.model()
        painter = QPainter(self.viewport())
        if not isinstance(model, WeightTableModel) or not model.columnCount():
            return
        painter.setPen(QColor(theme.current().muted))
        channels, _, width = model.weights.shape
        for channel, name in enumerate(channel_names(channels)):
            first = channel * (width + 1)
            left = self.sectionViewportPosition(first)
            plane = QRect(left, 0, width * self.sectionSize(first), HEIGHT)
            painter.drawText(plane.intersected(self.viewport().rect()), Qt.AlignmentFlag.AlignCenter, name)
