"""Finds what an edit changed. It is computed once for each edit, and all receivers get the result.

Two projects share the parts that are equal, so most parts are compared by identity. Layers and filters are matched:
first by identity, then by what an edit keeps, last by position. The match tells where a selected, marked or enlarged
filter is now (`Change.layer_now`, `Change.filter_now`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from enum import Flag, auto
from functools import cached_property
from typing import Literal

from convexplorer.core.model.filters import Filter, FilterBank, Weights
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, source
from convexplorer.core.project.project import Project

Cause = Literal["edit", "undo", "redo", "view", "reset"]
"""The cause of a change: "view" shows another layer, "reset" opens another project."""


class Kind(Flag):
    """What can change. A change may have several kinds. A receiver subscribes to the kinds that it shows."""

    NOTHING = 0
    WEIGHTS = auto()
    """Weights of filters were written, perhaps the same numbers again."""
    BIAS = auto()
    NAME = auto()
    FILTER_SWITCH = auto()
    """Filters were switched on or off."""
    ROWS = auto()
    """Filters came, went or moved."""
    KERNEL = auto()
    """Rows, columns or planes of filters."""
    LAYING = auto()
    """Stride, padding or dilation; a pooling's window and kind."""
    ACTIVATION = auto()
    MUTED = auto()
    """Channels whose contribution counts."""
    LAYERS = auto()
    """Layers came, went or moved."""
    LAYER_SWITCH = auto()
    """A layer was switched on or off."""
    PICTURE = auto()
    PREPARATION = auto()
    CURRENT = auto()
    """Another layer is looked at."""
    TRAINING = auto()

    FILTERS = WEIGHTS | BIAS | NAME | FILTER_SWITCH | ROWS | KERNEL
    """All that a list of filters shows."""
    STACK = LAYERS | LAYER_SWITCH | LAYING | ACTIVATION | ROWS | KERNEL
    """All that a summary of the layers shows."""
    INPUT = PICTURE | PREPARATION
    SHAPE = LAYERS | LAYER_SWITCH | LAYING | ROWS | KERNEL | INPUT
    """All that sizes of maps depend on."""
    ALL = FILTERS | STACK | MUTED | INPUT | CURRENT | TRAINING


@dataclass(frozen=True)
class LayerChange:
    """What changed in one layer.

    Parameters
    ----------
    at : int
        Its index now.
    was : int or None
        Its index before; None for a new layer.
    kinds : Kind
        What changed; `Kind.LAYERS` for a new layer.
    rows : tuple of (int or None)
        For each filter, which one it was before; None is a new one.
    filters : tuple of int
        Indices, now, of filters that are new or another object than before.
    """

    at: int
    was: int | None
    kinds: Kind
    rows: tuple[int | None, ...] = ()
    filters: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Change:
    """One edit, as receivers get it.

    Parameters
    ----------
    before, after : Project
        The project before and after it.
    kinds : Kind
        Everything that changed.
    order : tuple of (int or None)
        For each layer, which one it was before; None is a new one.
    layers : tuple of LayerChange
        The layers that changed.
    cause : Cause
        How it came about.
    """

    before: Project
    after: Project
    kinds: Kind
    order: tuple[int | None, ...]
    layers: tuple[LayerChange, ...]
    cause: Cause = "edit"

    def at(self, layer: int) -> LayerChange | None:
        """What changed in a layer, by its index now; None if nothing did."""
        return next((one for one in self.layers if one.at == layer), None)

    @cached_property
    def rows(self) -> tuple[int | None, ...] | None:
        """For each filter of the edited layer, its index before; None if another layer is edited now."""
        edited = self.after.edited_index
        if self.order[edited] != self.before.edited_index or self.cause == "reset":
            return None
        found = self.at(edited)
        return tuple(range(len(self.after.bank))) if found is None else found.rows

    def layer_now(self, layer: int) -> int | None:
        """Where a layer is now, by its index before; None if it is gone."""
        return self.order.index(layer) if layer in self.order else None

    def filter_now(self, layer: int, row: int) -> int | None:
        """Where a filter of a layer is in it now, by both indices before; None if it, or its layer, is gone.

        A pooling has no filters of its own: its maps are those of the convolution it reads, or the image's channels.
        """
        now = self.layer_now(layer)
        if now is None:
            return None
        if isinstance(self.before.layers[layer], PoolLayer):
            maker, after = source(self.before.layers, layer), source(self.after.layers, now)
            if maker is None or after is None:
                return row if maker is after and row < self.after.preparation.channels else None
            return self.filter_now(maker, row) if self.order[after] == maker else None
        found = self.at(now)
        return row if found is None else found.rows.index(row) if row in found.rows else None


def difference(before: Project, after: Project, cause: Cause = "edit") -> Change:
    """What an edit changed.

    Parameters
    ----------
    before, after : Project
        The project before and after it.
    cause : Cause
        How it came about.
    """
    kinds = Kind.NOTHING
    if before.image is not after.image:
        kinds |= Kind.PICTURE
    if before.preparation != after.preparation:
        kinds |= Kind.PREPARATION
    if before.training is not after.training:
        kinds |= Kind.TRAINING
    order: tuple[int | None, ...] = tuple(range(len(after.layers)))
    changed: list[LayerChange] = []
    if before.layers is not after.layers:
        order = _match_layers(before.layers, after.layers)
        for at, was in enumerate(order):
            one = _layer_change(at, was, None if was is None else before.layers[was], after.layers[at])
            if one.kinds:
                changed.append(one)
                kinds |= one.kinds
        if order != tuple(range(len(before.layers))):
            kinds |= Kind.LAYERS
    if order[after.shown_index] != before.shown_index:
        kinds |= Kind.CURRENT
    return Change(before, after, kinds, order, tuple(changed), cause)


