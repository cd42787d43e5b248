"""Traces a node of any layer: what it read, which maps contributed, and how much each pixel gave.

Everything is computed in double precision from the prepared image, and only inside the node's receptive field: its
window, the windows of the nodes in it, and so on.

The share of each pixel is gradient × input: its value times the derivative of the node's sum with respect
to it (A. Shrikumar, P. Greenside, A. Shcherbina and A. Kundaje, "Not just a black box: learning important features
through propagating activation differences", 2016). Where all layers are linear piece by piece — ReLU, leaky ReLU, no
activation, pooling of either kind — the shares of the pixels and those of the biases add up to the sum exactly, by
Euler's theorem on homogeneous functions; there they are also what layer-wise relevance propagation (ε = 0) gives
(M. Ancona, E. Ceolini, C. Öztireli and M. Gross, "Towards better understanding of gradient-based attribution methods
for deep neural networks", ICLR 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.explain.explain import (
    NodeExplanation,
    channels_by_contribution,
    explain,
    explain_pooling,
    strongest_input,
)
from convexplorer.core.model.activations import activate, slope
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.pooling import pool_maps
from convexplorer.core.runtime.types import Doubles, ShouldStop, never
from convexplorer.errors import CancelledError

IMAGE = -1
"""Index that stands for the image, below the first layer."""


@dataclass(frozen=True)
class NodePlace:
    """Names a node by layer (`IMAGE` for a pixel), map or channel, row and column."""

    layer: int
    map: int
    row: int
    column: int


@dataclass(frozen=True)
class Contribution:
    """What one input map gives to a node's sum: its subtotal, and where in the window its largest product lies."""

    channel: int
    subtotal: float
    strongest: tuple[int, int]


@dataclass(frozen=True, eq=False)
class TracedNode:
    """A node and what it read.

    Parameters
    ----------
    place : NodePlace
        Which node.
    geometry : Geometry
        How its layer's windows lie.
    channels : tuple of int
        The input maps that it read: all of them, or only its own if it is a pooling.
    patch : ndarray, shape (len(channels), kh, kw), float64
        Inputs under its window, zeros in the padding.
    value : float
        The value of the node.
    explanation : NodeExplanation
        Products, subtotals, sum and value. A pooling is written as a filter (`explain_pooling`).
    contributions : tuple of Contribution
        What each input map gave, the largest magnitude first; muted channels are left out. A pooling has just one, its
        own map's, which is the whole value.
    below : int
        The layer that it read, or `IMAGE`.
    """

    place: NodePlace
    geometry: Geometry
    channels: tuple[int, ...]
    patch: Doubles
    value: float
    explanation: NodeExplanation
    contributions: tuple[Contribution, ...]
    below: int


@dataclass(frozen=True, eq=False)
class Relevance:
    """Shares of a node's sum (of a pooling's node, of its value).

    Parameters
    ----------
    shares : ndarray, shape (C, h, w), float64
        Gradient × input of each channel of the pixels in the node's receptive field, as far as it lies on the image.
    top, left : int
        Row and column of its first pixel.
    biases : float
        Gradient × bias of all layers together.
    total : float
        The sum itself; ``shares.sum() + biases`` where all layers are linear piece by piece.
    """

    shares: Doubles
    top: int
    left: int
    biases: float
    total: float


def trace(layers: Sequence[Layer], image: Prepared, place: NodePlace, should_stop: ShouldStop = never) -> TracedNode:
    """Work out a node and what it read.

    Parameters
    ----------
    layers : sequence of Layer
        The stack. Layers below the node's own that are off are passed over.
    image : Prepared
        What the first layer reads.
    place : NodePlace
        A node there is, of a layer of the stack.
    should_stop : callable
        Asked between layers.

    Raises
    ------
    InvalidValueError
        If a window does not fit its input.
    CancelledError
        If `should_stop` said so.
    """
    path = _path(layers, place.layer)
    seen = _Seen(layers, path, image, place, should_stop)
    layer, geometry = layers[place.layer], seen.geometries[-1]
    below = path[-2] if len(path) > 1 else IMAGE
    patch = seen.inputs[-1][:, :: geometry.dilation, :: geometry.dilation]
    value = float(seen.outputs[0, 0, 0])
    if isinstance(layer, PoolLayer):
        patch = patch[[place.map]]
        pooling = explain_pooling(patch, layer.kind, colours=below == IMAGE)
        one = Contribution(place.map, value, strongest_input(pooling.products[0]))
        return TracedNode(place, geometry, (place.map,), patch, value, pooling, (one,), below)
    explanation = explain(patch, layer.bank[place.map], layer.activation, layer.muted)
    explanation = replace(explanation, colours=below == IMAGE)
    contributions = tuple(
        Contribution(channel, float(explanation.subtotals[channel]), strongest_input(explanation.products[channel]))
        for channel in channels_by_contribution(explanation)
        if channel not in layer.muted
    )
    return TracedNode(place, geometry, tuple(range(len(patch))), patch, value, explanation, contributions, below)


