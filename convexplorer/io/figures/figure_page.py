"""Lays out the page of a figure. All lengths are in points (1/72 inch)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

MARGIN = 24.0
TITLE = 20.0
"""Height of the line above a panel."""
CAPTION = 15.0
"""Height of the line below a panel."""
GAP, ROW_GAP, BAND_GAP = 18.0, 12.0, 24.0
"""Between neighbours in a row, between rows, and between the filters and the maps."""
PLANE_GAP = 5.0
"""Between the planes of one filter."""

ASPECT = 3 / 2
"""Preferred ratio of width to height of a page."""
CELL, SMALLEST_CELL = 38.0, 1.5
"""Side of a weight's cell: at most, and at least."""
KERNEL = 160.0
"""Longest side of one plane of a filter; a single filter may be as tall as its map."""
NARROWEST = 140.0
"""Least room in a row for a map, so that its title fits above it."""
NARROWEST_FILTER, NARROWEST_BIASED = 60.0, 108.0
"""Least room for a filter, without and with a bias beside its name."""
COLUMNS = 12
"""Most maps in a row."""

Size = tuple[float, float]


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class FigurePage:
    """Boxes of the panels themselves; a title stands in the `TITLE` points above each, a caption below.

    Parameters
    ----------
    width, height : float
        Of the page, whole points.
    rooms : (float, float)
        Width for the titles of filters and of maps.
    filters : tuple of tuple of Box
        The planes of each filter; empty where none are drawn.
    maps : tuple of Box
        The maps.
    picture : Box or None
        The layer's input.
    """

    width: float
    height: float
    rooms: Size
    filters: tuple[tuple[Box, ...], ...]
    maps: tuple[Box, ...]
    picture: Box | None


def lay_out(
    bank: tuple[int, int, int, int],
    nodes: tuple[int, int],
    picture: tuple[int, int] | None = None,
    *,
    biased: bool = False,
) -> FigurePage:
    """Find the best page for some filters, their maps and the input.

    Filters are placed above the maps or left of them, and the input left of the filters or above them. All these
    layouts are tried with all numbers of columns. The page with the smallest `_flaw` wins: good proportions, little
    white space and large cells.

    Parameters
    ----------
    bank : (O, C, kh, kw)
        Shape of the filters, O at least 1.
    nodes : (int, int)
        Rows and columns of a map.
    picture : (int, int), optional
        Rows and columns of the input, if it is to be shown.
    biased : bool
        Whether there are biases to be written beside the filters' names.
    """
    size = _map_size(bank[0], nodes)
    room = max(size[0], NARROWEST)
    shown = _fit(picture, room, max(size[1], NARROWEST)) if picture else None
    parts = _Parts(bank, size, room, shown, NARROWEST_BIASED if biased else NARROWEST_FILTER)
    pages = [
        arranged(parts, columns)
        for columns in range(1, min(bank[0], COLUMNS) + 1)
        for arranged in (_lay_out_above, _lay_out_beside, _lay_out_in_a_row)
    ]
    return min(pages, key=_flaw)


def lay_out_maps(count: int, nodes: tuple[int, int], picture: tuple[int, int] | None = None) -> FigurePage:
    """Find the best page for some maps without filters, and the input left of them or above.

    Parameters
    ----------
    count : int
        Number of maps, at least 1.
    nodes, picture
        As for `lay_out`.
    """
    size = _map_size(count, nodes)
    room = max(size[0], NARROWEST)
    shown = _fit(picture, room, max(size[1], NARROWEST)) if picture else None
    parts = _Parts((count, 0, 1, 1), size, room, shown, 0.0)
    left = parts.room + GAP if shown else 0.0
    above = TITLE + shown[1] + CAPTION + ROW_GAP if shown else 0.0
    nothing = _Grid(0.0, 0, 0.0, 0.0, 0.0)
    pages = [
        _page(parts, columns, nothing, (0.0, 0.0), maps)
        for columns in range(1, min(count, COLUMNS) + 1)
        for maps in ((left, 0.0), (0.0, above))
    ]
    return min(pages, key=_flaw)


def _flaw(page: FigurePage) -> float:
    """A penalty for bad proportions, white space, rows that are not full, and small cells; 0 is perfect."""
    panels = [*page.maps, *(plane for planes in page.filters for plane in planes)]
    if page.picture:
        panels.append(page.picture)
    # Ratios count by their logarithm, so that half is as bad as double. A page too high is worse than one too wide.
    full = sum(box.width * box.height for box in panels) / (page.width * page.height)
    seen = min(page.filters[0][0].height, KERNEL / 2) / (KERNEL / 2) if page.filters else 1.0
    columns = len({box.x for box in page.maps})
    ragged = 0.3 if len(page.maps) % columns else 0.0
    stretch = math.log(page.width / page.height / ASPECT)
    return max(stretch, -1.4 * stretch) + ragged - math.log(full) - 0.5 * math.log(seen)


