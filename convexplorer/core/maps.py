"""Live maps: what the screen can show first, the rest behind.

A `MapsJob` says what is wanted; `MapEngine.run` answers in steps, so that the first picture is there before the last
number is: the input, the maps as far as they can be seen (`core.lattice`), then the figures of whole maps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convexplorer.core.activations import is_signed
from convexplorer.core.conv import activate, correlate, feature_map_strips, feature_maps, input_block
from convexplorer.core.filters import Filter
from convexplorer.core.geometry import Geometry
from convexplorer.core.images import Image, Preparation, Prepared, ShouldStop, Values, never
from convexplorer.core.increment import MOST_STEPS, HeldSums, add_change, single_change
from convexplorer.core.lattice import PATCH_NUMBERS, Lattice, View, coarsened, lattice_for, numbers
from convexplorer.core.layers import ConvLayer, Layer
from convexplorer.core.network import geometries
from convexplorer.core.pictures import InputPicture, InputView, Look, MapPicture, MapTile, input_picture, map_picture
from convexplorer.core.placement import Placement
from convexplorer.core.receptive import ReceptiveField, field_of
from convexplorer.core.routes import weighted_sums
from convexplorer.core.stack import Stack
from convexplorer.core.statistics import Accumulator, Histogram, MapRange, histogram, map_range
from convexplorer.core.strongest import Place, StrongestFinder
from convexplorer.core.windows import gather, window_at
from convexplorer.errors import CancelledError

PASS_MULTIPLICATIONS = 400_000_000
"""Multiplications of a full pass that one group of filters may take, roughly."""
STRONGEST = 8
"""Strongest places that are sought; more where others equal the last of them."""
REST = 0.15
"""Seconds without a newer job before full passes begin."""


@dataclass(frozen=True, eq=False)
class MapsJob:
    """A frozen order for maps: everything they follow from; `before` are the layers between image and `layer`."""

    image: Image
    preparation: Preparation
    before: tuple[Layer, ...]
    layer: ConvLayer
    view: View
    input_view: InputView
    look: Look


@dataclass(frozen=True, eq=False)
class InputReady:
    """The layer's input is there; every map that follows belongs to it.

    Parameters
    ----------
    prepared : Prepared
        What the layer reads: the image, or the maps that leave the layer before.
    geometry : Geometry
        How its windows lie on that.
    image : Prepared
        The prepared image.
    below : ReceptiveField
        What each pixel or node that the layer reads sees of the image.
    placement : Placement
        Where the layer's own nodes lie over the image.
    """

    prepared: Prepared
    geometry: Geometry
    image: Prepared
    below: ReceptiveField
    placement: Placement


@dataclass(frozen=True, eq=False)
class MapPictures:
    """Maps ready to be drawn, in the order of the view's indices."""

    pictures: list[MapPicture]
    placement: Placement


@dataclass(frozen=True, eq=False)
class Ranges:
    """Figures of the whole maps known so far, by index; `done` of `total` filters have theirs."""

    ranges: dict[int, MapRange]
    done: float
    total: int


@dataclass(frozen=True, eq=False)
class Strongest:
    """Where the map of one filter is strongest, with what the windows see there.

    Parameters
    ----------
    index : int
        The filter.
    places : list of Place
        Strongest first (`core.strongest`).
    patches : list of ndarray, shape (C, kh, kw)
        Inputs under each one's window.
    total_equal : int
        Nodes that share the largest value.
    """

    index: int
    places: list[Place]
    patches: list[Values]
    total_equal: int


MapEvent = InputReady | InputPicture | MapPictures | Ranges | Histogram | Strongest


