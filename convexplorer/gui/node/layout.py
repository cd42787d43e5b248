"""Where the cells of a node's equation lie: for each channel a row of inputs ⊙ weights = products → subtotal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize

BlockCell = tuple[int, int, int]
"""Channel, row and column of a weight."""

INPUT, WEIGHT, PRODUCT = range(3)
"""The three blocks of a channel, from left to right."""
MOST_PRINTED = 7
"""Most rows and columns of a kernel whose cells hold numbers; larger ones are tiles of colour."""
TILES = (5, 22)
"""Sides in pixels that tiles may have."""
CAPTION = 18
"""Height of the line of captions, in pixels."""
SIGN = 22
"""Width of what stands between two blocks: ⊙, =, →."""
SUBTOTAL = 13
"""Least size of a subtotal's digits, in pixels."""
LABEL = 40
"""Width of the switches of the channels."""
MARKER = 3
"""Width of the coloured line at the left of a channel."""
CHANNEL_GAP = 8
_SIZES = (16, 15, 14, 13, 12, 11, 10)  # of the digits, in pixels
_SCROLLED = 11  # size where not all fits anyway
_COMFORTABLE = 12  # size of digits or tiles
_SMALL_TILE = 8  # side below which the panel rather scrolls from channel to channel
_TALLEST, _WIDEST = 44, 1.7  # height of a cell in pixels; width relative to that


@dataclass(frozen=True)
class BlockLayout:
    """The geometry of an equation's blocks.

    Parameters
    ----------
    shape : (int, int, int)
        Channels, rows and columns of the filter.
    widths : (int, int, int)
        Width of a cell in each block.
    height : int
        Height of every cell.
    digits : int
        Size of the digits in pixels; also that of the subtotals where cells are tiles.
    subtotal : int
        Width of the subtotals' column; 0 if there is none.
    tiled : bool
        Whether cells are tiles of colour although numbers of so few would be printed, given the room.
    """

    shape: BlockCell
    widths: tuple[int, int, int]
    height: int
    digits: int
    subtotal: int
    tiled: bool = False

    @property
    def printed(self) -> bool:
        """Whether the cells hold numbers."""
        return is_printed(self.shape) and not self.tiled

    @property
    def left(self) -> int:
        """Where the first block begins."""
        return LABEL + MARKER + 5 if self.shape[0] > 1 else 1

    @property
    def size(self) -> QSize:
        """Of everything."""
        last = self.block(PRODUCT, self.shape[0] - 1)
        return QSize(last.right() + 1 + (SIGN + self.subtotal if self.subtotal else 1), last.bottom() + 2)

    def block(self, kind: int, channel: int) -> QRect:
        """One block of one channel."""
        _, rows, columns = self.shape
        x = self.left + kind * SIGN + columns * sum(self.widths[:kind])
        return QRect(x, self.top(channel), columns * self.widths[kind], rows * self.height)

    def top(self, channel: int) -> int:
        """Where a channel's row begins."""
        return CAPTION + channel * (self.shape[1] * self.height + CHANNEL_GAP)

    def cell(self, kind: int, cell: BlockCell) -> QRect:
        """One cell."""
        channel, row, column = cell
        block, width = self.block(kind, channel), self.widths[kind]
        return QRect(block.x() + column * width, block.y() + row * self.height, width, self.height)

    def cell_at(self, point: QPoint) -> BlockCell | None:
        """The cell under a point, in whichever block."""
        channel = (point.y() - CAPTION) // (self.shape[1] * self.height + CHANNEL_GAP)
        if 0 <= channel < self.shape[0]:
            for kind in (INPUT, WEIGHT, PRODUCT):
                block = self.block(kind, channel)
                if block.contains(point):
                    at = point - block.topLeft()
                    return channel, at.y() // self.height, at.x() // self.widths[kind]
        return None


def is_printed(shape: BlockCell) -> bool:
    """Whether the cells of a filter of this shape hold numbers."""
    return max(shape[1:]) <= MOST_PRINTED


