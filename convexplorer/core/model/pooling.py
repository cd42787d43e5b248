"""Pooling: the largest or the mean value of each window, map by map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.layers import PoolLayer
from convexplorer.core.runtime.types import Pixels


def pool_maps(planes: Pixels, layer: PoolLayer, rows: range, columns: range) -> NDArray[Any]:
    """Pool some nodes of maps.

    A maximum or sum over a square is one over rows, then one over columns: 2 · size steps instead of size².

    Parameters
    ----------
    planes : ndarray, shape (C, H, W)
        The maps. Means of float64 are made in float64, all else in float32; the largest keep their type.
    layer : PoolLayer
        Kind, size and stride.
    rows, columns : range
        Nodes wanted, perhaps with steps; all of them must be there (`PoolLayer.geometry`).

    Returns
    -------
    ndarray, shape (C, len(rows), len(columns))
        A new array.
    """
    join: Callable[..., Any] = np.maximum if layer.kind == "max" else np.add
    if layer.kind == "average" and planes.dtype != np.float64:
        planes = planes.astype(np.float32)
    for axis, nodes in ((1, rows), (2, columns)):
        made = _under(planes, axis, layer, nodes, 0).copy()
        for offset in range(1, layer.size):
            join(made, _under(planes, axis, layer, nodes, offset), out=made)
        planes = made
    if layer.kind == "average":
        planes /= layer.size**2
    return planes


def _under(planes: Pixels, axis: int, layer: PoolLayer, nodes: range, offset: int) -> Pixels:
    """What lies at one offset of the windows of some nodes, along an axis."""
    first, step = nodes.start * layer.stride + offset, nodes.step * layer.stride
    cut = slice(first, first + (len(nodes) - 1) * step + 1, step)
    return planes[:, cut] if axis == 1 else planes[:, :, cut]
