"""A convolutional layer beside a dense one: what each costs, and what becomes of both when the image moves.

A dense layer connects every output with every input, each connection with a weight of its own. A convolutional one
connects a node with its window alone, and all nodes of a map share one set of weights; so its maps move with the image,
where nothing in a dense layer knows of neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.activations import activate
from convexplorer.core.conv import feature_maps
from convexplorer.core.geometry import Geometry
from convexplorer.core.images import Prepared, ShouldStop, Values, never
from convexplorer.core.initialisers import glorot
from convexplorer.core.layers import ConvLayer
from convexplorer.core.network import Shape
from convexplorer.errors import CancelledError, InvalidValueError

DENSE_WEIGHTS = 4_000_000
"""Most weights of the dense layer that is tried out."""


@dataclass(frozen=True)
class Count:
    """A number and how it comes about, as ``8 × (3×3×3 + 1)``; the result is not part of the formula."""

    formula: str
    value: int


@dataclass(frozen=True)
class Comparison:
    """A convolutional layer and a dense one with as many outputs, over the same input.

    Parameters
    ----------
    outputs : Count
        Nodes of all maps.
    parameters, connections : Count
        Of the convolutional layer. Connections are counted as in `core.network.LayerFigures`.
    dense_parameters, dense_connections : Count
        Of the dense one, where they are the same: no two connections share a weight.
    """

    outputs: Count
    parameters: Count
    connections: Count
    dense_parameters: Count
    dense_connections: Count


def compare(layer: ConvLayer, inputs: Shape) -> Comparison:
    """Count what a layer costs over an input (C, H, W), and what a dense layer would.

    Raises
    ------
    InvalidValueError
        If a window does not fit the input.
    """
    filters, (channels, height, width) = len(layer.bank), layer.bank.shape
    rows, columns = layer.geometry(*inputs[1:]).output
    window = f"({channels}×{height}×{width} + 1)"
    size = channels * height * width + 1
    nodes = filters * rows * columns
    outputs = f"{filters}×{rows}×{columns}"
    dense = Count(f"{outputs} × ({inputs[0]}×{inputs[1]}×{inputs[2]} + 1)", nodes * (prod(inputs) + 1))
    return Comparison(
        Count(outputs, nodes),
        Count(f"{filters} × {window}", filters * size),
        Count(f"{outputs} × {window}", nodes * size),
        dense,
        dense,
    )


# --- the shift test ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ShiftedMaps:
    """Maps before and after the input was moved.

    Parameters
    ----------
    before, after : ndarray, shape (n, H', W')
        Maps of the input and of the moved one.
    steps : (int, int)
        Nodes by which the maps are expected to have moved, down and to the right; with a stride, the nearest number.
    exact : bool
        Whether the shift is a multiple of the stride; else no whole number of nodes is right, and the maps differ.
    rows, columns : range
        Nodes of `after` that can be compared: their windows, and those `steps` before, lie on pixels that are the same.
    difference : ndarray, shape (n, len(rows), len(columns))
        `after` there, less `before` the `steps` before; zero but for rounding where the shift is exact.
    """

    before: Values
    after: Values
    steps: tuple[int, int]
    exact: bool
    rows: range
    columns: range
    difference: Values

    @property
    def change(self) -> float:
        """Size of the difference relative to that of the values it is between (root mean squares); 0 is no change."""
        kept = self.after[:, self.rows.start : self.rows.stop, self.columns.start : self.columns.stop]
        return _ratio(self.difference, kept)


def shifted(prepared: Prepared, down: int, right: int) -> Prepared:
    """An input moved; where nothing has moved to, the pixels of the border are repeated."""
    _, height, width = prepared.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return Prepared(prepared.stored[:, rows[:, np.newaxis], columns], prepared.gain, prepared.top)


def shift_test(
    prepared: Prepared,
    layer: ConvLayer,
    indices: Sequence[int],
    shift: tuple[int, int],
    should_stop: ShouldStop = never,
) -> ShiftedMaps:
    """Move an input and see what becomes of some maps.

    Parameters
    ----------
    prepared : Prepared
        The layer's input.
    layer : ConvLayer
        The layer.
    indices : sequence of int
        Which maps.
    shift : (int, int)
        Pixels, or nodes of the layer below, down and to the right; negative the other way.
    should_stop : callable
        Asked now and then.

    Raises
    ------
    InvalidValueError
        If a window does not fit the input, or the shift leaves no node that can be compared.
    CancelledError
        If `should_stop` said so.
    """
    geometry = layer.geometry(*prepared.shape[1:])
    before = feature_maps(prepared, layer, indices, should_stop)
    after = feature_maps(shifted(prepared, *shift), layer, indices, should_stop)
    return _compared(before, after, geometry, shift)


def dense_shift_test(
    prepared: Prepared, layer: ConvLayer, shift: tuple[int, int], seed: int = 0, should_stop: ShouldStop = never
) -> ShiftedMaps:
    """The same with a dense layer of random weights, on a version of the input that is small enough for it.

    It has as many outputs as the convolutional layer gives nodes of one map there, laid out in the same rows and
    columns, and the same activation. The shift is reduced as the input is, but for a pixel at least.

    Parameters
    ----------
    prepared, layer, shift, should_stop
        As for `shift_test`.
    seed : int
        For the weights (`core.initialisers.glorot`).

    Raises
    ------
    InvalidValueError
        If a window does not fit even the small version, or the shift leaves no node that can be compared.
    CancelledError
        If `should_stop` said so.
    """
    channels, height, width = prepared.shape
    side = max(4, int((DENSE_WEIGHTS / channels) ** 0.25))
    factor = min(1.0, side / max(height, width))
    size = max(1, round(height * factor)), max(1, round(width * factor))
    small = Prepared(np.stack([_reduced(plane, size) for plane in prepared.stored]), prepared.gain, prepared.top)
    moved = tuple(_towards(pixels * factor) for pixels in shift)
    geometry = layer.geometry(*size)
    rows, columns = geometry.output
    weights = glorot((rows * columns, channels, *size), seed).reshape(rows * columns, -1)
    outputs = [
        activate(weights @ one.values().ravel(), layer.activation).reshape(1, rows, columns)
        for one in (small, shifted(small, moved[0], moved[1]))
    ]
    if should_stop():
        raise CancelledError
    return _compared(outputs[0], outputs[1], geometry, (moved[0], moved[1]))


def _compared(before: Values, after: Values, geometry: Geometry, shift: tuple[int, int]) -> ShiftedMaps:
    axes = [_comparable(geometry, axis, shift[axis]) for axis in (0, 1)]
    if not all(len(nodes) for nodes, _ in axes):
        raise InvalidValueError(
            "moved by {down} and {right}, no window sees the same pixels", down=shift[0], right=shift[1]
        )
    (rows, down), (columns, right) = axes
    difference = (
        after[:, rows.start : rows.stop, columns.start : columns.stop]
        - before[:, rows.start - down : rows.stop - down, columns.start - right : columns.stop - right]
    )
    exact = all(pixels % geometry.stride == 0 for pixels in shift)
    return ShiftedMaps(before, after, (down, right), exact, rows, columns, difference)


def _comparable(geometry: Geometry, axis: int, pixels: int) -> tuple[range, int]:
    """Nodes whose windows see nothing but moved pixels and could be where they were before; and the steps between."""
    size, span, stride, pad = geometry.inputs[axis], geometry.span[axis], geometry.stride, geometry.pads[axis]
    steps = round(pixels / stride)

    def whole(low: int, high: int) -> tuple[int, int]:
        """Nodes whose windows lie within low:high."""
        return -(-(low + pad) // stride), (high - span + pad) // stride + 1

    first, end = whole(max(pixels, 0), min(size + pixels, size))
    first_before, end_before = whole(0, size)
    return range(max(first, first_before + steps), max(0, min(end, end_before + steps))), steps


def _reduced(plane: NDArray[np.generic], size: tuple[int, int]) -> Values:
    """Means over areas."""
    picture = PILImage.fromarray(plane.astype(np.float32))
    return np.asarray(picture.resize((size[1], size[0]), PILImage.Resampling.BOX))


def _towards(pixels: float) -> int:
    """The nearest whole number, but not zero unless it is."""
    return round(pixels) or int(np.sign(pixels))


def _ratio(difference: Values, values: Values) -> float:
    size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    return float(np.sqrt(np.mean(np.square(difference, dtype=np.float64)))) / size if size else 0.0
