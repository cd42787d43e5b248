"""Blocks of weights between filters and the clipboard's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication

from convexplorer.core.model.filters import MAX_KERNEL, Filter, Weights, spread_channels
from convexplorer.core.project.layer_edits import with_layer_settings
from convexplorer.core.project.project import Project, with_filter, with_weights_at
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.text import format_block, parse_block

WeightCell = tuple[int, int, int]
"""Channel, row and column of a weight."""
Block = NDArray[np.floating]

MAX_TEXT = 2**18
"""Most characters that are read from the clipboard: room for every digit of the largest kernel."""


def clipboard_block() -> list[Block]:
    """The matrices on the clipboard.

    Raises
    ------
    InvalidValueError
        If there is no text, too much of it, or it is not made of numbers.
    """
    text = QGuiApplication.clipboard().text()
    if len(text) > MAX_TEXT:
        raise InvalidValueError("there is too much text on the clipboard for a filter")
    return list(parse_block(text))


def text_of(weights: Weights, cells: Iterable[WeightCell]) -> str:
    """Tab-separated text of the block around some cells, from every plane (of C, kh, kw) they are in."""
    places = np.array(list(cells))
    (_, top, left), (_, bottom, right) = places.min(axis=0), places.max(axis=0)
    return format_block(weights[np.unique(places[:, 0]), top : bottom + 1, left : right + 1], "\t")


def paste_at(project: Project, index: int, cell: WeightCell, planes: Sequence[Block]) -> Project:
    """Write blocks into a filter, the first at `cell`, each further one at the same place of the next plane.

    What reaches past the kernel is left out (`overhangs` tells).
    """
    channel, row, column = cell
    for offset, block in enumerate(planes[: project.bank.channels - channel]):
        project = with_weights_at(project, index, channel + offset, row, column, block)
    return project


def overhangs(shape: tuple[int, ...], cell: WeightCell, planes: Sequence[Block]) -> bool:
    """Whether `paste_at` leaves something out, in a filter of shape (C, kh, kw)."""
    channels, height, width = shape
    channel, row, column = cell
    return len(planes) > channels - channel or any(
        block.shape[0] > height - row or block.shape[1] > width - column for block in planes
    )


def paste_whole(project: Project, index: int, planes: Sequence[Block]) -> Project:
    """Make blocks the whole filter; all kernels take their size, and planes are spread to the channels.

    Raises
    ------
    InvalidValueError
        If the blocks have different sizes, or are too large for a kernel.
    """
    weights = _stack(planes)
    if weights.shape[1:] != project.bank.size:
        height, width = weights.shape[1:]
        project = with_layer_settings(project, project.edited_index, kernel=(height, width))
    return with_filter(project, index, weights=spread_channels(weights, project.bank.channels))


def new_filters(planes: Sequence[Block], channels: int, first: int) -> list[Filter]:
    """Filters made of blocks, named "Filter `first`" and on.

    Where the number of blocks is a multiple of `channels`, each filter takes so many; else each block is one
    filter, to be spread to all channels.
    """
    take = channels if len(planes) % channels == 0 else 1
    groups = [_stack(planes[i : i + take]) for i in range(0, len(planes), take)]
    return [Filter(weights, name=f"Filter {first + i}") for i, weights in enumerate(groups)]


def _stack(planes: Sequence[Block]) -> Weights:
    shapes = {block.shape for block in planes}
    if len(shapes) != 1:
        raise InvalidValueError("the planes of a filter have one size, these have different ones")
    height, width = shapes.pop()
    if max(height, width) > MAX_KERNEL:
        raise InvalidValueError(
            "a kernel has 1 to {most} rows and columns, not {height} × {width}",
            most=MAX_KERNEL,
            height=height,
            width=width,
        )
    return np.stack(planes).astype(np.float32)
