"""Correlation with large kernels by products of spectra, tile by tile; its time hardly depends on the kernel's size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import ceil

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import activate
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.threads_and_device import settings
from convexplorer.core.runtime.types import Values

TILE = 320
"""Side of a tile for kernels up to a quarter of it: its spectrum stays in the cache, and little of it is margin."""
CALLS = 4e5
"""Nanoseconds that its calls of NumPy and SciPy take, however little they do."""
SPECTRA = 1 << 24
"""Complex numbers of filters' spectra, and of one tile's, that are held at once (128 MB)."""


def by_fft(work: Work) -> Values:
    """Overlap-save: the circular correlation of a tile is right where no window reaches over its end.

    One forward transform of each channel of a tile serves all filters. See A. V. Oppenheim and R. W. Schafer,
    "Discrete-Time Signal Processing", section 8.7.
    """
    work = work.plain()
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
        work.check()
        np.conjugate(_spectrum(kernels[index], height, width), out=spectra[index])

    def correlate_tile(corner: tuple[int, int]) -> None:
        work.check()
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


def fft_time(filters: tuple[int, ...], geometry: Geometry) -> float:
    """Nanoseconds × threads of `by_fft` for filters (O, C, kh, kw).

    Transforms there and back, products, transforms of the filters.
    """
    count, channels = filters[:2]
    (height, rows), (width, columns) = _tile(geometry, 0), _tile(geometry, 1)
    tiles = ceil(geometry.output[0] / rows) * ceil(geometry.output[1] / columns)
    each = 4.0 * (channels + count) + 1.1 * channels * count
    return CALLS + height * width * (tiles * each + 3.0 * channels * count)


def suits_fft(work: Work) -> bool:
    """Whether spectra fit their budget, and none can overflow float32 (3e38).

    An infinite pixel or NaN does not suit it either: the transform would spread it over all nodes of a tile.
    """
    peak = max(float(work.image.max()), -float(work.image.min()))
    norm = float(np.abs(work.weights).sum(axis=(1, 2, 3), dtype=np.float64).max())
    return _spectrum_size(work) <= SPECTRA and max(peak, norm, peak * norm) < 1e30
