"""The three ways to correlate an image with filters, and the choice between them.

`by_gemm`
    Small work: the windows as the columns of a matrix, one matrix product. Needs nothing beyond NumPy.
`by_onnxruntime`
    Direct convolution, the fastest for kernels of everyday size; on another device than the processor if one is chosen
    (`core.engine.devices`), then for large kernels too.
`by_fft`
    Large kernels: products of spectra, tile by tile; its time hardly depends on the kernel's size.

All compute the same `Work` and agree within rounding; `choose` picks the one that should be done first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine import devices
from convexplorer.core.engine.windows import gather
from convexplorer.core.model.activations import Activation, activate
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.threads_and_device import CPU, settings
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError, InvalidValueError


@dataclass(frozen=True, eq=False)
class Work:
    """A layer's filters laid over its input, checked and in the types the routes need.

    Parameters
    ----------
    image : ndarray, shape (C, H, W), float32
        The input.
    weights : ndarray, shape (O, C, kh, kw), float32
        At least one filter; finite.
    bias : ndarray, shape (O,), float32
        Added to the sums.
    geometry : Geometry
        Of an (H, W) input and a (kh, kw) kernel.
    activation : Activation
        What becomes of the sums.
    should_stop : callable
        Asked now and then on the way, never within a call of ONNX Runtime.

    Raises
    ------
    InvalidValueError
        If the filters' depth is not the image's.
    """

    image: Values
    weights: Values
    bias: Values
    geometry: Geometry
    activation: Activation = "none"
    should_stop: ShouldStop = never

    def __post_init__(self) -> None:
        if self.weights.shape[1] != len(self.image):
            raise InvalidValueError(
                "filters with {depth} planes do not fit an input of {channels} channels",
                depth=self.weights.shape[1],
                channels=len(self.image),
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(O, H', W') of the result."""
        return len(self.weights), *self.geometry.output


Route = Callable[[Work], Values]
"""Takes `Work` to its maps: (O, H', W') float32, a new array."""

SMALL = 4e6
"""Work (`direct_time`) that NumPy does in a few milliseconds, when importing ONNX Runtime alone takes a hundred."""


def choose(work: Work, whole: tuple[tuple[int, ...], Geometry] | None = None) -> Route:
    """The route that should be done first, of those that can do it within their memory and the promised accuracy.

    Parameters
    ----------
    work : Work
        What is to be done.
    whole : (tuple of int, Geometry), optional
        Shape of all filters and their geometry, if the work is a part of it: so all parts go the same way.
    """
    shape, geometry = whole or (work.weights.shape, work.geometry)
    direct = direct_time(shape, geometry)
    if direct <= SMALL:
        return by_gemm
    if settings.device != CPU:
        return by_onnxruntime
    return by_fft if fft_time(shape, geometry) < direct and suits_fft(work) else by_onnxruntime


# Both times are nanoseconds × threads, fitted to 617 random layers (1–64 channels and filters, kernels 1–31 with sides
# of their own, strides, dilations, up to 6 · 10⁹ multiplications) on a 2-core AVX2 machine. Only their ratio matters:
# on 558 other layers what it chose took 1 % longer than the faster of the two routes on average, and 66 % at worst.


