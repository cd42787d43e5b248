"""The strongest node of every block of a map: what a zoomed-out picture shows, so that no single node is lost.

A block belongs to a node of a lattice: that node and those up to the next one. Its peak is the largest value in it; of
a signed map, the value farthest from zero.
"""

from __future__ import annotations

import numpy as np

from convexplorer.core.images import Values
from convexplorer.core.lattice import Lattice


class Peaks:
    """Gathers the peaks of a map that comes in strips from top to bottom.

    Parameters
    ----------
    lattice : (range, range)
        The first node of each block, down and across.
    size : (int, int)
        Rows and columns of the whole map, where the last blocks end at the latest.
    signed : bool
        Whether values may be negative.
    """

    def __init__(self, lattice: Lattice, size: tuple[int, int], *, signed: bool) -> None:
        self.lattice = lattice
        self._rows, self._columns = (reach(nodes, limit) for nodes, limit in zip(lattice, size, strict=True))
        shape = len(lattice[0]), len(lattice[1])
        self._high = np.full(shape, -np.inf, np.float32)
        self._low = np.full(shape, np.inf, np.float32) if signed else None

    def add(self, row: int, strip: Values, column: int = 0) -> None:
        """Take rows of the map from `row` on, with its columns from `column` on, shape (rows, columns)."""
        step = self.lattice[0].step
        first, last = max(row, self._rows.start), min(row + len(strip), self._rows.stop)
        wanted = strip[:, self._columns.start - column : self._columns.stop - column]
        while first < last:
            block = (first - self._rows.start) // step
            end = min(last, self._rows.start + (block + 1) * step)
            part = wanted[first - row : end - row]
            _join(np.maximum, self._high[block], part, self.lattice[1].step)
            if self._low is not None:
                _join(np.minimum, self._low[block], part, self.lattice[1].step)
            first = end

    def result(self) -> Values:
        """One value a block, shape (rows, columns), once all strips have been added."""
        if self._low is None:
            return self._high
        return np.where(self._high >= -self._low, self._high, self._low)


def reach(nodes: range, size: int) -> range:
    """All nodes of the blocks that begin at some nodes of a map with `size` rows or columns."""
    return range(nodes.start, min(nodes[-1] + nodes.step, size))


def _join(choose: np.ufunc, into: Values, part: Values, step: int) -> None:
    """Take the extremes of some rows into those of their blocks; rows first, which leaves the least to be done."""
    row = choose.reduce(part, axis=0)
    for offset in range(min(step, len(row))):
        some = row[offset::step]
        choose(into[: len(some)], some, out=into[: len(some)])
