"""The card with the sum: what each map gave to the node that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.core.model.digits import number_text
from convexplorer.gui.kit import theme

ROW = 24
MARGIN = 16
WIDTH = 300
MOST_ROWS = 6
"""Contributions that have a row of their own; the others share one."""


@dataclass(frozen=True)
class Share:
    """What one map gave: its name, what it adds to the sum, and that as it is printed."""

    name: str
    amount: float
    text: str


@dataclass(frozen=True)
class CardContent:
    """What the card says.

    Parameters
    ----------
    title, subtitle : str
        Which node it is, and what the rows are.
    shares : tuple of Share
        The largest first, whatever the sign.
    bias : Share or None
        What is added to them; None for a pooling.
    result : str
        What follows from the sum, as "z → ReLU(z)".
    value : str
        The node's value as it is printed.
    """

    title: str
    subtitle: str
    shares: tuple[Share, ...]
    bias: Share | None
    result: str
    value: str


class FlowCard(QWidget):
    """Prints a sum as rows with bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flowCard")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._content: CardContent | None = None
        self.hide()

    @property
    def content(self) -> CardContent | None:
        """What it says; None while nothing is looked at."""
        return self._content

    def show_content(self, content: CardContent | None) -> None:
        """Say something else, or nothing."""
        self._content = content
        if content is not None:
            self.resize(self.sizeHint())
            self.setAccessibleName(content.title)
            self.setAccessibleDescription(self._spoken_text(content))
        self.setVisible(content is not None)
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(WIDTH, 2 * MARGIN + 48 + ROW * len(self.rows()) + 56)

    def rows(self) -> list[Share]:
        """The largest shares, the rest together, and the bias."""
        if self._content is None:
            return []
        shares = self._content.shares
        rows = list(shares[:MOST_ROWS])
        if len(shares) > MOST_ROWS:
            rest = sum(one.amount for one in shares[MOST_ROWS:])
            name = self.tr("{0} others").format(len(shares) - MOST_ROWS)
            rows.append(Share(name, rest, number_text(rest)))
        if self._content.bias is not None:
            rows.append(self._content.bias)
        return rows

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, rows and result."""
        if self._content is None:
            return
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.line))
        painter.setBrush(QColor(look.popup))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        inside = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        self._text(painter, inside, self._content.title, QColor(look.text), bold=True)
        below = inside.adjusted(0, 20, 0, 0)
        self._text(painter, below, self._content.subtitle, QColor(look.muted), size=-1)
        y = inside.top() + 48
        rows = self.rows()
        largest = max((abs(one.amount) for one in rows), default=0.0) or 1.0
        for one in rows:
            self._paint_row(painter, QRectF(inside.left(), y, inside.width(), ROW), one, abs(one.amount) / largest)
            y += ROW
        painter.setPen(QColor(look.line))
        painter.drawLine(int(inside.left()), int(y + 4), int(inside.right()), int(y + 4))
        result = QRectF(inside.left(), y + 8, inside.width(), 44)
        self._text(painter, result, self._content.result, QColor(look.muted), middle=True)
        value = self._content.value
        self._text(painter, result, value, QColor(look.text), bold=True, size=10, right=True, middle=True)

    def _paint_row(self, painter: QPainter, row: QRectF, one: Share, part: float) -> None:
        look = theme.current()
        label = row.adjusted(0, 0, -row.width() + 100, 0)
        metrics = painter.fontMetrics()
        elided = metrics.elidedText(one.name, Qt.TextElideMode.ElideMiddle, int(label.width()))
        self._text(painter, label, elided, QColor(look.text), middle=True)
        track = QRectF(row.left() + 108, row.center().y() - 5, 84, 10)
        painter.fillRect(track, QColor(look.window))
        painter.fillRect(track.adjusted(0, 0, (part - 1) * track.width(), 0), tone(one.amount))
        self._text(painter, row, with_sign(one.text, one.amount), QColor(look.text), bold=True, right=True, middle=True)

    @staticmethod
    def _text(
        painter: QPainter,
        area: QRectF,
        text: str,
        colour: QColor,
        *,
        bold: bool = False,
        right: bool = False,
        middle: bool = False,
        size: int = 0,
    ) -> None:
        font = QFont(painter.font())
        font.setBold(bold)
        font.setPointSizeF(font.pointSizeF() + size)
        painter.save()
        painter.setFont(font)
        painter.setPen(colour)
        across = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        down = Qt.AlignmentFlag.AlignVCenter if middle else Qt.AlignmentFlag.AlignTop
        painter.drawText(area, across | down, text)
        painter.restore()

    def _spoken_text(self, content: CardContent) -> str:
        rows = "; ".join(f"{one.name} {with_sign(one.text, one.amount)}" for one in self.rows())
        return f"{content.subtitle}: {rows}; {content.result} {content.value}"


def with_sign(text: str, amount: float) -> str:
    """A printed number with its sign, also where it is positive."""
    return f"+{text}" if amount > 0 and text != "0" else text


def tone(amount: float) -> QColor:
    """Red for what adds, blue for what takes away."""
    return QColor("#d0493f") if amount > 0 else QColor("#2f78c4")