@dataclass
class MapEngine:
    """Computes one job after the other and keeps what the next can use again. Not for two threads at once."""

    _image: Image | None = None
    _preparation: Preparation | None = None
    _prepared: Prepared | None = None
    _stack: Stack = field(default_factory=Stack)
    _input: InputPicture | None = None
    _input_view: InputView | None = None
    _settings: object = None
    _reads: Prepared | None = None
    _tiles: dict[int, MapTile] = field(default_factory=dict)
    _pictures: dict[int, MapPicture] = field(default_factory=dict)
    _colouring: dict[int, tuple[MapRange | None, Look]] = field(default_factory=dict)
    _ranges: dict[int, tuple[Filter, MapRange]] = field(default_factory=dict)
    _patches: tuple[object, Values] | None = None
    _held: dict[int, HeldSums] = field(default_factory=dict)
    _peaks: tuple[Prepared, Filter, Strongest] | None = None

    def run(self, job: MapsJob, cancelled: ShouldStop = never, superseded: ShouldStop = never) -> Iterator[MapEvent]:
        """Answer a job step by step.

        A superseded job still brings its maps, since a drag that never rests must be seen to move; what follows
        them stops.

        Parameters
        ----------
        job : MapsJob
            What is wanted.
        cancelled : callable
            Whether to stop at once.
        superseded : callable
            Whether a newer job waits (true, too, when cancelled).

        Raises
        ------
        InvalidValueError
            If the window does not fit the image, or the image cannot be resized so.
        CancelledError
            If stopped before all was done.
        """
        image = self._prepare(job, cancelled)
        prepared = self._stack.through(image, job.before, cancelled)
        layer, look = job.layer, job.look
        geometry = layer.geometry(*prepared.shape[1:])
        below = field_of(geometries(job.before, image.shape))
        placement = Placement(below.behind(geometry), geometry.output)
        settings = (geometry, layer.activation, layer.muted)
        if settings != self._settings or self._reads is not prepared:
            self._settings, self._reads = settings, prepared
            self._tiles, self._ranges, self._pictures, self._patches, self._held = {}, {}, {}, None, {}
            self._peaks = None
        self._ranges = {i: pair for i, pair in self._ranges.items() if i < len(layer.bank)}
        yield InputReady(prepared, geometry, image, below, placement)
        indices = [i for i in job.view.indices if i < len(layer.bank) and layer.bank[i].enabled]
        wanted = lattice_for(job.view, geometry.output, len(indices))
        live = coarsened(wanted, geometry, prepared.shape[0])
        self._update(prepared, layer, indices, live, (live, wanted))
        yield self._coloured(layer, look, indices, placement)
        yield self._shown_input(image, job.input_view)
        if live != wanted:
            self._update(prepared, layer, indices, wanted, (wanted,), superseded)
            yield self._coloured(layer, look, indices, placement)
        yield self._known(layer)
        if self._stack.drifting or self._drifting() or self._unknown(layer):
            _rest(superseded)
        if self._stack.drifting:
            self._stack.settle()
            yield from self.run(job, cancelled, superseded)
            return
        if self._drifting():
            self._let_go_of_drift()
            self._update(prepared, layer, indices, wanted, (wanted,), superseded)
            yield self._coloured(layer, look, indices, placement)
        yield from self._measured(prepared, layer, geometry, superseded)
        yield self._coloured(layer, look, indices, placement)
        if job.view.focus in indices:
            yield self._histogram(prepared, layer, job.view.focus, superseded)
        if job.view.strongest is not None and self._is_known(layer, job.view.strongest):
            yield self._strongest(prepared, layer, job.view.strongest, superseded)

    def _prepare(self, job: MapsJob, cancelled: ShouldStop) -> Prepared:
        if self._prepared is None or self._image is not job.image or self._preparation != job.preparation:
            self._prepared = job.image.prepared(job.preparation, cancelled)
            self._image, self._preparation, self._input = job.image, job.preparation, None
        return self._prepared

    def _shown_input(self, prepared: Prepared, view: InputView) -> InputPicture:
        if self._input is None or self._input_view != view:
            self._input, self._input_view = input_picture(prepared, view), view
        return self._input

    def _update(
        self,
        prepared: Prepared,
        layer: ConvLayer,
        indices: Sequence[int],
        lattice: Lattice,
        accepted: Sequence[Lattice],
        should_stop: ShouldStop = never,
    ) -> None:
        """Renew the tiles of these filters whose filter has changed, or that lie on no accepted lattice."""
        dirty = []
        for index in indices:
            tile = self._tiles.get(index)
            if tile is None or tile.filter is not layer.bank[index] or tile.lattice not in accepted:
                dirty.append(index)
        if len(dirty) == 1 and self._added(prepared, layer, dirty[0], lattice):
            return
        if dirty:
            sums = self._values(prepared, layer, dirty, lattice, should_stop)
            self._hold(layer, dirty, sums, lattice)
            for index, one in zip(dirty, activate(sums, layer.activation), strict=True):
                self._tiles[index] = MapTile(index, layer.bank[index], one, lattice)

    def _hold(self, layer: ConvLayer, dirty: Sequence[int], sums: Values, lattice: Lattice) -> None:
        """Keep the sums of a map that is edited alone."""
        self._held = {}
        if len(dirty) == 1:
            self._held[dirty[0]] = HeldSums(layer.bank[dirty[0]], lattice, sums[0].copy())

    def _added(self, prepared: Prepared, layer: ConvLayer, index: int, lattice: Lattice) -> bool:
        """Renew a tile by adding to its held sums, if just one number of its filter has changed."""
        held, one = self._held.get(index), layer.bank[index]
        if held is None or held.lattice != lattice or held.steps >= MOST_STEPS:
            return False
        change = single_change(held.filter, one)
        if change is None:
            return False
        geometry = layer.geometry(*prepared.shape[1:])
        muted = change.place is not None and change.place[0] in layer.muted
        values = add_change(held, change, prepared, geometry, layer.activation, muted=muted)
        held.filter = one
        self._tiles[index] = MapTile(index, one, values, lattice)
        return True

    def _drifting(self) -> bool:
        return any(held.steps for held in self._held.values())

    def _let_go_of_drift(self) -> None:
        """Forget sums that were added to, and the tiles made of them."""
        for index, held in list(self._held.items()):
            if held.steps:
                del self._held[index], self._tiles[index]
                self._ranges.pop(index, None)

    def _values(
        self, prepared: Prepared, layer: ConvLayer, indices: Sequence[int], lattice: Lattice, should_stop: ShouldStop
    ) -> Values:
        """Weighted sums plus bias on a lattice, shape (n, rows, columns)."""
        geometry = layer.geometry(*prepared.shape[1:])
        rows, columns = lattice
        bias = layer.bank.bias[list(indices)]
        if rows.step == 1 and numbers(lattice, geometry, prepared.shape[0]) > PATCH_NUMBERS:
            self._patches = None
            if (len(rows), len(columns)) == geometry.output:
                return feature_maps(prepared, replace(layer, activation="none"), indices, should_stop)
            block = input_block(prepared, geometry, (rows.start, rows.stop), (columns.start, columns.stop))
            return correlate(block, layer.kernels(indices), bias, stride=geometry.stride, dilation=geometry.dilation)
        flat = layer.kernels(indices).reshape(len(indices), -1) * np.float32(prepared.gain)
        values = np.empty((len(indices), len(rows), len(columns)), np.float32)
        most = max(1, PATCH_NUMBERS // numbers((rows[:1], columns), geometry, prepared.shape[0]))
        for start in range(0, len(rows), most):
            _check(should_stop)
            band = rows[start : start + most]
            sums = weighted_sums(flat, self._windows(prepared, geometry, (band, columns)))
            values[:, start : start + most] = sums.reshape(len(indices), len(band), len(columns))
        values += bias[:, np.newaxis, np.newaxis]
        return values

    def _windows(self, prepared: Prepared, geometry: Geometry, lattice: Lattice) -> Values:
        """The matrix of windows of a lattice; the last one is kept."""
        key = (id(prepared), geometry, lattice)
        if self._patches is None or self._patches[0] != key:
            self._patches = None  # Let go of the old matrix before the new one is made.
            self._patches = (key, gather(prepared, geometry, *lattice))
        return self._patches[1]

    def _coloured(self, layer: ConvLayer, look: Look, indices: Sequence[int], placement: Placement) -> MapPictures:
        """Pictures of the tiles; only those are coloured whose values or scale have changed."""
        signed = is_signed(layer.activation)
        for index in indices:
            tile = self._tiles[index]
            if tile.values.shape == placement.output and not self._is_known(layer, index):
                self._ranges[index] = (tile.filter, map_range(tile.values))
        known = {i: self._ranges[i][1] for i in indices if self._is_known(layer, i)}
        if look.common and known:
            low, high = min(one.low for one in known.values()), max(one.high for one in known.values())
            look = replace(look, held=(low, high))
        for index in indices:
            tile, figures, old = self._tiles[index], known.get(index), self._pictures.get(index)
            if old is None or old.tile is not tile or self._colouring.get(index) != (figures, look):
                self._pictures[index] = map_picture(tile, figures, look, signed=signed)
                self._colouring[index] = figures, look
        return MapPictures([self._pictures[index] for index in indices], placement)

    def _measured(
        self, prepared: Prepared, layer: ConvLayer, geometry: Geometry, should_stop: ShouldStop
    ) -> Iterator[Ranges]:
        """Figures of every enabled map that has none yet, in full passes through the strips of the map."""
        missing = self._unknown(layer)
        known = sum(one.enabled for one in layer.bank) - len(missing)
        nodes = geometry.output[0] * geometry.output[1]
        at_once = max(1, PASS_MULTIPLICATIONS // (nodes * int(np.prod(layer.bank.shape))))
        for start in range(0, len(missing), at_once):
            group = missing[start : start + at_once]
            done = known + start
            figures = [Accumulator() for _ in group]
            for row, strip in feature_map_strips(prepared, layer, group, should_stop):
                for one, values in zip(figures, strip, strict=True):
                    one.add(values)
                yield self._known(layer, done + len(group) * row / geometry.output[0])
            for index, one in zip(group, figures, strict=True):
                self._ranges[index] = (layer.bank[index], one.result())
            yield self._known(layer)

    def _is_known(self, layer: ConvLayer, index: int) -> bool:
        known = self._ranges.get(index)
        return known is not None and known[0] is layer.bank[index]

    def _unknown(self, layer: ConvLayer) -> list[int]:
        """Filters that are on and whose maps have no figures yet."""
        return [i for i, one in enumerate(layer.bank) if one.enabled and not self._is_known(layer, i)]

    def _known(self, layer: ConvLayer, done: float | None = None) -> Ranges:
        wanted = [i for i, one in enumerate(layer.bank) if one.enabled]
        ranges = {i: self._ranges[i][1] for i in wanted if self._is_known(layer, i)}
        return Ranges(ranges, len(ranges) if done is None else done, len(wanted))

    def _whole_map(
        self, prepared: Prepared, layer: ConvLayer, index: int, should_stop: ShouldStop
    ) -> Iterator[tuple[int, Values]]:
        """The map in strips with their first rows: the tile, where it is the whole map, else computed."""
        tile = self._tiles.get(index)
        geometry = layer.geometry(*prepared.shape[1:])
        if tile is not None and tile.filter is layer.bank[index] and tile.values.shape == geometry.output:
            yield 0, tile.values
        else:
            for row, strip in feature_map_strips(prepared, layer, [index], should_stop):
                yield row, strip[0]

    def _strongest(self, prepared: Prepared, layer: ConvLayer, index: int, should_stop: ShouldStop) -> Strongest:
        key = prepared, layer.bank[index]
        if self._peaks is None or self._peaks[0] is not key[0] or self._peaks[1] is not key[1]:
            geometry = layer.geometry(*prepared.shape[1:])
            finder = StrongestFinder(STRONGEST)
            for row, strip in self._whole_map(prepared, layer, index, should_stop):
                finder.add(row, strip)
            places = finder.result()
            patches = [window_at(prepared, geometry, one.row, one.column) for one in places[:STRONGEST]]
            self._peaks = (*key, Strongest(index, places, patches, finder.total_equal))
        return replace(self._peaks[2], index=index)

    def _histogram(self, prepared: Prepared, layer: ConvLayer, index: int, should_stop: ShouldStop) -> Histogram:
        figures = self._ranges[index][1]
        strips = self._whole_map(prepared, layer, index, should_stop)
        return histogram(index, (strip for _, strip in strips), figures)


def _rest(should_stop: ShouldStop) -> None:
    """Wait until edits pause, so that a full pass does not begin between two frames of a drag."""
    end = time.monotonic() + REST
    while time.monotonic() < end:
        _check(should_stop)
        time.sleep(0.001)


def _check(should_stop: ShouldStop) -> None:
    if should_stop():
        raise CancelledError
