"""Where things stand in the picture of the whole network: the photo, then a column of maps for each layer.

A layer of few maps is one column, each map with its filter and name beside it. A layer of many is folded into a block
of small maps; unfolded, it is one column that is as long as it needs to be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QRectF

HEIGHT = 620.0
"""Height of a column that is not unfolded."""
PHOTO_WIDTH = 300.0
MAP_WIDTH = 104.0
"""Widest map."""
PATTERN = 26.0
"""Side of a filter's pattern."""
NAME_WIDTH = 96.0
BLOCK_WIDTH = 340.0
"""Widest block of folded maps."""
FLOW = 132.0
"""Room for the lines between two layers."""
GAP = 8.0
TITLE = 44.0
LEGEND = 24.0
PLAIN = 10
"""Most maps of a layer that stand in one column unasked."""


@dataclass(frozen=True)
class LayerSize:
    """What the layout needs to know of a layer.

    Parameters
    ----------
    layer : int
        Which layer of the stack.
    maps : int
        How many maps it makes.
    aspect : float
        Height of a map divided by its width.
    named : bool
        Whether its maps have filters and names of their own.
    """

    layer: int
    maps: int
    aspect: float
    named: bool


@dataclass(frozen=True)
class Cell:
    """Where one map stands, and beside it the filter's pattern and name where there is room for them."""

    layer: int
    map: int
    picture: QRectF
    pattern: QRectF | None = None
    name: QRectF | None = None


@dataclass(frozen=True)
class Column:
    """Where one layer stands.

    Parameters
    ----------
    layer : int
        Which layer of the stack.
    cells : tuple of Cell
        One a map.
    title, legend : QRectF
        Above and below the maps.
    can_fold : bool
        Whether it has too many maps for one column.
    """

    layer: int
    cells: tuple[Cell, ...]
    title: QRectF
    legend: QRectF
    can_fold: bool


@dataclass(frozen=True)
class Scene:
    """Where everything stands; coordinates are those of the whole picture at its natural size."""

    photo: QRectF
    columns: tuple[Column, ...]
    size: QRectF

    def column(self, layer: int) -> Column | None:
        """Where a layer stands; None if it is not there."""
        return next((one for one in self.columns if one.layer == layer), None)

    def cell(self, layer: int, index: int) -> Cell | None:
        """Where a map stands; None if it is not there."""
        column = self.column(layer)
        return column.cells[index] if column is not None and 0 <= index < len(column.cells) else None


def lay_out(photo_aspect: float, layers: Sequence[LayerSize], unfolded: Collection[int] = ()) -> Scene:
    """Give everything its place.

    Parameters
    ----------
    photo_aspect : float
        Height of the input divided by its width.
    layers : sequence of LayerSize
        From the image on.
    unfolded : collection of int
        Layers of many maps that stand in one long column all the same.
    """
    width = min(PHOTO_WIDTH, HEIGHT / photo_aspect)
    photo = QRectF(0.0, TITLE + (HEIGHT - width * photo_aspect) / 2, width, width * photo_aspect)
    columns = []
    left, bottom = photo.right() + FLOW, TITLE + HEIGHT
    for one in layers:
        plain = one.maps <= PLAIN or one.layer in unfolded
        cells = _column(one, left) if plain else _block(one, left)
        right = max((cell.picture.right() for cell in cells), default=left + MAP_WIDTH)
        top = min((cell.picture.top() for cell in cells), default=TITLE)
        end = max((cell.picture.bottom() for cell in cells), default=TITLE)
        title = QRectF(left, top - TITLE, max(right - left, 150.0), TITLE - 8)
        columns.append(Column(one.layer, cells, title, QRectF(left, end + 4, right - left, LEGEND), one.maps > PLAIN))
        bottom = max(bottom, end)
        left = right + FLOW
    return Scene(photo, tuple(columns), QRectF(0.0, 0.0, left - FLOW, bottom + LEGEND + 8))


def _column(one: LayerSize, left: float) -> tuple[Cell, ...]:
    """One map below the other, with pattern and name at its left."""
    height = MAP_WIDTH * one.aspect
    pitch = height + GAP
    if one.maps <= PLAIN and one.maps * pitch - GAP > HEIGHT:
        pitch = (HEIGHT + GAP) / one.maps
        height = pitch - GAP
    width = height / one.aspect
    beside = PATTERN + NAME_WIDTH + 2 * GAP if one.named else 0.0
    top = TITLE + max(0.0, (HEIGHT - one.maps * pitch + GAP) / 2)
    cells = []
    for index in range(one.maps):
        picture = QRectF(left + beside, top + index * pitch, width, height)
        if not one.named:
            cells.append(Cell(one.layer, index, picture))
            continue
        side = min(PATTERN, height)
        middle = picture.center().y()
        pattern = QRectF(picture.left() - GAP - side, middle - side / 2, side, side)
        name = QRectF(left, middle - 10, pattern.left() - GAP - left, 20)
        cells.append(Cell(one.layer, index, picture, pattern, name))
    return tuple(cells)


def _block(one: LayerSize, left: float) -> tuple[Cell, ...]:
    """Rows of small maps, as large as they can be within the block."""
    columns = max(range(1, one.maps + 1), key=lambda n: _fitting_width(one, n))
    width = _fitting_width(one, columns)
    height, rows = width * one.aspect, ceil(one.maps / columns)
    gap = min(4.0, width / 8, height / 8)
    top = TITLE + max(0.0, (HEIGHT - rows * (height + gap) + gap) / 2)
    return tuple(
        Cell(
            one.layer,
            index,
            QRectF(left + index % columns * (width + gap), top + index // columns * (height + gap), width, height),
        )
        for index in range(one.maps)
    )


def _fitting_width(one: LayerSize, columns: int) -> float:
    """Width of a map, if so many stand beside each other in a block."""
    across = BLOCK_WIDTH / columns * 8 / 9
    down = HEIGHT / ceil(one.maps / columns) * 8 / 9 / one.aspect
    return min(across, down, MAP_WIDTH)
