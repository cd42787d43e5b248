"""Live maps: what the screen can show first, the rest behind.

A `MapsJob` says what is wanted; `MapEngine.run` answers in steps, so that the first picture is there before the last
number is: the input, the maps as far as they can be seen (`core.engine.lattice`), then the figures of whole maps.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from convexplorer.core.engine.conv import feature_map_strips
from convexplorer.core.engine.full_passes import Pass, groups, seek_peaks
from convexplorer.core.engine.lattice import Lattice, View, coarsened, lattice_for
from convexplorer.core.engine.live_events import InputReady, MapEvent, MapPictures, MapsJob, Ranges, Strongest
from convexplorer.core.engine.noise import quiet_ends
from convexplorer.core.engine.pictures import (
    InputPicture,
    InputView,
    Look,
    MapPicture,
    MapTile,
    input_picture,
    map_picture,
)
from convexplorer.core.engine.routes.windows import window_at
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.engine.statistics import Histogram, MapRange, histogram, map_range
from convexplorer.core.engine.strongest import StrongestFinder
from convexplorer.core.engine.tiles import Source, Tiles
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.receptive import field_of
from convexplorer.core.model.stack_figures import geometries
from convexplorer.core.runtime.budget import budget, release
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError, InvalidValueError

__all__ = ["InputReady", "MapEngine", "MapEvent", "MapPictures", "MapsJob", "Ranges", "Strongest"]

Found = TypeVar("Found")

STRONGEST = 8
"""Strongest places that are sought; more where others equal the last of them."""
PIECE_NODES = 1 << 16
"""Nodes of a map that are looked at in one go for its strongest places and its histogram, which takes a millisecond."""
REST = 0.15
"""Seconds without a newer job before full passes begin."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """Maps in view: of which layer, coloured how, and on which nodes."""

    source: Source
    look: Look
    indices: list[int]
    placement: Placement
    lattice: Lattice


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
    _tiles: Tiles = field(default_factory=Tiles)
    _pictures: dict[int, MapPicture] = field(default_factory=dict)
    _colouring: dict[int, tuple[MapRange | None, Look]] = field(default_factory=dict)
    _ranges: dict[int, tuple[Filter, MapRange]] = field(default_factory=dict)
    _strong: tuple[Prepared, Filter, Strongest] | None = None
    _pass: Pass | None = None

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
        try:
            source = Source(self._stack.through(image, job.before, cancelled), job.layer)
            layer, geometry = job.layer, source.geometry
        except InvalidValueError:
            yield self._shown_input(image, job.input_view)  # There are no maps, but there is a picture.
            raise
        below = field_of(geometries(job.before, image.shape))
        placement = Placement(below.behind(geometry), geometry.output)
        settings = (geometry, layer.activation, layer.muted)
        if settings != self._settings or self._reads is not source.prepared:
            self._settings, self._reads = settings, source.prepared
            self._tiles, self._ranges, self._pictures, self._strong = Tiles(), {}, {}, None
        self._ranges = {i: pair for i, pair in self._ranges.items() if i < len(layer.bank)}
        yield InputReady(source.prepared, geometry, image, below, placement, self._stack.pooled)
        indices = [i for i in job.view.indices if i < len(layer.bank) and layer.bank[i].enabled]
        wanted = lattice_for(job.view, geometry.output, len(indices))
        live = coarsened(wanted, geometry, source.channels)
        shown = _Shown(source, job.look, indices, placement, wanted)
        self._tiles.update(source, indices, live, (live, wanted), cancelled)
        yield self._coloured(shown)
        yield self._shown_input(image, job.input_view)
        if live != wanted:
            self._tiles.update(source, indices, wanted, (wanted,), superseded)
            yield self._coloured(shown)
        yield self._known(source)
        if self._stack.drifting:
            _rest(superseded)
            self._stack.settle()
            yield from self.run(job, cancelled, superseded)
        else:
            yield from self._completed(shown, job.view, superseded)

    def _completed(self, shown: _Shown, view: View, should_stop: ShouldStop) -> Iterator[MapEvent]:
        """What takes passes through whole maps, once edits pause."""
        source = shown.source
        if self._tiles.drifting or self._unknown(source) or self._without_peaks(shown):
            _rest(should_stop)
        if self._tiles.drifting:
            drifted = self._tiles.let_go_of_drift()
            for index in drifted:
                self._doubt(index)
            self._tiles.update(source, shown.indices, shown.lattice, (shown.lattice,), should_stop)
            yield self._coloured(shown, should_stop)
            # What was told before came from sums that had been added to.
            yield self._known(source, renewed=frozenset(drifted))
        for figures in self._measured(shown, should_stop):
            yield figures
            if not figures.renewed.isdisjoint(shown.indices):
                yield self._coloured(shown, should_stop)
        yield self._coloured(shown, should_stop)
        if view.focus in shown.indices:
            yield self._histogram(source, view.focus, should_stop)
        if view.strongest is not None and self._is_known(source, view.strongest):
            yield self._strongest(source, view.strongest, should_stop)

    def _prepare(self, job: MapsJob, cancelled: ShouldStop) -> Prepared:
        if self._prepared is None or self._image is not job.image or self._preparation != job.preparation:
            self._prepared = self._input = self._reads = self._strong = None
            self._tiles, self._pictures, self._stack = Tiles(), {}, Stack()
            self._prepared = job.image.prepare(job.preparation, cancelled)
            self._image, self._preparation = job.image, job.preparation
            release()
        return self._prepared

    def _shown_input(self, prepared: Prepared, view: InputView) -> InputPicture:
        if self._input is None or self._input_view != view:
            self._input, self._input_view = input_picture(prepared, view), view
        return self._input

    def _coloured(self, shown: _Shown, should_stop: ShouldStop = never) -> MapPictures:
        """Pictures of the tiles; only those are coloured whose values or scale have changed."""
        source, look = shown.source, shown.look
        for index in shown.indices:
            values = self._tiles.whole(source, index)
            if values is not None and not self._is_known(source, index):
                _check(should_stop)
                noise = self._tiles.tile(source, index).noise
                self._ranges[index] = (source.layer.bank[index], map_range(values, noise))
        known = {i: self._ranges[i][1] for i in shown.indices if self._is_known(source, i)}
        if look.common and known:
            low, high = min(one.low for one in known.values()), max(one.high for one in known.values())
            look = replace(look, held=(low, high))
        for index in shown.indices:
            tile, figures = self._tiles.tile(source, index, shown.lattice), known.get(index)
            old = self._pictures.get(index)
            if old is None or old.tile is not tile or self._colouring.get(index) != (figures, look):
                _check(should_stop)
                ends = self._expected(tile) if figures is None else (figures.low, figures.high)
                old = map_picture(tile, ends, look, signed=source.signed)
                self._colouring[index] = figures, look
            self._pictures.pop(index, None)
            self._pictures[index] = old  # Behind all others: those shown longest ago come first.
        self._forget_beyond_budget(shown.indices)
        pictures = [self._pictures[index] for index in shown.indices]
        return MapPictures(pictures, shown.placement, frozenset(self._pictures))

    def _expected(self, tile: MapTile) -> tuple[float, float]:
        """Ends of the values of a map of which only a part is known: as they were before the edit, for the weights now.

        The part's own ends alone would let the colours flicker between an edit and the end of its full pass.
        """
        low, high = quiet_ends(float(tile.values.min()), float(tile.values.max()), tile.noise)
        if tile.index not in self._ranges:
            return low, high
        one, before = self._ranges[tile.index]
        old, new = (float(np.abs(one.weights).sum(dtype=np.float64)) for one in (one, tile.filter))
        factor = min(new / old, 1e6) if old else 0.0
        return min(low, factor * before.low), max(high, factor * before.high)

    def _doubt(self, index: int) -> None:
        """Take the figures of a map as those of another filter from now on."""
        if index in self._ranges:
            one, figures = self._ranges[index]
            self._ranges[index] = replace(one), figures

    def _forget_beyond_budget(self, shown: Sequence[int]) -> None:
        """Let go of maps that are not in view, those shown longest ago first, until the others fit their budget."""
        sizes = {i: self._tiles.nbytes(i) for i in self._tiles.indices}
        for index, picture in self._pictures.items():
            sizes[index] = sizes.get(index, 0) + picture.nbytes
        excess = sum(sizes.values()) - budget.part("pictures")
        unseen = [i for i in sizes if i not in self._pictures]
        for index in (*unseen, *list(self._pictures)):
            if excess <= 0:
                return
            if index not in shown:
                self._tiles.forget(index)
                self._pictures.pop(index, None)
                excess -= sizes[index]

    def _measured(self, shown: _Shown, should_stop: ShouldStop) -> Iterator[Ranges]:
        """Figures of every map that has none yet, those in view first, and peaks where maps are zoomed out."""
        source, lattice = shown.source, shown.lattice
        missing = sorted(self._unknown(source), key=lambda index: index not in shown.indices)
        done = float(len(source.on) - len(missing))
        wanted = lattice if lattice[0].step > 1 else None
        while missing:
            if self._pass is None or not self._pass.narrow(source, missing, wanted):
                self._pass = Pass(source, next(groups(source, missing)), wanted)
            group: Sequence[int] = self._pass.group
            found = yield from self._progress(source, self._pass.run(should_stop), done, len(group))
            self._pass = None
            missing = [index for index in missing if index not in group]
            for index, one in zip(group, found, strict=True):
                self._ranges[index] = (source.layer.bank[index], one.figures)
                if one.peaks is not None:
                    self._tiles.set_peaks(source, index, lattice, one.peaks)
            done += len(group)
            yield self._known(source, renewed=frozenset(group))
        for group in groups(source, self._without_peaks(shown)):
            seeking = seek_peaks(source, group, lattice, should_stop)
            peaks = yield from self._progress(source, seeking, done, 0)
            for index, values in zip(group, peaks, strict=True):
                self._tiles.set_peaks(source, index, lattice, values)
            yield self._known(source, renewed=frozenset(group))

    def _without_peaks(self, shown: _Shown) -> list[int]:
        """Maps in view that are zoomed out and of whose nodes every n-th alone is drawn so far."""
        if shown.lattice[0].step == 1:
            return []
        return [i for i in shown.indices if not self._tiles.has_peaks(shown.source, i, shown.lattice)]

    def _progress(
        self, source: Source, steps: Generator[float, None, list[Found]], done: float, filters: int
    ) -> Generator[Ranges, None, list[Found]]:
        """Go through a pass, telling how far it is."""
        while True:
            try:
                share = next(steps)
            except StopIteration as end:
                found: list[Found] = end.value
                return found
            yield self._known(source, done + filters * share)

    def _is_known(self, source: Source, index: int) -> bool:
        known = self._ranges.get(index)
        return known is not None and known[0] is source.layer.bank[index]

    def _unknown(self, source: Source) -> list[int]:
        """Filters that are on and whose maps have no figures yet."""
        return [i for i in source.on if not self._is_known(source, i)]

    def _known(self, source: Source, done: float | None = None, renewed: frozenset[int] = frozenset()) -> Ranges:
        ranges = {i: self._ranges[i][1] for i in source.on if self._is_known(source, i)}
        return Ranges(ranges, len(ranges) if done is None else done, len(source.on), renewed)

    def _whole_map(self, source: Source, index: int, should_stop: ShouldStop) -> Iterator[tuple[int, Values]]:
        """The map in pieces with their first rows: of the tile, where it is the whole map, else computed."""
        values = self._tiles.whole(source, index)
        if values is None:
            layer = source.layer
            for row, strip in feature_map_strips(source.prepared, layer, [index], should_stop, most_nodes=PIECE_NODES):
                yield row, strip[0]
            return
        at_once = max(1, PIECE_NODES // values.shape[1])
        for row in range(0, len(values), at_once):
            _check(should_stop)
            yield row, values[row : row + at_once]

    def _strongest(self, source: Source, index: int, should_stop: ShouldStop) -> Strongest:
        prepared, one = source.prepared, source.layer.bank[index]
        if self._strong is None or self._strong[0] is not prepared or self._strong[1] is not one:
            finder = StrongestFinder(STRONGEST, float(source.noise.floors[index]))
            for row, strip in self._whole_map(source, index, should_stop):
                finder.add(row, strip)
            places = finder.result()
            patches = [window_at(prepared, source.geometry, place.row, place.column) for place in places[:STRONGEST]]
            self._strong = prepared, one, Strongest(index, places, patches, finder.total_equal)
        return replace(self._strong[2], index=index)

    def _histogram(self, source: Source, index: int, should_stop: ShouldStop) -> Histogram:
        figures = self._ranges[index][1]
        return histogram(index, (strip for _, strip in self._whole_map(source, index, should_stop)), figures)


def _rest(should_stop: ShouldStop) -> None:
    """Wait until edits pause, so that a full pass does not begin between two frames of a drag."""
    end = time.monotonic() + REST
    while time.monotonic() < end:
        _check(should_stop)
        time.sleep(0.001)


def _check(should_stop: ShouldStop) -> None:
    if should_stop():
        raise CancelledError
