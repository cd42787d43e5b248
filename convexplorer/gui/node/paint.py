"""Painting the blocks of a node's equation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLine, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QRegion

from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.core.model.digits import superscript
from convexplorer.gui.canvas.text_stamps import TextStamps
from convexplorer.gui.kit.theme import Theme
from convexplorer.gui.node.faces import Face, sized, subtotal_font
from convexplorer.gui.node.layout import CAPTION, INPUT, MARKER, PRODUCT, SIGN, WEIGHT, BlockCell, BlockLayout
from convexplorer.io.arrays.qimages import to_qimage

CHANNEL_TONES = ("#d9484a", "#2f9e5b", "#4a7de0")
"""The lines beside the rows of R, G and B."""
LINED = 9
"""Height of a cell in pixels from which lines keep cells apart."""
ROOMY = 22
"""Height of a cell in pixels from which a second frame has room."""
OFF = 0.3
"""Opacity of a channel that is switched off."""
SMALL = 11
"""Size of captions in pixels."""


@dataclass(eq=False)
class Blocks:
    """What is painted.

    Parameters
    ----------
    node, numbers : NodeExplanation, PrintedNode
        The equation.
    channels : list of int
        Which channels have a line each, from the top.
    layout : BlockLayout
        Where its cells lie.
    faces : (Face, Face, Face)
        Inputs, weights, products of these channels.
    stamps : TextStamps
        Draws the numbers, in the layout's size.
    inside : ndarray, shape (kh, kw), bool
        Which inputs lie in the image rather than in the padding.
    """

    node: NodeExplanation
    numbers: PrintedNode
    channels: list[int]
    layout: BlockLayout
    faces: tuple[Face, Face, Face]
    stamps: TextStamps
    inside: NDArray[np.bool_]

    def relations(self, channel: int) -> tuple[str, str]:
        """What stands before a channel's products and before its subtotal: "≈" where printed numbers were rounded."""
        if not self.layout.printed:
            return "=", "→"
        numbers = self.numbers
        return "=" if numbers.is_literal(channel) else "≈", "≈" if numbers.products_left(channel) else "→"

    def is_like(self, other: Blocks) -> bool:
        """Whether another node looks the same but for its inputs and what follows from them."""
        same = self.layout is other.layout and self.faces[WEIGHT] is other.faces[WEIGHT]
        same = same and self.channels == other.channels
        return same and self.node.muted == other.node.muted


def paint_blocks(painter: QPainter, blocks: Blocks, area: QRegion, tones: Theme) -> None:
    """Paint what lies in `area`; more than that is clipped by the painter."""
    layout = blocks.layout
    base = QFont(painter.font())
    if area.intersects(QRect(0, 0, layout.size.width(), CAPTION)):
        painter.setFont(sized(base, SMALL))
        _captions(painter, layout, blocks.numbers.exponent, tones)
    for line, channel in enumerate(blocks.channels):
        row = QRect(0, layout.top(line), layout.size.width(), layout.shape[1] * layout.height)
        if not area.intersects(row):
            continue
        painter.setOpacity(OFF if channel in blocks.node.muted else 1.0)
        painter.setFont(blocks.stamps.font)
        for kind in (INPUT, WEIGHT, PRODUCT):
            if area.intersects(layout.block(kind, line)):
                _block(painter, blocks, (kind, line), area.boundingRect(), tones)
        painter.setOpacity(1.0)
        _signs(painter, blocks, line, base, tones)


