"""Cutting windows out of a layer's input: one node's, or those of many nodes as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.geometry import Geometry
from convexplorer.core.images import Prepared, Values


def gather(prepared: Prepared, geometry: Geometry, rows: range, columns: range) -> Values:
    """Stored numbers under the windows of a lattice of nodes, zeros where a window lies in the padding.

    Parameters
    ----------
    prepared : Prepared
        The input. Its `gain` is *not* applied: fold it into the weights.
    geometry : Geometry
        How windows lie on it.
    rows, columns : range
        Node rows and columns, perhaps with steps.

    Returns
    -------
    ndarray, shape (C·kh·kw, len(rows)·len(columns)), float32
        One column a node; ``weights.reshape(O, -1) @ result`` are the weighted sums.
    """
    channels, height, width = prepared.shape
    kh, kw = geometry.kernel
    result = np.empty((channels, kh, kw, len(rows), len(columns)), np.float32)
    for i in range(kh):
        to_rows, from_rows = overlap(rows, geometry.stride, i * geometry.dilation - geometry.pads[0], height)
        for j in range(kw):
            to_columns, from_columns = overlap(
                columns, geometry.stride, j * geometry.dilation - geometry.pads[1], width
            )
            target = result[:, i, j]
            if to_rows != slice(0, len(rows)) or to_columns != slice(0, len(columns)):
                target[...] = 0.0
            target[:, to_rows, to_columns] = prepared.stored[:, from_rows, from_columns]
    return result.reshape(channels * kh * kw, -1)


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
