"""What goes through a stack of layers, kept, and renewed only where something has changed.

A filter that changes changes one map, and so one input plane of the next layer. There the sums of every map change by
the correlation of that plane's difference with one plane of weights, which costs a fraction of a full pass. Additions
round: they are used while an edit goes on, at most `MOST_STEPS` in a row, and what drifted is computed afresh when it
rests (`Stack.settle`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.increment import MOST_STEPS
from convexplorer.core.engine.noise import Noise, silence
from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.engine.stack_level import Level, OutputChange, outputs_of
from convexplorer.core.engine.streamed_maps import PooledMaps, fitting, streamed
from convexplorer.core.model.activations import activate
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.stack_figures import figures
from convexplorer.core.runtime.budget import budget
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError

COPIES = 3
"""Arrays as large as its maps that a held layer may need: these, those before an edit, and sums to be added to."""
SHARE = 4
"""One in how many planes may have changed for additions to be quicker than a full pass; measured for 16 to 64 planes
of 512 × 512."""
LEAP = 0.5
"""What additions in a row may amount to, as a part of the largest sum: so sums never shrink so much that what
was rounded before counts now."""
BAND_NUMBERS = 1 << 20
"""Sums that are updated at a time, so that they stay in the cache from the addition to the activation."""


class Stack:
    """Computes what leaves a stack, and keeps what the next call can use again. Not for two threads at once."""

    def __init__(self) -> None:
        self._levels: list[Level] = []

    def through(self, image: Prepared, layers: Sequence[Layer], should_stop: ShouldStop = never) -> Prepared:
        """All maps that leave the last of some layers; of filters that are off, zeros.

        Parameters
        ----------
        image : Prepared
            What reaches the first layer.
        layers : sequence of Layer
            From the image on; those that are off are skipped. With none, the image is returned.
        should_stop : callable
            Asked now and then.

        Returns
        -------
        Prepared
            float32, shape (C, H, W). Never changed afterwards; another object whenever a value is another. Maps that
            the budget has no room for are computed where they are read (`core.engine.streamed_maps`).

        Raises
        ------
        InvalidValueError
            If a window does not fit.
        CancelledError
            If `should_stop` said so.
        """
        outputs = image
        for _, maps in self.levels(image, layers, should_stop):
            outputs = maps
        return outputs

    def levels(
        self, image: Prepared, layers: Sequence[Layer], should_stop: ShouldStop = never
    ) -> Iterator[tuple[int, Prepared]]:
        """Index of each layer that is on and all maps that leave it, one layer after the other; else as `through`.

        Maps of a layer before the last may be written over by the next call.
        """
        on = [(at, layer) for at, layer in enumerate(layers) if layer.enabled]
        shapes = [one.outputs for one in figures(layers, image.shape) if one.geometry is not None]
        held = fitting(shapes, budget.part("inputs") - image.nbytes, COPIES)
        kept, self._levels = self._levels, []
        inputs, change = image, None
        for depth, (at, layer) in enumerate(on):
            old = kept[depth] if depth < len(kept) else None
            if old is not None and (old.outputs.stored_array is not None) != held[depth]:
                old = None
            if held[depth]:
                level, change = _renewed(old, layer, inputs, change, should_stop)
            else:
                level, change = _streamed(old, layer, inputs), None
            self._levels.append(level)
            inputs = level.outputs
            last = depth == len(on) - 1
            if last:
                level.own = False
                if depth and isinstance(layer, PoolLayer):
                    self._levels[-2].own = False
            yield at, inputs

    @property
    def pooled(self) -> Prepared | None:
        """What the last layer read in the last call of `through`, if that layer is a pooling; never changed, too."""
        last = self._levels[-1] if self._levels else None
        return last.inputs if last is not None and isinstance(last.layer, PoolLayer) else None

    @property
    def drifting(self) -> bool:
        """Whether sums were added to, so that they are not rounded as if computed at once."""
        return any(level.steps for level in self._levels)

    def settle(self) -> None:
        """Have all that drifted computed afresh at the next call."""
        for level in self._levels:
            if level.steps:
                level.steps = MOST_STEPS + 1


def _streamed(old: Level | None, layer: Layer, inputs: Prepared) -> Level:
    """A level whose maps are computed where they are read; the old one if nothing has changed."""
    if old is not None and old.inputs is inputs:
        same = old.layer == layer
        if isinstance(layer, ConvLayer) and _fits(old, layer):
            same = not _dirty(old, layer)
        if same:
            return replace(old, layer=layer)
    return Level(layer, inputs, streamed(layer, inputs))


def _renewed(
    old: Level | None, layer: Layer, inputs: Prepared, change: OutputChange | None, should_stop: ShouldStop
) -> tuple[Level, OutputChange | None]:
    """A level for this layer and input, of the old one as far as it serves, and what has changed if not all."""
    channels = None if old is None else _changed(old, inputs, change)
    if isinstance(layer, PoolLayer):
        if old is None or channels is None or old.layer != layer:
            maps = PooledMaps(layer, inputs).whole(should_stop)
            return Level(layer, inputs, outputs_of(maps, layer, inputs)), None
        return _repooled(old, layer, inputs, channels)
    if old is None or channels is None or not _fits(old, layer):
        return _convolved(layer, inputs, should_stop, hold=False), None
    return _reconvolved(old, layer, inputs, channels, change, should_stop)


def _reconvolved(
    old: Level,
    layer: ConvLayer,
    inputs: Prepared,
    channels: list[int],
    change: OutputChange | None,
    should_stop: ShouldStop,
) -> tuple[Level, OutputChange | None]:
    """A level for other filters, and an input that differs in some channels."""
    read = [channel for channel in channels if channel not in layer.muted]
    if read and change is not None:
        delta = change.delta[[channels.index(channel) for channel in read]]
        return _reread(old, layer, inputs, read, delta, should_stop), None
    if old.steps > MOST_STEPS:
        return _convolved(layer, inputs, should_stop, hold=True), None
    dirty = _dirty(old, layer)
    if not dirty:
        return replace(old, layer=layer, inputs=inputs), None
    return _recomputed(old, layer, inputs, dirty, should_stop)


def _changed(old: Level, inputs: Prepared, change: OutputChange | None) -> list[int] | None:
    """Channels in which an input differs from that of a level; None for perhaps all."""
    if inputs is old.inputs:
        return []
    return change.channels if change is not None and change.before is old.inputs else None


def _fits(old: Level, layer: ConvLayer) -> bool:
    """Whether a layer differs from that of a level in the numbers of its filters at most."""
    before = old.layer
    return (
        isinstance(before, ConvLayer)
        and replace(before, bank=layer.bank) == layer
        and (len(before.bank), before.bank.shape) == (len(layer.bank), layer.bank.shape)
    )


def _dirty(old: Level, layer: ConvLayer) -> list[int]:
    """Filters whose maps are others than the level's."""
    assert isinstance(old.layer, ConvLayer)  # noqa: S101
    pairs = zip(old.layer.bank, layer.bank, strict=True)
    return [index for index, (before, after) in enumerate(pairs) if not _same_map(before, after)]


