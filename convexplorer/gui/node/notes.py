"""The line below a node's equation: the cell that is marked, and what the filter does to brightness."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from convexplorer.core.explain.brightness import gain
from convexplorer.core.explain.equation import channel_names
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.core.model.digits import SIGNIFICANT, digits_of, number_text, read
from convexplorer.core.model.filters import Filter
from convexplorer.gui.node.contributions_model import Sources
from convexplorer.gui.node.layout import MOST_PRINTED, BlockCell, Style, is_printed
from convexplorer.gui.node.paint import Blocks

GAP = 24
MOST_DIGITS = 10
"""Digits up to which a product is tried to be said as that of printed numbers: more than float32 has."""


class NodeNotes(QWidget):
    """One line in two parts; what does not fit is cut off rather than widening the panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeNotes")
        self.origin = (0, 0)
        """Input row and column of the first weight."""
        self.dilation = 1
        """Input pixels from one weight to the next."""
        self.sources: Sources | None = None
        """What the maps are called that the node read; None if it read the image."""
        self.pooled: int | None = None
        """Which map it is that is pooled."""
        self._cell = self._label("nodeNote")
        self._cell.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._gain = self._label("nodeGain")
        self._gain.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._gain.setMinimumWidth(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._cell, 1)
        layout.addWidget(self._gain)

    def say(self, text: str) -> None:
        """Say something until the next cell or node."""
        self._cell.setText(text)

    def show_cell(self, blocks: Blocks | None, cell: BlockCell | None) -> None:
        """Say what a cell is, or else how to read what is shown."""
        text = "" if blocks is None else self._help(blocks) if cell is None else self._cell_text(blocks, cell)
        self._gain.setVisible(not text)
        if blocks is not None and not text and self.sources is not None:
            text = self.tr("Click a cell, or a map's name, to go to it: on down to the pixels")
        self._cell.setText(text)

    def _help(self, blocks: Blocks) -> str:
        """How to read what is shown, where that needs a word."""
        node, layout = blocks.node, blocks.layout
        if node.pooling is None and not node.filter.enabled:
            return self.tr("This filter is off: its map is not shown, and layers behind read 0 from it")
        if not is_printed(layout.shape):
            text = self.tr("Beyond {0} × {0} cells are tiles of colour: point at one for its numbers")
            return text.format(MOST_PRINTED)
        if not layout.printed:
            return self.tr("Numbers need a wider panel: point at a cell to read its own")
        if not blocks.inside.all():
            return self.tr("Hatched inputs lie in the padding: they are 0")
        if node.pooling == "max":
            text = self.tr("The largest input is handed on, the first of equal ones; the others count nothing")
        elif node.pooling == "average":
            text = self.tr("The mean: every input has the weight 1/{0}").format(node.patch.size)
        elif layout.style == Style.PRODUCT:
            text = self.tr("Cells are products: point at one for its input and weight")
        else:
            text = ""
        return text

    def show_gain(self, one: Filter | None, muted: frozenset[int], *, picture: bool, bounded: bool) -> None:
        """Say what flat areas give, and what the filter reaches.

        Parameters
        ----------
        one : Filter or None
            The filter; without one nothing is said.
        muted : frozenset of int
            Channels that do not count.
        picture : bool
            Whether it reads a picture and no maps.
        bounded : bool
            Whether its inputs lie in [0, 1], so that there is a least and a largest sum.
        """
        if one is None:
            self._gain.setText("")
            return
        found, digits = gain(one, muted, picture=picture), digits_of(one)
        text = QCoreApplication.translate("gain", found.template).format(
            total=digits.weight(found.total), bias=digits.weight(found.bias)
        )
        text = self.tr("{0}.  Σ|w| = {1}").format(text, digits.weight(found.magnitude))
        if not bounded:
            self._gain.setText(text)
            self._gain.setToolTip(text)
            return
        text = self.tr("{0},  reaches {1}").format(text, digits.bounds(found.least, found.largest))
        self._gain.setText(text)
        self._gain.setToolTip(self.tr("{0}\nSmallest and largest z are those for inputs in [0, 1]").format(text))

    def _cell_text(self, blocks: Blocks, cell: BlockCell) -> str:
        """One product in words: where its input is, 0.4471 × −1 = −0.4471, and whether it is printed otherwise."""
        node, (channel, row, column) = blocks.node, cell
        name = channel_names(len(node.patch), colours=node.colours)[channel]
        plane = "" if not name else f", {self.tr('channel {0}').format(name) if name.isdigit() else name}"
        y, x = self.origin[0] + row * self.dilation, self.origin[1] + column * self.dilation
        inside = blocks.inside[row, column]
        where = self.tr("Input row {0}, column {1}").format(y, x) if inside else self.tr("Padding")
        if self.sources is not None:
            plane = ""
            if inside:
                name = self.sources.short(channel if self.pooled is None else self.pooled)
                where = f"{self.sources.layer} · {name} ({y}, {x})"
        text = product_text(blocks.numbers, cell)
        return f"{where}{plane}:  {text}"

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setProperty("tone", "muted")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumHeight(label.fontMetrics().height())
        return label


def product_text(numbers: PrintedNode, cell: BlockCell) -> str:
    """One product as it is printed; with more digits where the printed ones do not give it to the last."""
    node = numbers.node
    x, w, product = float(node.patch[cell]), float(node.filter.weights[cell]), float(node.products[cell])
    texts = numbers.input(x), numbers.weight(w), numbers.digits.value(product)
    if numbers.rounded_products[cell]:
        for digits in range(SIGNIFICANT, MOST_DIGITS):
            texts = number_text(x, digits), number_text(w, digits), number_text(product, digits)
            if number_text(read(texts[0]) * read(texts[1]), digits) == texts[2]:
                break
    literal = math.isclose(read(texts[0]) * read(texts[1]), read(texts[2]), rel_tol=1e-12)
    return f"{texts[0]} × {texts[1]} {'=' if literal else '≈'} {texts[2]}"
