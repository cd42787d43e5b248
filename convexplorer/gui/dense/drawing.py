"""The lines from inputs to a node, drawn: few and shared in a convolutional layer, all and each its own in a dense."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from convexplorer.core.engine.colour import LINES, Scale, colourise
from convexplorer.core.runtime.types import Values
from convexplorer.gui.dense.layout import CellPlace, Layout, Part, WeightSource
from convexplorer.gui.kit import theme
from convexplorer.io.arrays.qimages import to_qimage

CAPTION = 18
"""Height of the line under a drawing."""
QUIET = 90
"""Opacity of the second node's lines, of 255."""
MOST_LINES = 160
"""Most lines of a node that are drawn; of more, some are chosen that lie everywhere."""
FAINT = 0.02
"""Weights below this part of the largest are drawn as lines without a colour."""


class ConnectionView(QWidget):
    """Two planes and the lines of one node, and quietly those of another.

    Parameters
    ----------
    dense : bool
        Whether every input is connected, each line with a weight of its own.
    parent : QWidget, optional
        Qt's owner.
    """

    nodeChosen = Signal(object)
    """(row, column) of the node under the mouse, or gone to by arrow keys."""

    def __init__(self, *, dense: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("denseConnections" if dense else "sharedConnections")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(132)
        self._dense = dense
        self._part: Part | None = None
        self._weights: Values | None = None
        self._captions = ("", "")
        self.node: CellPlace = (0, 0)

    def show_part(self, part: Part | None, weights: Values | None, captions: tuple[str, str] = ("", "")) -> None:
        """Draw another part of a layer.

        Parameters
        ----------
        part : Part or None
            What is drawn; None is nothing.
        weights : ndarray, shape (planes, kh, kw), or None
            Of the filter, for the planes that are drawn; None where there are none, as in a pooling.
        captions : (str, str)
            What stands under inputs and nodes.
        """
        self._part, self._weights, self._captions = part, weights, captions
        if part is not None:
            self.node = part.inside(self.node)
        self.update()

    def show_node(self, node: CellPlace) -> None:
        """Draw the lines of another node."""
        if self._part is not None and self._part.inside(node) != self.node:
            self.node = self._part.inside(node)
            self.update()

    def layout_of(self) -> Layout | None:
        """Where everything is drawn now."""
        if self._part is None:
            return None
        return Layout(self._part, QRectF(self.rect()).adjusted(0, 4, 0, -CAPTION - 4))

    def lines(self, node: CellPlace) -> tuple[list[WeightSource], NDArray[np.uint32]]:
        """The inputs that a node is connected with, and the colours of these lines as 0xffRRGGBB."""
        part, dark = self._part, theme.current().dark
        if part is None:
            return [], np.zeros(0, np.uint32)
        if self._dense:
            sources = part.everything()
            return sources, colourise(_own_weights(node, len(sources)), Scale(-2.0, 2.0, LINES, dark))
        sources = part.window(node)
        if self._weights is None:
            return sources, np.full(len(sources), QColor(theme.current().muted).rgb(), np.uint32)
        weights = self._weights.ravel()
        reach = float(np.abs(weights).max(initial=0.0)) or 1.0
        colours = colourise(weights, Scale(-reach, reach, LINES, dark))
        colours[np.abs(weights) <= FAINT * np.abs(weights).max()] = QColor(theme.current().line).rgb()
        return sources, colours

    # --- drawing -------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Wide enough for the lines to be told apart."""
        return QSize(320, 148)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw planes, lines and nodes."""
        layout, look = self.layout_of(), theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if layout is None:
            return
        part, other = layout.part, layout.part.partner(self.node)
        shown = [self.lines(self.node)] if other == self.node else [self.lines(other), self.lines(self.node)]
        # Of a dense layer all inputs are connected twice: only the chosen node's weights tint them.
        self._draw_planes(painter, layout, shown[-1:] if self._dense else shown)
        ends = [self.node] if len(shown) == 1 else [other, self.node]
        for node, (sources, colours) in zip(ends, shown, strict=True):
            _draw_lines(painter, layout, layout.end(node), sources, colours, 255 if node == self.node else QUIET)
        _draw_grid(painter, layout.map(), part.nodes, filled=True)
        for node in ends:
            painter.setPen(QPen(QColor(look.accent), 1.6))
            painter.setBrush(QColor(look.accent) if node == self.node else QColor(look.selected))
            painter.drawPolygon(layout.node(node))
        self._draw_captions(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(look.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)

    def _draw_planes(
        self, painter: QPainter, layout: Layout, tints: Sequence[tuple[list[WeightSource], NDArray[np.uint32]]]
    ) -> None:
        """The input planes, on which each connected cell has the colour of its weight."""
        part = layout.part
        cells = np.full((part.planes, *part.inputs), QColor(theme.current().surface).rgb(), np.uint32)
        for sources, colours in tints:
            places = np.array(sources)
            cells[places[:, 0], places[:, 1], places[:, 2]] = colours
        for plane in range(part.planes):
            painter.save()
            painter.setTransform(layout.plane(plane), combine=True)
            painter.drawImage(QPointF(0, 0), to_qimage(cells[plane]))
            painter.restore()
            _draw_grid(painter, layout.plane(plane), part.inputs, lines=layout.cell >= 4)

    def _draw_captions(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.current().muted))
        line = QRectF(4, self.height() - CAPTION, self.width() - 8, CAPTION)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._captions[0])
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._captions[1])

    def event(self, event: QEvent) -> bool:
        """Say how to choose a node, but not over the nodes, whose lines it would hide."""
        if isinstance(event, QHelpEvent):
            layout = self.layout_of()
            if layout is not None and layout.node_at(QPointF(event.pos())) is None:
                text = self.tr("Point at a node on the right, or use the arrow keys, to see its connections")
                if len(self.lines(self.node)[0]) > MOST_LINES:
                    text += self.tr("; {0} of its lines are drawn").format(MOST_LINES)
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # --- choosing a node -----------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go to the node under the mouse."""
        layout = self.layout_of()
        node = None if layout is None else layout.node_at(event.position())
        if node is not None and node != self.node:
            self.nodeChosen.emit(node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to a neighbour by the arrow keys."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or self._part is None:
            super().keyPressEvent(event)
            return
        self.nodeChosen.emit(self._part.inside((self.node[0] + move[0], self.node[1] + move[1])))


def _draw_grid(
    painter: QPainter, plane: QTransform, shape: CellPlace, *, lines: bool = True, filled: bool = False
) -> None:
    look, (rows, columns) = theme.current(), shape
    painter.setBrush(QColor(look.surface) if filled else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(look.thumb), 1))
    painter.drawPolygon(plane.map(QPolygonF(QRectF(0, 0, columns, rows))))
    if lines:
        painter.setPen(QPen(QColor(look.line), 1))
        across = [QLineF(0, row, columns, row) for row in range(1, rows)]
        down = [QLineF(column, 0, column, rows) for column in range(1, columns)]
        painter.drawLines([plane.map(line) for line in (*across, *down)])


def _draw_lines(
    painter: QPainter,
    layout: Layout,
    end: QPointF,
    sources: Sequence[WeightSource],
    colours: NDArray[np.uint32],
    opacity: int,
) -> None:
    # Many lines are drawn thinner, so that single ones can still be seen.
    width = 1.4 if len(sources) <= 40 else 1.0 if len(sources) <= MOST_LINES else 0.8
    groups: dict[int, list[QLineF]] = {}
    # Colours that cannot be told apart share a pen: setting one takes as long as drawing a line.
    for at, tone in zip(_some(len(sources)), (colours & 0xFFF8F8F8)[_some(len(sources))].tolist(), strict=True):
        groups.setdefault(tone, []).append(QLineF(layout.start(sources[at]), end))
    for tone, lines in groups.items():
        colour = QColor.fromRgb(tone)
        colour.setAlpha(opacity)
        painter.setPen(QPen(colour, width))
        painter.drawLines(lines)


@lru_cache(maxsize=64)
def _some(count: int) -> NDArray[np.intp]:
    """Which lines of so many are drawn: all, or as many as may be, from everywhere."""
    if count <= MOST_LINES:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:MOST_LINES])


@lru_cache(maxsize=64)
def _own_weights(node: CellPlace, count: int) -> Values:
    """Weights of a dense layer's node, as random as those of its neighbours, and always the same."""
    return np.random.default_rng([7, *node]).normal(size=count).astype(np.float32)
