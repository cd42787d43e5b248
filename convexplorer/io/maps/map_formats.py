"""Writers of a single map, one for each format; `convexplorer.io.maps.save` chooses among them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite, isnan
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.colour import Scale, colourise
from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.engine.noise import finite
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.npy import write_npy, write_npz
from convexplorer.io.arrays.pixels import strips
from convexplorer.io.arrays.png import write_png
from convexplorer.io.arrays.text import format_block
from convexplorer.io.filters.formats.numpy_format import bank_arrays

MAX_CSV = 1_000_000
"""Most values of a map that is written as text."""
_NOT_FINITE = "a picture cannot show that a value is not finite; TIFF and NumPy can"
SOFTWARE = "Conv Explorer"
"""Name of the program in metadata."""


@dataclass(frozen=True, eq=False)
class Map:
    """A map with everything that is written beside it.

    Parameters
    ----------
    values : ndarray or MapRows, shape (H', W'), float32
        The map.
    filter : Filter
        The filter it is of.
    settings : str
        How it was made, as JSON.
    scale : Scale or None
        How values are coloured.
    should_stop : callable
        Asked before each strip.
    """

    values: Values | MapRows
    filter: Filter
    settings: str
    scale: Scale | None = None
    should_stop: ShouldStop = never

    def strips(self) -> Iterator[Values]:
        """Rows from top to bottom, about a million values at a time."""
        if isinstance(self.values, MapRows):
            yield from self.values
            return
        height, width = self.values.shape
        for rows in strips(height, width, self.should_stop):
            yield np.ascontiguousarray(self.values[rows])

    def metadata(self, low: float, high: float, **more: str) -> dict[str, str]:
        """What a picture's metadata say, by keyword."""
        return {
            "Software": SOFTWARE,
            "Title": self.filter.name,
            "Scale low": repr(low),
            "Scale high": repr(high),
            **more,
            "Settings": self.settings,
        }


def _write_png(file: IO[bytes], one: Map) -> None:
    """8-bit RGB: the values in the colours of the scale; infinite ones in the strongest."""
    scale = one.scale
    if scale is None:
        raise InvalidValueError("a coloured map needs a scale")
    low, high = _ends(one)
    if isnan(low) or isnan(high):
        raise InvalidValueError(_NOT_FINITE)
    more = {} if isfinite(high - low) else {"Range": f"{low} … {high}"}
    text = one.metadata(scale.low, scale.high, Palette=scale.palette, **more)
    # A packed 0xffRRGGBB is B, G, R, 255 in memory, low byte first.
    pixels = (
        colourise(finite(strip), scale).astype("<u4").view(np.uint8).reshape(*strip.shape, 4)[..., 2::-1]
        for strip in one.strips()
    )
    write_png(file, one.values.shape, pixels, rgb=True, text=text)


def _write_png16(file: IO[bytes], one: Map) -> None:
    """16-bit grey: 0 is the least value of the map, 65535 the greatest."""
    low, high = _ends(one)
    if not isfinite(high - low):
        raise InvalidValueError(_NOT_FINITE)  # Samples stand for values, and none for infinite ones.
    factor = 65535 / ((high - low) or 1.0)
    text = one.metadata(low, high, Scaling="value = low + sample / 65535 * (high - low)")
    samples = (np.rint((strip.astype(np.float64) - low) * factor).astype(np.uint16) for strip in one.strips())
    write_png(file, one.values.shape, samples, rgb=False, text=text)


def _write_tiff(file: IO[bytes], one: Map) -> None:
    """float32, not compressed; the description is JSON."""
    import tifffile

    described = {"filter": one.filter.name, "bias": one.filter.bias, "settings": json.loads(one.settings)}
    height, width = one.values.shape
    tifffile.imwrite(
        file,
        (strip.astype("<f4").tobytes() for strip in one.strips()),
        shape=(height, width),
        dtype="<f4",
        byteorder="<",
        photometric="minisblack",
        description=json.dumps(described),
        software=SOFTWARE,
        metadata=None,
    )


def _write_npy(file: IO[bytes], one: Map) -> None:
    write_npy(file, one.values, one.should_stop)


def _write_npz(file: IO[bytes], one: Map) -> None:
    """The map with its settings, and the filter as `load_filters` reads it."""
    arrays: dict[str, NDArray[Any] | MapRows] = {"map": one.values, **bank_arrays(FilterBank((one.filter,)))}
    arrays["settings"] = np.array(one.settings)
    write_npz(file, arrays, one.should_stop)


def _write_csv(file: IO[bytes], one: Map) -> None:
    if one.values.size > MAX_CSV:
        raise InvalidValueError(
            "text is for maps of at most {most} values, not {count}", most=MAX_CSV, count=one.values.size
        )
    for strip in one.strips():
        file.write(f"{format_block(strip, ',')}\n".encode())


def _ends(one: Map) -> tuple[float, float]:
    """Least and greatest value."""
    return float(one.values.min()), float(one.values.max())


WRITERS: dict[str, Callable[[IO[bytes], Map], None]] = {
    "png": _write_png,
    "png16": _write_png16,
    "tiff": _write_tiff,
    "npy": _write_npy,
    "npz": _write_npz,
    "csv": _write_csv,
}
"""What writes a map to an open file, by format."""
