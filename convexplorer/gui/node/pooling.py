"""The equation of a pooling: max, or mean, of the window's cells = the one cell that is handed on."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from convexplorer.core.engine.colour import colour, ink
from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.gui.kit.theme import Theme
from convexplorer.gui.node.faces import bold_font, input_scale, with_pixel_size
from convexplorer.gui.node.layout import SUBTOTAL
from convexplorer.gui.node.paint import Blocks

WORD = 20
"""Size of the function's name in pixels."""
_GAP = 8


def name(node: NodeExplanation) -> str:
    """The function, as it stands before the cells."""
    if node.pooling == "max":
        return QCoreApplication.translate("NodeBlocks", "max")
    return QCoreApplication.translate("NodeBlocks", "mean")


def around(node: NodeExplanation, widest: str, font: QFont) -> tuple[int, int]:
    """Widths of what stands before and behind the cells of a pooling, for the widest value; nothing for a filter."""
    if node.pooling is None:
        return 0, 0
    metrics, bold = QFontMetrics(with_pixel_size(font, WORD)), QFontMetrics(bold_font(font, WORD))
    before = metrics.horizontalAdvance(name(node)) + _GAP + _BRACKET + 4
    value = bold.horizontalAdvance(widest) + 16
    return before, 4 + _BRACKET + _GAP + metrics.horizontalAdvance("≈") + _GAP + value + 2


_BRACKET = 10  # width of one


def paint_pooling(painter: QPainter, blocks: Blocks, tones: Theme, top: float, diverging: str) -> None:
    """What stands around the cells: the name, brackets, the value as a cell of their kind, and the winner's frame."""
    layout, node, base = blocks.layout, blocks.node, QFont(painter.font())
    rect = layout.block(0)
    painter.setFont(with_pixel_size(base, WORD))
    painter.setPen(QColor(tones.text))
    middle = Qt.AlignmentFlag.AlignVCenter
    left = rect.x() - 4 - _BRACKET
    painter.drawText(
        QRect(0, rect.y(), left - _GAP + 2, rect.height()), Qt.AlignmentFlag.AlignRight | middle, name(node)
    )
    right = rect.right() + 1 + 4
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(tones.text), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    high = min(rect.height(), 16 * _BRACKET)
    y = rect.center().y() - high // 2
    painter.drawArc(QRect(left + 1, y, 2 * _BRACKET, high), 110 * 16, 140 * 16)
    painter.drawArc(QRect(right - _BRACKET - 1, y, 2 * _BRACKET, high), 70 * 16, -140 * 16)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    equals = "=" if blocks.numbers.is_pooled_literally else "≈"
    x = right + _BRACKET + _GAP
    wide = painter.fontMetrics().horizontalAdvance("≈")
    painter.setPen(QColor(tones.text))
    painter.drawText(QRect(x, rect.y(), wide, rect.height()), Qt.AlignmentFlag.AlignHCenter | middle, equals)
    x += wide + _GAP
    cell = QRect(x, rect.y(), layout.size.width() - 2 - x, min(rect.height(), 56))
    cell.moveCenter(QRect(x, rect.y(), cell.width(), rect.height()).center())
    tint = colour(node.value, input_scale(node, top, diverging, dark=tones.dark))
    painter.fillRect(cell, QColor(*tint))
    painter.setPen(QColor(tones.line))
    painter.drawRect(cell)
    painter.setFont(bold_font(base, WORD))
    painter.setPen(QColor(*ink(tint)))
    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, blocks.numbers.value)
    if blocks.winner is not None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tones.accent), 3, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(layout.cell(blocks.winner).adjusted(1, 1, 0, 0))
        painter.drawRect(cell)
    painter.setFont(with_pixel_size(base, SUBTOTAL))
