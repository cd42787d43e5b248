"""Cross-correlation of whole images with filters: `correlate`, and the maps of a layer whole or in strips.

Which route computes them, and why, stands in `core.engine.routes.choice`; where windows lie in `core.model.geometry`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from convexplorer.core.engine.kernel.library import kernel
from convexplorer.core.engine.overflow import compute
from convexplorer.core.engine.routes.choice import onnxruntime_time
from convexplorer.core.engine.routes.fft import fft_time
from convexplorer.core.engine.routes.windows import input_block
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import activate
from convexplorer.core.model.geometry import Geometry, Padding
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.threads_and_device import CPU, settings
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError, InvalidValueError

__all__ = ["activate", "correlate", "feature_map_strips", "feature_maps", "input_block"]

MAX_BYTES = 8 << 30
"""Most memory that the maps of one call may take."""
STRIP_BYTES = 32 << 20
"""Memory of one strip of maps, unless a single row takes more; blocks up to this size glibc reuses without paging."""
STRIP_TIME = 25e6
"""Work of a strip (`onnxruntime_time`): ONNX Runtime, which is not to be stopped, comes back every 15 ms or so. Longer
strips were no quicker. The kernel stops by itself."""


def correlate(
    image: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
) -> Values:
    """Cross-correlate an image with filters, as ``torch.nn.functional.conv2d`` does.

    Parameters
    ----------
    image : array_like, shape (C, H, W), or (H, W) where C = 1
        Any real numbers; computed in float32. A non-finite pixel spoils the nodes that see it, and no others.
    weights : array_like, shape (O, C, kh, kw)
        Finite numbers.
    bias : array_like, shape (O,), optional
        Finite numbers added to the sums; none is zero.
    stride, dilation : int
        Steps between windows, and between the inputs of one window.
    padding : int, "valid" or "same"
        Zeros around the image; "same" gives ⌈size / stride⌉ nodes a side (`Geometry.of`).

    Returns
    -------
    ndarray, shape (O, H', W'), float32
        ``z[o, i, j] = Σ image[c, i·stride + a·dilation, j·stride + b·dilation] · weights[o, c, a, b] + bias[o]`` with
        the image padded, within 10⁻⁵ · Σ|weights[o]| · max|image| of the exact sum.

    Raises
    ------
    InvalidValueError
        If shapes do not fit each other, something is empty, a weight or bias is not finite, a setting makes no
        sense, or the result would be larger than `MAX_BYTES`.

    Examples
    --------
    >>> correlate([[0, 1, 4, 9]], [[[[-1, 1]]]])
    array([[[1., 3., 5.]]], dtype=float32)
    """
    inputs = _numbers("image", image)
    if inputs.ndim == 2:
        inputs = inputs[np.newaxis]
    filters = _finite("weights", weights)
    if inputs.ndim != 3 or 0 in inputs.shape:
        raise InvalidValueError("an image has shape (channels, height, width), not {shape}", shape=inputs.shape)
    if filters.ndim != 4 or 0 in filters.shape:
        raise InvalidValueError(
            "weights have shape (filters, channels, height, width), not {shape}", shape=filters.shape
        )
    biases = np.zeros(len(filters), np.float32) if bias is None else _finite("bias", bias)
    if biases.shape != (len(filters),):
        raise InvalidValueError(
            "{count} filters need {count} biases, not an array of shape {shape}",
            count=len(filters),
            shape=biases.shape,
        )
    height, width = inputs.shape[1:]
    kernel = filters.shape[2], filters.shape[3]
    geometry = Geometry.of((height, width), kernel, stride=stride, padding=padding, dilation=dilation)
    return _computed(Work(inputs, filters, biases, geometry))


def feature_map_strips(
    prepared: Prepared,
    layer: ConvLayer,
    indices: Sequence[int],
    should_stop: ShouldStop = never,
    *,
    most_nodes: int | None = None,
    first_row: int = 0,
) -> Iterator[tuple[int, Values]]:
    """Whole maps of some filters, after the activation, from top to bottom in strips of rows.

    Neither the whole maps nor the whole input in float32 are ever in memory, unless they are small. A map is computed
    in the same way whether alone or with the others of its layer.

    Parameters
    ----------
    prepared : Prepared
        The layer's input.
    layer : ConvLayer
        Filters, geometry and activation.
    indices : sequence of int
        Which filters, in the order wanted; switched-off ones too.
    should_stop : callable
        Asked before each strip, and within long ones.
    most_nodes : int, optional
        Nodes of a map in a strip, unless a row has more; for what must look at strips without long stops.
    first_row : int
        Where to begin.

    Yields
    ------
    row : int
        The strip's first row.
    values : ndarray, shape (len(indices), rows, W'), float32
        A new array each time.

    Raises
    ------
    InvalidValueError
        If the filters' depth is not the input's, or a window does not fit it.
    CancelledError
        If `should_stop` said so.
    """
    bank = layer.bank.subset(indices)
    geometry = layer.geometry(*prepared.shape[1:])
    filters = layer.kernels(indices), bank.bias
    rows, columns = geometry.output
    if not indices:
        return
    whole = (len(layer.bank), *layer.bank.shape), geometry
    at_once = _strip_rows(geometry, filters[0].shape)
    if most_nodes is not None:
        at_once = max(1, min(at_once, most_nodes // columns))
    for row in range(first_row, rows, at_once):
        if should_stop():
            raise CancelledError
        nodes = range(row, min(row + at_once, rows)), range(columns)
        yield row, _computed(Work.over(prepared, geometry, filters, nodes, layer.activation, should_stop), whole)


def feature_maps(
    prepared: Prepared, layer: ConvLayer, indices: Sequence[int], should_stop: ShouldStop = never
) -> Values:
    """Whole maps of some filters, after the activation, shape (len(indices), H', W'), float32.

    Parameters and errors are those of `feature_map_strips`; besides, `InvalidValueError` if the maps together would
    be larger than `MAX_BYTES`.
    """
    rows, columns = layer.geometry(*prepared.shape[1:]).output
    shape = len(indices), rows, columns
    _check_size(shape)
    maps = results.empty(shape)
    for row, strip in feature_map_strips(prepared, layer, indices, should_stop):
        if strip.shape == shape:
            return strip
        maps[:, row : row + strip.shape[1]] = strip
    return maps


def _computed(work: Work, whole: tuple[tuple[int, ...], Geometry] | None = None) -> Values:
    _check_size(work.shape)
    return compute(work, whole)


def _check_size(shape: tuple[int, int, int]) -> None:
    if shape[0] * shape[1] * shape[2] * 4 > MAX_BYTES:
        raise InvalidValueError(
            "{count} maps of {rows} × {columns} nodes take more than {most} GB of memory",
            count=shape[0],
            rows=shape[1],
            columns=shape[2],
            most=MAX_BYTES >> 30,
        )


def _strip_rows(geometry: Geometry, filters: tuple[int, ...]) -> int:
    """Rows of nodes in a strip: at least one, else what `STRIP_BYTES` and `STRIP_TIME` allow."""
    rows, columns = geometry.output
    row_bytes = 4 * max(filters[0] * columns, filters[1] * geometry.inputs[1] * geometry.stride)
    if kernel() is not None and settings.device == CPU:
        return max(1, STRIP_BYTES // row_bytes)
    row_time = min(onnxruntime_time(filters, geometry), fft_time(filters, geometry)) / rows
    return max(1, int(min(STRIP_BYTES / row_bytes, STRIP_TIME / row_time)))


def _numbers(name: str, values: ArrayLike) -> Values:
    """As float32 in C order."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidValueError("the rows of the {name} have different lengths", name=name) from None
    if array.dtype.kind not in "fiub":
        raise InvalidValueError("the {name} must be real numbers", name=name)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(array, np.float32)


def _finite(name: str, values: ArrayLike) -> Values:
    array = _numbers(name, values)
    if not np.isfinite(array).all():
        raise InvalidValueError("the {name} must be finite numbers", name=name)
    return array
