"""The strongest node of every block of a map: what a zoomed-out picture shows, so that no single node is lost.

A block belongs to a node of a lattice: that node and those up to the next one. Its peak is the largest value in it; of
a signed map, the value farthest from zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convexplorer.core.engine.lattice import Lattice
from convexplorer.core.runtime.types import Values


class Peaks:
    """Gathers the peaks of a map that comes in strips from top to bottom.

    Parameters
    ----------
    lattice : (range, range)
        The first node of each block, down and across.
    size : (int, int)
        Rows and columns of the whole map, where the last blocks end at the latest.
    high, low : ndarray, shape (blocks down, blocks across), float32
        Receive the largest and the smallest value of each block; no `low` where no value is negative.
    """

    def __init__(self, lattice: Lattice, size: tuple[int, int], high: Values, low: Values | None) -> None:
        self.lattice = lattice
        self._rows, self._columns = (reach(nodes, limit) for nodes, limit in zip(lattice, size, strict=True))
        self._high, self._low = high, low

    def add(self, row: int, strip: Values, column: int = 0) -> None:
        """Take rows of the map from `row` on, with its columns from `column` on, shape (rows, columns)."""
        step, begin = self.lattice[0].step, self._rows.start
        first, last = max(row, begin), min(row + len(strip), self._rows.stop)
        wanted = strip[:, self._columns.start - column : self._columns.stop - column]
        while first < last:
            block, into = divmod(first - begin, step)
            # All whole blocks at once: many small steps in Python would keep the window waiting.
            whole = (last - first) // step if not into else 0
            end = first + whole * step if whole else min(last, first + step - into)
            part = wanted[first - row : end - row].reshape(max(whole, 1), -1, wanted.shape[1])
            self._join(np.maximum, self._high, block, part)
            if self._low is not None:
                self._join(np.minimum, self._low, block, part)
            first = end

    def _join(self, choose: np.ufunc, ends: Values, block: int, part: Values) -> None:
        """Take the extremes of rows (blocks, rows, columns) into those of blocks; rows first, which leaves least."""
        rows = choose.reduce(part, axis=1)
        starts = np.arange(0, rows.shape[1], self.lattice[1].step)
        into = ends[block : block + len(rows)]
        choose(into, choose.reduceat(rows, starts, axis=1), out=into)


class Ends:
    """The largest and the smallest value of each block of several maps.

    Parameters
    ----------
    lattice, size
        As of `Peaks`.
    count : int
        How many maps.
    signed : bool
        Whether values may be negative.
    """

    def __init__(self, lattice: Lattice, size: tuple[int, int], count: int, *, signed: bool) -> None:
        self.lattice, self._size = lattice, size
        shape = count, len(lattice[0]), len(lattice[1])
        self.highs = np.full(shape, -np.inf, np.float32)
        self.lows = np.full(shape, np.inf, np.float32) if signed else None

    def of(self, index: int) -> Peaks:
        """What gathers those of one map that comes in strips."""
        return Peaks(self.lattice, self._size, self.highs[index], None if self.lows is None else self.lows[index])

    def selected(self, maps: Sequence[int]) -> Ends:
        """Those of some of the maps, as far as they are known."""
        some = Ends(self.lattice, self._size, 0, signed=self.lows is not None)
        some.highs = self.highs[list(maps)]
        if self.lows is not None:
            some.lows = self.lows[list(maps)]
        return some

    def result(self) -> list[Values]:
        """One value a block for each map, shape (blocks down, blocks across), once all strips have been added."""
        if self.lows is None:
            return list(self.highs)
        return list(np.where(self.highs >= -self.lows, self.highs, self.lows))


def reach(nodes: range, size: int) -> range:
    """All nodes of the blocks that begin at some nodes of a map with `size` rows or columns."""
    return range(nodes.start, min(nodes[-1] + nodes.step, size))