def _same_map(one: Filter, other: Filter) -> bool:
    return one is other or (
        (one.bias, one.enabled) == (other.bias, other.enabled) and np.array_equal(one.weights, other.weights)
    )


def _convolved(layer: ConvLayer, inputs: Prepared, should_stop: ShouldStop, *, hold: bool) -> Level:
    """All maps computed, and their sums held if they are to be added to."""
    on = [index for index, one in enumerate(layer.bank) if one.enabled]
    rows, columns = layer.geometry(*inputs.shape[1:]).output
    maps = feature_maps(inputs, replace(layer, activation="none") if hold else layer, on, should_stop)
    if len(on) < len(layer.bank):
        some, maps = maps, np.zeros((len(layer.bank), rows, columns), np.float32)
        maps[on] = some
    floors = Noise(inputs, layer).floors
    if not hold:
        silence(maps, floors)
        return Level(layer, inputs, outputs_of(maps, layer, inputs))
    values = activate(maps.copy(), layer.activation)
    values[[index for index, one in enumerate(layer.bank) if not one.enabled]] = 0.0
    silence(values, floors)
    outputs = outputs_of(values, layer, inputs)
    return Level(layer, inputs, outputs, maps, room=LEAP * float(np.abs(maps).max(initial=0.0)))


def _recomputed(
    old: Level, layer: ConvLayer, inputs: Prepared, dirty: list[int], should_stop: ShouldStop
) -> tuple[Level, OutputChange]:
    """Some maps computed afresh, the others as they were."""
    on = [index for index in dirty if layer.bank[index].enabled]
    sums = feature_maps(inputs, replace(layer, activation="none"), on, should_stop)
    if old.sums is not None:
        old.sums[on] = sums
    new = np.zeros((len(dirty), *sums.shape[1:]), np.float32)
    new[[dirty.index(index) for index in on]] = activate(sums, layer.activation)
    silence(new, Noise(inputs, layer).floors[dirty])
    with np.errstate(over="ignore", invalid="ignore"):  # Of what is infinite nothing can be added to.
        delta = new - old.values[dirty]
    values = old.memory(filled=True)
    values[dirty] = new
    return old.next(layer, inputs, values), OutputChange(old.outputs, dirty, delta)


