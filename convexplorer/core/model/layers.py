"""Layers and stacks of layers: convolutions and poolings.

A stack is a tuple of layers; the first one reads the image. A layer that is switched off passes its input on unchanged.
Every convolution, even one that is switched off, has one plane for each map that it would read. So its maps can be
shown at any time.

Planes follow the maps that they read. If a map is moved or removed, so is its plane in every filter that reads it. The
plane of a new map is zero, so the maps behind stay the same until somebody sets weights. If a layer is inserted or
removed, nothing says which map became which; planes are then matched by position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from convexplorer.core.model.activations import Activation
from convexplorer.core.model.filters import MAX_KERNEL, FilterBank, Weights
from convexplorer.core.model.geometry import Geometry, Padding
from convexplorer.errors import InvalidValueError

Pooling = Literal["max", "average"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
"""All kinds of pooling, in the order of menus."""

MAX_LAYERS = 100
"""Most layers of a stack."""

MapOrder = Sequence[int | None]
"""For each map, which one it was before; None is a new one."""


@dataclass(frozen=True)
class ConvLayer:
    """A convolutional layer: its filters and how they are laid over the input.

    Parameters
    ----------
    bank : FilterBank
        The filters, one map each.
    stride, dilation : int
        Steps between windows, and between the inputs of one window.
    padding : int, "valid" or "same"
        Zeros around the input.
    activation : Activation
        What is applied to the weighted sum.
    muted : frozenset of int
        Channels of the input whose contribution is left out, as if their weights were zero.
    enabled : bool
        Whether layers behind read its maps; otherwise they read its input.
    """

    bank: FilterBank
    stride: int = 1
    padding: Padding = "valid"
    dilation: int = 1
    activation: Activation = "relu"
    muted: frozenset[int] = frozenset()
    enabled: bool = True

    def kernels(self, indices: Sequence[int]) -> Weights:
        """Weights that some filters are applied with, shape (n, C, kh, kw): muted channels are zero."""
        weights = self.bank.subset(indices).weights
        weights[:, sorted(channel for channel in self.muted if channel < self.bank.channels)] = 0.0
        return weights

    def geometry(self, height: int, width: int) -> Geometry:
        """How the kernels lie over an input of this size.

        Raises
        ------
        InvalidValueError
            If a window does not fit the input.
        """
        return Geometry.of(
            (height, width), self.bank.size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )

    def with_planes(self, order: MapOrder) -> ConvLayer:
        """The layer for an input with other channels: planes and muted channels follow them (`MapOrder`)."""
        if list(order) == list(range(self.bank.channels)):
            return self
        bank = self.bank
        filters = tuple(one.with_weights(_gather_planes(one.weights, order)) for one in bank)
        muted = frozenset(new for new, old in enumerate(order) if old in self.muted)
        return replace(self, bank=FilterBank(filters, (len(order), *bank.size)), muted=muted)


@dataclass(frozen=True)
class PoolLayer:
    """A pooling layer, which makes each map smaller.

    Parameters
    ----------
    kind : "max" or "average"
        Which number of a window is passed on: the largest, or the mean.
    size : int
        Rows and columns of a window.
    stride : int
        Steps between windows. Inputs at the end that do not fill a window are left out.
    enabled : bool
        Whether layers behind read its maps; otherwise they read its input.

    Raises
    ------
    InvalidValueError
        If a setting makes no sense.
    """

    kind: Pooling = "max"
    size: int = 2
    stride: int = 2
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.kind not in POOLINGS:
            raise InvalidValueError('pooling is "max" or "average", not {kind}', kind=self.kind)
        if type(self.size) is not int or not 1 <= self.size <= MAX_KERNEL:
            raise InvalidValueError(
                "a pooling window has 1 to {most} rows and columns, not {size}", most=MAX_KERNEL, size=self.size
            )

    def geometry(self, height: int, width: int) -> Geometry:
        """How the windows lie over an input of this size.

        Raises
        ------
        InvalidValueError
            If a window does not fit the input, or the stride is not a whole number from 1.
        """
        return Geometry.of((height, width), (self.size, self.size), stride=self.stride)


Layer = ConvLayer | PoolLayer


def exchange_layer(layers: Sequence[Layer], at: int, layer: Layer) -> tuple[Layer, ...]:
    """The stack with another layer at one place."""
    return (*layers[:at], layer, *layers[at + 1 :])


def maps_of(layer: Layer, channels: int) -> int:
    """Number of maps that a layer makes of an input of some channels."""
    return len(layer.bank) if isinstance(layer, ConvLayer) else channels


def label(layers: Sequence[Layer], at: int) -> str:
    """Name of a layer: "Conv 2", "MaxPool 1". Convolutions are numbered, and so are poolings, whatever their kind."""
    layer = layers[at]
    number = sum(isinstance(one, type(layer)) for one in layers[: at + 1])
    if isinstance(layer, PoolLayer):
        return f"{'MaxPool' if layer.kind == 'max' else 'AveragePool'} {number}"
    return f"Conv {number}"


def title(layers: Sequence[Layer], at: int) -> str:
    """Name and size of a layer: "Conv 1 · 4 @ 3×3", "MaxPool 1 · 2×2"."""
    layer = layers[at]
    if isinstance(layer, PoolLayer):
        return f"{label(layers, at)} · {layer.size}×{layer.size}"
    height, width = layer.bank.size
    return f"{label(layers, at)} · {len(layer.bank)} @ {height}×{width}"


def input_maps(layers: Sequence[Layer], channels: int) -> Iterator[int]:
    """Number of maps that each layer reads, and last the number that leaves the stack; `channels` is the image's."""
    for layer in layers:
        yield channels
        channels = maps_of(layer, channels) if layer.enabled else channels
    yield channels


