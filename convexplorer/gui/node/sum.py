"""The end of a node's equation as an addition on paper: subtotals + bias = z, then the activation and the value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.core.engine.colour import Scale, colour
from convexplorer.core.explain.equation import channel_names
from convexplorer.core.explain.explain import NodeExplanation, channels_on
from convexplorer.core.explain.printed import PrintedNode, leftover, leftover_text
from convexplorer.core.model.activations import activate
from convexplorer.core.model.digits import digits_of, superscript
from convexplorer.gui.kit import theme
from convexplorer.gui.node.faces import bold_font, with_pixel_size

MOST_SUBTOTALS = 3
"""Most channels whose subtotals have a line each; the sum of more is one line."""
WIDTH, NARROW = 232, 176
"""Widths in pixels with and without the activation's curve."""
_SIGN, _NARROW_SIGN = 72, 64  # right edge of the plus signs, in pixels
_POINT, _NARROW_POINT = 122, 104  # where the decimal points stand
_LINES = (13, 26)  # least and greatest height of a line
_COMFORTABLE = 17  # height of a line that is easy to read
_PLAIN = 5.1  # lines for three channels, bias and z, with a little space
_VALUE = 2.0  # height of the value's line relative to the others
_MOST = 28  # size of the value in pixels
_SHARE = 32  # height of the share with its bar
_GRAPH = QSize(56, 40)
SWATCH = 26
"""Width in pixels of the value's colour with the gaps at its sides."""
FUNCTIONS = {"relu": "ReLU(z)", "leaky_relu": "Leaky(z)", "tanh": "tanh(z)", "sigmoid": "σ(z)"}


