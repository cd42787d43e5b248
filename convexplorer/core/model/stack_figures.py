"""Figures of a stack: shapes, receptive fields, parameters and cost of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import ConvLayer, Layer, label, maps_of
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.errors import InvalidValueError

MapShape = tuple[int, int, int]
"""Channels, rows and columns."""


@dataclass(frozen=True)
class LayerFigures:
    """Shapes and cost of one layer.

    Windows are counted whole: zeros of the padding, muted channels and filters that are switched off too.

    Parameters
    ----------
    inputs, outputs : (int, int, int)
        Channels, rows and columns of what reaches it and what leaves it; the same if it is switched off.
    geometry : Geometry or None
        How its windows lie; None if it is switched off.
    field : ReceptiveField
        What its nodes see of the image.
    parameters : int
        Weights and biases: filters · (channels · kh · kw + 1).
    connections : int
        From inputs, and from the bias where there is one, to nodes: maps · rows · columns · (channels · kh · kw + 1);
        of a pooling maps · rows · columns · size². So counted in Y. LeCun, L. Bottou, Y. Bengio and P. Haffner,
        "Gradient-based learning applied to document recognition", 1998, section II.B.
    multiply_adds : int
        Multiplications of an input with a weight: maps · rows · columns · channels · kh · kw; none of a pooling.
    """

    inputs: MapShape
    outputs: MapShape
    geometry: Geometry | None
    field: ReceptiveField
    parameters: int = 0
    connections: int = 0
    multiply_adds: int = 0


@dataclass(frozen=True)
class Totals:
    """Sums over the layers of a stack that are on."""

    parameters: int
    connections: int
    multiply_adds: int


def figures(layers: Sequence[Layer], shape: MapShape) -> list[LayerFigures]:
    """Figures of every layer of a stack.

    Parameters
    ----------
    layers : sequence of Layer
        The stack, from the image on.
    shape : (int, int, int)
        Channels, rows and columns of the prepared image.

    Raises
    ------
    InvalidValueError
        If a window does not fit; it names the layer and tells the formula with its numbers.
    """
    made, problem = fitting_figures(layers, shape)
    if problem is not None:
        raise problem
    return made


def fitting_figures(layers: Sequence[Layer], shape: MapShape) -> tuple[list[LayerFigures], InvalidValueError | None]:
    """Figures of all layers that fit, and the error of the first one whose window does not fit; None if all fit."""
    field = ReceptiveField()
    made: list[LayerFigures] = []
    for at, layer in enumerate(layers):
        if layer.enabled:
            try:
                one = _figures(layer, shape, field)
            except InvalidValueError as error:
                problem = InvalidValueError("{layer}: {problem}", layer=label(layers, at), problem=error)
                problem.__cause__ = error
                return made, problem
        else:
            one = LayerFigures(shape, shape, None, field)
        made.append(one)
        shape, field = one.outputs, one.field
    return made, None


def totals(of_layers: Sequence[LayerFigures]) -> Totals:
    """Sums over a stack."""
    return Totals(
        sum(one.parameters for one in of_layers),
        sum(one.connections for one in of_layers),
        sum(one.multiply_adds for one in of_layers),
    )


def shapes(layers: Sequence[Layer], shape: MapShape) -> list[MapShape]:
    """Shape of what leaves each layer, for an image (C, H, W); errors are those of `figures`."""
    return [one.outputs for one in figures(layers, shape)]


def geometries(layers: Sequence[Layer], shape: MapShape) -> list[Geometry]:
    """Geometry of every layer that is on, from the image on; errors are those of `figures`."""
    return [one.geometry for one in figures(layers, shape) if one.geometry is not None]


def shown_geometry(layers: Sequence[Layer], at: int, shape: MapShape) -> Geometry:
    """Geometry of one layer, even if it is switched off; errors are those of `figures`."""
    seen = layers[: at + 1]
    geometry = figures((*seen[:-1], replace(seen[-1], enabled=True)), shape)[-1].geometry
    assert geometry is not None  # noqa: S101
    return geometry


def _figures(layer: Layer, shape: MapShape, field: ReceptiveField) -> LayerFigures:
    channels, height, width = shape
    geometry = layer.geometry(height, width)
    maps = maps_of(layer, channels)
    nodes = maps * geometry.output[0] * geometry.output[1]
    window = geometry.kernel[0] * geometry.kernel[1]
    outputs = maps, *geometry.output
    if not isinstance(layer, ConvLayer):
        return LayerFigures(shape, outputs, geometry, field.behind(geometry), connections=nodes * window)
    window *= channels
    return LayerFigures(
        shape,
        outputs,
        geometry,
        field.behind(geometry),
        parameters=maps * (window + 1),
        connections=nodes * (window + 1),
        multiply_adds=nodes * window,
    )
