"""Where the nodes of a map lie over the image, at any depth."""

from __future__ import annotations

from dataclasses import dataclass

from convexplorer.core.model.receptive import ReceptiveField


@dataclass(frozen=True)
class Placement:
    """Places every node of a map over the middle of its receptive field.

    Parameters
    ----------
    field : ReceptiveField
        What a node sees of the image.
    output : (int, int)
        Rows and columns of nodes.
    """

    field: ReceptiveField
    output: tuple[int, int]

    @property
    def pitch(self) -> int:
        """Pixels between neighbouring nodes, which are drawn as squares of this size."""
        return self.field.step

    @property
    def corner(self) -> tuple[float, float]:
        """Row and column of the image at which the square of node (0, 0) begins."""
        field = self.field
        return (
            field.origin[0] + (field.size[0] - field.step) / 2,
            field.origin[1] + (field.size[1] - field.step) / 2,
        )

    def square(self, row: int, column: int) -> tuple[float, float, float, float]:
        """The square of a node (left, top, width, height), in pixels of the image."""
        top, left = self.corner
        return left + column * self.pitch, top + row * self.pitch, self.pitch, self.pitch

    def window(self, row: int, column: int) -> tuple[int, int, int, int]:
        """What a node sees (left, top, width, height), beyond the image where it reaches padding."""
        top, left, bottom, right = self.field.rectangle(row, column)
        return left, top, right - left, bottom - top

    def node_at(self, y: float, x: float) -> tuple[int, int]:
        """The node whose middle is nearest to a point of the image."""
        return self.field.node_at(y, x, self.output)