def relevance(layers: Sequence[Layer], image: Prepared, place: NodePlace, should_stop: ShouldStop = never) -> Relevance:
    """Divide a node's sum among the pixels it sees, by gradient × input; parameters and errors as for `trace`."""
    path = _path(layers, place.layer)
    seen = _Seen(layers, path, image, place, should_stop)
    # Backpropagation from the node (whose derivative by itself is 1) down to the image, layer by layer.
    gradient = np.ones((1, 1, 1))
    biases = 0.0
    for depth in range(len(path) - 1, -1, -1):
        if should_stop():
            raise CancelledError
        layer, geometry = layers[path[depth]], seen.geometries[depth]
        last = depth == len(path) - 1
        inputs, spread = seen.inputs[depth], np.zeros_like(seen.inputs[depth])
        if isinstance(layer, PoolLayer):
            # The node itself reads one map only; its layer has no other nodes here.
            maps = [place.map] if last else list(range(len(inputs)))
            spread[maps] = _unpool(layer, inputs[maps], gradient)
        else:
            filters = [place.map] if last else list(range(len(layer.bank)))
            if not last:  # Shares are of the node's sum, so its own activation does not count.
                on = np.array([one.enabled for one in layer.bank], np.float64)
                gradient = gradient * slope(seen.sums[depth], layer.activation) * on[:, np.newaxis, np.newaxis]
            weights, bias = _doubles(layer, filters)
            biases += float(gradient.sum(axis=(1, 2)) @ bias)
            # Each weight passes the gradient back to the inputs that it was multiplied with: one slice for all nodes.
            for (i, j), under in _offsets(geometry, gradient.shape[1:]):
                spread[:, under[0], under[1]] += np.tensordot(weights[:, :, i, j], gradient, (0, 0))
        gradient = spread * seen.inside(depth)  # Padding is no node: nothing passes through it.
    rows, columns = seen.on_image()
    shares = (gradient * seen.inputs[0])[:, rows, columns]
    top, left = seen.corners[0]
    return Relevance(shares, top + rows.start, left + columns.start, biases, float(seen.sums[-1][0, 0, 0]))


def _path(layers: Sequence[Layer], at: int) -> list[int]:
    """Indices of the layers that lead to one, itself the last."""
    return [i for i in range(at) if layers[i].enabled] + [at]


class _Seen:
    """All values inside a node's receptive field, in double precision.

    For each layer of the path: `geometries`; `corners`, row and column of the first input that is needed; `inputs`,
    shape (C, h, w), what is needed of them, zeros where padding is; `sums` before the activation, of the last layer
    those of the node alone. `outputs`, shape (1, 1, 1), is the node.
    """

    def __init__(
        self, layers: Sequence[Layer], path: Sequence[int], image: Prepared, place: NodePlace, should_stop: ShouldStop
    ) -> None:
        self.geometries: list[Geometry] = []
        size = image.shape[1:]
        for at in path:
            self.geometries.append(layers[at].geometry(*size))
            size = self.geometries[-1].output
        # From the node down: which rectangle of each layer's input is needed.
        self.corners: list[tuple[int, int]] = []
        rows, columns = (place.row, place.row + 1), (place.column, place.column + 1)
        for geometry in reversed(self.geometries):
            top, left, bottom, right = geometry.reach(rows, columns)
            self.corners.insert(0, (top, left))
            rows, columns = (top, bottom), (left, right)
        # From the image up: the values in these rectangles.
        self.inputs = [_pixels(image, rows, columns)]
        self.sums: list[Doubles] = []
        for depth, at in enumerate(path):
            if should_stop():
                raise CancelledError
            layer, last = layers[at], depth == len(path) - 1
            inputs, geometry = self.inputs[depth], self.geometries[depth]
            if isinstance(layer, PoolLayer):
                nodes = map(range, _nodes(inputs, geometry))
                sums = outputs = pool_maps(inputs[[place.map]] if last else inputs, layer, *nodes)
            else:
                filters = [place.map] if last else list(range(len(layer.bank)))
                sums = _sums(inputs, geometry, *_doubles(layer, filters))
                outputs = activate(sums.copy(), layer.activation)
                if not last:
                    outputs *= np.array([one.enabled for one in layer.bank])[:, np.newaxis, np.newaxis]
            self.sums.append(sums)
            if last:
                self.outputs = outputs
            else:
                self.inputs.append(outputs)
                # A rectangle may reach into the padding of the next layer, where nodes were computed that are none.
                outputs *= self.inside(depth + 1)

    def inside(self, depth: int) -> NDArray[np.bool_]:
        """Which inputs of a layer are not padding, shape (h, w)."""
        height, width = self.geometries[depth].inputs
        top, left = self.corners[depth]
        rows, columns = (
            first + np.arange(n) for first, n in zip((top, left), self.inputs[depth].shape[1:], strict=True)
        )
        return ((rows >= 0) & (rows < height))[:, np.newaxis] & ((columns >= 0) & (columns < width))

    def on_image(self) -> tuple[slice, slice]:
        """Rows and columns of the first layer's inputs that lie on the image."""
        slices = []
        for first, count, size in zip(
            self.corners[0], self.inputs[0].shape[1:], self.geometries[0].inputs, strict=True
        ):
            start = max(0, -first)
            slices.append(slice(start, max(start, min(count, size - first))))
        return slices[0], slices[1]


