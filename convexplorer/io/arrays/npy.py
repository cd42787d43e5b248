"""NumPy's ``.npy`` format, read with bounds and written strip by strip, alone or in an ``.npz``.

``numpy.lib.format`` reads and writes the headers. ``np.load`` is not used because it allocates whatever is declared,
and ``np.save`` because its error does not say that a disk is full. Headers for which NumPy would take much memory or
print a warning are refused before.

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
from io import BytesIO
from math import prod
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.pixels import strips

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 65_536
_PIECE = 2**22
"""Bytes that are read at once."""
_MAX_SIZE = 10**18
_PYTHON_2 = re.compile(rb"(?<=\d)L\b")
_ODD = re.compile(rb"\\|\d[a-zA-Z]")
"""Parts that no header of numbers has; Python's parser would warn of them."""


@dataclass(frozen=True)
class NpyHeader:
    """What an ``.npy`` file says about its array."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the array's data."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes]) -> NpyHeader:
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
    text = _PYTHON_2.sub(b"", file.read(length))
    if _ODD.search(text):
        raise InvalidValueError("the header of the array makes no sense, or it holds something else than numbers")
    head = BytesIO(len(text).to_bytes(width, "little") + text)
    try:
        read = npy_format.read_array_header_1_0 if width == 2 else npy_format.read_array_header_2_0
        shape, fortran, dtype = read(head, max_header_size=_MAX_HEADER)
    except Exception as error:
        # Python's parser raises SyntaxError, RecursionError and MemoryError, too.
        if "valid dtype" in str(error):
            raise InvalidValueError("the array has an unknown type") from None
        raise InvalidValueError(
            "the header of the array makes no sense, or it holds something else than numbers"
        ) from None
    if dtype.hasobject:
        raise InvalidValueError("the array holds Python objects, which are never read")
    if dtype.kind not in "fiubU" or (dtype.kind != "U" and dtype.itemsize > 8):
        raise InvalidValueError("arrays of type {dtype} are not read", dtype=dtype)
    if any(not 0 <= size < _MAX_SIZE for size in shape):
        raise InvalidValueError("the shape of the array makes no sense")
    return NpyHeader(dtype, shape, fortran)


def read_data(file: IO[bytes], header: NpyHeader) -> NDArray[Any]:
    """Read the data behind a header; the caller has judged `NpyHeader.nbytes`.

    Raises
    ------
    InvalidValueError
        If the file ends too early, or a text has characters that do not exist.
    """
    # Piece by piece into the array: if all is read at once, zipfile holds it twice.
    data = np.empty(header.nbytes, np.uint8)
    there = 0
    while there < header.nbytes:
        piece = file.read(min(_PIECE, header.nbytes - there))
        if not piece:
            raise InvalidValueError(
                "the file is cut off: {there} of {needed} bytes are there", there=there, needed=header.nbytes
            )
        data[there : there + len(piece)] = np.frombuffer(piece, np.uint8)
        there += len(piece)
    data.setflags(write=False)
    if header.dtype.kind == "U":
        codes = np.frombuffer(data, np.dtype("u4").newbyteorder(header.dtype.byteorder))
        if codes.max(initial=0) > sys.maxunicode:
            raise InvalidValueError("a text in the array is damaged")
    flat = np.frombuffer(data, header.dtype)
    return flat.reshape(header.shape[::-1]).T if header.fortran else flat.reshape(header.shape)


def write_npy(file: IO[bytes], array: NDArray[Any] | MapRows, should_stop: ShouldStop = never) -> None:
    """Write an array, which may be a memory map larger than memory, or a map that is computed in strips."""
    dtype = np.dtype(np.float32) if isinstance(array, MapRows) else array.dtype
    header = {"descr": npy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": array.shape}
    npy_format.write_array_header_1_0(file, header)
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
