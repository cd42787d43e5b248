"""Cutting windows out of a layer's input: one node's, or those of many nodes as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.streams import BAND_NUMBERS
from convexplorer.core.runtime.types import Pixels, ShouldStop, Values, never
from convexplorer.errors import CancelledError


def gather(
    prepared: Prepared, geometry: Geometry, rows: range, columns: range, should_stop: ShouldStop = never
) -> Values:
    """Stored numbers under the windows of a lattice of nodes, zeros where a window lies in the padding.

    Parameters
    ----------
    prepared : Prepared
        The input. Its `gain` is *not* applied: fold it into the weights.
    geometry : Geometry
        How windows lie on it.
    rows, columns : range
        Node rows and columns, perhaps with steps.
    should_stop : callable
        Asked now and then.

    Returns
    -------
    ndarray, shape (C·kh·kw, len(rows)·len(columns)), float32
        One column a node; ``weights.reshape(O, -1) @ result`` are the weighted sums.

    Raises
    ------
    CancelledError
        If `should_stop` said so.
    """
    kh, kw = geometry.kernel
    result = np.empty((prepared.shape[0], kh, kw, len(rows), len(columns)), np.float32)
    held = prepared.stored_array
    if held is not None:
        _fill(result, held, (0, 0), geometry, (rows, columns), should_stop)
        return result.reshape(-1, len(rows) * len(columns))
    left, right = (geometry.reach((0, 1), (columns[0], columns[-1] + 1))[side] for side in (1, 3))
    left, right = max(left, 0), max(left, 0, min(right, geometry.inputs[1]))
    # Where windows are far apart, a row of nodes at a time, so that what lies between is not computed.
    spacing = rows.step * geometry.stride
    block_rows = BAND_NUMBERS // (prepared.shape[0] * max(1, right - left) * spacing)
    at_once = 1 if spacing >= geometry.span[0] else max(1, block_rows)
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        top, _, bottom, _ = geometry.reach((some[0], some[-1] + 1), (0, 1))
        top, bottom = max(top, 0), max(top, 0, min(bottom, geometry.inputs[0]))
        block = prepared.stored[:, top:bottom, left:right]
        _fill(result[:, :, :, start : start + len(some)], block, (top, left), geometry, (some, columns), should_stop)
    return result.reshape(-1, len(rows) * len(columns))


def _fill(
    result: Values,
    stored: Pixels,
    corner: tuple[int, int],
    geometry: Geometry,
    nodes: tuple[range, range],
    should_stop: ShouldStop,
) -> None:
    """Write what windows see of a part of the input that begins at some corner, and zeros beside it."""
    rows, columns = nodes
    height, width = stored.shape[1:]
    for i in range(geometry.kernel[0]):
        if should_stop():
            raise CancelledError
        offset = i * geometry.dilation - geometry.pads[0] - corner[0]
        to_rows, from_rows = overlap(rows, geometry.stride, offset, height)
        for j in range(geometry.kernel[1]):
            offset = j * geometry.dilation - geometry.pads[1] - corner[1]
            to_columns, from_columns = overlap(columns, geometry.stride, offset, width)
            target = result[:, i, j]
            if to_rows != slice(0, len(rows)) or to_columns != slice(0, len(columns)):
                target[...] = 0.0
            target[:, to_rows, to_columns] = stored[:, from_rows, from_columns]


def input_block(prepared: Prepared, geometry: Geometry, rows: tuple[int, int], columns: tuple[int, int]) -> Values:
    """What the windows of nodes rows[0]:rows[1], columns[0]:columns[1] see, (C, h, w), with the padding's zeros."""
    top, left, bottom, right = geometry.reach(rows, columns)
    channels, height, width = prepared.shape
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(bottom, height), min(right, width)
    if (y0, x0, y1, x1) == (top, left, bottom, right):
        return prepared.block(slice(y0, y1), slice(x0, x1))
    block = np.zeros((channels, bottom - top, right - left), np.float32)
    if y0 < y1 and x0 < x1:
        block[:, y0 - top : y1 - top, x0 - left : x1 - left] = prepared.block(slice(y0, y1), slice(x0, x1))
    return block


def window_at(prepared: Prepared, geometry: Geometry, row: int, column: int) -> Values:
    """Values under one node's window, shape (C, kh, kw), float32; zeros in the padding."""
    window = gather(prepared, geometry, range(row, row + 1), range(column, column + 1))
    return window.reshape(-1, *geometry.kernel) * np.float32(prepared.gain)


def inputs_inside(geometry: Geometry, row: int, column: int) -> NDArray[np.bool_]:
    """Which inputs of a node's window lie in the image rather than in the padding, shape (kh, kw)."""
    inside = []
    for start, size, length in zip(geometry.origin(row, column), geometry.kernel, geometry.inputs, strict=True):
        at = start + geometry.dilation * np.arange(size)
        inside.append((at >= 0) & (at < length))
    return np.logical_and.outer(*inside)


def node_sums(window: Values, weights: Values, bias: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weighted sums plus bias of one node in every map, before the activation.

    Parameters
    ----------
    window : ndarray, shape (C, kh, kw)
        As from `window_at`.
    weights : ndarray, shape (O, C, kh, kw)
        All filters.
    bias : ndarray, shape (O,)
        Their biases.

    Returns
    -------
    ndarray, shape (O,), float64
        Summed in double precision, so that it is right to the last digit shown.
    """
    products = weights.reshape(len(weights), -1).astype(np.float64) @ window.ravel().astype(np.float64)
    return np.asarray(products + bias)


def overlap(nodes: range, stride: int, offset: int, size: int) -> tuple[slice, slice]:
    """Which of the nodes read inside the input at this offset of the kernel, and what they read there."""
    step = nodes.step * stride
    first = nodes.start * stride + offset
    skip = max(0, -(-(0 - first) // step)) if first < 0 else 0
    count = max(0, min(len(nodes), -(-(size - first) // step)))
    if skip >= count:
        return slice(0, 0), slice(0, 0)
    return slice(skip, count), slice(first + skip * step, first + (count - 1) * step + 1, step)
