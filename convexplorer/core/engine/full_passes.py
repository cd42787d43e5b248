"""Full passes: figures and peaks of maps, some rows at a time, holding no whole map."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.conv import feature_map_strips
from convexplorer.core.engine.kernel.call import Found
from convexplorer.core.engine.lattice import Lattice
from convexplorer.core.engine.overflow import safe_exponents
from convexplorer.core.engine.peaks import Ends, reach
from convexplorer.core.engine.routes.choice import direct_time, is_direct
from convexplorer.core.engine.routes.direct import MEASURED, measure
from convexplorer.core.engine.routes.windows import input_block
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.engine.statistics import Accumulator, MapRange
from convexplorer.core.engine.tiles import Source
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.streams import Stream
from convexplorer.core.runtime.types import ShouldStop, Values
from convexplorer.errors import CancelledError

PASS_MULTIPLICATIONS = 400_000_000
"""Multiplications of a full pass that one group of filters may take, roughly."""
LEAST_FILTERS = 16
"""Filters of a group at least: gathering the windows takes as long as multiplying them by so many. Measured, 64 maps of
24 megapixels take 17 s one by one, 2.5 s by sixteen and 1.7 s all at once."""

STEP_TIME = 25e6
"""Work (`routes.choice.direct_time`) between two words of how far a pass is."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What a pass finds out about one map: its figures, and its peaks where they were asked for."""

    figures: MapRange
    peaks: Values | None


