"""Compares a convolutional layer with a dense one: what each costs, and how both react when the image is shifted.

A dense layer connects every output with every input, and each connection has its own weight. A convolutional layer
connects a node only with its window, and all nodes of a map share their weights. So its maps move with the image. A
dense layer has no such rule: its inputs have no neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model import arithmetic
from convexplorer.core.model.arithmetic import Count
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.initialisers import glorot
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.model.stack_figures import figures
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError, InvalidValueError

DENSE_WEIGHTS = 4_000_000
"""Most weights of the dense layer in the shift test."""
PART_PIXELS = 400_000
"""Most pixels of the image in the shift test. Of a larger one the middle is taken; its nodes are the same."""
ROUNDING = 1e-5
"""Smaller relative differences count as none: processors may add the same numbers in another order."""


@dataclass(frozen=True)
class Comparison:
    """A layer and a dense one with as many outputs, over the same input.

    Parameters
    ----------
    outputs : Count
        Nodes of all maps.
    parameters, connections : Count
        Of the layer. Connections are counted as in `core.model.stack_figures.LayerFigures`.
    dense : Count
        Parameters of the dense layer, and its connections: no two share a weight.
    """

    outputs: Count
    parameters: Count
    connections: Count
    dense: Count


def compare(layers: Sequence[Layer], image: tuple[int, int, int]) -> Comparison:
    """Count what the last of some layers costs over an image (C, H, W), and what a dense layer would.

    A layer that is switched off is counted as if it were on.

    Raises
    ------
    InvalidValueError
        If a window does not fit.
    """
    layers = with_last_on(layers)
    layer, one = layers[-1], figures(layers, image)[-1]
    return Comparison(
        arithmetic.outputs(one),
        arithmetic.parameters(layer, one),
        arithmetic.connections(layer, one),
        arithmetic.dense_parameters(one),
    )


def with_last_on(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers with the last one switched on. Its maps are shown even if no other layer reads them."""
    return (*layers[:-1], replace(layers[-1], enabled=True))


