"""How weights are drawn: each number on its tint, all in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QTableView

from convexplorer.core.model.digits import cells_writer, digits_of, number_text
from convexplorer.core.model.filters import Filter, Weights
from convexplorer.gui.filters.weights.clipboard_blocks import WeightCell
from convexplorer.gui.filters.weights.weight_model import WeightTableModel, ink_on
from convexplorer.gui.kit import theme

MARGIN = 2
"""Pixels of a cell's width that its number leaves free."""
SMALLEST_TEXT = 9
"""Size of a number in pixels below which cells rather have none."""
ROOMY = 36
"""Width of a cell in pixels from which a second frame has room."""


class Placed(NamedTuple):
    """A cell, where it is in the view, and how it is marked."""

    cell: WeightCell
    rect: QRect
    hovered: bool
    selected: bool
    focused: bool


class WeightPaint:
    """Draws cells of a `WeightTableModel`.

    A table view that asks a delegate for one cell after the other takes three times as long, too long to follow an
    edit that changes the tint of all.
    """

    def __init__(self) -> None:
        self._tones = theme.current()
        self._font = QFont()
        self._width = 0
        self._weights: Weights | None = None
        self._write: Callable[[float], str] = number_text
        self._text_of = lru_cache(maxsize=4096)(self._lay_out)

    def begin(self, one: Filter, weights: Weights, font: QFont, width: int) -> None:
        """Work out what all cells have in common.

        Parameters
        ----------
        one : Filter
            Whose weights they are.
        weights : ndarray, shape (C, kh, kw)
            All numbers of the table; they are written in one way, or not at all where some do not fit.
        font : QFont
            The view's.
        width : int
            Of a cell in pixels.
        """
        self._tones = theme.current()
        if weights is self._weights and width == self._width and font.family() == self._font.family():
            return
        self._weights, self._width = weights, width
        largest = font_of(font, width).pixelSize()
        for pixels in range(largest, SMALLEST_TEXT - 1, -1):
            sized = QFont(font)
            sized.setPixelSize(pixels)
            fits = partial(_fits, QFontMetrics(sized), width)
            self._write, share = cells_writer(weights, digits_of(one).weight, fits)
            if share == 1:
                break
        if (sized.family(), sized.pixelSize()) != (self._font.family(), self._font.pixelSize()):
            self._font = sized
            self._text_of.cache_clear()

    def draw(self, painter: QPainter, model: WeightTableModel, cells: Iterable[Placed]) -> None:
        """Draw some cells."""
        painter.setFont(self._font)
        line, refusal = QColor(self._tones.line), model.refusal
        for placed in cells:
            cell, rect = placed.cell, placed.rect
            tint = model.tint(cell)
            fill, ink, text = fill_of(tint), ink_on(tint), self._write(model.value(cell))
            if refusal is not None and refusal.cell == cell:
                fill, ink, text = QColor(self._tones.error), QColor(self._tones.surface), refusal.text
            painter.fillRect(rect, line)
            painter.fillRect(rect.adjusted(1, 1, -1, -1), fill)
            painter.setPen(ink)
            laid_out, half = self._text_of(text)
            painter.drawStaticText(rect.center() - half, laid_out)
            if placed.selected or placed.focused or placed.hovered:
                self._frame(painter, placed)

    def _lay_out(self, text: str) -> tuple[QStaticText, QPoint]:
        """A text ready to be drawn, and the way from its corner to its middle."""
        laid_out = QStaticText(text)
        laid_out.setTextFormat(Qt.TextFormat.PlainText)
        laid_out.prepare(font=self._font)
        size = laid_out.size()
        return laid_out, QPoint(round(size.width() / 2), round(size.height() / 2))

    def _frame(self, painter: QPainter, placed: Placed) -> None:
        rect = placed.rect
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if not (placed.selected or placed.focused):
            painter.setPen(QColor(self._tones.muted))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
            return
        roomy = rect.width() >= ROOMY
        painter.setPen(
            QPen(QColor(self._tones.accent), 3 if roomy and placed.focused else 2, j=Qt.PenJoinStyle.MiterJoin)
        )
        painter.drawRect(rect.adjusted(1, 1, -2, -2))
        if roomy:
            painter.setPen(QColor(self._tones.surface))
            painter.drawRect(rect.adjusted(3, 3, -4, -4))


def cells_in(table: QTableView, model: WeightTableModel, area: QRect) -> Iterator[tuple[WeightCell, QRect]]:
    """The cells in a part of the viewport, and where they are."""
    rows = _spans(area.top(), area.bottom(), table.rowViewportPosition, table.rowHeight, model.rowCount())
    columns = _spans(area.left(), area.right(), table.columnViewportPosition, table.columnWidth, model.columnCount())
    for row, top, height in rows:
        for column, left, width in columns:
            cell = model.cell_at(row, column)
            if cell is not None:
                yield cell, QRect(left, top, width, height)


def _spans(
    first: int, last: int, position: Callable[[int], int], size: Callable[[int], int], count: int
) -> list[tuple[int, int, int]]:
    """Number, position and size of the rows or columns that reach into pixels first…last."""
    spans = [(i, position(i), size(i)) for i in range(count)]
    return [(i, start, length) for i, start, length in spans if start <= last and start + length > first]


def _fits(metrics: QFontMetrics, width: int, text: str) -> bool:
    return metrics.horizontalAdvance(text) <= width - MARGIN


@lru_cache(maxsize=1024)
def fill_of(tint: int) -> QColor:
    """A colour 0xffRRGGBB for Qt."""
    return QColor.fromRgb(tint)


def font_of(base: QFont, width: int) -> QFont:
    """A font in a size for cells of this width."""
    font = QFont(base)
    font.setPixelSize(max(10, min(14, round(width * 0.28))))
    return font
