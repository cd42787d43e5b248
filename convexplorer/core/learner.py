"""A network that learns: convolutional layers, then dense ones, then the softmax of `core.loss`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from convexplorer.core.banded import Conv
from convexplorer.core.filters import FilterBank
from convexplorer.core.initialisers import glorot, he
from convexplorer.core.layers import ConvLayer
from convexplorer.core.layers import Layer as StackLayer
from convexplorer.core.nn import Array, Dense, Layer, MaxPool, ReLU
from convexplorer.errors import InvalidValueError

MAX_WORK = 4 << 30
"""Most bytes that a network's layers may take for a batch, and most multiply-adds of an image."""

SMALL = 0.3
"""Size of the first layer's random weights, relative to the usual one."""


@dataclass(frozen=True)
class Stage:
    """A convolutional layer of a network, and how its maps go on.

    Parameters
    ----------
    layer : ConvLayer
        Its filters are what training starts from. All channels take part, muted ones too.
    pool : int
        Side of the windows of which the largest value is taken; 1 leaves the maps as they are.
    frozen : frozenset of int
        Filters that training leaves as they are.
    """

    layer: ConvLayer
    pool: int = 2
    frozen: frozenset[int] = frozenset()


def random_stages(channels: int, seed: int, filters: Sequence[int] = (8, 16), size: int = 5) -> tuple[Stage, ...]:
    """Convolutional layers that have learnt nothing (`initialisers.he`), ReLU, pooled by 2.

    The first one begins at `SMALL` times the usual size: what is random in a filter stays in it, under what it learns,
    and the filters that one looks at should come to show the latter (measured by `tests/bench/learning.py`).

    Parameters
    ----------
    channels : int
        Channels of the images.
    seed : int
        The same seed gives the same filters.
    filters : sequence of int
        How many each layer has.
    size : int
        Height and width of all kernels.
    """
    stages = []
    for number, count in enumerate(filters):
        weights = he((count, channels, size, size), seed + number) * np.float32(1 if number else SMALL)
        stages.append(Stage(ConvLayer(FilterBank.from_arrays(weights))))
        channels = count
    return tuple(stages)


def stages_of(layers: Sequence[StackLayer]) -> tuple[Stage, ...]:
    """The stages that a stack of the explorer is, layers that are switched off left out.

    Raises
    ------
    InvalidValueError
        If a layer is of a kind that is not trained here.
    """
    stages: list[Stage] = []
    for layer in layers:
        if not layer.enabled:
            continue
        if isinstance(layer, ConvLayer):
            stages.append(Stage(layer, 1))
        elif not stages or stages[-1].pool > 1 or layer.kind != "max" or layer.stride != layer.size:
            raise InvalidValueError("of poolings, only max pooling side by side behind a convolution can be trained")
        else:
            stages[-1] = replace(stages[-1], pool=layer.size)
    return tuple(stages)


