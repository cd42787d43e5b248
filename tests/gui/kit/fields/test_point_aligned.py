"""Numbers below each other, drawn and measured."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter

from convexplorer.gui.kit.fields.point_aligned import NumberColumn

TEXTS = ["0", "−0.503", "10.05", "2.693", "1.5e−7"]


def inked(column: NumberColumn, text: str, width: int) -> list[int]:
    """Columns of pixels that a number colours."""
    image = QImage(width, 20, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setFont(QFont("DejaVu Sans", 10))
    column.draw(painter, QRect(0, 0, width, 20), text)
    painter.end()
    return [x for x in range(width) if any(image.pixel(x, y) != 0xFFFFFFFF for y in range(20))]


@pytest.mark.usefixtures("qapp")
def test_points_stand_below_each_other_and_nothing_is_cut():
    column = NumberColumn.of(TEXTS)
    metrics = QFontMetrics(QFont("DejaVu Sans", 10))
    width = column.width(metrics)
    point = width - metrics.horizontalAdvance(column.part)
    for text in TEXTS:
        whole, _, part = text.partition(".")
        ink = inked(column, text, width)
        free = inked(column, text, width + 40)
        assert len(ink) == len(free), "what has more room has no more pixels"
        assert ink[0] >= point - metrics.horizontalAdvance(whole) - 2
        assert (ink[-1] >= point) == bool(part)
    assert NumberColumn.of([]).width(metrics) == 0
