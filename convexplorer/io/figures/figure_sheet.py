"""Draws the panels of a figure: filters with their values, maps with the meaning of their colours, the input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPainterPath, QPen

from convexplorer.core.engine.colour import Scale, colour, colourise, ink, palette, weight_scale
from convexplorer.core.engine.noise import finite
from convexplorer.core.engine.pictures import InputView, input_picture
from convexplorer.core.model.digits import Digits, digits_of
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.types import Values
from convexplorer.errors import one_line
from convexplorer.io.arrays.qimages import to_qimage
from convexplorer.io.figures.figure_page import CAPTION, TITLE, Box, FigurePage

UNITS = 10
"""Painter units in a point. Font sizes are whole numbers of units, so tenths of a point are possible."""

_FAMILIES = ["Inter", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans", "sans-serif"]
_TEXT, _MUTED, _LINE = "#1d1f22", "#6b6f76", "#b9bab6"
_SMALLEST_TEXT, _LARGEST_TEXT = 3.5, 11.0
"""Sizes in points of the weights' values; where they would have to be smaller, they are left out."""
_LEFT, _RIGHT, _CENTRE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter


class Sheet:
    """A page that is being drawn.

    Parameters
    ----------
    painter : QPainter
        With `UNITS` units of its coordinates to a point.
    page : FigurePage
        Where things go.
    dpi : int
        Dots per inch that maps are drawn with.
    outlined : bool
        Whether letters are drawn as shapes, for files without fonts. With another font, texts would overlap.

    Attributes
    ----------
    said : list of str
        The texts of all that was drawn as shapes, in order.
    """

    def __init__(self, painter: QPainter, page: FigurePage, dpi: int, *, outlined: bool = False) -> None:
        self.said: list[str] = []
        self._outlined = outlined
        self._painter, self._page, self._dpi = painter, page, dpi
        # "Activation Map for Filter 64" is about 16 times as wide as its letters are high.
        size = min(13.0, page.rooms[1] / 16)
        self._title_font, self._caption_font = _font(size), _font(0.8 * size)

    def draw_input(self, prepared: Prepared, box: Box) -> None:
        """The layer's input, and its size."""
        channels, height, width = prepared.shape
        (colours,) = input_picture(prepared, InputView(step=max(height, width))).colours
        self._title("Input", box, box.width)
        self._picture(colours, box)
        self._text(f"{height} × {width} × {channels}", _below(box), _LEFT, self._caption_font, _MUTED)

    def draw_filters(self, bank: FilterBank, *, deep: bool = False) -> None:
        """Every filter: its name, its bias if it has one, and its weights in their cells.

        If `deep`, its planes read the maps of another layer, and three of them are not R, G and B.
        """
        font = self._number_font(bank, self._page.filters[0][0].width / bank.size[1])
        for one, planes in zip(bank, self._page.filters, strict=True):
            room = self._page.rooms[0]
            bias = f"bias {digits_of(one).weight(one.bias)}" if one.bias else ""
            used = self._title(one.name, planes[0], room - self._width(bias, self._caption_font) - 6)
            beside = Box(planes[0].x + used + 6, planes[0].y - TITLE, room - used, TITLE - 5)
            self._text(bias, beside, _LEFT, self._caption_font, _MUTED)
            self._weights(one, planes, font)
            if len(planes) == 3 and not deep:
                for name, plane in zip("RGB", planes, strict=True):
                    self._text(name, _below(plane), _CENTRE, self._caption_font, _MUTED)

    def draw_map(self, title: str, values: Values, scale: Scale, digits: Digits, box: Box) -> None:
        """One activation map, shape (H', W'), with what its colours mean."""
        room = self._page.rooms[1]
        self._title(title, box, room)
        low, high = float(values.min()), float(values.max())
        values = finite(values)
        dots = self._dots(box)
        if values.shape[1] > dots[0]:
            values = np.asarray(PILImage.fromarray(values).resize(dots, PILImage.Resampling.BOX))
        self._picture(colourise(values, scale), box)
        caption = _below(box._replace(width=max(box.width, min(room, 96.0))))
        if low == high:
            self._text(f"{digits.value(low)} everywhere", caption, _LEFT, self._caption_font, _MUTED)
        else:
            self._colour_bar(scale, digits, caption)

    def _weights(self, one: Filter, planes: tuple[Box, ...], font: QFont | None) -> None:
        scale, digits = weight_scale(one.weights), digits_of(one)
        for weights, box in zip(one.weights, planes, strict=True):
            self._picture(colourise(weights, scale), box)
            if font is None:
                continue
            cell = box.width / weights.shape[1]
            for (row, column), value in np.ndenumerate(weights):
                place = Box(box.x + column * cell, box.y + row * cell, cell, cell)
                tone = QColor(*ink(colour(value, scale)))
                self._text(digits.weight(float(value)), place, _CENTRE, font, tone.name())

    def _number_font(self, bank: FilterBank, cell: float) -> QFont | None:
        """Font with which the longest weight fits its cell; none if it would be too small to read."""
        sample = _font(10.0)
        texts = {digits_of(one).weight(value) for one in bank for value in np.unique(one.weights).tolist()}
        widest = max(self._width(text, sample) for text in texts)
        size = min(10.0 * 0.86 * cell / widest, 0.4 * cell, _LARGEST_TEXT)
        return _font(size) if size >= _SMALLEST_TEXT else None

    def _colour_bar(self, scale: Scale, digits: Digits, box: Box) -> None:
        low, high = digits.value(scale.low), digits.value(scale.high)
        font = self._caption_font
        self._text(low, box, _LEFT, font, _MUTED)
        self._text(high, box, _RIGHT, font, _MUTED)
        left, right = self._width(low, font) + 5, self._width(high, font) + 5
        bar = _rect(Box(box.x + left, box.y + box.height / 2 - 2, box.width - left - right, 4.0))
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        colours = palette(scale.palette, dark=scale.dark)
        last = 254 if scale.signed else 255
        for stop in range(33):
            gradient.setColorAt(stop / 32, QColor(*colours[round(stop / 32 * last)].tolist()))
        self._painter.fillRect(bar, gradient)
        self._frame(bar)

    def _title(self, text: str, box: Box, room: float) -> float:
        """Write a title above a box; returns its width."""
        metrics = QFontMetricsF(self._title_font, self._painter.device())
        fitting = metrics.elidedText(one_line(text), Qt.TextElideMode.ElideMiddle, room * UNITS)
        self._text(fitting, Box(box.x, box.y - TITLE, room, TITLE - 5), _LEFT, self._title_font, _TEXT)
        return self._width(fitting, self._title_font)

    def _text(self, text: str, box: Box, side: Qt.AlignmentFlag, font: QFont, tone: str) -> None:
        if self._outlined and self._outline(text, _rect(box), side, font, tone):
            return
        self._painter.setFont(font)
        self._painter.setPen(QColor(tone))
        middle = Qt.AlignmentFlag.AlignVCenter
        self._painter.drawText(_rect(box), side | middle | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine, text)

    def _outline(self, text: str, rect: QRectF, side: Qt.AlignmentFlag, font: QFont, tone: str) -> bool:
        """Draw letters as shapes, where `QPainter` would write them; False if they have none."""
        metrics = QFontMetricsF(font, self._painter.device())
        free = rect.width() - metrics.horizontalAdvance(text)
        left = rect.left() + {_LEFT: 0.0, _CENTRE: free / 2, _RIGHT: free}[side]
        shapes = QPainterPath()
        shapes.addText(left, rect.center().y() + (metrics.ascent() - metrics.descent()) / 2, font, text)
        if shapes.isEmpty():
            return not text.strip()
        self.said.append(text)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(tone))
        self._painter.drawPath(shapes)
        return True

    def _width(self, text: str, font: QFont) -> float:
        return QFontMetricsF(font, self._painter.device()).horizontalAdvance(text) / UNITS

    def _picture(self, colours: NDArray[np.uint32], box: Box) -> None:
        """Fill a box with colours: averaged when there are more than dots, sharp-edged when there are fewer."""
        dots = self._dots(box)
        factor = -(-dots[0] // colours.shape[1])
        # With at least as many pixels as dots, a viewer that smoothes the picture blurs only the edges of nodes.
        image = to_qimage(colours.repeat(factor, 0).repeat(factor, 1))
        if factor == 1:
            ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(QSize(*dots), ignore, smooth)
        self._painter.drawImage(_rect(box), image)
        self._frame(_rect(box))

    def _frame(self, rect: QRectF) -> None:
        self._painter.setPen(QPen(QColor(_LINE), 0.5 * UNITS))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRect(rect)

    def _dots(self, box: Box) -> tuple[int, int]:
        return max(1, round(box.width * self._dpi / 72)), max(1, round(box.height * self._dpi / 72))


def _below(box: Box) -> Box:
    return Box(box.x, box.y + box.height + 3, box.width, CAPTION - 3)


def _rect(box: Box) -> QRectF:
    return QRectF(*(UNITS * length for length in box))


def _font(points: float) -> QFont:
    font = QFont(_FAMILIES)
    font.setPixelSize(round(points * UNITS))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
