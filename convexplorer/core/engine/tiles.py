"""Values of maps on the lattices that the screen shows: computed where something has changed, and kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convexplorer.core.engine.conv import activate, feature_maps
from convexplorer.core.engine.increment import HeldSums, add_change, single_change
from convexplorer.core.engine.kernel.library import kernel
from convexplorer.core.engine.lattice import Lattice, most_numbers, numbers
from convexplorer.core.engine.noise import Noise, magnitudes
from convexplorer.core.engine.overflow import compute, enlarge, safe_exponents
from convexplorer.core.engine.pictures import MapTile
from convexplorer.core.engine.routes.gemm import weighted_sums
from convexplorer.core.engine.routes.windows import gather
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError

BAND_NUMBERS = 8_000_000
"""Numbers of the windows that are multiplied at once where all of them are too many to be kept."""


@dataclass(frozen=True, eq=False)
class Source:
    """A layer laid over what it reads."""

    prepared: Prepared
    layer: ConvLayer

    @cached_property
    def geometry(self) -> Geometry:
        """How its windows lie."""
        return self.layer.geometry(*self.prepared.shape[1:])

    @property
    def channels(self) -> int:
        """Planes that it reads."""
        return self.prepared.shape[0]

    @property
    def signed(self) -> bool:
        """Whether its values may be negative."""
        return is_signed(self.layer.activation)

    @cached_property
    def noise(self) -> Noise:
        """What its sums may be wrong by."""
        return Noise(self.prepared, self.layer)

    @property
    def on(self) -> list[int]:
        """Filters whose maps are wanted."""
        return [index for index, one in enumerate(self.layer.bank) if one.enabled]


class Tiles:
    """Keeps the values of each map on one lattice, and their peaks on one, for one input and setting of a layer."""

    def __init__(self) -> None:
        self._tiles: dict[int, MapTile] = {}
        self._peaks: dict[int, MapTile] = {}
        self._held: dict[int, HeldSums] = {}
        self._drifted: set[int] = set()
        self._windows: tuple[object, Values] | None = None

    def update(
        self,
        source: Source,
        indices: Iterable[int],
        lattice: Lattice,
        accepted: Sequence[Lattice],
        should_stop: ShouldStop = never,
    ) -> None:
        """Renew the tiles of these filters whose filter has changed, or that lie on no accepted lattice.

        Raises
        ------
        CancelledError
            If `should_stop` said so.
        """
        bank, dirty = source.layer.bank, []
        for index in indices:
            tile = self._tiles.get(index)
            if tile is None or tile.filter is not bank[index] or tile.lattice not in accepted:
                dirty.append(index)
        if len(dirty) == 1 and self._added(source, dirty[0], lattice):
            return
        if dirty:
            sums = self._sums(source, dirty, lattice, should_stop)
            self._hold(source.layer, dirty, sums, lattice)
            floors = source.noise.floors.tolist()
            for index, one in zip(dirty, activate(sums, source.layer.activation), strict=True):
                # A view of one of several maps would keep the others as long as itself.
                values = one if len(dirty) == 1 else one.copy()
                self._tiles[index] = MapTile(index, bank[index], values, lattice, noise=floors[index])
                self._drifted.discard(index)

    def tile(self, source: Source, index: int, lattice: Lattice | None = None) -> MapTile:
        """The tile to be shown: peaks where they are known for this lattice, else the values of its nodes."""
        if lattice is not None and self.has_peaks(source, index, lattice):
            return self._peaks[index]
        return self._tiles[index]

    def whole(self, source: Source, index: int) -> Values | None:
        """A map of which every node is kept."""
        tile = self._tiles.get(index)
        known = tile is not None and tile.filter is source.layer.bank[index]
        return tile.values if tile is not None and known and tile.values.shape == source.geometry.output else None

    def has_peaks(self, source: Source, index: int, lattice: Lattice) -> bool:
        """Whether peaks of a map's present filter are known for a lattice."""
        peaks = self._peaks.get(index)
        return peaks is not None and peaks.filter is source.layer.bank[index] and peaks.lattice == lattice

    def set_peaks(self, source: Source, index: int, lattice: Lattice, values: Values) -> None:
        """Keep the peaks of a map."""
        noise = float(source.noise.floors[index])
        self._peaks[index] = MapTile(index, source.layer.bank[index], values, lattice, peaks=True, noise=noise)

    @property
    def drifting(self) -> bool:
        """Whether tiles are of sums that were added to, so that they are not rounded as if computed at once."""
        return bool(self._drifted)

    def let_go_of_drift(self) -> list[int]:
        """Forget sums that were added to, and the tiles made of them; tells of which filters."""
        drifted = sorted(self._drifted)
        for index in drifted:
            self._held.pop(index, None)
            self._tiles.pop(index, None)
        self._drifted = set()
        return drifted

    def forget(self, index: int) -> None:
        """Let go of all that belongs to one map."""
        for kept in (self._tiles, self._peaks, self._held):
            kept.pop(index, None)
        self._drifted.discard(index)

    def nbytes(self, index: int) -> int:
        """Memory of the values of one map."""
        tiles = (self._tiles.get(index), self._peaks.get(index))
        return sum(tile.values.nbytes for tile in tiles if tile is not None)

    @property
    def indices(self) -> Collection[int]:
        """Maps of which something is kept."""
        return self._tiles.keys() | self._peaks.keys()

    def _hold(self, layer: ConvLayer, dirty: Sequence[int], sums: Values, lattice: Lattice) -> None:
        """Keep the sums of a map that is edited alone."""
        self._held = {}
        if len(dirty) == 1:
            self._held[dirty[0]] = HeldSums(layer.bank[dirty[0]], lattice, sums[0].copy())

    def _added(self, source: Source, index: int, lattice: Lattice) -> bool:
        """Renew a tile by adding to its held sums, if just one number of its filter has changed."""
        held, one, layer = self._held.get(index), source.layer.bank[index], source.layer
        if held is None or held.lattice != lattice or source.prepared.stored_array is None:
            return False
        change = single_change(held.filter, one)
        if change is None:
            return False
        before, after = _magnitude(held.filter, source), _magnitude(one, source)
        if not held.allows(before, after):
            return False
        muted = change.place is not None and change.place[0] in layer.muted
        values = add_change(
            held,
            change,
            source.prepared,
            source.geometry,
            layer.activation,
            muted=muted,
            magnitude=max(before, after),
        )
        held.filter = one
        self._tiles[index] = MapTile(index, one, values, lattice, noise=float(source.noise.floors[index]) + held.error)
        if held.steps:
            self._drifted.add(index)
        return True

    def _sums(self, source: Source, indices: Sequence[int], lattice: Lattice, should_stop: ShouldStop) -> Values:
        """Weighted sums plus bias on a lattice, shape (n, rows, columns)."""
        prepared, layer, geometry = source.prepared, source.layer, source.geometry
        rows, columns = lattice
        bias = layer.bank.bias[list(indices)]
        # The kernel is as quick without windows as a product with those that are kept.
        unkept = numbers(lattice, geometry, source.channels) > most_numbers()
        if rows.step == 1 and (unkept or (kernel() is not None and prepared.stored_array is not None)):
            self._windows = None
            if (len(rows), len(columns)) == geometry.output:
                return feature_maps(prepared, replace(layer, activation="none"), indices, should_stop)
            filters = layer.kernels(indices), bias
            return compute(Work.over(prepared, geometry, filters, lattice, should_stop=should_stop))
        kernels = layer.kernels(indices)
        exponents = safe_exponents(kernels, bias)
        if exponents is not None:
            kernels = np.ldexp(kernels, -exponents[:, np.newaxis, np.newaxis, np.newaxis])
            bias = np.ldexp(bias, -exponents)
        flat = kernels.reshape(len(indices), -1) * np.float32(prepared.gain)
        values = np.empty((len(indices), len(rows), len(columns)), np.float32)
        row = numbers((rows[:1], columns), geometry, source.channels)
        most = max(1, BAND_NUMBERS // row) if unkept else len(rows)
        for start in range(0, len(rows), most):
            if should_stop():
                raise CancelledError
            band = rows[start : start + most]
            if unkept:
                windows = gather(prepared, geometry, band, columns, should_stop)
            else:
                windows = self._windows_of(source, lattice, should_stop)
            values[:, start : start + most] = weighted_sums(flat, windows).reshape(len(indices), len(band), -1)
        values += bias[:, np.newaxis, np.newaxis]
        return values if exponents is None else enlarge(values, exponents)

    def _windows_of(self, source: Source, lattice: Lattice, should_stop: ShouldStop) -> Values:
        """The matrix of windows of a lattice; the last one is kept."""
        key = id(source.prepared), source.geometry, lattice
        if self._windows is None or self._windows[0] != key:
            self._windows = None  # Let go of the old matrix before the new one is made.
            self._windows = key, gather(source.prepared, source.geometry, *lattice, should_stop)
        return self._windows[1]


def _magnitude(one: Filter, source: Source) -> float:
    """The largest that the sums of a filter can come to."""
    weights = one.weights[np.newaxis].copy()
    weights[:, sorted(channel for channel in source.layer.muted if channel < one.channels)] = 0.0
    return float(magnitudes(weights, np.array([one.bias], np.float32), source.prepared.peak)[0])
