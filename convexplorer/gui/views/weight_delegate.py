"""How a weight is drawn: its number on its tint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from convexplorer.core.filters import Weights
from convexplorer.gui import theme
from convexplorer.gui.models.weight_table import WeightTableModel
from convexplorer.gui.numbers import format_within, shown
from convexplorer.gui.views.number_delegate import NumberDelegate

Index = QModelIndex | QPersistentModelIndex

MARGIN = 3
"""Pixels of a cell's width that its number leaves free."""
ROOMY = 36
"""Width of a cell in pixels from which a second frame has room."""


class WeightDelegate(NumberDelegate):
    """Draws and edits the cells of a `WeightTableModel`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._written: tuple[Weights | None, int, Callable[[float], str]] = (None, 0, shown)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell; what is between the planes stays empty."""
        model = index.model()
        if not isinstance(model, WeightTableModel) or (cell := model.cell(index)) is None:
            return
        tones = theme.current()
        refused = model.refusal if model.refusal is not None and model.refusal.cell == cell else None
        fill = QColor(tones.error) if refused else index.data(Qt.ItemDataRole.BackgroundRole)
        text_colour = QColor(tones.surface) if refused else index.data(Qt.ItemDataRole.ForegroundRole)
        rect = QRect(option.rect)
        painter.save()
        painter.setPen(QColor(tones.line))
        painter.setBrush(fill)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.setFont(font_of(painter.font(), rect.width()))
        painter.setPen(text_colour)
        text = refused.text if refused else self._format(model, painter.font(), rect.width())(model.value(cell))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        self._frame(painter, rect, option, tones)
        painter.restore()

    def _format(self, model: WeightTableModel, font: QFont, width: int) -> Callable[[float], str]:
        """How all numbers of the table are written; worked out anew when they or the cells change."""
        if self._written[0] is not model.weights or self._written[1] != width:
            metrics = QFontMetrics(font)
            write = format_within(model.weights, lambda text: metrics.horizontalAdvance(text) <= width - MARGIN)
            self._written = model.weights, width, write
        return self._written[2]

    @staticmethod
    def _frame(painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tones: theme.Theme) -> None:
        state = option.state
        current = bool(state & QStyle.StateFlag.State_HasFocus)
        if not current and not state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state & QStyle.StateFlag.State_Selected or current:
            painter.setPen(
                QPen(QColor(tones.accent), 3 if current and rect.width() >= ROOMY else 2, j=Qt.PenJoinStyle.MiterJoin)
            )
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
            if rect.width() >= ROOMY:
                painter.setPen(QColor(tones.surface))
                painter.drawRect(rect.adjusted(3, 3, -4, -4))
        else:
            painter.setPen(QColor(tones.muted))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))


def font_of(base: QFont, width: int) -> QFont:
    """A font in a size for cells of this width."""
    font = QFont(base)
    font.setPixelSize(max(10, min(14, round(width * 0.28))))
    return font
