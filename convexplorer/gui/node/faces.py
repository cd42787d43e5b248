"""What the cells of a node's equation look like: their tints, their numbers, and the ink these are printed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QFont, QFontMetrics

from convexplorer.core.engine.colour import Scale, colourise, ink, palette, positions, weight_scale
from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.core.model.digits import digits_of, fixed_text
from convexplorer.core.model.filters import Filter
from convexplorer.gui.node.layout import SUBTOTAL, Needs, is_printed

EXPECTED = ("0.000", "0.000", "−0.000", "−0.000")
"""The widest numbers as long as no node is known."""
MARGIN = 4
"""Pixels of a cell's width that its number leaves free."""
TIMES = "×"
"""What stands between an input and its weight."""
LONGEST_LABEL = "Sum"
"""The longest of what stands before a subtotal."""
Texts = list[list[list[str]]]
_ZEROS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, eq=False)
class Face:
    """One block of all channels.

    Parameters
    ----------
    colours : ndarray, shape (C, kh, kw), uint32
        Tints as 0xffRRGGBB.
    black : ndarray, shape (C, kh, kw), bool
        Whether black is easier to read on a tint than white.
    texts : nested list, C × kh × kw
        The numbers; empty where cells are tiles.
    """

    colours: NDArray[np.uint32]
    black: NDArray[np.bool_]
    texts: Texts


@dataclass(frozen=True)
class Measure:
    """Widths of columns of numbers: inputs, weights, products and subtotals.

    Parameters
    ----------
    font : QFont
        In any size.
    widest : tuple of str
        For each column the widest number that is expected.
    """

    font: QFont
    widest: tuple[str, ...]

    def with_room_for(self, *columns: Iterable[str]) -> Measure:
        """With room for these numbers, too; the same object if there is. Figures are of equal width."""
        wide = QFontMetrics(with_pixel_size(self.font, 12)).horizontalAdvance
        widest = tuple(
            max({old, *(text.translate(_ZEROS) for text in texts)}, key=wide)
            for old, texts in zip(self.widest, columns, strict=True)
        )
        return self if list(map(wide, widest)) == list(map(wide, self.widest)) else Measure(self.font, widest)

    def needs(self, factors: int, digits: int) -> Needs:
        """What digits of a size in pixels need, with a margin; products and subtotals are bold."""
        small, bold, sums = (
            QFontMetrics(font)
            for font in (
                with_pixel_size(self.font, factors),
                bold_font(self.font, digits),
                bold_font(self.font, SUBTOTAL),
            )
        )
        one, weight, product, subtotal = self.widest
        first, second = small.horizontalAdvance(one), small.horizontalAdvance(TIMES + weight)
        return Needs(
            line=first + second + MARGIN,
            stack=max(first, second) + MARGIN,
            product=bold.horizontalAdvance(product) + MARGIN,
            total=sums.horizontalAdvance(f"{subtotal} ≈ {LONGEST_LABEL}"),
        )


class FaceMaker:
    """Makes the faces of node after node; what stays from one to the next is kept.

    Parameters
    ----------
    font : QFont
        Of the numbers, in any size.
    """

    def __init__(self, font: QFont) -> None:
        self._font = font
        self._weights: tuple[Filter, list[int], bool, Face] | None = None
        self._measure: tuple[Filter, float, Measure] | None = None
        self.top = 1.0
        """Input that is shown as white."""
        self.diverging = "blue–red"
        """Palette of the products."""

    def faces(
        self, node: NodeExplanation, numbers: PrintedNode, channels: list[int], *, dark: bool
    ) -> tuple[Face, Face, Face]:
        """Inputs, weights and products of some channels of a node.

        Inputs are coloured by `input_scale`. Full colour of a product is the largest weight on a white input, so that
        every node of a filter has one scale.
        """
        weights, patch = node.filter.weights, node.patch[channels]
        printed = is_printed(weights.shape)
        scale = weight_scale(weights)
        known = self._weights
        if known is None or known[0] is not node.filter or known[1:3] != (channels, dark):
            texts = texts_of(weights[channels], numbers.weight) if printed else []
            self._weights = known = node.filter, channels, dark, _face(weights[channels], scale, texts)
        reach = scale.high * self.top
        return (
            _face(
                patch,
                input_scale(node, self.top, self.diverging, dark=dark),
                texts_of(patch, numbers.input) if printed else [],
            ),
            known[3],
            _face(
                node.products[channels],
                Scale(-reach, reach, self.diverging, dark),
                texts_of(node.products[channels], numbers.sum) if printed else [],
            ),
        )

    def measure(self, node: NodeExplanation, numbers: PrintedNode, faces: tuple[Face, Face, Face]) -> Measure:
        """The widths that the numbers need.

        For one filter they begin with what inputs in [0, 1] can give, and only grow, so that cells do not dance under
        the moving mouse.
        """
        one = node.filter
        if self._measure is None or self._measure[:2] != (one, self.top):
            self._measure = one, self.top, Measure(self._font, _widest_texts(one, self.top))
        subtotals = [numbers.sum(total) for total in node.subtotals.tolist()]
        measure = self._measure[2].with_room_for(*(chain(*chain(*face.texts)) for face in faces), subtotals)
        self._measure = one, self.top, measure
        return measure


def input_scale(node: NodeExplanation, top: float, diverging: str, *, dark: bool) -> Scale:
    """How the inputs of a node are coloured: grey up to `top`, or diverging from 0 if any of them is negative."""
    return Scale(-top, top, diverging, dark) if node.patch.min() < 0 else Scale(0.0, top, "grey")


def texts_of(values: NDArray[np.floating], write: Callable[[float], str]) -> Texts:
    """Numbers of some channels as text."""
    return [[[write(x) for x in row] for row in plane] for plane in values.tolist()]


def with_pixel_size(font: QFont, pixels: int) -> QFont:
    """A font in another size."""
    changed = QFont(font)
    changed.setPixelSize(pixels)
    return changed


def bold_font(font: QFont, pixels: int) -> QFont:
    """The font of products and sums."""
    changed = with_pixel_size(font, pixels)
    changed.setWeight(QFont.Weight.DemiBold)
    return changed


def _face(values: ArrayLike, scale: Scale, texts: Texts) -> Face:
    return Face(colourise(values, scale), _inks(scale.palette, scale.dark)[positions(values, scale)], texts)


def _widest_texts(one: Filter, top: float) -> tuple[str, str, str, str]:
    """The widest input, weight, product and subtotal of a filter for inputs between 0 and `top`."""
    digits = digits_of(one)
    largest = float(np.abs(one.weights).max())
    together = float(np.abs(one.weights).sum(axis=(1, 2)).max()) / 2
    product, subtotal = (
        fixed_text(-max(1.0, min(value * top / 10.0**digits.exponent, 1e9)), digits.decimals).translate(_ZEROS)
        for value in (largest, together)
    )
    return fixed_text(1.0, digits.inputs).translate(_ZEROS), "0", product, subtotal


@lru_cache(maxsize=16)
def _inks(name: str, dark: bool) -> NDArray[np.bool_]:
    """For each colour of a palette whether black is the ink."""
    return np.array([ink((r, g, b)) == (0, 0, 0) for r, g, b in palette(name, dark=dark).tolist()])