def groups(source: Source, indices: Sequence[int]) -> Iterator[Sequence[int]]:
    """Filters that share a pass: few where it takes long, so that the first figures are there soon."""
    rows, columns = source.geometry.output
    at_once = max(LEAST_FILTERS, PASS_MULTIPLICATIONS // (rows * columns * int(np.prod(source.layer.bank.shape))))
    for start in range(0, len(indices), at_once):
        yield indices[start : start + at_once]


class Pass:
    """A pass through the whole maps of some filters, which goes on where it was stopped.

    Parameters
    ----------
    source : Source
        The layer and its input.
    group : sequence of int
        The filters.
    lattice : (range, range) or None
        Where peaks are wanted, if at all.
    """

    def __init__(self, source: Source, group: Sequence[int], lattice: Lattice | None) -> None:
        self.source, self.group, self.lattice = source, list(group), lattice
        self._filters = [source.layer.bank[index] for index in group]
        self._figures = [Accumulator(noise) for noise in source.noise.floors[list(group)].tolist()]
        self._ends = Ends(lattice, source.geometry.output, len(group), signed=source.signed) if lattice else None
        self._row = 0
        self._torn = False

    def narrow(self, source: Source, wanted: Collection[int], lattice: Lattice | None) -> bool:
        """Go on with filters that are still wanted, as they were, and over the same input; whether there are any."""
        bank, mine = source.layer.bank, self.source
        if (
            self._torn
            or mine.prepared is not source.prepared
            or replace(mine.layer, bank=bank) != source.layer
            or self.lattice != lattice
        ):
            return False
        kept = [i for i, at in enumerate(self.group) if at in wanted and self._filters[i] is bank[at]]
        self.source = source
        self.group = [self.group[i] for i in kept]
        self._filters = [self._filters[i] for i in kept]
        self._figures = [self._figures[i] for i in kept]
        if self._ends:
            self._ends = self._ends.selected(kept)
        return bool(kept)

    def run(self, should_stop: ShouldStop) -> Generator[float, None, list[Measured]]:
        """Pass through the maps, or through what is left of them.

        Parameters
        ----------
        should_stop : callable
            Asked between strips and between maps, and each millisecond where the kernel computes.

        Yields
        ------
        float
            The share done, 0 to 1.

        Returns
        -------
        list of Measured
            In the order of the group.

        Raises
        ------
        CancelledError
            If `should_stop` said so.
        """
        rows = self.source.geometry.output[0]
        add = self._measure if measures_directly(self.source, self.group) else self._add_strip
        while self._row < rows:
            if should_stop():
                raise CancelledError
            self._row = add(should_stop)
            yield self._row / rows
        peaks = self._ends.result() if self._ends else [None] * len(self.group)
        return [Measured(one.result(), values) for one, values in zip(self._figures, peaks, strict=True)]

    def _measure(self, should_stop: ShouldStop) -> int:
        """Have the kernel gather what the next rows have; where they end."""
        rows, columns = (range(size) for size in self.source.geometry.output)
        some = rows[self._row : self._row + rows_at_once(self.source, self.group)]
        found = gathered(self.source, self.group, (some, columns), self._ends, should_stop)
        if np.isnan(found).any():  # Infinite values that have no sum, or no numbers: NumPy looks at each.
            return self._add_strip(should_stop)
        for one, figures in zip(self._figures, found, strict=True):
            one.join(figures, len(some) * len(columns))
        return some.stop

    def _add_strip(self, should_stop: ShouldStop) -> int:
        """Compute the next strip of the maps and look at it; where it ends."""
        source = self.source
        strips = feature_map_strips(source.prepared, source.layer, self.group, should_stop, first_row=self._row)
        row, strip = next(strips)
        stop: int = row + strip.shape[1]
        # What stops half-way has seen the strip of some maps, and cannot go on from there.
        self._torn = True
        for i, (one, values) in enumerate(zip(self._figures, strip, strict=True)):
            if should_stop():
                raise CancelledError
            one.add(values)
            if self._ends:
                self._ends.of(i).add(row, values)
        self._torn = False
        return stop


def seek_peaks(
    source: Source, group: Sequence[int], lattice: Lattice, should_stop: ShouldStop
) -> Generator[float, None, list[Values]]:
    """Pass through the blocks of a lattice, and nothing else, for the peaks of some maps; as `Pass.run`."""
    size = source.geometry.output
    rows, columns = (reach(nodes, limit) for nodes, limit in zip(lattice, size, strict=True))
    ends = Ends(lattice, size, len(group), signed=source.signed)
    if measures_directly(source, group):
        at_once = rows_at_once(source, group)
        for start in range(0, len(rows), at_once):
            if should_stop():
                raise CancelledError
            gathered(source, group, (rows[start : start + at_once], columns), ends, should_stop)
            yield start / len(rows)
        return ends.result()
    # What the nodes of these rows and columns see is a picture of its own, padding and all.
    window = _Reached(source, rows, columns)
    layer = replace(source.layer, padding="valid")
    for row, strip in feature_map_strips(Prepared(window), layer, group, should_stop):
        for i, values in enumerate(strip):
            if should_stop():
                raise CancelledError
            ends.of(i).add(rows.start + row, values, columns.start)
        yield row / len(rows)
    return ends.result()


def measures_directly(source: Source, group: Sequence[int]) -> bool:
    """Whether the kernel can gather figures and peaks without writing maps, and is the quickest way to them."""
    layer = source.layer
    return (
        layer.activation in MEASURED
        and is_direct((len(group), *layer.bank.shape), source.geometry)
        and safe_exponents(layer.kernels(group), layer.bank.subset(group).bias) is None
    )


def rows_at_once(source: Source, group: Sequence[int]) -> int:
    """Rows of nodes in a call of the kernel: so many that one is told how far it is."""
    rows = source.geometry.output[0]
    return max(1, int(STEP_TIME * rows / direct_time((len(group), *source.layer.bank.shape), source.geometry)))


def gathered(
    source: Source, group: Sequence[int], nodes: Lattice, ends: Ends | None, should_stop: ShouldStop
) -> NDArray[np.float64]:
    """Figures of some nodes of maps, shape (n, 4), as `Found` has them; their peaks are joined to `ends`."""
    layer = source.layer
    filters = layer.kernels(group), layer.bank.subset(group).bias
    work = Work.over(source.prepared, source.geometry, filters, nodes, layer.activation, should_stop)
    found = Found(np.tile([np.inf, -np.inf, 0.0, 0.0], (len(group), 1)), source.noise.floors[list(group)].astype("f4"))
    if ends is not None:
        lattice = ends.lattice
        if work.rows is None:  # The input is a block cut out for these nodes, which are counted from there.
            lattice = moved(lattice[0], -nodes[0].start), moved(lattice[1], -nodes[1].start)
        found = replace(found, highs=ends.highs, lows=ends.lows, lattice=lattice)
    measure(work, found)
    return found.figures


def moved(nodes: range, by: int) -> range:
    """Nodes counted from elsewhere."""
    return range(nodes.start + by, nodes.stop + by, nodes.step)


class _Reached(Stream):
    """What the windows of a rectangle of nodes see, with the zeros of the padding."""

    def __init__(self, source: Source, rows: range, columns: range) -> None:
        self._prepared = source.prepared
        top, left, bottom, right = source.geometry.reach((rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1))
        self._corner = top, left
        # Every pixel is a node of the smallest window there is, which is padded wherever it leaves the picture.
        pads = max(0, -top), max(0, -left), 0, 0
        height, width = source.geometry.inputs
        pads = (*pads[:2], max(0, bottom - height), max(0, right - width))
        self._pixels = Geometry((height, width), (1, 1), 1, 1, pads)
        super().__init__((source.channels, bottom - top, right - left))

    def part(self, rows: range, columns: range) -> Values:
        """Shape (C, len(rows), len(columns))."""
        top, left = (corner + pad for corner, pad in zip(self._corner, self._pixels.pads[:2], strict=True))
        down, across = (top + rows[0], top + rows[-1] + 1), (left + columns[0], left + columns[-1] + 1)
        return input_block(self._prepared, self._pixels, down, across)
