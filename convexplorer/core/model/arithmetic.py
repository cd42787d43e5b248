"""The figures of a layer with the arithmetic that leads to them, to be read beside the result."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.model.stack_figures import LayerFigures


@dataclass(frozen=True)
class Count:
    """A number and how it comes about, as ``8 × (3×3×3 + 1)``; the result is not part of the formula.

    Where there is nothing to be worked out, the formula is empty.
    """

    formula: str
    value: int


def outputs(figures: LayerFigures) -> Count:
    """Nodes of all maps: maps × rows × columns."""
    return Count(_times(*figures.outputs), prod(figures.outputs))


def parameters(layer: Layer, figures: LayerFigures) -> Count:
    """Weights and biases; a pooling has none, nor has a layer that is off."""
    if not isinstance(layer, ConvLayer) or figures.geometry is None:
        return Count("", 0)
    return Count(f"{len(layer.bank)} × ({_window(layer, figures.geometry)} + 1)", figures.parameters)


def connections(layer: Layer, figures: LayerFigures) -> Count:
    """From inputs, and of a convolution from the bias, to nodes (`core.model.stack_figures.LayerFigures`)."""
    if figures.geometry is None:
        return Count("", 0)
    window = _window(layer, figures.geometry)
    each = f"({window} + 1)" if isinstance(layer, ConvLayer) else window
    return Count(f"{_times(*figures.outputs)} × {each}", figures.connections)


def multiply_adds(layer: Layer, figures: LayerFigures) -> Count:
    """Multiplications of an input with a weight, each of which is added to a sum."""
    if not isinstance(layer, ConvLayer) or figures.geometry is None:
        return Count("", 0)
    return Count(f"{_times(*figures.outputs)} × {_window(layer, figures.geometry)}", figures.multiply_adds)


def dense_parameters(figures: LayerFigures) -> Count:
    """Of a dense layer with as many outputs over the same input; it has as many connections."""
    each = prod(figures.inputs) + 1
    return Count(f"{_times(*figures.outputs)} × ({_times(*figures.inputs)} + 1)", prod(figures.outputs) * each)


def nodes(geometry: Geometry, axis: int) -> Count:
    """Rows (axis 0) or columns (1) of the output: ⌊(input + padding − span) / stride⌋ + 1."""
    padding = geometry.pads[axis] + geometry.pads[axis + 2]
    formula = f"⌊({geometry.inputs[axis]} + {padding} − {geometry.span[axis]}) / {geometry.stride}⌋ + 1"
    return Count(formula, geometry.output[axis])


def field_size(geometry: Geometry, below: ReceptiveField, axis: int) -> Count:
    """Rows or columns of the image that a node sees: those of a node below, and a step more for each further one."""
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