class Network:
    """Layers in a row, all their parameters in one vector.

    Parameters
    ----------
    stages : sequence of Stage
        At least one.
    shape : (int, int, int)
        Channels, height and width of the images.
    classes : int
        Units of the last layer.
    hidden : sequence of int
        Units of the dense layers before it, with ReLU.
    seed : int
        For what the dense layers start from.
    dtype : dtype
        float32, or float64 to check gradients.

    Attributes
    ----------
    values, gradient : ndarray, shape (P,)
        All parameters, layer after layer, weights before the bias, and the last gradient of the loss.
    decays, learns : ndarray, shape (P,)
        1 where weight decay pulls, and where training may change anything; else 0.

    Raises
    ------
    InvalidValueError
        If the layers do not fit the images or each other, or are too large to be trained here.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        shape: tuple[int, int, int],
        classes: int,
        *,
        hidden: Sequence[int] = (),
        seed: int = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.stages = tuple(stages)
        self.shape = shape
        self.convolutions: list[Conv] = []
        self.dense: list[Dense] = []
        self._layers: list[Layer] = []
        self._ends: list[int] = []
        channels, height, width = shape
        for stage in self.stages:
            channels, height, width = self._convolve(stage, (channels, height, width), dtype)
        inputs = channels * height * width
        for units in (*hidden, classes):
            if units < 1:
                raise InvalidValueError("a dense layer has at least one unit, not {units}", units=units)
            if self.dense:
                self._layers.append(ReLU(dtype))
            self.dense.append(Dense(inputs, units, dtype))
            self._layers.append(self.dense[-1])
            inputs = units
        self._bind(dtype)
        self._begin(seed)

    @property
    def image_bytes(self) -> int:
        """Memory that an image of a batch takes, at most."""
        numbers = sum(conv.scratch_values for conv in self.convolutions)
        numbers += sum(3 * sum(layer.parameter_shapes[0]) for layer in self.dense)
        return int(self.values.itemsize) * numbers

    def forward(self, images: Array) -> Array:
        """Logits (classes, N) of images (N, C, H, W)."""
        signal = np.ascontiguousarray(images.transpose(2, 1, 3, 0), self.values.dtype)
        for layer in self._layers:
            signal = layer.forward(signal)
        return signal

    def trace(self, images: Array) -> tuple[Array, list[Array]]:
        """Logits (classes, N) of images (N, C, H, W), and what every stage hands on, (H', O, W', N) each, copies."""
        self._count = len(images)
        signal = np.ascontiguousarray(images.transpose(2, 1, 3, 0), self.values.dtype)
        stages: list[Array] = []
        for number, layer in enumerate(self._layers):
            signal = layer.forward(signal)
            if number + 1 in self._ends:
                stages.append(signal.copy())
        return signal, stages

    def slopes(self, unit: int) -> Array:
        """Gradient of one logit with respect to what the last stage hands on, (H', O, W', N), of the last `trace`."""
        delta = np.zeros((len(self.dense[-1].bias), self._count), self.values.dtype)
        delta[unit] = 1
        for layer in reversed(self._layers[self._ends[-1] :]):
            delta = layer.backward(delta, to_parameters=False, to_inputs=True)
        return delta

    def backward(self, delta: Array, *, everything: bool = False) -> None:
        """Write `gradient` for the last `forward`; zero where nothing learns, unless everything is asked for.

        Parameters
        ----------
        delta : ndarray, shape (classes, N)
            The loss's gradient with respect to the logits; overwritten.
        everything : bool
            Also for what is frozen.
        """
        for layer, (learns, below) in zip(reversed(self._layers), reversed(self._reach), strict=True):
            delta = layer.backward(delta, to_parameters=learns or everything, to_inputs=below or everything)
            if not (below or everything):
                break
        if not everything:
            np.multiply(self.gradient, self.learns, out=self.gradient)

    def load(self, convolution: int, bank: FilterBank) -> None:
        """Go on with other filters of the same shape.

        Raises
        ------
        InvalidValueError
            If the shape is another one.
        """
        conv = self.convolutions[convolution]
        if bank.weights.shape != conv.weights.shape:
            raise InvalidValueError(
                "the layer has filters of shape {shape}, not {given}",
                shape=conv.weights.shape,
                given=bank.weights.shape,
            )
        conv.weights[...], conv.bias[...] = bank.weights, bank.bias

    def banks(self) -> tuple[FilterBank, ...]:
        """The filters as they are now, under the names they began with."""
        return tuple(
            FilterBank.from_arrays(conv.weights, conv.bias, stage.layer.bank.names)
            for conv, stage in zip(self.convolutions, self.stages, strict=True)
        )

    def learnt(self) -> tuple[Stage, ...]:
        """The stages with the filters as they are now."""
        return tuple(
            replace(stage, layer=replace(stage.layer, bank=bank))
            for stage, bank in zip(self.stages, self.banks(), strict=True)
        )

    def span(self, convolution: int) -> slice:
        """Where the parameters of a convolutional layer lie in `values`: its weights, then its bias."""
        return self._spans[convolution]

    def position(self, convolution: int, index: tuple[int, int, int, int]) -> int:
        """Where one weight of a convolutional layer lies in `values`; `index` is (filter, channel, row, column)."""
        begin: int = self._spans[convolution].start
        return begin + int(np.ravel_multi_index(index, self.convolutions[convolution].weights.shape))

    def _convolve(self, stage: Stage, shape: tuple[int, int, int], dtype: DTypeLike) -> tuple[int, int, int]:
        bank = stage.layer.bank
        if not bank:
            raise InvalidValueError("a layer without filters cannot be trained")
        if stage.layer.activation not in ("relu", "none"):
            raise InvalidValueError(
                "layers with ReLU or no activation can be trained, not {kind}", kind=stage.layer.activation
            )
        if bank.channels != shape[0]:
            raise InvalidValueError(
                "filters with {depth} planes do not fit an input of {channels} channels",
                depth=bank.channels,
                channels=shape[0],
            )
        geometry = stage.layer.geometry(*shape[1:])
        height, width = (size // stage.pool for size in geometry.output)
        if min(height, width) < 1:
            raise InvalidValueError(
                "maps of {rows} × {columns} are too small to be pooled by {size}",
                rows=geometry.output[0],
                columns=geometry.output[1],
                size=stage.pool,
            )
        if prod(geometry.output) * bank.weights.size > MAX_WORK:
            raise InvalidValueError("{count} filters on images of this size take too long", count=len(bank))
        self.convolutions.append(Conv(geometry, len(bank), bank.channels, dtype))
        self._layers.append(self.convolutions[-1])
        # max and ReLU can change places; behind the pooling ReLU has the less to do.
        if stage.pool > 1:
            self._layers.append(MaxPool(stage.pool, dtype))
        if stage.layer.activation == "relu":
            self._layers.append(ReLU(dtype))
        self._ends.append(len(self._layers))
        return len(bank), height, width

    def _bind(self, dtype: DTypeLike) -> None:
        """Give every layer its part of the two vectors."""
        total = sum(prod(shape) for layer in self._layers for shape in layer.parameter_shapes)
        if total * 4 > MAX_WORK // 16:
            raise InvalidValueError("the network has too many weights: {total}", total=total)
        self.values, self.gradient = np.zeros(total, dtype), np.zeros(total, dtype)
        self.decays, self.learns = np.zeros(total, dtype), np.ones(total, dtype)
        self._spans: list[slice] = []
        at = 0
        for layer in self._layers:
            begin = at
            parts: list[tuple[Array, Array]] = []
            for shape in layer.parameter_shapes:
                here = slice(at, at + prod(shape))
                parts.append((self.values[here].reshape(shape), self.gradient[here].reshape(shape)))
                if not parts[1:]:
                    self.decays[here] = 1
                at = here.stop
            layer.bind([one for one, _ in parts], [one for _, one in parts])
            if isinstance(layer, Conv):
                self._spans.append(slice(begin, at))

    def _begin(self, seed: int) -> None:
        """Set the parameters to what the stages and the seed say, and work out what learns."""
        for stage, conv, span in zip(self.stages, self.convolutions, self._spans, strict=True):
            bank = stage.layer.bank
            conv.weights[...], conv.bias[...] = bank.weights, bank.bias
            count = len(bank)
            frozen = sorted(index for index in stage.frozen if index < count)
            self.learns[span][:-count].reshape(count, -1)[frozen] = 0
            self.learns[span][-count:][frozen] = 0
        self.decays *= self.learns
        for number, dense in enumerate(self.dense):
            initialiser = glorot if dense is self.dense[-1] else he
            units, inputs = dense.weights.shape
            dense.weights[...] = initialiser((units, inputs, 1, 1), seed + 1000 + number).reshape(units, inputs)
        stages = iter(self._spans)
        self._reach: list[tuple[bool, bool]] = []
        below = False
        for layer in self._layers:
            learns = bool(layer.parameter_shapes)
            if isinstance(layer, Conv):
                learns = bool(self.learns[next(stages)].any())
            self._reach.append((learns, below))
            below = below or learns
