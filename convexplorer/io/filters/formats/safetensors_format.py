"""safetensors: eight bytes of length, a JSON header, raw little-endian numbers.

Weights and bias are written as ``weight`` (O, C, kh, kw) and ``bias`` (O,), so that PyTorch's ``Conv2d`` takes the
file as its state; names and layout are in the metadata. Of a foreign file the one tensor that can be filters is
read, with its bias if there is one beside it.

Read by hand: the library's NumPy functions raise KeyError on BF16, and allocate what is declared before it can be
checked. The tests compare with the library.

References
----------
https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.filters import MAX_FILTERS, FilterBank
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.strict_json import parse_json
from convexplorer.io.filters.formats import common

MAX_HEADER = 16 * 2**20
"""Longest header in bytes."""

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "U64": 8, "I64": 8, "C64": 8}
_SIZES |= {name: int(dtype[2]) for name, dtype in _TYPES.items()}


@dataclass(frozen=True)
class Tensor:
    """One entry of the header, and where in the file its numbers begin and end."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a file declares: its tensors by name, and its metadata."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def read(file: IO[bytes], layout: common.WeightLayout | None) -> common.Parsed:
    """Read a bank; the file's own ``layout`` comes before the one asked for."""
    return bank_of(file, read_header(file), layout)


def bank_of(file: IO[bytes], header: SafetensorsHeader, layout: common.WeightLayout | None) -> common.Parsed:
    """Make a bank of the tensors of an open file."""
    tensors, metadata = header.tensors, header.metadata
    weights = _weights_among(tensors)
    if "layout" in metadata:
        layout = common.check_layout(metadata["layout"])
    common.check_shape(weights.shape, layout or "OIHW")
    stem = weights.name.removesuffix("weights").removesuffix("weight")
    bias = tensors.get(f"{stem}bias") if stem != weights.name else None
    if bias is not None and prod(bias.shape) > MAX_FILTERS:
        raise InvalidValueError("its bias is not one number for each filter")
    names = parse_json(metadata["names"]) if "names" in metadata else None
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise InvalidValueError("its names are not a list of texts")
    return common.parse(read_tensor(file, weights), layout, None if bias is None else read_tensor(file, bias), names)


def write(file: IO[bytes], bank: FilterBank) -> None:
    """Write weights and bias as F32."""
    metadata = {
        "format": common.FORMAT,
        "version": common.VERSION,
        "layout": "OIHW",
        "names": json.dumps(bank.names, ensure_ascii=False),
    }
    write_tensors(file, {"weight": bank.weights, "bias": bank.bias}, metadata)


def write_tensors(file: IO[bytes], arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write arrays by name as F32.

    Raises
    ------
    InvalidValueError
        If names or metadata are too long to be read again.
    """
    header: dict[str, object] = {"__metadata__": metadata}
    start = 0
    arrays = {name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()}
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [start, start + array.nbytes]}
        start += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    # Blanks at its end bring the numbers to a multiple of eight bytes.
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER:
        raise InvalidValueError("the names of the filters are too long")
    file.write(len(text).to_bytes(8, "little") + text)
    for array in arrays.values():
        file.write(array.tobytes())


def read_header(file: IO[bytes]) -> SafetensorsHeader:
    """Read what a file declares, and judge that its tensors fill it.

    Raises
    ------
    InvalidValueError
        If it is no safetensors file, or damaged.
    """
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(MAX_HEADER, size - 8):
        raise InvalidValueError("this is not a safetensors file, or it is cut off")
    try:
        header = parse_json(file.read(length).decode(), parse_int=int)
    except UnicodeDecodeError as error:
        raise InvalidValueError("this is not a safetensors file") from error
    if not isinstance(header, dict):
        raise InvalidValueError("this is not a safetensors file")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise InvalidValueError("its metadata is not text")
    tensors = {name: _tensor(name, entry, 8 + length) for name, entry in header.items()}
    at = 8 + length
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != at:
            raise InvalidValueError("its tensors overlap, or leave gaps")
        at = tensor.end
    if at != size:
        raise InvalidValueError(
            "it has {there} bytes of numbers, its header says {needed}",
            there=size - 8 - length,
            needed=at - 8 - length,
        )
    return SafetensorsHeader(tensors, metadata)


def _tensor(name: str, entry: Any, origin: int) -> Tensor:
    """Check one entry of the header."""
    entry = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or not _sizes(shape) or not _sizes(offsets) or len(offsets) != 2:
        raise InvalidValueError("the header's entry {name} makes no sense", name=name)
    start, end = offsets
    if end < start or (dtype in _SIZES and end - start != prod(shape) * _SIZES[dtype]):
        raise InvalidValueError("the size of tensor {name} does not fit its shape", name=name)
    return Tensor(name, dtype, tuple(shape), origin + start, origin + end)


def _sizes(value: Any) -> bool:
    """Whether a value is a list of at most 64 sizes that are not absurdly large."""
    return (
        isinstance(value, list) and len(value) <= 64 and all(type(size) is int and 0 <= size < 2**63 for size in value)
    )


def _weights_among(tensors: Mapping[str, Tensor]) -> Tensor:
    """Find the filters: ``weight`` or ``weights``, else the only tensor of four axes, else the only of two or three."""
    for name in ("weight", "weights"):
        if name in tensors:
            return tensors[name]
    for axes in ((4,), (2, 3)):
        found = [tensor for tensor in tensors.values() if len(tensor.shape) in axes]
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidValueError(
                "it has {count} tensors that may be filters ({names}); one is needed",
                count=len(found),
                names=", ".join(tensor.name for tensor in found[:3]),
            )
    raise InvalidValueError("it has no tensor of filters")


def read_tensor(file: IO[bytes], tensor: Tensor) -> NDArray[Any]:
    """Read the numbers of a tensor, whose size has been judged.

    Raises
    ------
    InvalidValueError
        If they are of a type that is not read.
    """
    if tensor.dtype not in _TYPES:
        raise InvalidValueError(
            "tensor {name} is of type {dtype}, which is not read", name=tensor.name, dtype=tensor.dtype
        )
    file.seek(tensor.start)
    flat = np.frombuffer(file.read(tensor.end - tensor.start), _TYPES[tensor.dtype])
    if tensor.dtype == "BF16":
        # The upper half of a float32.
        flat = (flat.astype("<u4") << 16).view("<f4")
    return flat.reshape(tensor.shape)
