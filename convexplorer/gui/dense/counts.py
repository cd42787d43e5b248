"""Numbers of two layers side by side: the arithmetic, the results, and bars as long as the numbers are large."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from convexplorer.core.explain.dense_comparison import Comparison
from convexplorer.core.model.arithmetic import Count
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.numbers import grouped_text, number_text

BAR = 10
"""Height of a bar in pixels."""
WEIGHT_BYTES = 4


class CountBar(QWidget):
    """A bar as long as a number is large beside the largest; what is too small for that is a hairline."""

    def __init__(self, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.value = 0
        self._most = 1
        self.setFixedHeight(BAR)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: int, most: int) -> None:
        """Show a number beside the largest one."""
        self.value, self._most = value, most
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(120, BAR)

    def share(self) -> float:
        """Which part of the width is filled: the number's part of the largest one."""
        return self.value / max(self._most, 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground and bar."""
        painter, look = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.raised))
        painter.drawRoundedRect(area, 3, 3)
        if not self.value:
            return
        filled = QRectF(area)
        filled.setWidth(max(1.0, area.width() * self.share()))
        painter.setBrush(QColor(getattr(look, self._tone)))
        painter.drawRoundedRect(filled, min(3.0, filled.width() / 2), 3)


class CompareCounts(QWidget):
    """Parameters and connections of a layer and of a dense one with as many outputs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compareCounts")
        self._shown: tuple[Comparison, str] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        self.texts: dict[str, QLabel] = {}
        self.bars: dict[str, CountBar] = {}
        for key, title, meaning in (
            ("parameters", self.tr("Parameters"), self.tr("weights and biases: numbers that are learnt")),
            ("connections", self.tr("Connections"), self.tr("lines from inputs, and from the bias, to all nodes")),
        ):
            heading = QLabel(title, self)
            heading.setProperty("role", "heading")
            column.addWidget(heading)
            column.addWidget(self._muted_label(meaning))
            for kind, tone in (("layer", "accent"), ("dense", "muted")):
                self._add(column, f"{key}-{kind}", tone)
            column.addSpacing(10)
        self.ratio = QLabel(self)
        self.ratio.setObjectName("compareRatio")
        self.ratio.setWordWrap(True)
        column.addWidget(self.ratio)
        column.addWidget(self._muted_label(self.tr("The bars are to scale; what is too small for that is a hairline.")))
        column.addStretch(1)

    def _add(self, column: QVBoxLayout, name: str, tone: str) -> None:
        """A line of arithmetic and its bar."""
        text, bar = QLabel(self), CountBar(tone, self)
        text.setObjectName(f"count-{name}")
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.texts[name], self.bars[name] = text, bar
        column.addSpacing(4)
        column.addWidget(text)
        column.addWidget(bar)

    def _muted_label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("tone", "muted")
        label.setWordWrap(True)
        return label

    def show_comparison(self, made: Comparison, name: str) -> None:
        """Show the numbers of a layer with its name."""
        self._shown = made, name
        most = max(made.dense.value, made.connections.value)
        for key, count in (("parameters", made.parameters), ("connections", made.connections)):
            for kind, title, one in (("layer", name, count), ("dense", self.tr("Dense"), made.dense)):
                self.texts[f"{key}-{kind}"].setText(_line(title, one))
                self.bars[f"{key}-{kind}"].show_value(one.value, most)
                self.bars[f"{key}-{kind}"].setAccessibleName(f"{title}: {grouped_text(one.value)}")
        self.ratio.setText(self._ratio(made))

    def changeEvent(self, event: QEvent) -> None:
        """Write the texts in the tones of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._shown is not None:
            self.show_comparison(*self._shown)

    def _ratio(self, made: Comparison) -> str:
        size = self._bytes(made.dense.value * WEIGHT_BYTES)
        if not made.parameters.value:
            return self.tr(
                "A pooling has nothing to learn; a dense layer in its place would hold {0} of weights."
            ).format(size)
        times = self.in_words(made.dense.value / made.parameters.value)
        return self.tr("A dense layer would need {0} times as many parameters: {1} of weights.").format(times, size)

    def in_words(self, value: float) -> str:
        """A number to be read aloud: three digits, and thousand to quadrillion as words."""
        for power, text in (
            (15, self.tr("{0} quadrillion")),
            (12, self.tr("{0} trillion")),
            (9, self.tr("{0} billion")),
            (6, self.tr("{0} million")),
        ):
            if value >= 10**power:
                return text.format(_three_digits(value / 10**power))
        return grouped_text(round(value)) if value >= 100 else number_text(value, 3)

    def _bytes(self, size: float) -> str:
        for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
            if size < 1000 or unit == "PB":
                break
            size /= 1000
        return f"{_three_digits(size)} {unit}"


def _three_digits(value: float) -> str:
    return grouped_text(round(value)) if value >= 100 else number_text(value, 3)


def _line(title: str, count: Count) -> str:
    """``Dense: 4 × (3×3×3 + 1) = 112`` with the result in bold; parts that belong together do not break apart."""
    result = f"<b>{grouped_text(count.value)}</b>"
    formula = escape(count.formula).replace(" ", "\u00a0") + " =" if count.formula else ""
    tone = theme.current().muted
    return f'<span style="color:{tone}">{escape(title)}</span><br>{formula} {result}'
