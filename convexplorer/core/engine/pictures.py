"""From values to pictures: maps and the input as arrays of colours, made in the worker."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.engine.colour import Scale, colourise, packed, scale_for
from convexplorer.core.engine.lattice import Lattice, spaced
from convexplorer.core.engine.noise import finite, finite_ends
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.preparation import Repeated
from convexplorer.core.model.streams import bands
from convexplorer.core.runtime.types import Values

Colours = NDArray[np.uint32]
OVERVIEW_SIDE = 1600
"""Longest side in pixels of the picture of the whole input; finer ones are made of what is in view."""


@dataclass(frozen=True)
class Look:
    """How maps are coloured.

    Parameters
    ----------
    sequential, diverging : str
        Palettes for maps after ReLU and for signed ones.
    dark : bool
        The theme, which sets the tone of zero.
    held : (float, float) or None
        One scale for all maps; None gives each map its own.
    common : bool
        Whether maps that have no held scale share one that shows all of them whole.
    """

    sequential: str = "magma"
    diverging: str = "blue–red"
    dark: bool = False
    held: tuple[float, float] | None = None
    common: bool = False

    def scale(self, low: float, high: float, *, signed: bool) -> Scale:
        """The scale of a map whose values lie between low and high, perhaps infinite."""
        low, high = finite_ends(low, high) if self.held is None else self.held
        return scale_for(low, high, sequential=self.sequential, diverging=self.diverging, signed=signed, dark=self.dark)


@dataclass(frozen=True, eq=False)
class MapTile:
    """Values of one map on a lattice of nodes, after the activation.

    Parameters
    ----------
    index : int
        Its place in the bank.
    filter : Filter
        What it was computed with.
    values : ndarray, shape (rows, columns), float32
        One value a node of the lattice.
    lattice : (range, range)
        The nodes' rows and columns.
    peaks : bool
        Whether each value is the strongest of the nodes from one of the lattice up to the next (`core.engine.peaks`).
    noise : float
        What the values may be wrong by (`core.engine.noise`).
    """

    index: int
    filter: Filter
    values: Values
    lattice: Lattice
    peaks: bool = False
    noise: float = 0.0

    def at(self, row: int, column: int) -> tuple[float]:
        """The value of a node of the lattice, as it is written into it."""
        value = float(self.values[row, column])
        return (0.0 if abs(value) <= self.noise else value,)


@dataclass(frozen=True, eq=False)
class MapPicture:
    """A tile, its colours (0xffRRGGBB, as large as the values), their scale, and whether clipped values are marked."""

    tile: MapTile
    scale: Scale
    marked: bool
    colours: Colours

    @property
    def nbytes(self) -> int:
        """Memory of the colours, and of what the screen makes of them: as many again, and smaller ones of a third."""
        return self.colours.nbytes * 7 // 3


def map_picture(tile: MapTile, ends: tuple[float, float], look: Look, *, signed: bool) -> MapPicture:
    """Colour a tile of a map whose values lie between two ends."""
    scale, marked = look.scale(*ends, signed=signed), look.held is not None
    values = shown_values(tile.values, ends)
    return MapPicture(tile, scale, marked, colourise(values, scale, mark_clipped=marked))


def shown_values(values: Values, ends: tuple[float, float]) -> Values:
    """What is coloured of a map whose values can be told to lie between two ends (`quiet_ends`).

    Where these are one, it is even, and what its values differ by is rounding; infinite values are the strongest.
    """
    low, high = ends
    if low == high:
        return np.full_like(values, finite_ends(low, high)[0])
    return values if isfinite(high - low) else finite(values)


@dataclass(frozen=True)
class InputView:
    """What of the input is on the screen: pixels in view, how many share a pixel of the screen, planes apart."""

    rows: tuple[int, int] = (0, 1 << 30)
    columns: tuple[int, int] = (0, 1 << 30)
    step: int = 1
    planes: bool = False


@dataclass(frozen=True, eq=False)
class InputPicture:
    """A rectangle of the input.

    Parameters
    ----------
    prepared : Prepared
        The input it shows.
    colours : tuple of ndarray (h, w)
        One picture, or one a channel, as 0xffRRGGBB.
    lattice : (range, range)
        The first pixel of each block of step × step that one pixel of the picture is the mean of.
    planes : bool
        Whether the channels are apart.
    """

    prepared: Prepared
    colours: tuple[Colours, ...]
    lattice: Lattice
    planes: bool


def input_picture(prepared: Prepared, view: InputView) -> InputPicture:
    """The input as it fits the screen; reduced by means, so that no pixel is lost."""
    _, height, width = prepared.shape
    overview = -(-max(height, width) // OVERVIEW_SIDE)
    if view.step >= overview:
        rows, columns = range(0, height, overview), range(0, width, overview)
    else:
        rows, columns = spaced(view.rows, view.step, height), spaced(view.columns, view.step, width)
    planes = [_reduced(prepared, channel, rows, columns) for channel in range(1 if _is_grey(prepared) else 3)]
    if len(planes) == 1:
        planes *= 3
    apart = view.planes and prepared.shape[0] == 3
    channels = [(plane, plane, plane) for plane in planes] if apart else [(planes[0], planes[1], planes[2])]
    colours = tuple(packed(red, green, blue) for red, green, blue in channels)
    return InputPicture(prepared, colours, (rows, columns), view.planes)


def _is_grey(prepared: Prepared) -> bool:
    """One channel, or three views of one plane."""
    held = prepared.stored_array
    repeated = isinstance(prepared.stored, Repeated) if held is None else held.strides[0] == 0
    return prepared.shape[0] == 1 or repeated


def _reduced(prepared: Prepared, channel: int, rows: range, columns: range) -> NDArray[np.uint8]:
    """One channel of a rectangle as 0…255, averaged over blocks; some rows of blocks at a time."""
    factor = 255.0 * prepared.gain / prepared.top
    levels = np.empty((len(rows), len(columns)), np.uint8)
    across = slice(columns.start, columns.stop)
    for start, some in bands(1, rows, range(columns.start, columns.stop)):
        last = min(some[-1] + rows.step, rows.stop)
        cut = prepared.stored[channel, some[0] : last, across]
        if rows.step > 1:
            kind = np.uint8 if cut.dtype == np.uint8 else np.float32
            cut = np.asarray(PILImage.fromarray(np.ascontiguousarray(cut, kind)).reduce(rows.step))
        if cut.dtype != np.uint8 or abs(factor - 1.0) >= 1e-9:
            cut = np.clip(cut * np.float32(factor) + np.float32(0.5), 0.0, 255.0)
        levels[start : start + len(some)] = cut
    return levels
