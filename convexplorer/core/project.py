"""The project: everything a person edits, as one immutable value, and the edits that make the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from convexplorer.core.filters import Filter, FilterBank, Weights
from convexplorer.core.geometry import Geometry, Padding
from convexplorer.core.images import Image, Preparation
from convexplorer.errors import InvalidValueError

Activation = Literal["relu", "none"]

SMALLEST_SIDE = 24
"""Fewest pixels a side that a picture is reduced to when it is opened."""


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
    activation : "relu" or "none"
        What is applied to the weighted sum.
    muted : frozenset of int
        Channels of the input whose contribution is left out, as if their weights were zero.
    """

    bank: FilterBank
    stride: int = 1
    padding: Padding = "valid"
    dilation: int = 1
    activation: Activation = "relu"
    muted: frozenset[int] = frozenset()

    def kernels(self, indices: Sequence[int]) -> Weights:
        """Weights that some filters are applied with, shape (n, C, kh, kw): muted channels are zero."""
        weights = self.bank.selected(indices).weights
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


@dataclass(frozen=True)
class Project:
    """What is explored: an image, its preparation, and a layer.

    Parameters
    ----------
    image : Image or None
        The picture; None before the first one has been decoded.
    preparation : Preparation
        How it becomes the layer's input; it decides the depth of the filters.
    layer : ConvLayer
        The convolutional layer.
    """

    layer: ConvLayer
    image: Image | None = None
    preparation: Preparation = field(default_factory=Preparation)

    def __post_init__(self) -> None:
        if self.layer.bank.channels != self.preparation.channels:
            raise InvalidValueError(
                "filters with {depth} planes do not fit an input of {channels} channels",
                depth=self.layer.bank.channels,
                channels=self.preparation.channels,
            )

    @property
    def bank(self) -> FilterBank:
        """The layer's filters."""
        return self.layer.bank


def with_image(project: Project, image: Image) -> Project:
    """Show another picture; everything else stays.

    Only a size that would leave fewer than `SMALLEST_SIDE` pixels a side, as 30 % of a tiny picture, goes to 100 %.
    """
    preparation = project.preparation
    if min(preparation.size(image.height, image.width)) < SMALLEST_SIDE and preparation.scale < 1.0:
        preparation = replace(preparation, scale=1.0)
    return replace(project, image=image, preparation=preparation)


def with_preparation(project: Project, preparation: Preparation) -> Project:
    """Prepare otherwise; between grey and RGB the filters are spread or averaged (`spread_channels`)."""
    if project.image is not None:
        preparation.size(project.image.height, project.image.width)
    return _exchanged(project, preparation, project.bank.with_channels(preparation.channels))


def with_layer(project: Project, **settings: object) -> Project:
    """Change settings of the layer (`ConvLayer`'s fields)."""
    return replace(project, layer=replace(project.layer, **settings))  # type: ignore[arg-type]


def with_bank(project: Project, bank: FilterBank) -> Project:
    """Exchange all filters; a bank of another depth switches the preparation between grey and RGB.

    Raises
    ------
    InvalidValueError
        If the depth is neither 1 nor 3.
    """
    if bank.channels not in (1, 3):
        raise InvalidValueError(
            "an image has 1 or 3 channels; filters with {depth} planes do not fit it", depth=bank.channels
        )
    return _exchanged(project, replace(project.preparation, grey=bank.channels == 1), bank)


def with_filter(project: Project, index: int, **changes: object) -> Project:
    """Change fields of one filter (`Filter`'s: weights, bias, name, enabled)."""
    changed = replace(project.bank[index], **changes)  # type: ignore[arg-type]
    return with_bank(project, project.bank.replaced({index: changed}))


def with_weights_at(project: Project, index: int, channel: int, row: int, column: int, block: ArrayLike) -> Project:
    """Write a number or a block of numbers into one plane of a filter; what reaches past the kernel is cut off."""
    weights = project.bank[index].weights.copy()
    target = weights[channel, row:, column:]
    new = np.atleast_2d(np.asarray(block, np.float32))[: target.shape[0], : target.shape[1]]
    target[: new.shape[0], : new.shape[1]] = new
    return with_filter(project, index, weights=weights)


def add_filters(project: Project, at: int, added: Iterable[Filter]) -> Project:
    """Insert filters before position `at`; sizes and depths are fitted (`FilterBank.inserted`)."""
    return with_bank(project, project.bank.inserted(at, added))


def remove_filters(project: Project, indices: Iterable[int]) -> Project:
    """Take filters out."""
    gone = set(indices)
    return with_bank(project, project.bank.selected(i for i in range(len(project.bank)) if i not in gone))


def duplicate_filters(project: Project, indices: Iterable[int]) -> Project:
    """Put a copy of each filter behind it, named "… copy"."""
    chosen = set(indices)
    filters: list[Filter] = []
    for i, one in enumerate(project.bank):
        filters.append(one)
        if i in chosen:
            filters.append(replace(one, name=f"{one.name} copy"))
    return with_bank(project, FilterBank(tuple(filters), project.bank.shape))


def move_filters(project: Project, indices: Iterable[int], to: int) -> Project:
    """Move filters, in their order, to before what is now at position `to`."""
    chosen = sorted(set(indices))
    rest = [i for i in range(len(project.bank)) if i not in chosen]
    at = sum(1 for i in rest if i < to)
    return with_bank(project, project.bank.selected([*rest[:at], *chosen, *rest[at:]]))


def resize_kernels(project: Project, height: int, width: int) -> Project:
    """Give all kernels another size, keeping the centre."""
    return with_bank(project, project.bank.resized(height, width))


def with_channel(project: Project, channel: int, *, on: bool) -> Project:
    """Let a channel of the input contribute to the maps, or leave it out."""
    muted = project.layer.muted - {channel} if on else project.layer.muted | {channel}
    return with_layer(project, muted=muted)


def _exchanged(project: Project, preparation: Preparation, bank: FilterBank) -> Project:
    """Exchange preparation and bank together; channels of another number are all on."""
    muted = project.layer.muted if bank.channels == project.bank.channels else frozenset[int]()
    return replace(project, preparation=preparation, layer=replace(project.layer, bank=bank, muted=muted))
