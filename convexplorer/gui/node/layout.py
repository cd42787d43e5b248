"""Where the cells of the lens lie: every channel's grid beside the others, each cell an input × weight = product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

from PySide6.QtCore import QPoint, QRect, QSize

BlockCell = tuple[int, int, int]
"""Channel, row and column of a weight."""

INPUT, WEIGHT, PRODUCT = range(3)
"""What a cell stands for, in the order in which it is printed."""
MOST_PRINTED = 7
"""Most rows and columns of a kernel whose cells hold numbers; larger ones are tiles of colour."""
TILES = (5, 24)
"""Sides in pixels that tiles may have."""
CAPTION = 22
"""Height of the line of captions above the grids, in pixels."""
TOTAL = 24
"""Height of the line of subtotals below them."""
SUBTOTAL = 13
"""Size of a subtotal's digits, in pixels."""
MARKER = 3
"""Width of the coloured line at the left of a channel."""
CHANNEL_GAP = 14
LEAST_DIGITS = 10
"""Size in pixels below which a number cannot be read, so that it is not printed."""
COMFORTABLE = 13
"""Size in pixels of products that needs no more."""
_SIZES = (17, 16, 15, 14, 13, 12, 11, 10)  # of the products' digits, in pixels
_LARGEST_FACTOR = 12  # size of the inputs' and weights' digits
_TALLEST, _WIDEST = 60, 2.3  # height of a cell in pixels; width relative to that
_WIDEST_ALONE = 1.5  # the same where there is but one number
_SLACK = 5  # pixels of a cell's height that its lines leave free


class Style(IntEnum):
    """What a cell holds, from the most to the least."""

    LINE = 0
    """Input and weight in one line, the product below."""
    STACK = 1
    """Input, weight and product below each other."""
    PRODUCT = 2
    """The product alone."""
    TILE = 3
    """Nothing but its colour."""


FACTOR_LINES = (1, 2, 0, 0)
"""For each style the lines above a product."""


@dataclass(frozen=True)
class Needs:
    """Least widths in pixels, for digits of some size.

    Parameters
    ----------
    line : int
        Of input and weight in one line.
    stack : int
        Of the wider of both.
    product : int
        Of a product.
    total : int
        Of a subtotal with its label.
    """

    line: int
    stack: int
    product: int
    total: int


Measuring = Callable[[int, int], Needs]
"""Gives the needs for digits of factors and of products, both in pixels."""


@dataclass(frozen=True)
class LensLayout:
    """The geometry of the grids.

    Parameters
    ----------
    shape : (int, int, int)
        Channels, rows and columns of the filter.
    width, height : int
        Of a cell.
    style : Style
        What cells hold.
    factors, digits : int
        Sizes in pixels of the digits of factors and products.
    total : int
        Least width of a channel, which its subtotal needs.
    before, after : int
        Width of what stands before and behind the grids, as of a pooling.
    """

    shape: BlockCell
    width: int
    height: int
    style: Style
    factors: int
    digits: int
    total: int
    before: int = 0
    after: int = 0

    @property
    def printed(self) -> bool:
        """Whether the cells hold numbers."""
        return self.style != Style.TILE

    @property
    def size(self) -> QSize:
        """Of everything."""
        channels, rows, _ = self.shape
        return QSize(
            self.left(channels - 1) + self._pitch + 2 + self.after,
            CAPTION + rows * self.height + 2 + TOTAL,
        )

    @property
    def _pitch(self) -> int:
        return max(self.shape[2] * self.width, self.total)

    def left(self, channel: int) -> int:
        """Where a channel's grid begins."""
        marker = MARKER + 5 if self.shape[0] > 1 else 1
        return self.before + marker + channel * (self._pitch + marker + CHANNEL_GAP)

    def block(self, channel: int) -> QRect:
        """The grid of one channel."""
        _, rows, columns = self.shape
        return QRect(self.left(channel), CAPTION, columns * self.width, rows * self.height)

    def room(self, channel: int) -> QRect:
        """A channel's grid with its caption and its subtotal."""
        return QRect(self.left(channel), 0, self._pitch, self.size.height())

    def cell(self, cell: BlockCell) -> QRect:
        """One cell."""
        channel, row, column = cell
        x = self.left(channel) + column * self.width
        return QRect(x, CAPTION + row * self.height, self.width, self.height)

    def cell_at(self, point: QPoint) -> BlockCell | None:
        """The cell under a point."""
        for channel in range(self.shape[0]):
            block = self.block(channel)
            if block.contains(point):
                at = point - block.topLeft()
                return channel, at.y() // self.height, at.x() // self.width
        return None


