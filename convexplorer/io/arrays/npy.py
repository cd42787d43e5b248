"""NumPy's ``.npy`` format, read with bounds and written strip by strip, alone or in an ``.npz``.

NumPy's own reader evaluates the header as a Python literal and allocates whatever it declares. Here the header is
taken apart by three patterns, and its shape is judged before anything is allocated.

References
----------
https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.model.images import ShouldStop, never
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import strips

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 65_536
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?[a-zA-Z]\d{0,9})['"]""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)""")
_SIZE = re.compile(r"\s*([0-9]{1,18})\s*")


@dataclass(frozen=True)
class Header:
    """What an ``.npy`` file says about its array."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the array's data."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes]) -> Header:
    """Read up to the data of an array of numbers or text.

    Raises
    ------
    InvalidValueError
        If it is not such a header, or the array holds anything else (Python objects are never read).
    """
    start = file.read(8)
    if len(start) < 8 or not start.startswith(MAGIC) or start[6] not in (1, 2, 3):
        raise InvalidValueError("this is not a NumPy array file")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > _MAX_HEADER:
        raise InvalidValueError("the header of the array is too long")
    text = file.read(length).decode("utf-8" if start[6] == 3 else "latin-1", "replace")
    descr, order, shape = (pattern.search(text) for pattern in (_DESCR, _ORDER, _SHAPE))
    if re.search(r"['\"]\|?O\d*['\"]", text):
        raise InvalidValueError("the array holds Python objects, which are never read")
    if descr is None or order is None or shape is None:
        raise InvalidValueError("the header of the array makes no sense, or it holds something else than numbers")
    try:
        dtype = np.dtype(descr[1])
    except (TypeError, ValueError):
        raise InvalidValueError("the array has an unknown type {dtype}", dtype=descr[1]) from None
    if dtype.kind not in "fiubU" or (dtype.kind != "U" and dtype.itemsize > 8):
        raise InvalidValueError("arrays of type {dtype} are not read", dtype=dtype)
    sizes = [_SIZE.fullmatch(size) for size in shape[1].split(",") if size.strip()]
    if None in sizes:
        raise InvalidValueError("the shape of the array makes no sense")
    return Header(dtype, tuple(int(size[1]) for size in sizes if size), order[1] == "True")


def read_data(file: IO[bytes], header: Header) -> NDArray[Any]:
    """Read the data behind a header; the caller has judged `Header.nbytes`.

    Raises
    ------
    InvalidValueError
        If the file ends too early, or a text has characters that do not exist.
    """
    data = file.read(header.nbytes)
    if len(data) != header.nbytes:
        raise InvalidValueError(
            "the file is cut off: {there} of {needed} bytes are there", there=len(data), needed=header.nbytes
        )
    if header.dtype.kind == "U":
        codes = np.frombuffer(data, np.dtype("u4").newbyteorder(header.dtype.byteorder))
        if codes.max(initial=0) > sys.maxunicode:
            raise InvalidValueError("a text in the array is damaged")
    flat = np.frombuffer(data, header.dtype)
    return flat.reshape(header.shape[::-1]).T if header.fortran else flat.reshape(header.shape)


def write_npy(file: IO[bytes], array: NDArray[Any] | MapRows, should_stop: ShouldStop = never) -> None:
    """Write an array, which may be mapped from a disk and larger than memory, or a map that comes in strips.

    ``np.save`` is not used because on a full disk its error does not say so.
    """
    dtype = np.dtype(np.float32) if isinstance(array, MapRows) else array.dtype
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(file, header)
    if isinstance(array, MapRows):
        for rows in array:
            file.write(np.ascontiguousarray(rows).data)
        return
    rows = np.atleast_1d(array)
    for strip in strips(len(rows), prod(rows.shape[1:]), should_stop):
        file.write(np.ascontiguousarray(rows[strip]).data)


def write_npz(file: IO[bytes], arrays: Mapping[str, NDArray[Any] | MapRows], should_stop: ShouldStop = never) -> None:
    """Write an archive of arrays by name, not compressed; the same arrays always give the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            # An entry made by name alone is dated 1980.
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                write_npy(member, array, should_stop)
