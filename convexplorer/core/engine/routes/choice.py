"""The choice between the ways to correlate an image with filters.

`by_kernel`, `by_winograd`
    Direct correlation by a kernel of our own, the fastest for kernels of everyday size; by Winograd's transform where
    3 × 3 windows read many channels.
`by_fft`
    Large kernels: products of spectra, tile by tile; its time hardly depends on the kernel's size.
`by_onnxruntime`
    Direct convolution on another device than the processor, if one is chosen (`devices`), then for large
    kernels too; and in place of the kernel where that could not be built.
`by_gemm`
    Little work, where there is no kernel and importing ONNX Runtime would take longer.

All compute the same `Work` and agree within rounding; `choose` picks the one that should be done first.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from convexplorer.core.engine.kernel.library import kernel
from convexplorer.core.engine.routes.direct import by_kernel, by_winograd
from convexplorer.core.engine.routes.fft import by_fft, fft_time, suits_fft
from convexplorer.core.engine.routes.gemm import by_gemm
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Route, Work
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.threads_and_device import CPU, settings

SMALL = 4e6
"""Work (`onnxruntime_time`) that NumPy does in a few milliseconds, when importing ONNX Runtime takes a hundred."""
DEVICE_SMALL = 4e6
"""Work (likewise) that is not worth the way to another device and back."""


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
    device = onnxruntime_time(shape, geometry)
    if settings.device != CPU and device > DEVICE_SMALL:
        return by_onnxruntime
    engine = kernel()
    if engine is None and device <= SMALL:
        return by_gemm
    direct = device if engine is None else kernel_time(engine.name, shape, geometry)
    if fft_time(shape, geometry) < direct and suits_fft(work):
        return by_fft
    if engine is None:
        return by_onnxruntime
    return by_winograd if suits_winograd(engine.name, work.weights.shape, work.geometry) else by_kernel


# Times are nanoseconds × threads, fitted to 948 random layers (1–64 channels and filters, kernels 1–31 with sides of
# their own, strides 1–3, dilations 1–2, maps of 20 to 2000 nodes a side) on a processor with AVX-512. Only their ratios
# matter: of the same layers, what they choose takes 0.5 to 1 % longer than the fastest way, and one in twenty 20 %.


def onnxruntime_time(filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of `by_onnxruntime` for filters (O, C, kh, kw): gathering windows, multiplying, writing."""
    count, window = filters[0], filters[1] * filters[2] * filters[3]
    # Dearer where windows are not neighbours.
    gathering = 0.27 if geometry.stride == 1 else 0.7
    return geometry.output[0] * geometry.output[1] * (gathering * window + 0.022 * window * count + 0.37 * count)


@dataclass(frozen=True)
class Costs:
    """Nanoseconds that the kernel takes with some instruction set.

    Parameters
    ----------
    product, node, pixel : float
        Of a multiply-add, of a node written, and of an input number packed, in direct correlation.
    alone : float
        Multiply-adds that reading an input costs besides; tiles of many filters hide it.
    lanes : int
        Nodes that are computed at once.
    place : float
        Of a multiply-add between transformed numbers, in Winograd's.
    transform : float
        Of each number transformed, there or back.
    """

    product: float
    node: float
    pixel: float
    alone: float
    lanes: int
    place: float
    transform: float


COSTS = {
    "avx512": Costs(0.0148, 0.15, 0.19, 1.3, 16, 0.0065, 0.43),
    "avx2": Costs(0.031, 0.15, 0.18, 0.5, 8, 0.0125, 0.53),
    "baseline": Costs(0.077, 0.34, 0.18, 0.2, 4, 0.045, 0.70),
}
"""By the kernel's instruction set."""


def kernel_time(name: str, filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of `by_kernel` with some instruction set for filters (O, C, kh, kw): packing, multiplying, writing."""
    costs, count, window = COSTS[name], filters[0], filters[1] * filters[2] * filters[3]
    rows, columns = geometry.output
    pixels = filters[1] * min(geometry.inputs[0] * geometry.inputs[1], rows * columns * geometry.stride**2)
    products = costs.product * window * rows * columns * (count + costs.alone)
    return products + costs.node * rows * columns * count + costs.pixel * pixels


def winograd_time(name: str, filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of `by_winograd` likewise: transforms there and back, and between them the products of 36 places."""
    costs, (count, channels) = COSTS[name], filters[:2]
    across = ceil(ceil(geometry.output[1] / 4) / costs.lanes) * costs.lanes
    blocks = ceil(geometry.output[0] / 4) * across
    each = costs.place * channels * count + costs.transform * (channels + count)
    return 36 * (blocks * each + 4.0 * channels * count)


def direct_time(filters: tuple[int, ...], geometry: Geometry) -> float:
    """Time of direct correlation by what there is for it."""
    engine = kernel()
    return onnxruntime_time(filters, geometry) if engine is None else kernel_time(engine.name, filters, geometry)


def is_direct(filters: tuple[int, ...], geometry: Geometry) -> bool:
    """Whether filters (O, C, kh, kw) are correlated by the kernel, so that it can gather figures on the way."""
    engine = kernel()
    if engine is None or settings.device != CPU:
        return False
    return kernel_time(engine.name, filters, geometry) <= fft_time(filters, geometry)


def suits_winograd(name: str, filters: tuple[int, ...], geometry: Geometry) -> bool:
    """Whether `by_winograd` can serve filters (O, C, kh, kw), and is the quicker way to do so directly."""
    if geometry.kernel != (3, 3) or geometry.stride != 1 or geometry.dilation != 1:
        return False
    # A tenth of doubt is for the plainer way, which rounds less.
    return winograd_time(name, filters, geometry) < 0.9 * kernel_time(name, filters, geometry)
