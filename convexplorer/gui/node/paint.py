"""Painting the grids of the lens: in each cell input × weight, and the product by which it is tinted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLine, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen, QRegion

from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.core.model.digits import superscript
from convexplorer.gui.canvas.text_stamps import TextStamps
from convexplorer.gui.kit.theme import Theme
from convexplorer.gui.node.faces import TIMES, Face, bold_font, with_pixel_size
from convexplorer.gui.node.layout import (
    CAPTION,
    INPUT,
    MARKER,
    PRODUCT,
    SUBTOTAL,
    TOTAL,
    WEIGHT,
    BlockCell,
    LensLayout,
    Style,
    lines_height,
)
from convexplorer.io.arrays.qimages import to_qimage

CHANNEL_TONES = ("#d9484a", "#2f9e5b", "#4a7de0")
"""The lines beside R, G and B."""
LINED = 9
"""Height of a cell in pixels from which lines keep cells apart."""
ROOMY = 22
"""Height of a cell in pixels from which a second frame has room."""
OFF = 0.3
"""Opacity of a channel that is switched off."""
SMALL = 11
"""Size of captions in pixels."""
SWITCH = 44
"""Width of the switch at the left of a channel's caption."""


@dataclass(eq=False)
class Blocks:
    """What is painted.

    Parameters
    ----------
    node, numbers : NodeExplanation, PrintedNode
        The equation.
    channels : list of int
        Which channels have a grid each, from the left.
    layout : LensLayout
        Where its cells lie.
    faces : (Face, Face, Face)
        Inputs, weights, products of these channels.
    stamps : (TextStamps, TextStamps)
        Draw factors and products, in the layout's sizes.
    inside : ndarray, shape (kh, kw), bool
        Which inputs lie in the image rather than in the padding.
    """

    node: NodeExplanation
    numbers: PrintedNode
    channels: list[int]
    layout: LensLayout
    faces: tuple[Face, Face, Face]
    stamps: tuple[TextStamps, TextStamps]
    inside: NDArray[np.bool_]

    def relations(self, channel: int) -> tuple[str, str]:
        """What stands before a channel's products and before its subtotal: "≈" where printed numbers were rounded."""
        if not self.layout.printed:
            return "=", "="
        numbers = self.numbers
        return "=" if numbers.is_literal(channel) else "≈", "≈" if numbers.products_left(channel) else "="

    @property
    def winner(self) -> BlockCell | None:
        """The cell that a max pooling hands on, the first of the largest."""
        if self.node.pooling != "max":
            return None
        row, column = np.unravel_index(int(self.node.patch[0].argmax()), self.node.patch.shape[1:])
        return 0, int(row), int(column)


def paint_blocks(painter: QPainter, blocks: Blocks, area: QRegion, tones: Theme) -> None:
    """Paint what lies in `area`; more than that is clipped by the painter."""
    base = QFont(painter.font())
    for line, channel in enumerate(blocks.channels):
        if not area.intersects(blocks.layout.room(line).adjusted(-MARKER - 4, 0, 2, 0)):
            continue
        painter.setOpacity(OFF if channel in blocks.node.muted else 1.0)
        _grid(painter, blocks, line, area.boundingRect(), tones)
        painter.setOpacity(1.0)
        if blocks.node.pooling is None:
            painter.setFont(base)
            _around(painter, blocks, line, tones)


def paint_mark(painter: QPainter, layout: LensLayout, cell: BlockCell, tones: Theme) -> None:
    """Frame a cell; `cell` has the grid's place in place of the channel."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    rect = layout.cell(cell)
    painter.setPen(QPen(QColor(tones.accent), 2, j=Qt.PenJoinStyle.MiterJoin))
    if layout.height >= ROOMY:
        painter.drawRect(rect.adjusted(1, 1, 0, 0))
        painter.setPen(QColor(tones.surface))
        painter.drawRect(rect.adjusted(2, 2, -2, -2))
    else:
        painter.drawRect(rect.adjusted(0, 0, 1, 1))


def mark_area(layout: LensLayout, cell: BlockCell) -> QRect:
    """What `paint_mark` paints on."""
    return layout.cell(cell).adjusted(-2, -2, 3, 3)


def _around(painter: QPainter, blocks: Blocks, line: int, tones: Theme) -> None:
    """The channel's colour at its left, the caption above it, and its subtotal below."""
    layout, channel, node = blocks.layout, blocks.channels[line], blocks.node
    off, room, several = channel in node.muted, layout.room(line), layout.shape[0] > 1
    base = QFont(painter.font())
    if several:
        tone = CHANNEL_TONES[channel] if node.colours and len(node.patch) == 3 else tones.muted
        painter.fillRect(room.x() - 4 - MARKER, 0, MARKER, room.height(), QColor(tone))
    equals, total = blocks.relations(channel)
    painter.setFont(with_pixel_size(base, SMALL))
    painter.setPen(QColor(tones.muted))
    space = QRect(room.x(), 0, room.width(), CAPTION - 2).adjusted(SWITCH if several else 0, 0, 0, 0)
    caption = _caption(blocks, equals)
    if QFontMetrics(painter.font()).horizontalAdvance(caption) <= space.width():
        side = Qt.AlignmentFlag.AlignRight if several else Qt.AlignmentFlag.AlignLeft
        painter.drawText(space, side | Qt.AlignmentFlag.AlignVCenter, caption)
    font = bold_font(base, SUBTOTAL)
    font.setStrikeOut(off)
    text = blocks.numbers.sum(float(node.subtotals[channel]))
    below = QRect(room.x(), room.bottom() + 1 - TOTAL + 2, layout.block(line).width(), TOTAL - 2)
    below.setWidth(max(below.width(), layout.total))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(font)
    painter.setPen(QColor(tones.faint if off else tones.text))
    painter.drawText(below, right, text)
    painter.setFont(with_pixel_size(base, SUBTOTAL))
    painter.setPen(QColor(tones.faint if off else tones.muted))
    below.setRight(below.right() - QFontMetrics(font).horizontalAdvance(text))
    painter.drawText(below, right, QCoreApplication.translate("NodeBlocks", "Sum {0} ").format(total))


