"""How the lens shares its width and height: loupe or list, cells, result, and the strongest places if there is room."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize

from convexplorer.gui.node.blocks import NodeBlocks
from convexplorer.gui.node.contribution_list import WIDTHS
from convexplorer.gui.node.layout import LensLayout, Style
from convexplorer.gui.node.places import WIDE
from convexplorer.gui.node.sum import NARROW, WIDTH

SPACE = 20
"""Pixels between the parts."""
SMALL_LOUPE = 144
"""Width in pixels to which the loupe gives way before it is left out."""
LEAST_CELLS = 80
"""Least width in pixels of the cells."""


@dataclass(frozen=True)
class Shares:
    """Widths in pixels of the parts; what has none is not shown.

    Parameters
    ----------
    left : int
        Of the loupe, or of the list of maps.
    cells : QSize
        Room of the cells.
    result : int
        Of the sum.
    places : int
        Of the strongest places.
    """

    left: int
    cells: QSize
    result: int
    places: int


def shares(blocks: NodeBlocks, room: QSize, *, listed: bool, loupe: int) -> Shares:
    """Share the room so that as much as possible can be read.

    Numbers come before the loupe, and both before the strongest places; the list of maps always stays.

    Parameters
    ----------
    blocks : NodeBlocks
        The cells of the node that is shown.
    room : QSize
        What there is.
    listed : bool
        Whether the list of maps is shown in place of the loupe.
    loupe : int
        The loupe's width; 0 if there is none.
    """
    if listed:
        least = min(max(WIDTHS[0], room.width() * 6 // 25), WIDTHS[1])
        wanted = [(least, WIDTH), (least, NARROW), (WIDTHS[0], NARROW)]
    else:
        small = min(loupe, SMALL_LOUPE)
        wanted = [(loupe, WIDTH), (small, WIDTH), (small, NARROW), (0, NARROW)]
    fits = [(left, result, _cells(room, left, result)) for left, result in wanted]
    layouts = [blocks.layout_for(cells) for _, _, cells in fits]
    best = min(range(len(fits)), key=lambda i: (_rank(layouts[i], loupe=fits[i][0] > 0), i))
    left, result, cells = fits[best]
    places = WIDE if result == WIDTH and _spare(blocks, cells) >= WIDE + SPACE else 0
    if places:
        cells = QSize(cells.width() - WIDE - SPACE, cells.height())
    elif listed:  # What the cells leave is for the names.
        left = min(WIDTHS[1], left + max(0, cells.width() - blocks.layout_for(cells).size.width()))
    return Shares(left, cells, result, places)


def _cells(room: QSize, left: int, result: int) -> QSize:
    width = room.width() - result - SPACE - (left + SPACE if left else 0)
    return QSize(max(LEAST_CELLS, width), room.height())


def _rank(layout: LensLayout, *, loupe: bool) -> int:
    """0 for the best: all three numbers in a cell, low ones before high ones, then products, then tiles."""
    if layout.style in (Style.LINE, Style.STACK):
        return int(layout.style) if loupe else 2
    return (3 if layout.style == Style.PRODUCT else 5) + (not loupe)


def _spare(blocks: NodeBlocks, cells: QSize) -> int:
    """Width that the cells do not need to be comfortable."""
    return cells.width() - blocks.comfortable_width(cells.height())