def is_printed(shape: BlockCell) -> bool:
    """Whether the cells of a filter of this shape hold numbers, given the room."""
    return max(shape[1:]) <= MOST_PRINTED


def fit_layout(
    shape: BlockCell,
    needs: Measuring,
    room: QSize,
    *,
    plain: bool = False,
    around: tuple[int, int] = (0, 0),
    most_digits: int = _SIZES[0],
) -> LensLayout:
    """The layout that makes the most of the room.

    Cells hold as much as fits in numbers that can be read; those are as large as fits then. Where they fit at no size,
    cells are tiles as large as fits, within `TILES`; what has no room even so is scrolled to.

    Parameters
    ----------
    shape : (int, int, int)
        Channels, rows and columns.
    needs : callable
        Gives least widths.
    room : QSize
        What can be seen at once.
    plain : bool
        Whether a cell is one number, as of a pooling.
    around : (int, int)
        Width of what stands before and behind the grids.
    most_digits : int
        Size of digits in pixels that is not exceeded.
    """
    styles = (Style.PRODUCT,) if plain else (Style.LINE, Style.STACK, Style.PRODUCT)
    for style in styles if is_printed(shape) else ():
        for digits in _SIZES:
            if digits <= most_digits:
                layout = _least_layout(shape, needs, (style, digits), around)
                if _fits(layout, room):
                    return _grow(layout, room)
    return _tile_layout(shape, needs(LEAST_DIGITS, SUBTOTAL).total, room, around)


def comfortable_height(
    shape: BlockCell, needs: Measuring, room: QSize, *, plain: bool = False, around: tuple[int, int] = (0, 0)
) -> int:
    """Height in pixels that the grids need, in the room's width and at most its height, to be read with ease."""
    layout = fit_layout(shape, needs, room, plain=plain, around=around, most_digits=COMFORTABLE)
    if not layout.printed:
        return layout.size.height()
    return _least_layout(shape, needs, (layout.style, layout.digits), around).size.height()


def comfortable_width(
    shape: BlockCell, needs: Measuring, height: int, *, plain: bool = False, around: tuple[int, int] = (0, 0)
) -> int:
    """Width in pixels in which the grids are read with ease, in a height."""
    layout = fit_layout(shape, needs, QSize(10_000, height), plain=plain, around=around, most_digits=COMFORTABLE)
    if not layout.printed:
        return layout.size.width()
    return _least_layout(shape, needs, (layout.style, layout.digits), around).size.width()


def lines_height(style: Style, factors: int, digits: int) -> int:
    """Height in pixels of the lines of a cell."""
    return FACTOR_LINES[style] * (factors + 1) + digits + 1


def _least_layout(shape: BlockCell, needs: Measuring, kind: tuple[Style, int], around: tuple[int, int]) -> LensLayout:
    """The smallest layout that holds digits of a size."""
    style, digits = kind
    factors = min(max(LEAST_DIGITS, digits - 2), _LARGEST_FACTOR)
    need = needs(factors, digits)
    width = max(need.product, {Style.LINE: need.line, Style.STACK: need.stack}.get(style, 0))
    height = lines_height(style, factors, digits) + _SLACK
    return LensLayout(shape, width, height, style, factors, digits, need.total, *around)


def _fits(layout: LensLayout, room: QSize) -> bool:
    return layout.size.width() <= room.width() and layout.size.height() <= room.height()


def _grow(layout: LensLayout, room: QSize) -> LensLayout:
    """With cells that fill the room, as far as they look well."""
    channels, rows, columns = layout.shape
    high = min(_TALLEST, (room.height() - CAPTION - TOTAL - 2) // rows)
    layout = replace(layout, height=max(layout.height, high))
    bare = replace(layout, total=0, width=0)
    wide = (room.width() - bare.size.width()) // (channels * columns)
    widest = round(layout.height * (_WIDEST if layout.style < Style.PRODUCT else _WIDEST_ALONE))
    return replace(layout, width=max(layout.width, min(wide, widest)))


def _tile_layout(shape: BlockCell, total: int, room: QSize, around: tuple[int, int]) -> LensLayout:
    channels, rows, columns = shape
    bare = LensLayout(shape, 0, 0, Style.TILE, LEAST_DIGITS, SUBTOTAL, 0, *around)
    side = min((room.height() - bare.size.height()) // rows, (room.width() - bare.size.width()) // (channels * columns))
    side = max(TILES[0], min(TILES[1], side))
    return replace(bare, width=side, height=side, total=total)
