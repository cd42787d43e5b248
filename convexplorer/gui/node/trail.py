"""The way of a trace: from the node it began at, input by input, down to a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convexplorer.core.explain.trace import IMAGE, NodePlace
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import Layer, PoolLayer
from convexplorer.core.model.stack_figures import LayerFigures
from convexplorer.core.project.change import Change


@dataclass(frozen=True)
class Trail:
    """The steps of a trace, each an input of the one before; the last is what is looked at.

    Parameters
    ----------
    steps : tuple of NodePlace
        From the node that the trace began at; `IMAGE` is the layer of a pixel.
    """

    steps: tuple[NodePlace, ...] = ()

    @property
    def node(self) -> NodePlace | None:
        """The last step that is a node, and no pixel."""
        return next((step for step in reversed(self.steps) if step.layer != IMAGE), None)

    @property
    def pixel(self) -> NodePlace | None:
        """The pixel that has been reached."""
        return self.steps[-1] if self.steps and self.steps[-1].layer == IMAGE else None

    def down(self, place: NodePlace) -> Trail:
        """One step further; from a pixel, another pixel of the same node."""
        steps = self.steps[:-1] if self.pixel is not None else self.steps
        return Trail((*steps, place))

    def back(self, to: int) -> Trail:
        """Back to a step, counted from 0."""
        return replace(self, steps=self.steps[: to + 1])

    def follow(self, change: Change) -> Trail:
        """The trail after an edit: its steps go with their filters and layers, up to the first one that is gone."""
        steps = []
        for step in self.steps:
            if step.layer == IMAGE:
                steps.append(step)
                continue
            layer, row = change.layer_now(step.layer), change.filter_now(step.layer, step.map)
            if layer is None or row is None:
                break
            steps.append(replace(step, layer=layer, map=row))
        return Trail(tuple(steps))

    def move_to(self, place: NodePlace, layers: Sequence[Layer], of_layers: Sequence[LayerFigures]) -> Trail:
        """The trail when another node is looked at: it goes on if the step before reads that one, else begins anew.

        Parameters
        ----------
        place : NodePlace
            What is looked at now.
        layers : sequence of Layer
            The stack.
        of_layers : sequence of LayerFigures
            Its figures.
        """
        if place == self.node:
            return self
        nodes = [step for step in self.steps if step.layer != IMAGE]
        if len(nodes) > 1 and nodes[-1].layer == place.layer:
            parent = nodes[-2]
            geometry = of_layers[parent.layer].geometry
            if geometry is not None and reads(layers[parent.layer], geometry, parent, place):
                return Trail((*nodes[:-1], place))
        return Trail((place,))


def reads(layer: Layer, geometry: Geometry, node: NodePlace, place: NodePlace) -> bool:
    """Whether a node reads a node, or pixel, of what reaches its layer."""
    if isinstance(layer, PoolLayer) and node.map != place.map:
        return False
    origin = geometry.origin(node.row, node.column)
    return all(
        at - start >= 0 and (at - start) % geometry.dilation == 0 and (at - start) // geometry.dilation < length
        for at, start, length in zip((place.row, place.column), origin, geometry.kernel, strict=True)
    )
