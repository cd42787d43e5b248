"""Shows a filter's plane, in which the mouse or the arrow keys choose one weight."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from convexplorer.core.engine.colour import packed_palette, positions, weight_scale
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.thumbnails import HAIRLINE
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers

SIDE = 112


class WeightPicker(QWidget):
    """All weights of a plane as squares; the chosen one has a frame."""

    chosen = Signal(int, int)
    """Row and column of a weight, from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("updatePicker")
        self.setAccessibleName(self.tr("Weights of the filter: choose one"))
        self.setFixedSize(SIDE, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._plane: Values = np.zeros((1, 1), np.float32)
        self._at: tuple[int, int] | None = (0, 0)

    def show_plane(self, plane: Values, at: tuple[int, int] | None) -> None:
        """Show a plane (kh, kw), and which of its weights is chosen, if one is."""
        self._plane, self._at = plane, at
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(SIDE, SIDE)

    def cell(self, row: int, column: int) -> QRectF:
        """Where a weight is."""
        side = (SIDE - 2) / max(self._plane.shape)
        return QRectF(1 + column * side, 1 + row * side, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a weight."""
        if found := self._under(event.position().x(), event.position().y()):
            self.chosen.emit(*found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to a weight beside."""
        keys = Qt.Key
        step = {keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0), keys.Key_Left: (0, -1), keys.Key_Right: (0, 1)}.get(
            Qt.Key(event.key())
        )
        if step is None:
            super().keyPressEvent(event)
            return
        row, column = (at + by for at, by in zip(self._at or (0, 0), step, strict=True))
        if 0 <= row < self._plane.shape[0] and 0 <= column < self._plane.shape[1]:
            self.chosen.emit(row, column)

    def event(self, event: QEvent) -> bool:
        """Tell the weight under the mouse."""
        if isinstance(event, QHelpEvent):
            if found := self._under(event.pos().x(), event.pos().y()):
                text = self.tr("Row {0}, column {1}: {2}").format(
                    found[0] + 1, found[1] + 1, numbers.number_text(float(self._plane[found]), 4)
                )
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the squares in the colours of weights."""
        painter, look = QPainter(self), theme.current()
        scale = weight_scale(self._plane)
        colours = packed_palette(scale.palette)[positions(self._plane, scale)]
        painter.setPen(HAIRLINE)
        for row, column in np.ndindex(*self._plane.shape):
            painter.setBrush(QColor.fromRgb(int(colours[row, column])))
            painter.drawRect(self.cell(row, column))
        if self._at is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(look.accent), 3 if self.hasFocus() else 2))
        painter.drawRect(self.cell(*self._at))

    def _under(self, x: float, y: float) -> tuple[int, int] | None:
        for at in np.ndindex(*self._plane.shape):
            if self.cell(*at).contains(x, y):
                return at[0], at[1]
        return None