def _pixels(image: Prepared, rows: tuple[int, int], columns: tuple[int, int]) -> Doubles:
    """Values of a rectangle of the image, zeros beyond it."""
    channels, height, width = image.shape
    values = np.zeros((channels, rows[1] - rows[0], columns[1] - columns[0]))
    y0, y1, x0, x1 = max(rows[0], 0), min(rows[1], height), max(columns[0], 0), min(columns[1], width)
    if y0 < y1 and x0 < x1:
        cut = image.stored[:, y0:y1, x0:x1].astype(np.float64) * image.gain
        values[:, y0 - rows[0] : y1 - rows[0], x0 - columns[0] : x1 - columns[0]] = cut
    return values


def _doubles(layer: ConvLayer, filters: Sequence[int]) -> tuple[Doubles, Doubles]:
    """Weights, zero for muted channels, and biases of some filters."""
    return layer.kernels(filters).astype(np.float64), layer.bank.subset(filters).bias.astype(np.float64)


def _offsets(geometry: Geometry, nodes: tuple[int, ...]) -> list[tuple[tuple[int, int], tuple[slice, slice]]]:
    """For each weight of a kernel, the slice of inputs that it is multiplied with, for all nodes at once."""
    made = []
    for i, j in product(range(geometry.kernel[0]), range(geometry.kernel[1])):
        under = [
            slice(at * geometry.dilation, at * geometry.dilation + (count - 1) * geometry.stride + 1, geometry.stride)
            for at, count in zip((i, j), nodes, strict=True)
        ]
        made.append(((i, j), (under[0], under[1])))
    return made


def _nodes(inputs: Doubles, geometry: Geometry) -> tuple[int, int]:
    """Rows and columns of nodes that some inputs give."""
    rows, columns = (
        (size - span) // geometry.stride + 1 for size, span in zip(inputs.shape[1:], geometry.span, strict=True)
    )
    return rows, columns


def _sums(inputs: Doubles, geometry: Geometry, weights: Doubles, bias: Doubles) -> Doubles:
    """Weighted sums plus bias, shape (n, rows, columns)."""
    nodes = _nodes(inputs, geometry)
    sums = np.zeros((len(weights), *nodes)) + bias[:, np.newaxis, np.newaxis]
    for (i, j), (rows, columns) in _offsets(geometry, nodes):
        sums += np.tensordot(weights[:, :, i, j], inputs[:, rows, columns], 1)
    return sums


def _unpool(layer: PoolLayer, inputs: Doubles, gradient: Doubles) -> Doubles:
    """The gradient of a pooling's inputs. Of equal largest inputs, the first in reading order gets it all."""
    spread = np.zeros_like(inputs)
    geometry = layer.geometry(*inputs.shape[1:])
    offsets = _offsets(geometry, gradient.shape[1:])
    if layer.kind == "average":
        for _, (rows, columns) in offsets:
            spread[:, rows, columns] += gradient / layer.size**2
        return spread
    unmet = np.ones(gradient.shape, np.bool_)  # Windows whose largest has not been met.
    largest = pool_maps(inputs, layer, *map(range, gradient.shape[1:]))
    for _, (rows, columns) in offsets:
        met = unmet & (inputs[:, rows, columns] == largest)
        spread[:, rows, columns] += gradient * met
        unmet &= ~met
    return spread
