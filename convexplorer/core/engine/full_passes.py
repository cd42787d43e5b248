"""Full passes: figures, peaks, histograms and strongest places of maps, strip by strip, holding no whole map."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from convexplorer.core.engine.conv import feature_map_strips, input_block
from convexplorer.core.engine.lattice import Lattice
from convexplorer.core.engine.peaks import Peaks, reach
from convexplorer.core.engine.statistics import Accumulator, MapRange
from convexplorer.core.engine.tiles import Source
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.streams import Stream
from convexplorer.core.runtime.types import ShouldStop, Values

PASS_MULTIPLICATIONS = 400_000_000
"""Multiplications of a full pass that one group of filters may take, roughly."""
LEAST_FILTERS = 16
"""Filters of a group at least: gathering the windows takes as long as multiplying them by so many. Measured, 64 maps of
24 megapixels take 17 s one by one, 2.5 s by sixteen and 1.7 s all at once."""


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


def measure(
    source: Source, group: Sequence[int], lattice: Lattice | None, should_stop: ShouldStop
) -> Generator[float, None, list[Measured]]:
    """Pass once through the whole maps of some filters.

    Parameters
    ----------
    source : Source
        The layer and its input.
    group : sequence of int
        The filters.
    lattice : (range, range) or None
        Where peaks are wanted, if at all.
    should_stop : callable
        Asked between strips.

    Yields
    ------
    float
        The share done, 0 to 1.

    Returns
    -------
    list of Measured
        In the order of the group.
    """
    size = source.geometry.output
    figures = [Accumulator(noise) for noise in source.noise.floors[list(group)].tolist()]
    peaks = [Peaks(lattice, size, signed=source.signed) for _ in group] if lattice else []
    for row, strip in feature_map_strips(source.prepared, source.layer, group, should_stop):
        for one, values in zip(figures, strip, strict=True):
            one.add(values)
        for i, some in enumerate(peaks):
            some.add(row, strip[i])
        yield row / size[0]
    found = [one.result() for one in peaks]
    return [Measured(one.result(), found[i] if found else None) for i, one in enumerate(figures)]


def seek_peaks(
    source: Source, group: Sequence[int], lattice: Lattice, should_stop: ShouldStop
) -> Generator[float, None, list[Values]]:
    """Pass through the blocks of a lattice, and nothing else, for the peaks of some maps; as `measure`."""
    size = source.geometry.output
    rows, columns = (reach(nodes, limit) for nodes, limit in zip(lattice, size, strict=True))
    # What the nodes of these rows and columns see is a picture of its own, padding and all.
    window = _Reached(source, rows, columns)
    layer = replace(source.layer, padding="valid")
    peaks = [Peaks(lattice, size, signed=source.signed) for _ in group]
    for row, strip in feature_map_strips(Prepared(window), layer, group, should_stop):
        for one, values in zip(peaks, strip, strict=True):
            one.add(rows.start + row, values, columns.start)
        yield row / len(rows)
    return [one.result() for one in peaks]


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
