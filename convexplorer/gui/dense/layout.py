"""Where the inputs, nodes and lines of a small part of a layer are drawn: two slanted planes facing each other."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF, QTransform

from convexplorer.core.model.geometry import Geometry

CELLS = 9
"""Rows and columns of inputs that are drawn, unless a window needs more."""
PLANES = 3
"""Most input planes that are drawn."""
NARROW, SLANT = 0.6, 0.3
"""Width of a cell, and how far the next column lies lower, relative to its height."""
BETWEEN = 2.4
"""Distance of two input planes, in cells."""
LARGEST_NODE = 15.0
"""Height of an output's cell in pixels at the most."""

CellPlace = tuple[int, int]
WeightSource = tuple[int, int, int]
"""Plane, row and column of an input."""


@dataclass(frozen=True)
class Part:
    """A part of a layer, small enough for every line to be seen.

    Parameters
    ----------
    inputs, nodes : (int, int)
        Rows and columns that are drawn of each.
    planes : int
        Input planes that are drawn.
    kernel : (int, int)
        Height and width of the kernel.
    stride, dilation : int
        As of the layer.
    """

    inputs: CellPlace
    nodes: CellPlace
    planes: int
    kernel: CellPlace
    stride: int
    dilation: int

    @classmethod
    def of(cls, geometry: Geometry, channels: int) -> Part:
        """The part that is drawn of a layer; windows that reach into the padding are not in it."""
        nodes = tuple(_nodes(geometry, axis) for axis in (0, 1))
        inputs = tuple(geometry.span[axis] + (nodes[axis] - 1) * geometry.stride for axis in (0, 1))
        return cls(
            (inputs[0], inputs[1]),
            (nodes[0], nodes[1]),
            min(channels, PLANES),
            geometry.kernel,
            geometry.stride,
            geometry.dilation,
        )

    def window(self, node: CellPlace) -> list[WeightSource]:
        """The inputs that a node is connected with, in the order of its weights (planes, kh, kw)."""
        rows, columns = (
            [node[axis] * self.stride + i * self.dilation for i in range(self.kernel[axis])] for axis in (0, 1)
        )
        return [(plane, row, column) for plane in range(self.planes) for row in rows for column in columns]

    def everything(self) -> list[WeightSource]:
        """All inputs, plane by plane and row by row."""
        rows, columns = self.inputs
        return [(p, row, column) for p in range(self.planes) for row in range(rows) for column in range(columns)]

    def partner(self, node: CellPlace) -> CellPlace:
        """The node that is drawn beside another: the first or the last one, whichever is farther from it."""
        last = self.nodes[0] - 1, self.nodes[1] - 1
        return (0, 0) if node != (0, 0) and 2 * sum(node) >= sum(last) else last

    def inside(self, node: CellPlace) -> CellPlace:
        """The nearest node there is."""
        return min(max(node[0], 0), self.nodes[0] - 1), min(max(node[1], 0), self.nodes[1] - 1)


def _nodes(geometry: Geometry, axis: int) -> int:
    """Nodes of an axis that are drawn: at least two where there are as many without padding."""
    span, stride = geometry.span[axis], geometry.stride
    whole = (geometry.inputs[axis] - span) // stride + 1
    return max(1, min(whole, max(2, (CELLS - span) // stride + 1)))


class Layout:
    """Places of the cells of a part within a rectangle.

    Parameters
    ----------
    part : Part
        What is drawn.
    area : QRectF
        Where.
    """

    def __init__(self, part: Part, area: QRectF) -> None:
        self.part = part
        rows, columns = part.inputs
        wide = columns * NARROW + (part.planes - 1) * BETWEEN
        self.cell = max(1.0, min(area.height() / (rows + columns * SLANT), area.width() * 0.45 / wide))
        rows, columns = part.nodes
        self.node_cell = min(LARGEST_NODE, area.height() / (rows + columns * SLANT))
        left = area.left() + 4
        self._inputs = QPointF(left, self._top(area, part.inputs, self.cell))
        right = area.right() - 4 - columns * NARROW * self.node_cell
        self._nodes = QPointF(right, self._top(area, part.nodes, self.node_cell))

    @staticmethod
    def _top(area: QRectF, shape: CellPlace, cell: float) -> float:
        return area.top() + (area.height() - (shape[0] + shape[1] * SLANT) * cell) / 2

    def plane(self, number: int) -> QTransform:
        """From columns and rows (x, y) of an input plane to where they are drawn."""
        return _slant(self._inputs + QPointF(number * BETWEEN * self.cell, 0), self.cell)

    def map(self) -> QTransform:
        """From columns and rows (x, y) of the nodes to where they are drawn."""
        return _slant(self._nodes, self.node_cell)

    def start(self, source: WeightSource) -> QPointF:
        """Where the line of an input begins."""
        return self.plane(source[0]).map(QPointF(source[2] + 0.5, source[1] + 0.5))

    def node(self, node: CellPlace) -> QPolygonF:
        """The cell of a node."""
        return self.map().map(QPolygonF(QRectF(node[1], node[0], 1, 1)))

    def end(self, node: CellPlace) -> QPointF:
        """Where the lines of a node meet."""
        return self.map().map(QPointF(node[1] + 0.5, node[0] + 0.5))

    def node_at(self, point: QPointF) -> CellPlace | None:
        """The node whose cell is under a point, or next to it by half a cell at most."""
        inverse, _ = self.map().inverted()
        place = inverse.map(point)
        row, column = place.y(), place.x()
        rows, columns = self.part.nodes
        if -0.5 <= row < rows + 0.5 and -0.5 <= column < columns + 0.5:
            return self.part.inside((int(row // 1), int(column // 1)))
        return None


def _slant(corner: QPointF, side: float) -> QTransform:
    return QTransform(NARROW * side, SLANT * side, 0.0, side, corner.x(), corner.y())