def paint_mark(painter: QPainter, layout: BlockLayout, cell: BlockCell, tones: Theme) -> None:
    """Frame an input, its weight and their product; `cell` has the line in place of the channel."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for kind in (INPUT, WEIGHT, PRODUCT):
        rect = layout.cell(kind, cell)
        if layout.height >= ROOMY:
            painter.setPen(QPen(QColor(tones.accent), 2, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(rect.adjusted(1, 1, 0, 0))
            painter.setPen(QColor(tones.surface))
            painter.drawRect(rect.adjusted(2, 2, -2, -2))
        else:
            painter.setPen(QPen(QColor(tones.accent), 2, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(rect.adjusted(0, 0, 1, 1))


def node_area(layout: BlockLayout) -> QRegion:
    """What changes from one node to the next of the same filter: inputs, products and subtotals."""
    region = QRegion()
    for channel in range(layout.shape[0]):
        left, right = layout.block(INPUT, channel), layout.block(PRODUCT, channel)
        region += left.adjusted(-1, -1, 1, 1)
        start = right.x() - SIGN - 1  # The sign before the products says whether they were rounded.
        region += QRect(start, right.y() - 1, layout.size.width() - start, right.height() + 2)
    return region


def mark_area(layout: BlockLayout, cell: BlockCell) -> QRect:
    """What `paint_mark` paints on."""
    area = layout.cell(INPUT, cell) | layout.cell(PRODUCT, cell)
    return area.adjusted(-2, -2, 3, 3)


def _captions(painter: QPainter, layout: BlockLayout, exponent: int, tones: Theme) -> None:
    products = QCoreApplication.translate("NodeBlocks", "Products")
    if exponent:
        products += f" × 10{superscript(exponent)}"
    painter.setPen(QColor(tones.muted))
    for kind, text in (
        (INPUT, QCoreApplication.translate("NodeBlocks", "Inputs")),
        (WEIGHT, QCoreApplication.translate("NodeBlocks", "Weights")),
        (PRODUCT, products),
    ):
        block = layout.block(kind, 0)
        painter.drawText(QRect(block.x(), 0, block.width(), CAPTION - 2), Qt.AlignmentFlag.AlignCenter, text)
    if not layout.subtotal:
        return
    x = layout.block(PRODUCT, 0).right() + 1 + SIGN
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRect(x, 0, layout.subtotal, CAPTION - 2), right, QCoreApplication.translate("NodeBlocks", "Sum"))


def _signs(painter: QPainter, blocks: Blocks, line: int, base: QFont, tones: Theme) -> None:
    """The channel's colour, what stands between its blocks, and its subtotal."""
    layout, channel = blocks.layout, blocks.channels[line]
    off = channel in blocks.node.muted
    first = layout.block(INPUT, line)
    if layout.shape[0] > 1:
        tone = CHANNEL_TONES[channel] if layout.shape[0] == 3 else tones.muted
        painter.fillRect(first.x() - 2 - MARKER, first.y(), MARKER, first.height() + 1, QColor(tone))
    painter.setFont(sized(base, 16))
    painter.setPen(QColor(tones.faint if off else tones.text))
    equals, total = blocks.relations(channel)
    for kind, sign in ((INPUT, "⊙"), (WEIGHT, equals), (PRODUCT, total))[: 3 if layout.subtotal else 2]:
        block = layout.block(kind, line)
        gap = QRect(block.right() + 2, block.y(), SIGN, block.height())
        painter.drawText(gap, Qt.AlignmentFlag.AlignCenter, sign)
    if not layout.subtotal:
        return
    font = subtotal_font(base, layout.digits)
    font.setStrikeOut(off)
    painter.setFont(font)
    last = layout.block(PRODUCT, line)
    room = QRect(last.right() + 1 + SIGN, last.y(), layout.subtotal, last.height())
    text = blocks.numbers.sum(float(blocks.node.subtotals[channel]))
    painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _block(painter: QPainter, blocks: Blocks, which: tuple[int, int], area: QRect, tones: Theme) -> None:
    kind, line = which
    layout, face = blocks.layout, blocks.faces[kind]
    rect = layout.block(kind, line)
    painter.drawImage(rect, to_qimage(face.colours[line]))
    if kind == INPUT:
        _padding(painter, blocks, line, tones)
    if layout.height >= LINED:
        _lines(painter, rect, layout, kind, tones)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(tones.line))
        painter.drawRect(rect.adjusted(-1, -1, 0, 0))
    if layout.printed:
        _numbers(painter, blocks, which, area, tones)


def _padding(painter: QPainter, blocks: Blocks, line: int, tones: Theme) -> None:
    """Hatch the cells whose inputs lie outside the image."""
    hatch = QBrush(QColor(tones.thumb), Qt.BrushStyle.BDiagPattern)
    for row, column in np.argwhere(~blocks.inside).tolist():
        rect = blocks.layout.cell(INPUT, (line, row, column))
        painter.fillRect(rect, QColor(tones.window))
        painter.fillRect(rect, hatch)


def _lines(painter: QPainter, rect: QRect, layout: BlockLayout, kind: int, tones: Theme) -> None:
    _, rows, columns = layout.shape
    width, height = layout.widths[kind], layout.height
    right, bottom = rect.right() + 1, rect.bottom() + 1
    lines = [QLine(rect.x(), rect.y() + i * height, right, rect.y() + i * height) for i in range(rows + 1)]
    lines += [QLine(rect.x() + j * width, rect.y(), rect.x() + j * width, bottom) for j in range(columns + 1)]
    painter.setPen(QColor(tones.line))
    painter.drawLines(lines)


def _numbers(painter: QPainter, blocks: Blocks, which: tuple[int, int], area: QRect, tones: Theme) -> None:
    """Print the numbers of the rows that lie in `area`; a corner marks a product that the others do not quite give."""
    kind, line = which
    layout, face, channel = blocks.layout, blocks.faces[kind], blocks.channels[line]
    rect, width, height = layout.block(kind, line), layout.widths[kind], layout.height
    inks = QColor("white"), QColor("black"), QColor(tones.muted)
    last = -1
    for row, texts in enumerate(face.texts[line]):
        y = rect.y() + row * height
        if y + height < area.top() or y > area.bottom():
            continue
        black = face.black[line, row].tolist()
        outside = (~blocks.inside[row]).tolist() if kind == INPUT else [False] * len(texts)
        for column, text in enumerate(texts):
            shade = 2 if outside[column] else int(black[column])
            if shade != last:
                painter.setPen(inks[shade])
                last = shade
            blocks.stamps.draw(painter, rect.x() + column * width, y, width, height, text)
            if kind == PRODUCT and blocks.numbers.rounded_products[channel, row, column]:
                _corner(painter, rect.x() + (column + 1) * width, y + 1, inks[shade])


def _corner(painter: QPainter, right: int, top: int, tone: QColor) -> None:
    """A small triangle, as spreadsheets mark a cell with a comment."""
    for i in range(4):
        painter.fillRect(right - 4 + i, top + i, 4 - i, 1, tone)