def fitted(
    shape: BlockCell, widths_for: Callable[[int], list[int]], room: QSize, *, alone: bool = False
) -> BlockLayout:
    """The layout that makes the most of the room.

    All blocks have cells of one width if there is room, and numbers are as large as fits; where they fit at no size,
    the panel scrolls, rather down than sideways. Tiles are squares as large as fits, within `TILES`.

    Parameters
    ----------
    shape : (int, int, int)
        Channels, rows and columns.
    widths_for : callable
        Gives least widths, for digits of a size in pixels: those of the three blocks' cells and of a subtotal.
    room : QSize
        What can be seen at once.
    alone : bool
        Whether just one map's cells are laid out, beside a list that has the subtotals: there is no column for these,
        and where numbers do not fit the width, cells are tiles.
    """
    channels, rows, columns = shape
    height = room.height() - CAPTION - 2 - (channels - 1) * CHANNEL_GAP
    if alone:
        return _alone(shape, widths_for, height, room.width())
    if not is_printed(shape):
        layout = BlockLayout(shape, (0, 0, 0), 0, 13, widths_for(13)[3])
        width = room.width() - layout.size.width()
        side = height // (channels * rows)
        if side < _SMALL_TILE:
            side = min(max(side, _SMALL_TILE), height // rows)
        side = max(TILES[0], min(TILES[1], side, width // (3 * columns)))
        return BlockLayout(shape, (side, side, side), side, 13, layout.subtotal)
    layouts = [_printed(shape, widths_for(digits), digits, height, room.width()) for digits in _SIZES]
    narrow = [one for one in layouts if one.size.width() <= room.width()]
    whole = [one for one in narrow if one.size.height() <= room.height()]
    scrolled = [one for one in narrow if one.digits <= _SCROLLED]
    even = [one for one in whole if len(set(one.widths)) == 1]
    return (even or whole or scrolled or layouts[-1:])[0]


def _alone(shape: BlockCell, widths_for: Callable[[int], list[int]], height: int, width: int) -> BlockLayout:
    _, rows, columns = shape
    if is_printed(shape):
        layouts = [_printed(shape, [*widths_for(digits)[:3], 0], digits, height, width) for digits in _SIZES]
        narrow = [one for one in layouts if one.size.width() <= width]
        whole = [one for one in narrow if one.size.height() <= height + CAPTION + 2]
        even = [one for one in whole if len(set(one.widths)) == 1]
        if narrow:
            return (even or whole or narrow[-1:])[0]
    bare = BlockLayout(shape, (0, 0, 0), 0, SUBTOTAL, 0, tiled=True)
    side = max(TILES[0], min(TILES[1], height // rows, (width - bare.size.width()) // (3 * columns)))
    return BlockLayout(shape, (side, side, side), side, SUBTOTAL, 0, tiled=True)


def least_width(shape: BlockCell, widths_for: Callable[[int], list[int]], height: int, *, alone: bool = False) -> int:
    """Width from which the blocks are comfortable to read, with cells of one width."""
    if alone:
        side = max(widths_for(_COMFORTABLE)[:3]) if is_printed(shape) else _COMFORTABLE
        return BlockLayout(shape, (side, side, side), 1, _COMFORTABLE, 0).size.width()
    if not is_printed(shape):
        fits = fitted(shape, widths_for, QSize(10_000, height))
        side = min(fits.height, _COMFORTABLE)
        return BlockLayout(shape, (side, side, side), side, fits.digits, fits.subtotal).size.width()
    *cells, subtotal = widths_for(_COMFORTABLE)
    return BlockLayout(shape, (max(cells),) * 3, 1, _COMFORTABLE, subtotal).size.width()


def _printed(shape: BlockCell, least: list[int], digits: int, height: int, width: int) -> BlockLayout:
    channels, rows, columns = shape
    *cells, subtotal = least
    tall = max(digits + 5, min(_TALLEST, height // (channels * rows)))
    bare = BlockLayout(shape, (0, 0, 0), tall, digits, subtotal)
    each = (width - bare.size.width()) // (3 * columns)
    if each >= max(cells):
        cells = [min(each, max(*cells, round(tall * _WIDEST)))] * 3
    return BlockLayout(shape, (cells[0], cells[1], cells[2]), tall, digits, subtotal)