def _reread(
    old: Level, layer: ConvLayer, inputs: Prepared, channels: list[int], delta: Values, should_stop: ShouldStop
) -> Level:
    """Every map after some channels of the input have changed by `delta`: added to, if that is quicker and exact."""
    if SHARE * len(channels) > inputs.shape[0]:
        return _convolved(layer, inputs, should_stop, hold=old.sums is not None)
    weights = layer.bank.weights[:, channels]
    reach = float(np.abs(weights).sum(axis=(1, 2, 3), dtype=np.float64).max(initial=0.0)) * float(np.abs(delta).max())
    if old.sums is None or old.steps >= MOST_STEPS or not reach <= old.room:
        return _convolved(layer, inputs, should_stop, hold=True)
    dirty = _dirty(old, layer)
    if dirty:
        on = [index for index in dirty if layer.bank[index].enabled]
        old.sums[on] = feature_maps(inputs, replace(layer, activation="none"), on, should_stop)
    kept = [index for index, one in enumerate(layer.bank) if one.enabled and index not in dirty]
    geometry = layer.geometry(*inputs.shape[1:])
    rows, columns = geometry.output
    source = Prepared(delta)
    # Bands alone would be too small for the route that is the fastest for all of them.
    route = choose(Work(delta, weights, layer.bank.bias, geometry))
    values = old.memory(filled=False)
    at_once = max(1, BAND_NUMBERS // (len(layer.bank) * columns))
    for start in range(0, rows, at_once):
        if should_stop():
            raise CancelledError
        stop = min(start + at_once, rows)
        if kept:
            filters = weights[kept], np.zeros(len(kept), np.float32)
            added = route(Work.over(source, geometry, filters, (range(start, stop), range(columns))))
            for index, more in zip(kept, added, strict=True):
                old.sums[index, start:stop] += more
        for index, one in enumerate(layer.bank):
            if one.enabled:
                activate(old.sums[index, start:stop], layer.activation, out=values[index, start:stop])
            else:
                values[index, start:stop] = 0.0
    return old.next(layer, inputs, values, steps=1, spent=reach)


def _repooled(old: Level, layer: PoolLayer, inputs: Prepared, channels: list[int]) -> tuple[Level, OutputChange | None]:
    """Some maps pooled afresh, the others as they were."""
    if not channels:
        return replace(old, layer=layer, inputs=inputs), None
    new = PooledMaps(layer, Prepared(inputs.stored[channels], inputs.gain)).whole(never)
    with np.errstate(over="ignore", invalid="ignore"):
        delta = new - old.values[channels]
    values = old.memory(filled=True)
    values[channels] = new
    return old.next(layer, inputs, values), OutputChange(old.outputs, channels, delta)
