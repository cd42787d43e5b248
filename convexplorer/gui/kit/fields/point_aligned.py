"""Columns of numbers that stand below each other at their decimal points, and are never cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from convexplorer.gui.kit.fields.model_index import Index

_ZEROS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True)
class NumberColumn:
    """What the numbers of a column have in common.

    Parameters
    ----------
    whole, part : str
        The widest of what stands before the point, and from the point on, with zeros for all figures.
    """

    whole: str = ""
    part: str = ""

    @classmethod
    def of(cls, texts: Iterable[str]) -> NumberColumn:
        """Measure printed numbers; figures are of equal width."""
        split = [text.translate(_ZEROS).partition(".") for text in texts]
        whole = max((one[0] for one in split), key=len, default="")
        part = max((one[1] + one[2] for one in split), key=len, default="")
        return cls(whole, part)

    def width(self, metrics: QFontMetrics) -> int:
        """Pixels that every number of the column fits in."""
        return metrics.horizontalAdvance(self.whole) + metrics.horizontalAdvance(self.part)

    def draw(self, painter: QPainter, area: QRect, text: str) -> None:
        """Draw a number with its point where that of the others is, the widest part at the right edge of an area."""
        whole, point, part = text.partition(".")
        at = area.right() + 1 - painter.fontMetrics().horizontalAdvance(self.part)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.drawText(
            QRect(area.x(), area.y(), at - area.x(), area.height()), Qt.AlignmentFlag.AlignRight | middle, whole
        )
        painter.drawText(
            QRect(at, area.y(), area.right() + 1 - at, area.height()), Qt.AlignmentFlag.AlignLeft | middle, point + part
        )


def paint_number(
    delegate: QStyledItemDelegate, painter: QPainter, option: QStyleOptionViewItem, index: Index, column: NumberColumn
) -> None:
    """Draw a cell of an item view as the style does, its number aligned at the point."""
    item = QStyleOptionViewItem(option)
    delegate.initStyleOption(item, index)
    text, item.text = item.text, ""
    if item.widget is None:
        return
    style = item.widget.style()
    style.drawControl(QStyle.ControlElement.CE_ItemViewItem, item, painter, item.widget)
    margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, item, item.widget) + 1
    selected = bool(item.state & QStyle.StateFlag.State_Selected)
    painter.save()
    painter.setFont(item.font)
    painter.setPen(item.palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text))
    column.draw(painter, item.rect.adjusted(margin, 0, -margin, 0), text)
    painter.restore()
