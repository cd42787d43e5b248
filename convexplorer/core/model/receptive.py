"""Receptive fields: which pixels of the image a node of any layer can see.

Layer by layer from the image, a window of span k, moved in steps of s over an input with p zeros before it, makes::

    size   ← size + (k − 1) · step
    origin ← origin − p · step
    step   ← step · s

A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convexplorer.core.model.geometry import Geometry


@dataclass(frozen=True)
class ReceptiveField:
    """The affine map from nodes to rectangles of the image.

    Parameters
    ----------
    size : (int, int)
        Rows and columns of the rectangle; with dilation some of its pixels may lie between those that are seen.
    step : int
        Pixels between the rectangles of neighbouring nodes.
    origin : (int, int)
        First row and column of the rectangle of node (0, 0); negative where it lies in the padding.
    """

    size: tuple[int, int] = (1, 1)
    step: int = 1
    origin: tuple[int, int] = (0, 0)

    def behind(self, geometry: Geometry) -> ReceptiveField:
        """The receptive field of the next layer, whose windows lie as `geometry` says over the nodes of this one."""
        return ReceptiveField(
            (self.size[0] + (geometry.span[0] - 1) * self.step, self.size[1] + (geometry.span[1] - 1) * self.step),
            self.step * geometry.stride,
            (self.origin[0] - geometry.pads[0] * self.step, self.origin[1] - geometry.pads[1] * self.step),
        )

    def rectangle(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Pixels of a node (top, left, bottom, right; end exclusive), beyond the image where it reaches padding."""
        top, left = self.origin[0] + row * self.step, self.origin[1] + column * self.step
        return top, left, top + self.size[0], left + self.size[1]

    def centre(self, row: float, column: float) -> tuple[float, float]:
        """Middle of a node's rectangle in pixels (y, x), 0.5 = the centre of the first pixel."""
        return (
            self.origin[0] + row * self.step + self.size[0] / 2,
            self.origin[1] + column * self.step + self.size[1] / 2,
        )

    def node(self, y: float, x: float) -> tuple[float, float]:
        """Row and column, not rounded and perhaps beyond the map, of the node whose middle is a point of the image."""
        return (
            (y - self.size[0] / 2 - self.origin[0]) / self.step,
            (x - self.size[1] / 2 - self.origin[1]) / self.step,
        )

    def node_at(self, y: float, x: float, size: tuple[int, int]) -> tuple[int, int]:
        """The node whose middle is nearest to a point of the image, in a map of `size` (rows, columns)."""
        row, column = self.node(y, x)
        return min(max(round(row), 0), size[0] - 1), min(max(round(column), 0), size[1] - 1)


def field_of(geometries: Sequence[Geometry]) -> ReceptiveField:
    """The receptive field of the last of some layers, the first of which reads the image."""
    field = ReceptiveField()
    for geometry in geometries:
        field = field.behind(geometry)
    return field
