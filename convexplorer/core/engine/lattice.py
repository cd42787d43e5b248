"""Which nodes the screen needs: all of them, every s-th, or those in view.

A zoomed-out map shows fewer pixels than it has nodes; a zoomed-in one shows only some of them. Values on a lattice are
those of its nodes, exactly; what lies between them is left out, not approximated.
"""

from __future__ import annotations

from dataclasses import dataclass

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.budget import budget

WHOLE_NODES = 2_100_000
"""Nodes of all visible maps together up to which maps are computed whole, whatever the zoom: one of 1920 × 1080."""
PATCH_NUMBERS = 48_000_000
"""Numbers of the largest matrix of windows that is kept between edits (192 MB), if the budget has room for it."""

Lattice = tuple[range, range]
"""Node rows and columns, perhaps with steps."""


@dataclass(frozen=True)
class View:
    """What of the maps is on the screen.

    Parameters
    ----------
    indices : tuple of int
        Filters whose maps can be seen.
    rows, columns : (int, int)
        Nodes in view: the first, and the one after the last.
    step : int
        Every how many-th node is enough to fill the screen's pixels.
    focus : int or None
        The filter whose histogram is shown.
    strongest : int or None
        The filter whose strongest places are listed.
    """

    indices: tuple[int, ...] = ()
    rows: tuple[int, int] = (0, 1 << 30)
    columns: tuple[int, int] = (0, 1 << 30)
    step: int = 1
    focus: int | None = None
    strongest: int | None = None


def lattice_for(view: View, size: tuple[int, int], maps: int) -> Lattice:
    """The nodes that the screen needs of `maps` maps with this many rows and columns."""
    height, width = size
    if maps * height * width <= WHOLE_NODES:
        return range(height), range(width)
    return spaced(view.rows, view.step, height), spaced(view.columns, view.step, width)


def spaced(span: tuple[int, int], step: int, size: int) -> range:
    """Every step-th index of a span cut to 0…size, on the same indices wherever it begins; at least one."""
    first = max(0, min(span[0], size - 1)) // step * step
    return range(first, max(min(span[1], size), first + 1), step)


def coarsened(lattice: Lattice, geometry: Geometry, channels: int) -> Lattice:
    """A lattice sparse enough that its windows can be kept, for the first answer to an edit.

    Neighbouring nodes (step 1) stay: they have a route of their own that needs no windows.
    """
    rows, columns = lattice
    factor = 1
    while rows.step > 1 and numbers((rows[::factor], columns[::factor]), geometry, channels) > most_numbers():
        factor += 1
    return rows[::factor], columns[::factor]


def numbers(lattice: Lattice, geometry: Geometry, channels: int) -> int:
    """Numbers under all windows of a lattice."""
    return channels * geometry.kernel[0] * geometry.kernel[1] * len(lattice[0]) * len(lattice[1])


def most_numbers() -> int:
    """Numbers of the largest matrix of windows that may be kept."""
    return min(PATCH_NUMBERS, budget.part("windows") // 4)
