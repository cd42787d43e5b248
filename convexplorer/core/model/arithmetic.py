"""Figures of a layer as a result and the formula that gives it: ``8 × (3×3×3 + 1)``."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.model.stack_figures import LayerFigures


@dataclass(frozen=True)
class Count:
    """A number and its formula, as ``8 × (3×3×3 + 1)``.

    The formula does not contain the result. It is empty where nothing has to be worked out.
    """

    formula: str
    value: int


def outputs(figures: LayerFigures) -> Count:
    """Nodes of all maps: maps × rows × columns."""
    return Count(_times(*figures.outputs), prod(figures.outputs))


def parameters(layer: Layer, figures: LayerFigures) -> Count:
    """Weights and biases. A pooling has none; neither has a layer that is off."""
    if not isinstance(layer, ConvLayer) or figures.geometry is None:
        return Count("", 0)
    return Count(f"{len(layer.bank)} × ({_window(layer, figures.geometry)} + 1)", figures.parameters)


def connections(layer: Layer, figures: LayerFigures) -> Count:
    """Connections that end in a node: from its inputs and, in a convolution, from the bias (`LayerFigures`)."""
    if figures.geometry is None:
        return Count("", 0)
    window = _window(layer, figures.geometry)
    each = f"({window} + 1)" if isinstance(layer, ConvLayer) else window
    return Count(f"{_times(*figures.outputs)} × {each}", figures.connections)


def multiply_adds(layer: Layer, figures: LayerFigures) -> Count:
    """Multiplications of an input with a weight. Each product is added to a sum."""
    if not isinstance(layer, ConvLayer) or figures.geometry is None:
        return Count("", 0)
    return Count(f"{_times(*figures.outputs)} × {_window(layer, figures.geometry)}", figures.multiply_adds)


def dense_parameters(figures: LayerFigures) -> Count:
    """Parameters of a dense layer with the same inputs and outputs. It has as many connections."""
    each = prod(figures.inputs) + 1
    return Count(f"{_times(*figures.outputs)} × ({_times(*figures.inputs)} + 1)", prod(figures.outputs) * each)


def nodes(geometry: Geometry, axis: int) -> Count:
    """Rows (axis 0) or columns (1) of the output: ⌊(input + padding − span) / stride⌋ + 1."""
    padding = geometry.pads[axis] + geometry.pads[axis + 2]
    formula = f"⌊({geometry.inputs[axis]} + {padding} − {geometry.span[axis]}) / {geometry.stride}⌋ + 1"
    return Count(formula, geometry.output[axis])


def field_size(geometry: Geometry, below: ReceptiveField, axis: int) -> Count:
    """Rows or columns of the image that a node sees: the field of one node below, plus a step for each further node."""
    formula = f"{below.size[axis]} + ({geometry.span[axis]} − 1) × {below.step}"
    return Count(formula, below.behind(geometry).size[axis])


def field_step(geometry: Geometry, below: ReceptiveField) -> Count:
    """Pixels between the fields of neighbouring nodes."""
    return Count(f"{below.step} × {geometry.stride}", below.behind(geometry).step)


def _window(layer: Layer, geometry: Geometry) -> str:
    depth = (layer.bank.channels,) if isinstance(layer, ConvLayer) else ()
    return _times(*depth, *geometry.kernel)


def _times(*factors: int) -> str:
    return "×".join(map(str, factors))