# --- the shift test ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Shifted:
    """A map before and after the image was moved.

    Parameters
    ----------
    before, after : ndarray, shape (H', W')
        The map of the image and of the moved one.
    steps : (int, int)
        Nodes by which the map is expected to have moved, down and to the right; with a step of its receptive field
        beyond 1, the nearest number.
    exact : bool
        Whether the shift is a multiple of that step. If not, the map moves by a fraction of a node, and values differ.
    rows, columns : range
        Nodes of `after` that can be compared: everything they see was inside the image before and after.
    difference : ndarray, shape (len(rows), len(columns))
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
        return _ratio(self.difference, _crop(self.after, self.rows, self.columns))

    @property
    def change_in_place(self) -> float:
        """The same ratio without moving the map back: each node compared with itself."""
        return _ratio(
            _crop(self.after - self.before, self.rows, self.columns), _crop(self.after, self.rows, self.columns)
        )

    @property
    def largest(self) -> float:
        """The largest difference of two nodes."""
        return float(np.abs(self.difference).max())


def shift_image(prepared: Prepared, down: int, right: int) -> Prepared:
    """Move an image. Pixels of the border are repeated where it leaves a gap."""
    _, height, width = prepared.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return Prepared(prepared.stored[:, :, :][:, rows[:, np.newaxis], columns], prepared.gain, prepared.top)


def middle(prepared: Prepared, most: int = PART_PIXELS) -> Prepared:
    """The middle of an image, in its proportions, with at most `most` pixels; a smaller image as it is."""
    _, height, width = prepared.shape
    if height * width <= most:
        return prepared
    factor = (most / (height * width)) ** 0.5
    rows, columns = max(1, int(height * factor)), max(1, int(width * factor))
    top, left = (height - rows) // 2, (width - columns) // 2
    return Prepared(prepared.stored[:, top : top + rows, left : left + columns], prepared.gain, prepared.top)


def shift_test(
    image: Prepared, layers: Sequence[Layer], index: int, shift: tuple[int, int], should_stop: ShouldStop = never
) -> Shifted:
    """Compare a map of an image with that of the moved image.

    Parameters
    ----------
    image : Prepared
        What the first layer reads.
    layers : sequence of Layer
        The stack up to the one whose map it is, which counts as switched on.
    index : int
        Which map; a filter that is off counts as on.
    shift : (int, int)
        Pixels down and to the right; negative the other way.
    should_stop : callable
        Asked now and then.

    Raises
    ------
    InvalidValueError
        If a window does not fit, or the shift leaves no node that can be compared.
    CancelledError
        If `should_stop` said so.
    """
    layers = with_last_on(layers)
    field = figures(layers, image.shape)[-1].field
    last = layers[-1]
    if isinstance(last, ConvLayer):
        only = last.bank.subset([index])
        layers, index = (*layers[:-1], replace(last, bank=only.with_filters({0: replace(only[0], enabled=True)}))), 0
    before, after = (
        np.array(Stack().through(one, layers, should_stop).stored[index], np.float32)
        for one in (image, shift_image(image, *shift))
    )
    return _compare_maps(before, after, image.shape[1:], field, shift)


def dense_shift_test(
    image: Prepared, shift: tuple[int, int], seed: int = 0, should_stop: ShouldStop = never
) -> Shifted:
    """The same test with a dense layer of random weights, on a reduced image.

    The layer has one output for each pixel, arranged like the image. Outputs are weighted sums, without bias or
    activation. The mean brightness is subtracted first, as is usual before training; else it would be the larger part
    of every sum and would not change. The shift is reduced like the image, but is at least one pixel.

    Parameters
    ----------
    image, shift, should_stop
        As for `shift_test`.
    seed : int
        For the weights (`core.model.initialisers.glorot`).

    Raises
    ------
    InvalidValueError
        If the shift leaves nothing that can be compared.
    CancelledError
        If `should_stop` said so.
    """
    channels, height, width = image.shape
    side = max(4, int((DENSE_WEIGHTS / channels) ** 0.25))
    factor = min(1.0, side / max(height, width))
    size = max(1, round(height * factor)), max(1, round(width * factor))
    small = Prepared(np.stack([_shrink(plane, size) for plane in image.stored]), image.gain, image.top)
    down, right = (_nearest_whole(pixels * factor) for pixels in shift)
    mean = small.values().mean(axis=(1, 2), keepdims=True)
    weights = glorot((size[0] * size[1], channels, *size), seed).reshape(size[0] * size[1], -1)
    before, after = (
        (weights @ (one.values() - mean).ravel()).reshape(size) for one in (small, shift_image(small, down, right))
    )
    if should_stop():
        raise CancelledError
    return _compare_maps(before, after, size, ReceptiveField(), (down, right))


def _compare_maps(
    before: Values, after: Values, size: tuple[int, int], field: ReceptiveField, shift: tuple[int, int]
) -> Shifted:
    (rows, down), (columns, right) = (_comparable_nodes(size[axis], field, axis, shift[axis]) for axis in (0, 1))
    if not rows or not columns:
        raise InvalidValueError(
            "moved by {down} and {right}, no window sees the same pixels: move it less", down=shift[0], right=shift[1]
        )
    moved_back = before[rows.start - down : rows.stop - down, columns.start - right : columns.stop - right]
    exact = all(pixels % field.step == 0 for pixels in shift)
    return Shifted(before, after, (down, right), exact, rows, columns, _crop(after, rows, columns) - moved_back)


def _comparable_nodes(size: int, field: ReceptiveField, axis: int, pixels: int) -> tuple[range, int]:
    """Nodes that can be compared, and by how many nodes the map moves.

    A node counts if its receptive field lies inside the image, before and after the shift. Such a node sees no padding
    of any layer: padding lies outside the image, at every depth.
    """
    span, step, origin = field.size[axis], field.step, field.origin[axis]
    steps = round(pixels / step)

    def whole(low: int, high: int) -> tuple[int, int]:
        """Nodes whose rectangles lie within low:high."""
        return -(-(low - origin) // step), (high - span - origin) // step + 1

    first, end = whole(max(pixels, 0), min(size + pixels, size))
    first_before, end_before = whole(0, size)
    return range(max(first, first_before + steps), max(0, min(end, end_before + steps))), steps


def _crop(values: Values, rows: range, columns: range) -> Values:
    return values[rows.start : rows.stop, columns.start : columns.stop]


def _shrink(plane: NDArray[np.generic], size: tuple[int, int]) -> Values:
    """Means over areas."""
    picture = PILImage.fromarray(plane.astype(np.float32))
    return np.asarray(picture.resize((size[1], size[0]), PILImage.Resampling.BOX))


def _nearest_whole(pixels: float) -> int:
    """The nearest whole number, but not zero unless it is."""
    return round(pixels) or int(np.sign(pixels))


def _ratio(difference: Values, values: Values) -> float:
    size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    ratio = float(np.sqrt(np.mean(np.square(difference, dtype=np.float64)))) / size if size else 0.0
    return ratio if ratio >= ROUNDING else 0.0
