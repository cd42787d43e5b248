"""Calling the kernel: every bound is checked here, since C checks none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.kernel.library import NO_MEMORY, SPOILT, STOPPED, Ask, Job, Kernel
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.threads_and_device import settings
from convexplorer.core.runtime.types import Pixels, ShouldStop, Values, never
from convexplorer.errors import CancelledError

KINDS = {np.dtype(np.uint8): 0, np.dtype(np.uint16): 1, np.dtype(np.float32): 2}
"""Types of pixels that the kernel reads, by what it calls them."""
THREAD_WORK = 4_000_000
"""Multiplications below which another thread would cost more than it gains."""


@dataclass(frozen=True, eq=False)
class Found:
    """What is gathered of maps besides, or instead of, their values; each is joined to what is there.

    Parameters
    ----------
    figures : ndarray, shape (O, 4), float64
        Smallest and largest value, sum, and number above its floor. NaN becomes the sum, and counts in nothing else.
    floors : ndarray, shape (O,), float32
        What values must exceed to be counted.
    highs, lows : ndarray, shape (O, rows, columns), float32, or None
        Largest and smallest value of the blocks of nodes that begin at those of `lattice`.
    lattice : (range, range) or None
        The first node of each block; some blocks may begin above the rows that are computed.
    """

    figures: NDArray[np.float64]
    floors: Values
    highs: Values | None = None
    lows: Values | None = None
    lattice: tuple[range, range] | None = None


@dataclass(frozen=True, eq=False)
class Order:
    """Filters laid over a rectangle of nodes.

    Parameters
    ----------
    image : ndarray, shape (C, H, W), uint8, uint16 or float32
        Stored numbers, with any strides.
    gain : float
        Value of a pixel = stored number × gain.
    weights : ndarray, shape (O, C, kh, kw), float32
        The filters.
    bias : ndarray, shape (O,), float32
        Added to the sums.
    geometry : Geometry
        Of the whole image.
    rows, columns : range
        The nodes, without steps.
    relu : bool
        Whether negative sums become zero.
    should_stop : callable
        Asked about each millisecond.
    """

    image: Pixels
    gain: float
    weights: Values
    bias: Values
    geometry: Geometry
    rows: range
    columns: range
    relu: bool
    should_stop: ShouldStop


def run(kernel: Kernel, order: Order, maps: Values | None, found: Found | None = None) -> None:
    """Compute the nodes of an order directly.

    Parameters
    ----------
    kernel : Kernel
        What computes.
    order : Order
        What is to be done.
    maps : ndarray, shape (O, rows, columns), float32, or None
        Receives the values; its rows are contiguous.
    found : Found, optional
        Receives figures and peaks.

    Raises
    ------
    ValueError
        If something does not fit something else.
    CancelledError
        If `should_stop` said so; what was to be received is incomplete then.
    MemoryError
        If there is no room for what it needs besides.
    """
    job, kept = _job(order, maps, found)
    _judge(kernel.correlate(job), kept)


def run_winograd(kernel: Kernel, order: Order, maps: Values) -> bool:
    """Compute maps of 3 × 3 windows with stride and dilation 1 by Winograd's transform; as `run`.

    Returns
    -------
    bool
        Whether they can be used: not where a pixel is not finite, or sums overflow.
    """
    if order.geometry.kernel != (3, 3) or order.geometry.stride != 1 or order.geometry.dilation != 1:
        raise ValueError("Winograd's transform is for windows of 3 × 3 one beside the other")
    job, kept = _job(order, maps, None)
    result = kernel.winograd(job)
    if result == SPOILT:
        return False
    _judge(result, kept)
    return True


def _judge(result: int, _kept: object) -> None:
    if result == STOPPED:
        raise CancelledError
    if result == NO_MEMORY:
        raise MemoryError("no memory for a correlation")


def _job(order: Order, maps: Values | None, found: Found | None) -> tuple[Job, object]:
    """The struct for C, and what must live as long as it is used."""
    image = order.image if _is_readable(order.image) else np.ascontiguousarray(order.image)
    weights, bias = np.ascontiguousarray(order.weights, np.float32), np.ascontiguousarray(order.bias, np.float32)
    geometry, rows, columns = order.geometry, order.rows, order.columns
    count = len(weights)
    down, across = geometry.output
    _require(image.dtype in KINDS and image.ndim == 3 and image.shape[1:] == geometry.inputs, "the image")
    _require(weights.shape == (count, len(image), *geometry.kernel) and weights.size > 0, "the weights")
    _require(bias.shape == (count,), "the bias")
    _require(rows.step == columns.step == 1 and 0 <= rows.start < rows.stop <= down, "the rows")
    _require(0 <= columns.start < columns.stop <= across, "the columns")
    job = Job(weights=weights.ctypes.data, bias=bias.ctypes.data, image=image.ctypes.data)
    if maps is not None:
        _require(maps.shape == (count, len(rows), len(columns)) and maps.dtype == np.float32, "the maps")
        _require(maps.flags.writeable and all(step % 4 == 0 and step > 0 for step in maps.strides), "the maps")
        _require(maps.strides[2] == 4 or maps.shape[2] == 1, "the maps")
        job.maps, job.map_step, job.map_row_step = maps.ctypes.data, maps.strides[0] // 4, maps.strides[1] // 4
    if found is not None:
        _add_found(job, found, count, columns)
    job.kind = KINDS[image.dtype]
    job.plane_step, job.row_step, job.column_step = (step // image.itemsize for step in image.strides)
    job.channels, job.rows, job.columns = image.shape
    job.filters, _, job.kernel_rows, job.kernel_columns = weights.shape
    job.stride, job.dilation = geometry.stride, geometry.dilation
    job.top, job.left = geometry.pads[:2]
    job.first_row, job.last_row, job.first_column, job.last_column = rows.start, rows.stop, columns.start, columns.stop
    job.relu, job.gain = order.relu, order.gain
    work = weights.size * len(rows) * len(columns)
    job.threads = max(1, min(settings.threads, work // THREAD_WORK))
    asked = Ask(lambda: int(order.should_stop()))
    if order.should_stop is not never:
        job.should_stop = asked
    return job, (image, weights, bias, asked)


def _add_found(job: Job, found: Found, count: int, columns: range) -> None:
    _require(_is_plain(found.figures, (count, 4), np.float64), "the figures")
    _require(_is_plain(found.floors, (count,), np.float32), "the figures")
    job.figures, job.floors = found.figures.ctypes.data, found.floors.ctypes.data
    if found.highs is None or found.lattice is None:
        return
    down, across = found.lattice
    shape = count, len(down), len(across)
    _require(down.step > 0 and across.step > 0 and len(down) > 0 and len(across) > 0, "the lattice")
    # Blocks across are counted from the first column on, so none may begin before it; rows may come bit by bit.
    _require(columns.start <= across.start, "the lattice")
    _require(_is_plain(found.highs, shape, np.float32), "the peaks")
    job.highs = found.highs.ctypes.data
    if found.lows is not None:
        _require(_is_plain(found.lows, shape, np.float32), "the peaks")
        job.lows = found.lows.ctypes.data
    job.peak_row, job.peak_step_down, job.peak_rows = down.start, down.step, len(down)
    job.peak_column, job.peak_step_across, job.peak_columns = across.start, across.step, len(across)


def _is_readable(image: Pixels) -> bool:
    """Whether steps are whole elements that lead forwards."""
    return all(step >= 0 and step % image.itemsize == 0 for step in image.strides) and image.flags.aligned


def _is_plain(array: NDArray[np.float64] | Values, shape: tuple[int, ...], dtype: type) -> bool:
    return array.shape == shape and array.dtype == dtype and array.flags.c_contiguous and array.flags.writeable


def _require(fits: bool, what: str) -> None:
    if not fits:
        raise ValueError(f"{what} of a correlation do not fit")
