"""How a weight is drawn: its number on its tint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from convexplorer.core.filters import Weights
from convexplorer.gui import theme
from convexplorer.gui.models.weight_table import WeightTableModel, ink_on
from convexplorer.gui.numbers import format_within, shown
from convexplorer.gui.views.number_delegate import NumberDelegate

Index = QModelIndex | QPersistentModelIndex

MARGIN = 3
"""Pixels of a cell's width that its number leaves free."""
ROOMY = 36
"""Width of a cell in pixels from which a second frame has room."""
_CHOSEN = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus
_MARKED = _CHOSEN | QStyle.StateFlag.State_MouseOver


class WeightDelegate(NumberDelegate):
    """Draws and edits the cells of a `WeightTableModel`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tones = theme.current()
        self._font = QFont()
        self._width = 0
        self._weights: Weights | None = None
        self._write: Callable[[float], str] = shown

    def begin(self, weights: Weights, font: QFont, width: int) -> None:
        """Work out what all cells have in common; the view calls this before it paints them.

        Parameters
        ----------
        weights : ndarray, shape (C, kh, kw)
            All numbers of the table; they are written in one way.
        font : QFont
            The view's.
        width : int
            Of a cell in pixels.
        """
        self._tones = theme.current()
        if weights is self._weights and width == self._width and font.family() == self._font.family():
            return
        self._weights, self._width, self._font = weights, width, font_of(font, width)
        metrics = QFontMetrics(self._font)
        self._write = format_within(weights, lambda text: metrics.horizontalAdvance(text) <= width - MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell; what is between the planes stays empty."""
        model = index.model()
        if not isinstance(model, WeightTableModel) or (cell := model.cell(index)) is None:
            return
        rect, refusal, tint = option.rect, model.refusal, model.tint(cell)
        fill, text_colour, text = QColor.fromRgb(tint), ink_on(tint), self._write(model.value(cell))
        if refusal is not None and refusal.cell == cell:
            fill, text_colour, text = QColor(self._tones.error), QColor(self._tones.surface), refusal.text
        painter.fillRect(rect, QColor(self._tones.line))
        painter.fillRect(rect.adjusted(1, 1, -1, -1), fill)
        painter.setFont(self._font)
        painter.setPen(text_colour)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        if option.state & _MARKED:
            self._frame(painter, rect, option.state)

    def _frame(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if not state & _CHOSEN:
            painter.setPen(QColor(self._tones.muted))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
            return
        roomy = rect.width() >= ROOMY
        width = 3 if roomy and state & QStyle.StateFlag.State_HasFocus else 2
        painter.setPen(QPen(QColor(self._tones.accent), width, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(rect.adjusted(1, 1, -2, -2))
        if roomy:
            painter.setPen(QColor(self._tones.surface))
            painter.drawRect(rect.adjusted(3, 3, -4, -4))


def font_of(base: QFont, width: int) -> QFont:
    """A font in a size for cells of this width."""
    font = QFont(base)
    font.setPixelSize(max(10, min(14, round(width * 0.28))))
    return font