def _caption(blocks: Blocks, equals: str) -> str:
    """What the numbers of a cell are."""
    factor = f" × 10{superscript(blocks.numbers.exponent)}" if blocks.numbers.exponent else ""
    if blocks.layout.style in (Style.LINE, Style.STACK):
        text = QCoreApplication.translate("NodeBlocks", "input × weight {0} product").format(equals)
    else:
        text = QCoreApplication.translate("NodeBlocks", "products")
    return text + factor


def _grid(painter: QPainter, blocks: Blocks, line: int, area: QRect, tones: Theme) -> None:
    layout = blocks.layout
    face = blocks.faces[PRODUCT if blocks.node.pooling is None else INPUT]
    rect = layout.block(line)
    painter.drawImage(rect, to_qimage(face.colours[line]))
    _padding(painter, blocks, line, tones)
    if layout.height >= LINED:
        _lines(painter, rect, layout, tones)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(tones.line))
        painter.drawRect(rect.adjusted(-1, -1, 0, 0))
    if layout.printed:
        _numbers(painter, blocks, line, area, tones)


def _padding(painter: QPainter, blocks: Blocks, line: int, tones: Theme) -> None:
    """Hatch the cells whose inputs lie outside the image."""
    hatch = QBrush(QColor(tones.thumb), Qt.BrushStyle.BDiagPattern)
    for row, column in np.argwhere(~blocks.inside).tolist():
        rect = blocks.layout.cell((line, row, column))
        painter.fillRect(rect, QColor(tones.window))
        painter.fillRect(rect, hatch)


def _lines(painter: QPainter, rect: QRect, layout: LensLayout, tones: Theme) -> None:
    _, rows, columns = layout.shape
    width, height = layout.width, layout.height
    right, bottom = rect.right() + 1, rect.bottom() + 1
    lines = [QLine(rect.x(), rect.y() + i * height, right, rect.y() + i * height) for i in range(rows + 1)]
    lines += [QLine(rect.x() + j * width, rect.y(), rect.x() + j * width, bottom) for j in range(columns + 1)]
    painter.setPen(QColor(tones.line))
    painter.drawLines(lines)


def _numbers(painter: QPainter, blocks: Blocks, line: int, area: QRect, tones: Theme) -> None:
    """Print the numbers of the cells; a corner marks a product that the printed factors do not quite give."""
    layout, channel, pooled = blocks.layout, blocks.channels[line], blocks.node.pooling is not None
    face, (factors, products) = blocks.faces[INPUT if pooled else PRODUCT], blocks.stamps
    rect, width, height = layout.block(line), layout.width, layout.height
    inks = QColor("white"), QColor("black"), QColor(tones.text)
    texts = list(zip(*(blocks.faces[kind].texts[line] for kind in (INPUT, WEIGHT, PRODUCT)), strict=True))
    first = (height - lines_height(layout.style, layout.factors, layout.digits)) // 2
    step = layout.factors + 1
    for row, (inputs, weights, results) in enumerate(texts):
        y = rect.y() + row * height
        if y + height < area.top() or y > area.bottom():
            continue
        for column, cell in enumerate(zip(inputs, weights, results, strict=True)):
            x = rect.x() + column * width
            shade = int(face.black[line, row, column]) if blocks.inside[row, column] else 2
            painter.setPen(inks[shade])
            top = y + first
            if layout.style in (Style.LINE, Style.STACK):
                painter.setFont(factors.font)
                lines: tuple[tuple[str, ...], ...] = ((cell[0], TIMES, cell[1]),)
                if layout.style == Style.STACK:
                    lines = (cell[0],), (TIMES, cell[1])
                for parts in lines:
                    factors.draw_row(painter, x, top, width, step, parts)
                    top += step
            painter.setFont(products.font)
            products.draw(painter, x, top, width, layout.digits + 1, cell[0] if pooled else cell[2])
            if not pooled and blocks.numbers.rounded_products[channel, row, column]:
                _corner(painter, x + width, y + 1, inks[shade])


def _corner(painter: QPainter, right: int, top: int, tone: QColor) -> None:
    """A small triangle, as spreadsheets mark a cell with a comment."""
    for i in range(4):
        painter.fillRect(right - 4 + i, top + i, 4 - i, 1, tone)
