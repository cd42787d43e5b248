"""Where the cells of the map grid lie; plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

GAP = 12
SMALLEST = 96
"""Least width of a cell in pixels."""
COMFORTABLE = 128
"""Width below which cells are not made smaller to avoid scrolling."""


@dataclass(frozen=True)
class GridLayout:
    """Cells of one size in rows.

    Parameters
    ----------
    count, columns : int
        Cells in all and in a row.
    width, header, body : float
        Width of a cell, height of its header and of its map, in pixels.
    left : float
        Where the first column begins.
    """

    count: int
    columns: int
    width: float
    header: float
    body: float
    left: float

    @property
    def row_height(self) -> float:
        """From the top of one row to the top of the next."""
        return self.header + self.body + GAP

    @property
    def height(self) -> float:
        """Height of all rows with their margins."""
        rows = -(-self.count // self.columns)
        return rows * self.row_height + GAP if rows else 0.0

    def cell(self, place: int, scrolled: float) -> QRectF:
        """The rectangle of a cell (header and map) when the grid is scrolled by so many pixels."""
        row, column = divmod(place, self.columns)
        return QRectF(
            self.left + column * (self.width + GAP),
            GAP + row * self.row_height - scrolled,
            self.width,
            self.header + self.body,
        )

    def pane(self, place: int, scrolled: float) -> QRectF:
        """The rectangle of a cell's map."""
        return self.cell(place, scrolled).adjusted(0, self.header, 0, 0)

    def in_view(self, scrolled: float, height: float) -> range:
        """Places of the cells that can be seen in a window of this height."""
        first = max(0, int((scrolled - GAP) // self.row_height))
        last = int((scrolled + height) // self.row_height)
        return range(min(self.count, first * self.columns), min(self.count, (last + 1) * self.columns))


def arrange(count: int, width: float, height: float, aspect: float, header: float, wanted: float = 0.0) -> GridLayout:
    """Lay out `count` maps whose height is `aspect` times their width.

    Parameters
    ----------
    count : int
        Number of maps.
    width, height : float
        The window, in pixels.
    aspect : float
        Height of a map divided by its width.
    header : float
        Height of a cell's header.
    wanted : float
        Width of a cell; 0 makes cells as large as they can be with all in view, but not smaller than comfortable.
    """
    aspect = min(max(aspect, 0.2), 4.0)

    def with_columns(columns: int) -> GridLayout:
        each = max(1.0, (width - GAP * (columns + 1)) / columns)
        return GridLayout(count, columns, each, header, each * aspect, GAP)

    if not wanted:
        fitting = []
        for columns in range(1, max(1, count) + 1):
            made = with_columns(columns)
            if made.width < COMFORTABLE and columns > 1:
                break
            rows = -(-count // columns)
            room = (height - GAP * (rows + 1)) / max(rows, 1) - header
            if room >= 24 and min(made.width, room / aspect) >= min(COMFORTABLE, made.width):
                each = min(made.width, room / aspect)
                fitting.append((each, -columns, columns))
        if fitting:
            each, _, columns = max(fitting)
            left = (width - columns * each - GAP * (columns - 1)) / 2
            return GridLayout(count, columns, each, header, each * aspect, left)
        wanted = COMFORTABLE
    columns = max(1, int((width - GAP) // (min(max(wanted, SMALLEST), width - 2 * GAP) + GAP)))
    return with_columns(columns)