def _layer_change(at: int, was: int | None, old: Layer | None, new: Layer) -> LayerChange:
    """What changed in one layer."""
    if was is None or old is None:
        rows = tuple(range(len(new.bank))) if isinstance(new, ConvLayer) else ()
        return LayerChange(at, None, Kind.LAYERS, (None,) * len(rows), rows)
    kinds = Kind.NOTHING
    if isinstance(old, ConvLayer) and isinstance(new, ConvLayer):
        order, filters, kinds = _bank_change(old.bank, new.bank)
        if (old.stride, old.padding, old.dilation) != (new.stride, new.padding, new.dilation):
            kinds |= Kind.LAYING
        if old.activation != new.activation:
            kinds |= Kind.ACTIVATION
        if old.muted != new.muted:
            kinds |= Kind.MUTED
    else:
        order, filters = (), ()
        if any(getattr(old, one.name) != getattr(new, one.name) for one in fields(new) if one.name != "enabled"):
            kinds |= Kind.LAYING
    if old.enabled != new.enabled:
        kinds |= Kind.LAYER_SWITCH
    return LayerChange(at, was, kinds, order, filters)


def _bank_change(old: FilterBank, new: FilterBank) -> tuple[tuple[int | None, ...], tuple[int, ...], Kind]:
    """The filters' indices before, which filters changed, and what changed in them."""
    if old is new:
        return tuple(range(len(new))), (), Kind.NOTHING
    order = _match_filters(old.filters, new.filters)
    kinds = Kind.KERNEL if old.shape != new.shape else Kind.NOTHING
    if order != tuple(range(len(old))):
        kinds |= Kind.ROWS
    changed = []
    for row, was in enumerate(order):
        found = Kind.ROWS if was is None else _filter_kinds(old[was], new[row])
        if found:
            changed.append(row)
            kinds |= found
    return order, tuple(changed), kinds


def _filter_kinds(old: Filter, new: Filter) -> Kind:
    kinds = Kind.NOTHING
    if old is new:
        return kinds
    if old.weights.shape != new.weights.shape:
        kinds |= Kind.KERNEL
    if not _equal(old.weights, new.weights):
        kinds |= Kind.WEIGHTS
    if old.bias != new.bias:
        kinds |= Kind.BIAS
    if old.name != new.name:
        kinds |= Kind.NAME
    if old.enabled != new.enabled:
        kinds |= Kind.FILTER_SWITCH
    return kinds or Kind.WEIGHTS  # Whoever holds the old object must get the new one.


def _equal(old: Weights, new: Weights) -> bool:
    """Whether weights are the same in every bit; the first plane, where most differ, is looked at first."""
    if old.shape != new.shape:
        return False
    return old[0].tobytes() == new[0].tobytes() and (len(old) == 1 or old.tobytes() == new.tobytes())


def _match_layers(old: Sequence[Layer], new: Sequence[Layer]) -> tuple[int | None, ...]:
    """Index before of each layer: by identity, by a common filter, else by what stays the same (`_outline`)."""
    match = _Match(len(old), len(new))
    match.by_key([id(one) for one in old], [id(one) for one in new])
    owners = {id(one): at for at in match.left for one in _filters(old[at])}
    for at in match.open:
        match.take(at, next((owners[id(one)] for one in _filters(new[at]) if id(one) in owners), None))
    if match.open and match.left:
        outlines = [_outline(one) for one in old], [_outline(one) for one in new]
        # Two layers may look alike: the one at the same place goes first.
        match.by_key(*([*enumerate(some)] for some in outlines))
        match.by_key(*outlines)
        match.by_neighbour([type(one).__name__ for one in old], [type(one).__name__ for one in new])
    return tuple(match.found)


def _match_filters(old: Sequence[Filter], new: Sequence[Filter]) -> tuple[int | None, ...]:
    """Index before of each filter: by identity, or by name if all are new objects and their number changed."""
    match = _Match(len(old), len(new))
    match.by_key([id(one) for one in old], [id(one) for one in new])
    if len(match.left) == len(old) and len(old) != len(new):
        match.by_key([one.name for one in old], [one.name for one in new])
    match.by_neighbour([None] * len(old), [None] * len(new))
    return tuple(match.found)


class _Match:
    """Matches two sequences. `left` are old items, and `open` new ones, without a partner."""

    def __init__(self, old: int, new: int) -> None:
        self.found: list[int | None] = [None] * new
        self.left = dict.fromkeys(range(old))  # In order, unlike a set.

    @property
    def open(self) -> list[int]:
        return [at for at, was in enumerate(self.found) if was is None]

    def take(self, at: int, was: int | None) -> None:
        if was is not None and was in self.left:
            self.found[at] = was
            del self.left[was]

    def by_key(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
        """Match items with the same key, in order."""
        places: dict[Hashable, list[int]] = {}
        for was in reversed(self.left):
            places.setdefault(old[was], []).append(was)
        for at in self.open:
            if known := places.get(new[at]):
                self.take(at, known.pop())

    def by_neighbour(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
        """Match an item that was replaced: it stands behind the same neighbour as the old one."""
        for at in self.open:
            before = self.found[at - 1] if at else -1
            if before is not None and before + 1 in self.left and old[before + 1] == new[at]:
                self.take(at, before + 1)


def _filters(layer: Layer) -> Sequence[Filter]:
    return layer.bank if isinstance(layer, ConvLayer) else ()


def _outline(layer: Layer) -> Hashable:
    """What a convolution keeps when its planes change, and a pooling when it is switched on or off."""
    if isinstance(layer, PoolLayer):
        return layer.kind, layer.size, layer.stride
    return tuple((one.name, one.bias, one.enabled) for one in layer.bank), layer.bank.size
