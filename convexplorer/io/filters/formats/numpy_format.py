"""NumPy arrays: ``.npy`` with one, ``.npz`` with ``weights``, ``bias``, ``names`` and ``layout``.

In a foreign ``.npz`` the weights may be called ``weight``, as PyTorch does, or be the only array. Its archive is judged
before it is opened: a megabyte of zip can declare gigabytes.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.filters import MAX_FILTERS, FilterBank
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays import npy
from convexplorer.io.arrays.archives import DAMAGED, check_directory
from convexplorer.io.arrays.npy import NpyHeader, read_data, read_header
from convexplorer.io.filters.formats import common

MAX_MEMBERS = 256
"""Most entries of an archive."""
MAX_UNPACKED, MAX_RATIO = 2**26, 100
"""An array of more than so many bytes is refused if it is more than so many times as large as its entry."""
_WEIGHTS = ("weights", "weight")


def read_npy(file: IO[bytes], layout: common.WeightLayout | None) -> common.Parsed:
    """Read a bank of weights (kh, kw), (O, kh, kw), or 4-D in `layout`."""
    header = read_header(file)
    _weights_in(layout)(header)
    rest = os.fstat(file.fileno()).st_size - file.tell()
    if rest < header.nbytes:
        raise InvalidValueError(
            "the file is cut off: {there} of {needed} bytes are there", there=rest, needed=header.nbytes
        )
    return common.parse(read_data(file, header), layout)


def write_npy(file: IO[bytes], bank: FilterBank) -> None:
    """Write the weights (O, C, kh, kw); names and bias have no place in this format."""
    npy.write_npy(file, bank.weights)


def read_npz(file: IO[bytes], layout: common.WeightLayout | None) -> common.Parsed:
    """Read a bank; the file's own ``layout`` comes before the one asked for."""
    check_directory(file, "this is not a NumPy archive, or it is cut off")
    try:
        with zipfile.ZipFile(file) as archive:
            return _read_archive(archive, layout)
    except InvalidValueError:
        raise
    except DAMAGED as error:
        raise InvalidValueError("the archive is damaged") from error


def write_npz(file: IO[bytes], bank: FilterBank) -> None:
    """Write weights (O, C, kh, kw), bias (O,), names (O,) and layout."""
    npy.write_npz(file, bank_arrays(bank))


def bank_arrays(bank: FilterBank) -> dict[str, NDArray[Any]]:
    """What an archive holds of a bank, by name."""
    return {
        "weights": bank.weights,
        "bias": bank.bias,
        "names": np.array(bank.names),
        "layout": np.array("OIHW"),
    }


def _read_archive(archive: zipfile.ZipFile, layout: common.WeightLayout | None) -> common.Parsed:
    names = [info.filename for info in archive.infolist()]
    if len(names) > MAX_MEMBERS or len(set(names)) < len(names):
        raise InvalidValueError("the archive has too many entries, or two of one name")
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    called = next((name for name in _WEIGHTS if name in members), None)
    if called is None:
        if len(members) != 1:
            listed = ", ".join(members) or "none"
            raise InvalidValueError('of its arrays ({names}) none is named "weights"', names=listed)
        return common.parse(read_member(archive, members.popitem()[1], _weights_in(layout)), layout)
    if "layout" in members:
        layout = common.check_layout(str(read_member(archive, members["layout"], _text)))
    weights = read_member(archive, members[called], _weights_in(layout))
    bias = read_member(archive, members["bias"], _numbers) if "bias" in members else None
    labels = read_member(archive, members["names"], _texts).tolist() if "names" in members else None
    return common.parse(weights, layout, bias, labels)


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, judge: Callable[[NpyHeader], None]) -> NDArray[Any]:
    """Read one array of an archive; `judge` raises `InvalidValueError` before anything too large is allocated."""
    # Only "stored" and "deflated" are unpacked in bounded steps, and NumPy writes nothing else.
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InvalidValueError("{entry} is encrypted, or packed in an unknown way", entry=info.filename)
    with archive.open(info) as file:
        header = read_header(file)
        judge(header)
        if header.nbytes > MAX_UNPACKED and header.nbytes > MAX_RATIO * info.compress_size:
            raise InvalidValueError(
                "{entry} unpacks to more than {ratio} times its size", entry=info.filename, ratio=MAX_RATIO
            )
        array = read_data(file, header)
        # Reading to the end of the entry makes zipfile compare its checksum.
        if file.read(1):
            raise InvalidValueError("{entry} is longer than its array", entry=info.filename)
    return array


def _weights_in(layout: common.WeightLayout | None) -> Callable[[NpyHeader], None]:
    def judge(header: NpyHeader) -> None:
        _check_kind(header, "fiub")
        common.check_shape(header.shape, layout or "OIHW")

    return judge


def _numbers(header: NpyHeader) -> None:
    _check_kind(header, "fiub")
    if len(header.shape) != 1 or header.shape[0] > MAX_FILTERS:
        raise InvalidValueError("its bias is not one number for each filter")


def _texts(header: NpyHeader) -> None:
    _check_kind(header, "U")
    if len(header.shape) != 1 or header.shape[0] > MAX_FILTERS or header.dtype.itemsize > 4 * common.MAX_NAME:
        raise InvalidValueError("its names are too long, or not one for each filter")


def _text(header: NpyHeader) -> None:
    _check_kind(header, "U")
    if header.shape or header.dtype.itemsize > 64:
        raise InvalidValueError("its layout is not a word")


def _check_kind(header: NpyHeader, kinds: str) -> None:
    if header.dtype.kind not in kinds:
        raise InvalidValueError("an array holds values of an unfit type, {type}", type=header.dtype.name)