def source(layers: Sequence[Layer], at: int) -> int | None:
    """Index of the convolution whose maps a layer reads, perhaps pooled; None if it reads the image."""
    made = (i for i in reversed(range(at)) if isinstance(layers[i], ConvLayer) and layers[i].enabled)
    return next(made, None)


def with_image_channels(layers: Sequence[Layer], channels: int) -> tuple[Layer, ...]:
    """The stack for images with another number of channels.

    Filters that read the image are spread over the new channels, or averaged (`FilterBank.with_channels`). No channel
    is muted then.
    """
    return tuple(
        replace(layer, bank=layer.bank.with_channels(channels), muted=frozenset())
        if isinstance(layer, ConvLayer) and layer.bank.channels != channels and source(layers, at) is None
        else layer
        for at, layer in enumerate(layers)
    )


def check_depths(layers: Sequence[Layer], channels: int) -> None:
    """Make sure that every convolution has one plane for each map that reaches it.

    Raises
    ------
    InvalidValueError
        If not.
    """
    for at, (layer, maps) in enumerate(zip(layers, input_maps(layers, channels), strict=False)):
        if isinstance(layer, PoolLayer) or layer.bank.channels == maps:
            continue
        if source(layers, at) is None:
            raise InvalidValueError(
                "filters with {depth} planes do not fit an input of {channels} channels",
                depth=layer.bank.channels,
                channels=maps,
            )
        raise InvalidValueError(
            "{layer} has filters with {depth} planes, but {maps} maps reach it",
            layer=label(layers, at),
            depth=layer.bank.channels,
            maps=maps,
        )


def follow_maps(layers: Sequence[Layer], at: int, order: MapOrder) -> tuple[Layer, ...]:
    """The stack after the maps that layer `at` reads were reordered, added or removed.

    Planes of all convolutions that read these maps follow: those up to the first one that is on.

    Raises
    ------
    InvalidValueError
        If a convolution would be left without a map to read.
    """
    made = list(layers)
    for i in range(at, len(made)):
        layer = made[i]
        if isinstance(layer, ConvLayer):
            _check_read(layers, i, len(order))
            made[i] = layer.with_planes(order)
            if layer.enabled:
                break
    return tuple(made)


def refit_planes(layers: Sequence[Layer], channels: int) -> tuple[Layer, ...]:
    """The stack with planes matched by position, so that every convolution has one for each map that reaches it.

    Raises
    ------
    InvalidValueError
        If a convolution would be left without a map to read.
    """
    made: list[Layer] = []
    for at, layer in enumerate(layers):
        fitted = layer
        if isinstance(layer, ConvLayer):
            _check_read(layers, at, channels)
            fitted = layer.with_planes(order_by_position(layer.bank.channels, channels))
        made.append(fitted)
        channels = maps_of(layer, channels) if layer.enabled else channels
    return tuple(made)


def refits(before: Sequence[Layer], after: Sequence[Layer], order: MapOrder) -> list[tuple[str, int, int]]:
    """Convolutions that read another number of maps after an edit of the stack.

    Parameters
    ----------
    before, after : sequence of Layer
        The stack before and after the edit.
    order : MapOrder
        For each layer after it, which one it was before; None is a new one.

    Returns
    -------
    list of (str, int, int)
        Its name now, its number of planes before, and now.
    """
    made = []
    for at, was in enumerate(order):
        layer, old = after[at], None if was is None else before[was]
        if isinstance(layer, ConvLayer) and isinstance(old, ConvLayer) and layer.bank.channels != old.bank.channels:
            made.append((label(after, at), old.bank.channels, layer.bank.channels))
    return made


def order_by_position(before: int, after: int) -> MapOrder:
    """The order that keeps the first maps in place; further ones are new."""
    return [i if i < before else None for i in range(after)]


def _check_read(layers: Sequence[Layer], at: int, maps: int) -> None:
    if maps == 0:
        raise InvalidValueError("{layer} needs at least one map to read", layer=label(layers, at))


def _gather_planes(weights: Weights, order: MapOrder) -> Weights:
    """Planes in a new order, shape (len(order), kh, kw); new ones are zero."""
    made = np.zeros((len(order), *weights.shape[1:]), np.float32)
    for new, old in enumerate(order):
        if old is not None:
            made[new] = weights[old]
    return made