def direct_time(filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of `by_onnxruntime` for filters (O, C, kh, kw): gathering windows, multiplying, writing."""
    count, window = filters[0], filters[1] * filters[2] * filters[3]
    # Dearer where windows are not neighbours.
    gathering = 0.23 if geometry.stride == 1 else 0.65
    return geometry.output[0] * geometry.output[1] * (gathering * window + 0.028 * window * count + 0.73 * count)


def fft_time(filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of `by_fft` for filters (O, C, kh, kw): transforms there and back, products, transforms of the filters."""
    count, channels = filters[:2]
    (height, rows), (width, columns) = _tile(geometry, 0), _tile(geometry, 1)
    tiles = ceil(geometry.output[0] / rows) * ceil(geometry.output[1] / columns)
    each = 5.0 * (channels + count) + 0.4 * channels * count
    return height * width * (tiles * each + 5.0 * channels * count)


def suits_fft(work: Work) -> bool:
    """Whether spectra fit their budget, and none can overflow float32 (3e38).

    An infinite pixel or NaN does not suit it either: the transform would spread it over all nodes of a tile.
    """
    peak = max(float(work.image.max()), -float(work.image.min()))
    norm = float(np.abs(work.weights).sum(axis=(1, 2, 3), dtype=np.float64).max())
    return _spectrum_size(work) <= SPECTRA and max(peak, norm, peak * norm) < 1e30


RUN = 576
"""Most products summed in one go. Sums of equal terms, as of a box filter on an even sky, are rounded to one side every
time: measured, up to n · 1.4 · 10⁻⁸ of the sum. Runs of this length, and then their sums, keep the promised 10⁻⁵."""
BAND = 1 << 18
"""Numbers in the matrix of windows that is multiplied at once (1 MB, so that it stays in the cache)."""


def by_gemm(work: Work) -> Values:
    """Weights (O, C·kh·kw) @ windows (C·kh·kw, nodes), a band of rows at a time."""
    count, height, width = work.shape
    flat = work.weights.reshape(count, -1)
    source = Prepared(work.image)
    maps = results.empty(work.shape)
    rows = max(1, BAND // (flat.shape[1] * width))
    for start in range(0, height, rows):
        _check(work)
        band = range(start, min(start + rows, height))
        sums = weighted_sums(flat, gather(source, work.geometry, band, range(width)))
        sums += work.bias[:, np.newaxis]
        maps[:, start : band.stop] = activate(sums, work.activation).reshape(count, len(band), width)
    return maps


def weighted_sums(flat: Values, windows: Values) -> Values:
    """The matrix product flat (O, K) @ windows (K, nodes), summed in runs."""
    # Inputs may be infinite: those that leave a layer of huge weights.
    with np.errstate(over="ignore", invalid="ignore"):
        sums = flat[:, :RUN] @ windows[:RUN]
        for start in range(RUN, len(windows), RUN):
            sums += flat[:, start : start + RUN] @ windows[start : start + RUN]
    return sums


def by_onnxruntime(work: Work) -> Values:
    """A Conv node for each run of channels. Its weights are an input of the graph, so an edit needs no new session."""
    channels, kernel = len(work.image), work.geometry.kernel[0] * work.geometry.kernel[1]
    if channels * kernel <= RUN:
        relu = work.activation == "relu"
        maps = _conv(work, work.image, work.weights, work.bias, relu=relu)
        return maps if relu else activate(maps, work.activation)
    terms = _terms(work)
    maps = _conv(work, *next(terms), work.bias)
    for image, weights in terms:
        _check(work)
        maps += _conv(work, image, weights, np.zeros_like(work.bias))
    return activate(maps, work.activation)


def _terms(work: Work) -> Iterator[tuple[Values, Values]]:
    """Image and weights as terms of a sum: few channels each, and few rows of the weights that are not zero."""
    _, channels, height, width = work.weights.shape
    depth = max(1, RUN // (height * width))
    rows = max(1, RUN // width) if depth == 1 else height
    for channel, row in product(range(0, channels, depth), range(0, height, rows)):
        part = work.weights[:, channel : channel + depth]
        term = np.zeros_like(part)
        term[:, :, row : row + rows] = part[:, :, row : row + rows]
        yield work.image[channel : channel + depth], term


def _conv(work: Work, image: Values, weights: Values, bias: Values, *, relu: bool = False) -> Values:
    geometry = work.geometry
    maps = results.empty(work.shape)

    def run(device: str) -> None:
        session = _session(geometry.stride, geometry.dilation, geometry.pads, relu, settings.threads, device)
        _run(session, image, weights, bias, maps)

    devices.attempt(run)
    return maps


def _run(session: Any, image: Values, weights: Values, bias: Values, maps: Values) -> None:
    binding = session.io_binding()
    inputs = {name: np.ascontiguousarray(one) for name, one in (("weights", weights), ("bias", bias))}
    inputs["image"] = np.ascontiguousarray(image)[np.newaxis]
    # By address, since arrays as such are copied.
    for name, values in inputs.items():
        binding.bind_input(name, "cpu", 0, np.float32, values.shape, values.ctypes.data)
    # Into an array of ours: else the session's pool would keep the memory of the largest maps for ever.
    binding.bind_output("maps", "cpu", 0, np.float32, (1, *maps.shape), maps.ctypes.data)
    session.run_with_iobinding(binding)


def try_device() -> None:
    """Let the chosen device compute something small, so that one that fails is known before it is needed."""
    image, weights = np.zeros((1, 8, 8), np.float32), np.zeros((1, 1, 3, 3), np.float32)
    by_onnxruntime(Work(image, weights, np.zeros(1, np.float32), Geometry.of((8, 8), (3, 3))))


@lru_cache(maxsize=16)
def _session(stride: int, dilation: int, pads: tuple[int, int, int, int], relu: bool, threads: int, device: str) -> Any:
    """A session of ONNX Runtime for these attributes; shapes stay open."""
    from onnx import TensorProto, helper

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    sums = "sums" if relu else "maps"
    nodes = [
        helper.make_node(
            "Conv", ["image", "weights", "bias"], [sums], strides=[stride] * 2, dilations=[dilation] * 2, pads=pads
        )
    ]
    if relu:
        # `activate` as a node: ONNX Runtime fuses the two, which saves a pass through memory.
        nodes.append(helper.make_node("Relu", [sums], ["maps"]))
    inputs = [tensor("image", 1, "C", "H", "W"), tensor("weights", "O", "C", "kh", "kw"), tensor("bias", "O")]
    graph = helper.make_graph(nodes, "layer", inputs, [tensor("maps", 1, "O", "rows", "columns")])
    # Old versions, which every runtime reads; the operators have not changed since.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7)

    session = devices.open_session(model.SerializeToString(), threads, device)
    if device != CPU:
        size = 16 + 2 * dilation
        geometry = Geometry((size, size), (3, 3), stride, dilation, pads)

        def compute(image: Values, weights: Values, bias: Values) -> Values:
            maps = np.empty((len(weights), *geometry.output), np.float32)
            _run(session, image, weights, bias, maps)
            return maps

        devices.check(compute, geometry, relu=relu)
    return session


TILE = 320
"""Side of a tile for kernels up to a quarter of it: its spectrum stays in the cache, and little of it is margin."""
SPECTRA = 1 << 24
"""Complex numbers of filters' spectra, and of one tile's, that are held at once (128 MB)."""


def by_fft(work: Work) -> Values:
    """Overlap-save: the circular correlation of a tile is right where no window reaches over its end.

    One forward transform of each channel of a tile serves all filters. See A. V. Oppenheim and R. W. Schafer,
    "Discrete-Time Signal Processing", section 8.7.
    """
    geometry = work.geometry
    top, left, bottom, right = geometry.pads
    image = np.pad(work.image, ((0, 0), (top, bottom), (left, right))) if any(geometry.pads) else work.image
    maps = results.empty(work.shape)
    at_once = max(1, SPECTRA // _spectrum_size(work))
    with ThreadPoolExecutor(settings.threads) as pool:
        for first in range(0, len(maps), at_once):
            _overlap_save(pool, work, image, slice(first, first + at_once), maps[first : first + at_once])
    return maps


def _overlap_save(pool: ThreadPoolExecutor, work: Work, image: Values, part: slice, maps: Values) -> None:
    """Write the maps of some filters, tiles shared out to threads; the image is padded already."""
    from scipy.fft import ifft, irfft, next_fast_len

    geometry, stride = work.geometry, work.geometry.stride
    (height, rows), (width, columns) = _tile(geometry, 0), _tile(geometry, 1)
    height, width = next_fast_len(height), next_fast_len(width, real=True)
    kernels = np.zeros((*maps.shape[:1], len(image), *geometry.span), np.float32)
    kernels[..., :: geometry.dilation, :: geometry.dilation] = work.weights[part]
    spectra = np.empty((*kernels.shape[:2], height, width // 2 + 1), np.complex64)

    def transform(index: int) -> None:
        _check(work)
        np.conjugate(_spectrum(kernels[index], height, width), out=spectra[index])

    def correlate_tile(corner: tuple[int, int]) -> None:
        _check(work)
        row, column = corner
        inputs = _spectrum(image[:, row * stride :, column * stride :][:, :height, :width], height, width)
        target = maps[:, row : row + rows, column : column + columns]
        for weights, bias, sums in zip(spectra, work.bias[part], target, strict=True):
            total = inputs[0] * weights[0]
            for plane, factors in zip(inputs[1:], weights[1:], strict=True):
                total += plane * factors
            # Only rows that are wanted are transformed back.
            wanted = ifft(total, axis=0, overwrite_x=True)[: rows * stride : stride][: len(sums)]
            values = irfft(wanted, width, overwrite_x=True)
            values += bias
            activate(values, work.activation)
            sums[...] = values[:, : columns * stride : stride][:, : sums.shape[1]]

    list(pool.map(transform, range(len(kernels))))
    list(pool.map(correlate_tile, product(range(0, maps.shape[1], rows), range(0, maps.shape[2], columns))))


def _tile(geometry: Geometry, axis: int) -> tuple[int, int]:
    """Along one axis: inputs of a tile, and nodes that it gives; all tiles alike, but for what the last one lacks."""
    span, stride, nodes = geometry.span[axis], geometry.stride, geometry.output[axis]
    most = (max(TILE, 4 * span) - span) // stride + 1
    even = ceil(nodes / ceil(nodes / most))
    return (even - 1) * stride + span, even


def _spectrum_size(work: Work) -> int:
    """Complex numbers of the spectrum of all channels of a tile (before it is rounded up to a fast size)."""
    return len(work.image) * _tile(work.geometry, 0)[0] * (_tile(work.geometry, 1)[0] // 2 + 1)


def _spectrum(planes: Values, height: int, width: int) -> NDArray[np.complex64]:
    """Half the spectrum of real planes (…, h, w) with zeros behind them; rows of zeros are not transformed."""
    from scipy.fft import fft, rfft

    return np.asarray(fft(rfft(planes, width, axis=-1), height, axis=-2, overwrite_x=True))


def _check(work: Work) -> None:
    if work.should_stop():
        raise CancelledError
