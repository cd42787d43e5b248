"""A network that learns: the layers of a stack, then dense ones, then the softmax of `core.learn.loss`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from convexplorer.core.learn.convolution import Conv
from convexplorer.core.learn.dense_and_activation import Activate, Array, Dense, NetworkLayer
from convexplorer.core.learn.pooling import pooling
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.initialisers import glorot, he
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, label
from convexplorer.core.project.training_run import Frozen
from convexplorer.errors import InvalidValueError

MAX_WORK = 4 << 30
"""Most bytes that a network's layers may take for a batch, and most multiply-adds of an image."""


class Network:
    """Layers in a row, all their parameters in one vector.

    Parameters
    ----------
    layers : sequence of Layer
        Convolutions, at least one of them, and poolings; those that are switched off are left out. Their filters are
        what training starts from. All channels take part, muted ones too.
    shape : (int, int, int)
        Channels, height and width of the images.
    classes : int
        Units of the last layer.
    hidden : sequence of int
        Units of the dense layers before it, with ReLU.
    seed : int
        For what the dense layers start from.
    frozen : Frozen
        What training leaves as it is; `freeze` changes it.
    dtype : dtype
        float32, or float64 to check gradients.

    Attributes
    ----------
    layers : tuple of Layer
        Those that take part, with the filters that they began with.
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
        layers: Iterable[Layer],
        shape: tuple[int, int, int],
        classes: int,
        *,
        hidden: Sequence[int] = (),
        seed: int = 0,
        frozen: Frozen = (),
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.layers = tuple(one for one in layers if one.enabled)
        self.shape = shape
        self.convolutions: list[Conv] = []
        self.dense: list[Dense] = []
        self._layers: list[NetworkLayer] = []
        self._ends: list[int] = []
        self._pooled = 0
        channels, height, width = self._convolve(shape, dtype)
        if not self.convolutions:
            raise InvalidValueError("a network needs at least one convolutional layer that is switched on")
        self.features = (channels, height, width)
        inputs = channels * height * width
        for units in (*hidden, classes):
            if units < 1:
                raise InvalidValueError("a dense layer has at least one unit, not {units}", units=units)
            if self.dense:
                self._layers.append(Activate("relu", dtype))
            self.dense.append(Dense(inputs, units, dtype))
            self._layers.append(self.dense[-1])
            inputs = units
        self._bind(dtype)
        self._begin(seed)
        self.freeze(frozen)

    @property
    def image_bytes(self) -> int:
        """Memory that an image of a batch takes, at most."""
        numbers = sum(conv.scratch_values for conv in self.convolutions)
        numbers += sum(3 * sum(layer.parameter_shapes[0]) for layer in self.dense)
        numbers += self._pooled
        return int(self.values.itemsize) * numbers

    def forward(self, images: Array) -> Array:
        """Logits (classes, N) of images (N, C, H, W)."""
        signal = np.ascontiguousarray(images.transpose(2, 1, 3, 0), self.values.dtype)
        for layer in self._layers:
            signal = layer.forward(signal)
        return signal

    def trace(self, images: Array) -> tuple[Array, list[Array]]:
        """Logits (classes, N) of images (N, C, H, W), and what every convolution hands on, copies.

        That is (H', O, W', N) each, after its activation and the poolings behind it.
        """
        self._count = len(images)
        signal = np.ascontiguousarray(images.transpose(2, 1, 3, 0), self.values.dtype)
        handed: list[Array] = []
        for number, layer in enumerate(self._layers, 1):
            signal = layer.forward(signal)
            if number in self._ends:
                handed.append(signal.copy())
        return signal, handed

    def slopes(self, unit: int) -> tuple[Array, Array]:
        """Gradient of one logit, of the last `trace`, with respect to what the last convolution hands on and the image.

        Parameters
        ----------
        unit : int
            The class.

        Returns
        -------
        ndarray, shape (H', O, W', N)
            With respect to the last convolution's pooled maps.
        ndarray, shape (N, C, H, W)
            With respect to the images.
        """
        delta = np.zeros((len(self.dense[-1].bias), self._count), self.values.dtype)
        delta[unit] = 1
        last = delta
        for number, layer in reversed(list(enumerate(self._layers))):
            if number + 1 == self._ends[-1]:
                last = delta.copy()
            delta = layer.backward(delta, to_parameters=False, to_inputs=True)
        return last, np.ascontiguousarray(delta.transpose(3, 1, 0, 2))

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

    def freeze(self, frozen: Frozen) -> None:
        """Say what training leaves as it is from now on.

        Raises
        ------
        InvalidValueError
            If that is for more layers than there are.
        """
        if len(frozen) > len(self._spans):
            raise InvalidValueError("there are {count} layers that learn, not more", count=len(self._spans))
        self.frozen = frozen
        self.learns[...] = 1
        self._reach: list[tuple[bool, bool]] = []
        number, below = 0, False
        for layer in self._layers:
            learns = bool(layer.parameter_shapes)
            if learns:
                learns = self._keep_still(layer, frozen[number] if number < len(frozen) else frozenset(), number)
                number += 1
            self._reach.append((learns, below))
            below = below or learns
        self.decays[...] = self._decays * self.learns

    def _keep_still(self, layer: NetworkLayer, units: frozenset[int], number: int) -> bool:
        """Let some units of a layer learn nothing; whether any other does."""
        shape, (count,) = layer.parameter_shapes
        still = sorted(unit for unit in units if 0 <= unit < count)
        learns = self.learns[self._spans[number]]
        learns[: prod(shape)].reshape(count, -1)[still] = 0
        learns[prod(shape) :][still] = 0
        return len(still) < count

    def banks(self) -> tuple[FilterBank, ...]:
        """The filters as they are now, under the names they began with."""
        began = (one for one in self.layers if isinstance(one, ConvLayer))
        return tuple(
            FilterBank.from_arrays(conv.weights, conv.bias, layer.bank.names)
            for conv, layer in zip(self.convolutions, began, strict=True)
        )

    def trained_layers(self) -> tuple[Layer, ...]:
        """The layers with the filters as they are now."""
        banks = iter(self.banks())
        return tuple(replace(one, bank=next(banks)) if isinstance(one, ConvLayer) else one for one in self.layers)

    def patterns(self) -> Array:
        """The first dense layer's weights laid over the maps it reads, (units, O, H', W'), a view."""
        channels, rows, columns = self.features
        return self.dense[0].weights.reshape(-1, rows, channels, columns).transpose(0, 2, 1, 3)

    def span(self, number: int) -> slice:
        """Where the parameters of a layer that learns, convolutions counted first, lie in `values`."""
        return self._spans[number]

    @property
    def weight_shapes(self) -> tuple[tuple[int, int, int, int], ...]:
        """Units, channels, rows and columns of each layer that learns, convolutions first.

        The weights of the first dense layer lie over the maps that it reads; a later one reads single values.
        """
        convolutions = [conv.weights.shape for conv in self.convolutions]
        later = [(*layer.weights.shape, 1, 1) for layer in self.dense[1:]]
        return (*convolutions, (len(self.dense[0].bias), *self.features), *later)

    def position(self, number: int, index: tuple[int, ...]) -> int:
        """Where one weight of a layer that learns lies in `values`, or its bias.

        Parameters
        ----------
        number : int
            The layer, as in `weight_shapes`.
        index : tuple of int
            (unit, channel, row, column) of a weight; (unit,) of a bias.
        """
        begin: int = self._spans[number].start
        units, channels, rows, columns = shape = self.weight_shapes[number]
        if len(index) == 1:
            return begin + prod(shape) + index[0]
        if number >= len(self.convolutions):
            # Behind the convolutions features are in the order rows, channels, columns.
            unit, channel, row, column = index
            index, shape = (unit, row, channel, column), (units, rows, channels, columns)
        return begin + int(np.ravel_multi_index(index, shape))

    def _convolve(self, shape: tuple[int, int, int], dtype: DTypeLike) -> tuple[int, int, int]:
        """Make the layers of the stack for images of a shape; returns that of the maps they end with."""
        waiting: list[NetworkLayer] = []
        for at, layer in enumerate(self.layers):
            if isinstance(layer, PoolLayer):
                pool = pooling(layer, layer.geometry(*shape[1:]), dtype)
                self._pooled += pool.scratch_values(shape[0])
                if layer.kind == "average":
                    self._layers += waiting
                    waiting = []
                self._layers.append(pool)
                shape = (shape[0], *pool.geometry.output)
            else:
                self._end(waiting)
                waiting = self._add(layer, label(self.layers, at), shape, dtype)
                shape = (len(layer.bank), *self.convolutions[-1].geometry.output)
        self._end(waiting)
        return shape

    def _end(self, waiting: list[NetworkLayer]) -> None:
        """What belongs to a convolution ends here, with its activation if that has waited for max poolings to pass."""
        self._layers += waiting
        if self.convolutions:
            self._ends.append(len(self._layers))

    def _add(self, layer: ConvLayer, name: str, shape: tuple[int, int, int], dtype: DTypeLike) -> list[NetworkLayer]:
        """Make a convolution for an input of a shape, and return its activation, if it has one."""
        bank = layer.bank
        if not bank:
            raise InvalidValueError("a layer without filters cannot be trained")
        if bank.channels != shape[0]:
            raise InvalidValueError(
                "{layer} has filters with {depth} planes; they do not fit an input of {channels} channels",
                layer=name,
                depth=bank.channels,
                channels=shape[0],
            )
        geometry = layer.geometry(*shape[1:])
        if prod(geometry.output) * bank.weights.size > MAX_WORK:
            raise InvalidValueError("{count} filters on images of this size take too long", count=len(bank))
        self.convolutions.append(Conv(geometry, len(bank), bank.channels, dtype))
        self._layers.append(self.convolutions[-1])
        return [] if layer.activation == "none" else [Activate(layer.activation, dtype)]

    def _bind(self, dtype: DTypeLike) -> None:
        """Give every layer its part of the two vectors."""
        total = sum(prod(shape) for layer in self._layers for shape in layer.parameter_shapes)
        if total * 4 > MAX_WORK // 16:
            raise InvalidValueError("the network has too many weights: {total}", total=total)
        self.values, self.gradient = np.zeros(total, dtype), np.zeros(total, dtype)
        self.decays, self.learns = np.zeros(total, dtype), np.ones(total, dtype)
        self._decays = np.zeros(total, dtype)
        self._spans: list[slice] = []
        at = 0
        for layer in self._layers:
            if not layer.parameter_shapes:
                continue
            weights, bias = layer.parameter_shapes
            middle, end = at + prod(weights), at + prod(weights) + prod(bias)
            self._decays[at:middle] = 1
            layer.bind(
                (self.values[at:middle].reshape(weights), self.values[middle:end].reshape(bias)),
                (self.gradient[at:middle].reshape(weights), self.gradient[middle:end].reshape(bias)),
            )
            self._spans.append(slice(at, end))
            at = end

    def _begin(self, seed: int) -> None:
        """Set the parameters to what the layers and the seed say."""
        began = (one for one in self.layers if isinstance(one, ConvLayer))
        for layer, conv in zip(began, self.convolutions, strict=True):
            conv.weights[...], conv.bias[...] = layer.bank.weights, layer.bank.bias
        for number, dense in enumerate(self.dense):
            initialiser = glorot if dense is self.dense[-1] else he
            units, inputs = dense.weights.shape
            dense.weights[...] = initialiser((units, inputs, 1, 1), seed + 1000 + number).reshape(units, inputs)