def _advance(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


@dataclass(frozen=True)
class Summand:
    """A line of the addition: its label, printed number, and whether it counts."""

    label: str
    number: str
    counts: bool = True


class NodeSum(QWidget):
    """Paints the addition, aligned at the decimal point, and the value's share of the largest possible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeSum")
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._node: NodeExplanation | None = None
        self._numbers: PrintedNode | None = None
        self._scale: Scale | None = None

    def set_scale(self, scale: Scale | None) -> None:
        """The scale of the map, which gives the value its colour; without one there is none."""
        self._scale = scale
        self.update()

    def show_node(self, node: NodeExplanation | None, numbers: PrintedNode | None) -> None:
        """Show a node with its printed numbers, or nothing."""
        self._node, self._numbers = node, numbers
        self.setAccessibleName(self.share())
        pooled = node is not None and node.pooling is not None
        high = numbers is not None and numbers.exponent != 0
        self.setMaximumHeight(round(_LINES[1] * (_VALUE + high)) if pooled else self.sizeHint().height())
        left = self.left()
        told = (
            self.tr("≈: every printed number is rounded for itself, and they lack {0} of z").format(left)
            if left
            else ""
        )
        self.setToolTip("\n".join(filter(None, (self.share(), told))))
        self.update()

    def sizeHint(self) -> QSize:
        """High enough for comfortable lines."""
        return QSize(WIDTH, round(_LINES[1] * (_PLAIN + _VALUE)) + _SHARE)

    def minimumSizeHint(self) -> QSize:
        """High enough for tight lines."""
        return QSize(WIDTH, round(_LINES[0] * (_PLAIN + _VALUE)) + _SHARE)

    def comfortable_height(self) -> int:
        """Height in pixels from which three channels and a bias are easy to read."""
        return round(_COMFORTABLE * (_PLAIN + _VALUE)) + _SHARE

    def summands(self) -> list[Summand]:
        """What is added up."""
        node, numbers = self._node, self._numbers
        if node is None or numbers is None:
            return []
        if node.pooling is not None:
            return []
        totals = node.subtotals.tolist()
        on = channels_on(len(totals), node.muted)
        together = numbers.sum(sum(totals[i] for i in on))
        if not node.colours:
            label = self.tr("1 map") if len(on) == 1 else self.tr("{0} maps").format(len(on))
            lines = [Summand(label, together)]
        elif len(totals) == 1:
            lines = [Summand(self.tr("products"), numbers.sum(totals[0]), not node.muted)]
        elif len(totals) <= MOST_SUBTOTALS:
            names = channel_names(len(totals), colours=node.colours)
            lines = [Summand(names[i], numbers.sum(total), i not in node.muted) for i, total in enumerate(totals)]
        else:
            lines = [Summand(self.tr("{0} channels").format(len(on)), together)]
        return [*lines, Summand(self.tr("bias"), numbers.bias)]

    def left(self) -> str:
        """What rounding left between the printed summands and z, as +0.001; "" where they add up."""
        numbers = self._numbers
        if numbers is None or numbers.node.pooling is not None:
            return ""
        left = leftover(numbers.z, [line.number for line in self.summands() if line.counts])
        return leftover_text(left) if left else ""

    def share(self) -> str:
        """The value beside the largest that is possible, in words."""
        node, numbers = self._node, self._numbers
        if node is None or numbers is None or node.pooling is not None:
            return ""
        if not node.colours:
            return self.tr("Maps have no largest value")
        if node.patch.max() > 1 or node.patch.min() < 0:
            return self.tr("No largest value beyond [0, 1]")
        largest = digits_of(node.filter).value(_largest(node))
        if node.largest <= 0 and node.activation == "relu":
            return self.tr("It can give nothing but 0")
        value = numbers.digits.value(node.value)
        return self.tr("{0} of {1} possible").format(value, largest)

    def filled(self) -> float:
        """The share, 0 to 1; 0 where it says nothing."""
        node = self._node
        if node is None or node.pooling is not None or _largest(node) <= 0:
            return 0.0
        if not node.colours or node.patch.max() > 1 or node.patch.min() < 0:
            return 0.0
        return min(max(node.value / _largest(node), 0.0), 1.0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the addition from the top, the share below it."""
        node, numbers = self._node, self._numbers
        if node is None or numbers is None:
            return
        painter, tones = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = self.summands()
        steps = len(lines) + 1.1 + _VALUE + (1 if numbers.exponent else 0)
        height = min(max((self.height() - _SHARE) / steps, _LINES[0]), _LINES[1])
        if node.pooling is not None:
            height = self.height() / (_VALUE + (1 if numbers.exponent else 0))
        font = with_pixel_size(self.font(), 13 if height >= 16.5 else 11)
        y = 0.0
        if numbers.exponent:
            painter.setFont(with_pixel_size(self.font(), 11))
            painter.setPen(QColor(tones.muted))
            painter.drawText(QRectF(0, y, WIDTH, height), Qt.AlignmentFlag.AlignVCenter, self._factor(numbers))
            y += height
        if node.pooling is not None:
            self._value(painter, (y, _VALUE * height), node, numbers)
            return
        for i, line in enumerate(lines):
            self._line(painter, font, (y, height), (line.label, "+" if i else "", line.number), counts=line.counts)
            y += height
        painter.setPen(QPen(QColor(tones.thumb), 1))
        painter.drawLine(QPointF(0, round(y) + 1.5), QPointF(self._point + 46, round(y) + 1.5))
        y += 3
        self._line(painter, font, (y, height), ("z", "≈" if self.left() else "=", numbers.z))
        if self.width() >= WIDTH:
            self._graph(painter, QRectF(WIDTH - _GRAPH.width(), y + height - _GRAPH.height(), *_GRAPH.toTuple()), node)
        y += height
        self._value(painter, (y, _VALUE * height), node, numbers)
        self._bar(painter, y + _VALUE * height + 2)

    @property
    def _point(self) -> int:
        """Where the decimal points stand."""
        return _POINT if self.width() >= WIDTH else _NARROW_POINT

    def _factor(self, numbers: PrintedNode) -> str:
        return self.tr("products and sums × 10{0}").format(superscript(numbers.exponent))

    def _line(
        self,
        painter: QPainter,
        font: QFont,
        place: tuple[float, float],
        texts: tuple[str, str, str],
        *,
        counts: bool = True,
    ) -> None:
        """One line: label, sign, and a number with its decimal point at `_point`."""
        tones, (y, height), (label, sign, number) = theme.current(), place, texts
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font)
        painter.setPen(QColor(tones.muted if counts else tones.faint))
        edge = _SIGN if self.width() >= WIDTH else _NARROW_SIGN
        painter.drawText(QRectF(0, y, edge, height), left, label)
        painter.drawText(QRectF(0, y, edge, height), right, sign)
        painter.setPen(QColor(tones.text if counts else tones.faint))
        if not counts:
            font = QFont(font)
            font.setStrikeOut(True)
            painter.setFont(font)
        whole, point, part = number.partition(".")
        painter.drawText(QRectF(0, y, self._point, height), right, whole)
        painter.drawText(QRectF(self._point, y, WIDTH - self._point, height), left, point + part)

    def _value(
        self, painter: QPainter, place: tuple[float, float], node: NodeExplanation, numbers: PrintedNode
    ) -> None:
        """The node's value, large, with its colour on the map."""
        y, height = place
        number, room = numbers.value, self.width() - (_SIGN if self.width() >= WIDTH else _NARROW_SIGN) - SWATCH - 4
        pixels = round(min(height * 0.72, _MOST))
        font = bold_font(self.font(), pixels)
        while pixels > 11 and _advance(font, number) > room:
            pixels -= 1
            font = bold_font(self.font(), pixels)
        label = FUNCTIONS.get(node.activation, self.tr("value"))
        if node.pooling is not None:
            label = self.tr("largest") if node.pooling == "max" else self.tr("mean")
        self._line(painter, with_pixel_size(self.font(), 13 if height >= 25 else 11), place, (label, "=", ""))
        right = self.width() - SWATCH
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        painter.drawText(
            QRectF(right - room, y, room, height), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number
        )
        if self._scale is not None:
            painter.setPen(QPen(QColor(theme.current().thumb), 1))
            painter.setBrush(QColor(*colour(node.value, self._scale)))
            painter.drawRoundedRect(QRectF(right + 7.5, round(y + height / 2) - 7.5, 16, 16), 4, 4)

    def _graph(self, painter: QPainter, area: QRectF, node: NodeExplanation) -> None:
        """The activation as a curve, with a dot where z is."""
        tones = theme.current()
        reach = max(abs(node.z), abs(node.largest), 1e-30)
        z = np.linspace(-reach, reach, 49)
        values = activate(z, node.activation)
        high, low = float(values.max()), min(float(values.min()), 0.0)
        top, bottom = area.top() + 4, area.bottom() - 6
        x0, half = area.center().x(), area.width() / 2 - 4

        def point(at: float, value: float) -> QPointF:
            return QPointF(x0 + half * at / reach, bottom - (bottom - top) * (value - low) / (high - low))

        painter.setPen(QPen(QColor(tones.line), 1))
        y0 = point(0.0, 0.0).y()
        painter.drawLine(QPointF(area.left(), y0), QPointF(area.right(), y0))
        painter.drawLine(QPointF(x0, area.top()), QPointF(x0, area.bottom()))
        painter.setPen(QPen(QColor(tones.muted), 1.6))
        painter.drawPolyline([point(*pair) for pair in zip(z.tolist(), values.tolist(), strict=True)])
        painter.setPen(QPen(QColor(tones.window), 1))
        painter.setBrush(QColor(tones.accent))
        painter.drawEllipse(point(node.z, node.value), 4, 4)

    def _bar(self, painter: QPainter, y: float) -> None:
        """The share in words and as a bar."""
        tones = theme.current()
        painter.setFont(with_pixel_size(self.font(), 12))
        painter.setPen(QColor(tones.text))
        share = painter.fontMetrics().elidedText(self.share(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, y, self.width(), 18), Qt.AlignmentFlag.AlignVCenter, share)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tones.hover))
        track = QRectF(0, y + 21, self.width() - 8, 4)
        painter.drawRoundedRect(track, 2, 2)
        if filled := self.filled():
            painter.setBrush(QColor(tones.accent))
            painter.drawRoundedRect(QRectF(track.x(), track.y(), max(4.0, track.width() * filled), 4), 2, 2)


def _largest(node: NodeExplanation) -> float:
    """The largest value for inputs in [0, 1]: every activation rises with the sum."""
    return float(activate(np.array([node.largest]), node.activation)[0])