@dataclass(frozen=True)
class _Parts:
    """What is laid out: shape of the filters, size of a map and room for it, size of the input."""

    bank: tuple[int, int, int, int]
    map: Size
    room: float
    picture: Size | None
    narrowest: float

    @property
    def largest_cell(self) -> float:
        """Side of a weight's cell where there is room."""
        longest = max(self.bank[2:])
        if self.bank[0] == 1:
            across = self.bank[1] * self.bank[3]
            return min(1.5 * CELL, max(KERNEL, self.map[1]) / longest, 1.25 * max(KERNEL, self.room) / across)
        return min(CELL, KERNEL / longest)

    def block(self, columns: int) -> Size:
        """Width and height of all maps in so many columns, titles and captions included."""
        rows = -(-self.bank[0] // columns)
        return columns * (self.room + GAP) - GAP, rows * (TITLE + self.map[1] + CAPTION + ROW_GAP) - ROW_GAP


class _Grid(NamedTuple):
    """Filters in rows: side of a cell, filters in a row, distance between two, and height of all."""

    cell: float
    across: int
    pitch: float
    step: float
    height: float


def _lay_out_above(parts: _Parts, columns: int) -> FigurePage:
    """A band of filters, the input left of it, and the maps below."""
    width, height = parts.block(columns)
    left, band = 0.0, 0.0
    if parts.picture and columns > 1:
        left, band = parts.room + GAP, TITLE + parts.picture[1] + CAPTION
    elif parts.picture:
        band = TITLE + parts.picture[1] + CAPTION + ROW_GAP
    stacked = bool(parts.picture) and columns == 1
    grid = _filter_grid(parts, width - left, max(0.6 * height, band), 1 if left else columns)
    below = band + grid.height if stacked else max(band, grid.height)
    return _page(parts, columns, grid, (left, band if stacked else 0.0), (0.0, below + BAND_GAP))


def _lay_out_beside(parts: _Parts, columns: int) -> FigurePage:
    """The input above the filters, and the maps right of both."""
    height = parts.block(columns)[1]
    top = TITLE + parts.picture[1] + CAPTION + ROW_GAP if parts.picture else 0.0
    grid = _filter_grid(parts, parts.room, height - top)
    return _page(parts, columns, grid, (0.0, top), (parts.room + GAP, 0.0))


def _lay_out_in_a_row(parts: _Parts, columns: int) -> FigurePage:
    """The input, the filters and the maps from left to right."""
    height = parts.block(columns)[1]
    left = max(parts.picture[0], parts.narrowest) + GAP if parts.picture else 0.0
    one = parts.bank[1] * (parts.bank[3] * parts.largest_cell + PLANE_GAP) - PLANE_GAP
    width = max(one, parts.narrowest) if parts.bank[0] == 1 else max(one, parts.room)
    grid = _filter_grid(parts, width, height)
    return _page(parts, columns, grid, (left, 0.0), (left + width + GAP, 0.0))


def _filter_grid(parts: _Parts, width: float, height: float, columns: int = 1) -> _Grid:
    """The largest cells with which all filters fit a width and a height.

    If the cells stay as large, a row holds a multiple of `columns` filters, so that they line up with the maps.
    """
    count, channels, rows, cells = parts.bank
    caption = CAPTION if channels == 3 else 0.0
    cell = parts.largest_cell
    # How many filters fit a row changes by jumps, so the cell is not solved for: it shrinks until all of them fit.
    while True:
        one = max(channels * (cells * cell + PLANE_GAP) - PLANE_GAP, parts.narrowest)
        most = max(1, min(count, int((width + GAP) / (one + GAP))))
        down = -(-count // most)
        step = TITLE + rows * cell + caption + ROW_GAP
        if (one <= width and down * step - ROW_GAP <= height) or cell < SMALLEST_CELL:
            break
        cell *= 0.96
    across = -(-count // down)
    aligned = -(-across // columns) * columns
    across = aligned if aligned <= most else across
    return _Grid(cell, across, (width + GAP) / across, step, down * step - ROW_GAP)


def _page(parts: _Parts, columns: int, grid: _Grid, filters: Size, maps: Size) -> FigurePage:
    """Put the blocks at their places (left, top, from the margins)."""
    count, channels, rows, cells = parts.bank
    left, top = MARGIN + filters[0], MARGIN + filters[1] + TITLE
    planes = tuple(
        tuple(
            Box(
                left + i % grid.across * grid.pitch + c * (cells * grid.cell + PLANE_GAP),
                top + i // grid.across * grid.step,
                cells * grid.cell,
                rows * grid.cell,
            )
            for c in range(channels)
        )
        for i in range(count)
        if channels
    )
    left, top = MARGIN + maps[0], MARGIN + maps[1] + TITLE
    step = TITLE + parts.map[1] + CAPTION + ROW_GAP
    places = tuple(
        Box(left + i % columns * (parts.room + GAP), top + i // columns * step, *parts.map) for i in range(count)
    )
    picture = Box(MARGIN, MARGIN + TITLE, *parts.picture) if parts.picture else None
    width, height = parts.block(columns)
    bottom = max(maps[1] + height, filters[1] + grid.height)
    if parts.picture:
        bottom = max(bottom, TITLE + parts.picture[1] + CAPTION)
    return FigurePage(
        width=math.ceil(2 * MARGIN + max(maps[0] + width, filters[0] + grid.across * grid.pitch - GAP)),
        height=math.ceil(2 * MARGIN + bottom),
        rooms=(grid.pitch - GAP, parts.room),
        filters=planes,
        maps=places,
        picture=picture,
    )


def _map_size(count: int, nodes: tuple[int, int]) -> Size:
    """Width and height of one map in its proportions. The area depends on how many maps there are."""
    edge = min(max(640.0 / math.sqrt(count), 150.0), 340.0)
    stretch = math.sqrt(min(max(nodes[1] / nodes[0], 0.4), 3.0))
    return _fit(nodes, edge * stretch, edge / stretch)


def _fit(shape: tuple[int, int], width: float, height: float) -> Size:
    """Width and height of a picture of so many rows and columns, as large as a rectangle allows."""
    factor = min(width / shape[1], height / shape[0])
    return max(shape[1] * factor, 1.0), max(shape[0] * factor, 1.0)
