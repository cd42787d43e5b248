"""The project: everything a person edits, as one immutable value. Edits are functions that return a new one.

Edits of filters act on the convolution that is edited (`Project.edited_layer`). The layers behind it follow by the rule
of `core.model.layers`. Edits of the stack itself are in `core.project.layer_edits`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from convexplorer.core.model.activations import Activation
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import (
    MAX_LAYERS,
    ConvLayer,
    Layer,
    MapOrder,
    PoolLayer,
    check_depths,
    exchange_layer,
    follow_maps,
    order_by_position,
    source,
    with_image_channels,
)
from convexplorer.core.project.training_run import Run
from convexplorer.errors import InvalidValueError

__all__ = [
    "Activation",
    "ConvLayer",
    "Layer",
    "PoolLayer",
    "Project",
    "add_filters",
    "duplicate_filters",
    "move_filters",
    "remove_filters",
    "with_bank",
    "with_channel",
    "with_filter",
    "with_image",
    "with_layer",
    "with_preparation",
    "with_weights_at",
]

SMALLEST_SIDE = 24
"""A picture is not reduced below so many pixels a side when it is opened."""


@dataclass(frozen=True)
class Project:
    """What is explored: an image, its preparation, and a stack of layers.

    Parameters
    ----------
    layers : tuple of Layer
        The stack, from the image on; at least one convolution.
    image : Image or None
        The picture; None before the first one has been decoded.
    preparation : Preparation
        How it becomes the first layer's input; it decides the depth of the filters that read it.
    shown_index : int
        Index of the layer that is shown.
    training : Run or None
        How filters were trained, and how far; None before anything was.

    Raises
    ------
    InvalidValueError
        If there are too many layers, no convolution or no layer to look at, or a filter has not one plane for each map
        that it reads.
    """

    layers: tuple[Layer, ...]
    image: Image | None = None
    preparation: Preparation = field(default_factory=Preparation)
    shown_index: int = 0
    training: Run | None = None

    def __post_init__(self) -> None:
        if len(self.layers) > MAX_LAYERS:
            raise InvalidValueError("a stack holds at most {most} layers", most=MAX_LAYERS)
        if not any(isinstance(one, ConvLayer) for one in self.layers):
            raise InvalidValueError("a stack needs at least one convolutional layer")
        if not 0 <= self.shown_index < len(self.layers):
            raise InvalidValueError(
                "there is no layer {number}; the stack has {count}", number=self.shown_index + 1, count=len(self.layers)
            )
        check_depths(self.layers, self.preparation.channels)

    @property
    def input_shape(self) -> tuple[int, int, int] | None:
        """Channels, rows and columns of the prepared image; None without one."""
        if self.image is None:
            return None
        return self.preparation.channels, *self.preparation.size(self.image.height, self.image.width)

    @property
    def shown_layer(self) -> Layer:
        """The layer that is shown."""
        return self.layers[self.shown_index]

    @property
    def edited_index(self) -> int:
        """Index of the convolution that is edited.

        It is the shown layer. If that is a pooling, it is the convolution whose maps are pooled. If the image itself is
        pooled, it is the first convolution.
        """
        if isinstance(self.shown_layer, ConvLayer):
            return self.shown_index
        before = source(self.layers, self.shown_index)
        return next(i for i, one in enumerate(self.layers) if isinstance(one, ConvLayer)) if before is None else before

    @property
    def edited_layer(self) -> ConvLayer:
        """The convolution that is edited (`edited_index`)."""
        return cast("ConvLayer", self.layers[self.edited_index])

    @property
    def bank(self) -> FilterBank:
        """Filters of the edited convolution."""
        return self.edited_layer.bank


def with_image(project: Project, image: Image) -> Project:
    """Show another picture; everything else stays.

    If the size leaves fewer than `SMALLEST_SIDE` pixels a side, as 30 % of a tiny picture, it becomes 100 %.
    """
    preparation = project.preparation
    if min(preparation.size(image.height, image.width)) < SMALLEST_SIDE and preparation.scale < 1.0:
        preparation = replace(preparation, scale=1.0)
    return replace(project, image=image, preparation=preparation)


def with_preparation(project: Project, preparation: Preparation) -> Project:
    """Change the preparation. From grey to RGB, filters that read the image are spread; back, averaged."""
    if project.image is not None:
        preparation.size(project.image.height, project.image.width)
    return replace(project, preparation=preparation, layers=with_image_channels(project.layers, preparation.channels))


def with_layer(project: Project, **settings: object) -> Project:
    """Change fields of the edited convolution (those of `ConvLayer` except bank and enabled)."""
    layer = replace(project.edited_layer, **settings)  # type: ignore[arg-type]
    return replace(project, layers=exchange_layer(project.layers, project.edited_index, layer))


def with_bank(project: Project, bank: FilterBank) -> Project:
    """Replace all filters of the edited convolution. Layers behind follow by position (`core.model.layers`).

    If they read the image, filters of another depth switch the preparation between grey and RGB. If they read maps,
    filters with one plane are copied to all maps.

    Raises
    ------
    InvalidValueError
        If the depth does not fit.
    """
    return _with_maps(project, bank, order_by_position(len(project.bank), len(bank)))


def with_filter(project: Project, index: int, **changes: object) -> Project:
    """Change fields of one filter (`Filter`'s: weights, bias, name, enabled)."""
    changed = replace(project.bank[index], **changes)  # type: ignore[arg-type]
    return with_bank(project, project.bank.with_filters({index: changed}))


def with_weights_at(project: Project, index: int, channel: int, row: int, column: int, block: ArrayLike) -> Project:
    """Write a number or a block of numbers into one plane of a filter. A block is cut off at the kernel's border."""
    weights = project.bank[index].weights.copy()
    target = weights[channel, row:, column:]
    new = np.atleast_2d(np.asarray(block, np.float32))[: target.shape[0], : target.shape[1]]
    target[: new.shape[0], : new.shape[1]] = new
    return with_filter(project, index, weights=weights)


def add_filters(project: Project, at: int, added: Iterable[Filter]) -> Project:
    """Insert filters before position `at`; sizes and depths are fitted (`FilterBank.with_inserted`)."""
    old = list(range(len(project.bank)))
    bank = project.bank.with_inserted(at, added)
    return _with_maps(project, bank, [*old[:at], *[None] * (len(bank) - len(old)), *old[at:]])


def remove_filters(project: Project, indices: Iterable[int]) -> Project:
    """Remove filters."""
    gone = set(indices)
    return _reorder(project, [i for i in range(len(project.bank)) if i not in gone])


def duplicate_filters(project: Project, indices: Iterable[int]) -> Project:
    """Put a copy of each filter behind it, named "… copy"."""
    chosen = set(indices)
    filters: list[Filter] = []
    order: list[int | None] = []
    for i, one in enumerate(project.bank):
        filters.append(one)
        order.append(i)
        if i in chosen:
            filters.append(replace(one, name=f"{one.name} copy"))
            order.append(None)
    return _with_maps(project, FilterBank(tuple(filters), project.bank.shape), order)


def move_filters(project: Project, indices: Iterable[int], to: int) -> Project:
    """Move filters, in their order, to before what is now at position `to`."""
    chosen = sorted(set(indices))
    rest = [i for i in range(len(project.bank)) if i not in chosen]
    at = sum(1 for i in rest if i < to)
    return _reorder(project, [*rest[:at], *chosen, *rest[at:]])


def with_channel(project: Project, channel: int, *, on: bool) -> Project:
    """Switch a channel of the input on or off (muted)."""
    muted = project.edited_layer.muted - {channel} if on else project.edited_layer.muted | {channel}
    return with_layer(project, muted=muted)


def _reorder(project: Project, order: list[int]) -> Project:
    """Keep some filters of the edited convolution, in a given order."""
    return _with_maps(project, project.bank.subset(order), order)


def _with_maps(project: Project, bank: FilterBank, order: MapOrder) -> Project:
    """Replace the filters of the edited convolution. `order` tells the layers behind which map was which."""
    at, layers, preparation = project.edited_index, project.layers, project.preparation
    channels = project.bank.channels
    if bank.channels != channels:
        if source(layers, at) is not None:
            if bank.channels != 1:
                raise InvalidValueError(
                    "{maps} maps reach this layer; filters with {depth} planes do not fit them",
                    maps=channels,
                    depth=bank.channels,
                )
            bank = bank.with_channels(channels)
        elif bank.channels in (1, 3):
            layers = with_image_channels(layers, bank.channels)
            preparation = replace(preparation, grey=bank.channels == 1)
        else:
            raise InvalidValueError(
                "an image has 1 or 3 channels; filters with {depth} planes do not fit it", depth=bank.channels
            )
    layer = cast("ConvLayer", layers[at])
    layers = exchange_layer(layers, at, replace(layer, bank=bank))
    if layer.enabled:
        layers = follow_maps(layers, at + 1, order)
    return replace(project, preparation=preparation, layers=layers)
