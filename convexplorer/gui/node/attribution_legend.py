"""Below the image: what the colours of the shares stand for, and that they add up to the node's sum."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.explain.attribution import Attribution, translucent
from convexplorer.core.explain.printed import adds_up
from convexplorer.core.model.digits import decimal
from convexplorer.core.model.numerals import MINUS
from convexplorer.gui.image.shares_overlay import DIM, share_text
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.help_button import HelpButton

MOST_DECIMALS = 9
DIGITS = 3
"""Of the largest number of the sum."""
_STEPS = 65


class ShareBar(QWidget):
    """The colours from the most that lowers to the most that raises."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Attribution | None = None
        self.setFixedHeight(12)
        self.setMinimumWidth(48)

    def show_scale(self, found: Attribution) -> None:
        """Take the colours of an attribution."""
        self._found = found
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the colours as they lie on a dimmed picture."""
        if self._found is None:
            return
        painter, scale = QPainter(self), self._found.scale
        colours = translucent(np.linspace(scale.low, scale.high, _STEPS)[np.newaxis], scale)[0]
        gradient = QLinearGradient(0, 0, self.width(), 0)
        for at, argb in zip(np.linspace(0, 1, _STEPS).tolist(), colours.tolist(), strict=True):
            gradient.setColorAt(at, QColor.fromRgba(argb))
        base = QColor(DIM)
        base.setAlpha(255)
        area = QRectF(self.rect())
        painter.fillRect(area, base)
        painter.fillRect(area, gradient)


class AttributionLegend(QWidget):
    """Title, colours, and the sum: shares of the pixels + biases = the node's sum.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's owner.
    """

    closed = Signal()
    """The shares are no longer to be shown."""
    zoomRequested = Signal()
    """The receptive field is to be looked at from near."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attributionLegend")
        self._title = self._label("attributionTitle")
        self._title.setProperty("role", "heading")
        self._bar = ShareBar(self)
        self._ends = [self._label(name) for name in ("attributionLow", "attributionHigh")]
        self._sum = self._label("attributionSum")
        self._note = self._label("attributionNote")
        for label in (self._sum, self._note):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        zoom = self._button("attributionZoom", "search", self.tr("Zoom to the receptive field, or show all again (Z)"))
        zoom.clicked.connect(self.zoomRequested)
        close = self._button("attributionClose", "close", self.tr("Show the image as it is again (D)"))
        close.clicked.connect(self.closed)
        head, colours = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self._title, 1)
        for button in (zoom, HelpButton(self._help(), "attributionHelp", self), close):
            head.addWidget(button)
        colours.setSpacing(8)
        colours.addWidget(self._ends[0])
        colours.addWidget(self._bar, 1)
        colours.addWidget(self._ends[1])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(colours)
        layout.addWidget(self._sum)
        layout.addWidget(self._note)
        layout.addStretch(1)

    def show_attribution(self, found: Attribution | None, name: str, *, pooled: bool) -> None:
        """Explain the colours, or say how to get some.

        Parameters
        ----------
        found : Attribution or None
            What is laid over the image.
        name : str
            Which node it is.
        pooled : bool
            Whether it is a pooling's, whose value is shared out; of others it is z.
        """
        for widget in (self._bar, *self._ends, self._sum):
            widget.setVisible(found is not None)
        self._title.setText(self.tr("What drove this node"))
        self._title.setToolTip(name)
        if found is None:
            self._note.setText(self.tr("Click the image or a map to pin a node"))
            self._note.show()
            return
        self._bar.show_scale(found)
        for label, value in zip(self._ends, (-found.reach, found.reach), strict=True):
            label.setText(f"{'+' if value > 0 else ''}{share_text(value)}")
        total, pixels, biases, missing = sum_texts(found)
        parts = [pixels, biases, *([missing] if found.curved else [])]
        template = (
            self.tr("value = {0} {3} {1} pixels {2} biases") if pooled else self.tr("z = {0} {3} {1} pixels {2} biases")
        )
        self._sum.setText(
            template.format(total, pixels, _summand_text(biases), "=" if adds_up(total, parts) else "≈")
            + (self.tr(" {0} neither").format(_summand_text(missing)) if found.curved else "")
        )
        self._sum.setToolTip(self._sum.text())
        self._note.setVisible(bool(found.curved) or not found.reach)
        if found.curved:
            self._note.setText(
                self.tr("An approximation: {0} is not linear piece by piece").format(", ".join(found.curved))
            )
        elif not found.reach:
            self._note.setText(self.tr("No pixel had a part in it: biases alone, or ReLUs that were 0, decided"))

    def _help(self) -> str:
        return self.tr(
            "Gradient × input: the value of each pixel times the derivative of the node's sum with respect to it "
            "(Shrikumar, Greenside, Shcherbina and Kundaje 2016). Red pixels raised the sum, blue lowered it. With "
            "ReLU, leaky ReLU, no activation and poolings, a network is linear piece by piece: there the shares of all "
            "pixels and of all biases add up to the sum exactly, and are what layer-wise relevance propagation gives "
            "(Ancona, Ceolini, Öztireli and Gross, ICLR 2018). With tanh or sigmoid they are an approximation."
        )

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumWidth(1)
        return label

    def _button(self, name: str, icon: str, title: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setIcon(theme.icon(icon))
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(title)
        button.setToolTip(title)
        return button


def sum_texts(found: Attribution) -> tuple[str, str, str, str]:
    """The sum, and the parts of pixels, biases and of neither, each rounded for itself to the same decimals."""
    numbers = [found.relevance.total, found.pixels, found.relevance.biases, found.missing]
    largest = max(map(abs, numbers))
    power = math.floor(math.log10(largest)) if largest > 10.0**-MOST_DECIMALS else 0
    decimals = min(max(0, DIGITS - 1 - power), MOST_DECIMALS)
    texts = [decimal(number, decimals) for number in numbers]
    return texts[0], texts[1], texts[2], texts[3]


def _summand_text(number: str) -> str:
    """A number as a summand: + 0.1, − 0.1."""
    return f"{MINUS} {number[1:]}" if number.startswith(MINUS) else f"+ {number}"
