"""Draws what a map gave to a node: box, a small picture of the patch, name over a bar, and the subtotal."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from convexplorer.core.engine.colour import Scale, colour, colourise
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.point_aligned import NumberColumn
from convexplorer.gui.node.contributions_model import ContributionModel, Row
from convexplorer.gui.node.faces import input_scale, with_pixel_size
from convexplorer.io.arrays.qimages import to_qimage

HEIGHT = 22
"""Of a row, in pixels."""
WIDTH = 208
"""Least width of a row in pixels."""
_CHECK = 22
_PATCH = 18
_BAR = 3
_GAP = 6
OFF = 0.35
"""Opacity of a map that is switched off."""


class ContributionDelegate(QStyledItemDelegate):
    """Draws a row and answers its box."""

    def __init__(self, model: ContributionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.top = 1.0
        """Input that is shown as white."""
        self.diverging = "blue–red"
        """Palette of the bars, which is that of the products."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """One height for all; the width is the list's."""
        return QSize(WIDTH, HEIGHT)

    def number_font(self, font: QFont) -> QFont:
        """The font of the subtotals."""
        changed = with_pixel_size(font, 12)
        changed.setWeight(QFont.Weight.DemiBold)
        return changed

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw box, patch, name over its bar, subtotal; a line at the left marks the row whose cells are shown."""
        rows = self._model.rows
        if index.row() >= len(rows) or self._model.node is None:
            return
        row, rect, tones = rows[index.row()], option.rect, theme.current()
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(tones.selected))
            painter.fillRect(QRect(rect.x(), rect.y(), 3, rect.height()), QColor(tones.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tones.raised))
        x = rect.x() + 6
        if index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            self._draw_box(painter, option, row)
            x += _CHECK
        painter.setOpacity(1.0 if row.counts else OFF)
        self._draw_patch(painter, QRect(x, rect.y() + 2, _PATCH, _PATCH), self._line_of(row))
        x += _PATCH + _GAP
        right = self._draw_number(painter, option, row)
        room = QRect(x, rect.y(), right - x, rect.height() - _BAR)
        self._draw_bar(painter, QRectF(x, rect.bottom() - _BAR - 1, room.width(), _BAR), row.part)
        painter.setFont(with_pixel_size(option.font, 12))
        painter.setPen(QColor(tones.text))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideLeft, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def box(self, rect: QRect) -> QRect:
        """Where the box of a row lies."""
        return QRect(rect.x() + 6, rect.y() + (rect.height() - 16) // 2, 16, 16)

    def on_box(self, point: QPoint, rect: QRect, index: Index) -> bool:
        """Whether a point of a row's rectangle switches it."""
        checkable = bool(index.flags() & Qt.ItemFlag.ItemIsUserCheckable)
        return checkable and self.box(rect).adjusted(-6, -3, 3, 3).contains(point)

    def editorEvent(self, event: QEvent, _model: object, option: QStyleOptionViewItem, index: Index) -> bool:
        """Switch by a click on the box; keys are the list's."""
        if not isinstance(event, QMouseEvent) or not self.on_box(event.position().toPoint(), option.rect, index):
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            toggle(self._model, index)
        return True

    def _line_of(self, row: Row) -> int:
        """Which channel of the node's patch a row is: its own, or of a pooling the only one."""
        return row.channel if self._model.node is not None and self._model.node.pooling is None else 0

    def _draw_box(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
        box = QStyleOptionViewItem(option)
        box.rect = self.box(option.rect)
        box.state &= ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
        box.state |= QStyle.StateFlag.State_On if row.counts else QStyle.StateFlag.State_Off
        box.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        box.checkState = Qt.CheckState.Checked if row.counts else Qt.CheckState.Unchecked
        if option.widget is not None:
            style = option.widget.style()
            style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck, box, painter, option.widget)

    def _draw_patch(self, painter: QPainter, box: QRect, channel: int) -> None:
        if self._model.node is None:
            return
        node = self._model.node
        scale = input_scale(node, self.top, self.diverging, dark=theme.current().dark)
        painter.drawImage(box, to_qimage(colourise(node.patch[channel], scale)))
        painter.setPen(QColor(theme.current().line))
        painter.drawRect(box.adjusted(-1, -1, 0, 0))

    def _draw_number(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> int:
        """Draw the subtotal; returns where what stands before it has to end."""
        font = self.number_font(option.font)
        column = NumberColumn.of(one.number for one in self._model.rows)
        width = column.width(QFontMetrics(font)) + 2
        if not row.counts:
            font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        room = option.rect.adjusted(0, 0, -8, 0)
        column.draw(painter, room, row.number)
        return room.right() - width - _GAP

    def _draw_bar(self, painter: QPainter, room: QRectF, part: float) -> None:
        """A bar as long as the subtotal is large, in the colour of its sign."""
        dark = theme.current().dark
        tone = QColor(*colour(0.7 if part > 0 else -0.7, Scale(-1.0, 1.0, self.diverging, dark)))
        painter.fillRect(QRectF(room.x(), room.y(), abs(part) * room.width(), room.height()), tone)


def toggle(model: ContributionModel, index: Index) -> None:
    """Switch a row the other way."""
    on = model.rows[index.row()].counts
    model.setData(index, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked, int(Qt.ItemDataRole.CheckStateRole))
