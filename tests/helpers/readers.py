"""Which pixels and nodes a node reads, followed layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.explain.trace import NodePlace, TracedNode
from convexplorer.core.model.geometry import Geometry

Indices = NDArray[np.intp]


def visible_pixels(geometries: Sequence[Geometry], row: int, column: int) -> tuple[Indices, Indices]:
    """Image rows and columns whose pixels a node sees, in order; each with each.

    Unlike the rectangle, this leaves out what lies between the inputs of dilated windows, and at the border what could
    only be seen through nodes that are padding themselves.

    Parameters
    ----------
    geometries : sequence of Geometry
        Of the layers up to the node's own, from the image on.
    row, column : int
        The node.
    """
    rows, columns = np.array([row]), np.array([column])
    for geometry in reversed(geometries):
        rows, columns = _read_along(geometry, 0, rows), _read_along(geometry, 1, columns)
    return rows, columns


def _read_along(geometry: Geometry, axis: int, nodes: Indices) -> Indices:
    """What windows read along an axis, without the padding."""
    offsets = np.arange(geometry.kernel[axis]) * geometry.dilation - geometry.pads[axis]
    read = np.unique(nodes[:, np.newaxis] * geometry.stride + offsets)
    return read[(read >= 0) & (read < geometry.inputs[axis])]


def input_at(node: TracedNode, channel: int, row: int, column: int) -> NodePlace | None:
    """The node, or pixel, that an input under a traced node's window is; None in the padding."""
    geometry = node.geometry
    top, left = geometry.origin(node.place.row, node.place.column)
    y, x = top + row * geometry.dilation, left + column * geometry.dilation
    height, width = geometry.inputs
    return NodePlace(node.below, channel, y, x) if 0 <= y < height and 0 <= x < width else None
