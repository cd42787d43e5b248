"""Reads and writes stacks of layers, all in one file.

``.json``, which a person can read and write::

    {
      "format": "convexplorer-stack",
      "version": "1.0",
      "layers": [
        {"kind": "conv", "stride": 1, "padding": "valid", "dilation": 1, "activation": "relu", "muted": [],
         "enabled": true,
         "filters": [{"name": "Edge", "bias": 0.0, "weights": [[[-1.0, 1.0], [-1.0, 1.0]]]}]},
        {"kind": "pool", "pooling": "max", "size": 2, "stride": 2, "enabled": true}
      ]
    }

with filters as in a filter file; and ``.safetensors``, with weights and bias of the layers counted from 0 as
``layers.0.weight`` (O, C, kh, kw) and ``layers.0.bias`` (O,), and the other fields, "filters" with name and enabled, as
JSON under ``layers`` in the metadata. Files of filters alone are read too, as what they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, check_depths
from convexplorer.errors import InvalidValueError, UnreadableFileError, UnwritableFileError
from convexplorer.io.arrays.strict_json import parse_json
from convexplorer.io.files.atomic import atomic_file
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.formats import common, json_format, safetensors_format
from convexplorer.io.filters.formats.common import Parsed
from convexplorer.io.filters.layer_fields import check_count, layer_fields, take_convolution, take_kind, take_pooling
from convexplorer.io.filters.load_save import read_filters
from convexplorer.io.filters.manifest_fields import Json, Section

FORMAT = "convexplorer-stack"
"""Value of the field "format" of a file with layers."""
STACK_SUFFIXES = (".json", ".safetensors")
"""Suffixes of files that may hold a stack."""


def read_stack_or_filters(path: str | os.PathLike[str], *, layout: str | None = None) -> tuple[Layer, ...] | Parsed:
    """Read a stack of layers, or the filters of a file that holds nothing else.

    Parameters
    ----------
    path : path-like
        A file with one of `STACK_SUFFIXES`, or one that `load_filters` reads.
    layout : "OIHW" or "HWIO", optional
        For files of filters alone, as in `read_filters`.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read; one line that names it and what is wrong.
    InvalidValueError
        If there is no such layout.
    """
    order = None if layout is None else common.check_layout(layout)
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in STACK_SUFFIXES:
        return read_filters(path, layout=layout)
    with open_for_reading(path) as file:
        return _read_json(file) if suffix == ".json" else _read_safetensors(file, order)


def load_stack(path: str | os.PathLike[str]) -> tuple[Layer, ...]:
    """Read a stack of layers.

    Returns
    -------
    tuple of Layer
        At least one convolution; every one has a plane for each map that reaches it.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read, or holds filters alone.
    """
    found = read_stack_or_filters(path)
    if isinstance(found, Parsed):
        raise UnreadableFileError("{file} holds filters, but no stack of layers", file=Path(path).name)
    return found


def save_stack(layers: Sequence[Layer], path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
    """Write a stack of layers, whole or not at all.

    Parameters
    ----------
    layers : sequence of Layer
        At least one convolution, each with at least one filter.
    path : path-like
        The file; its suffix (`STACK_SUFFIXES`) is the format.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    UnwritableFileError
        If the file cannot hold them, or cannot be written; what stood there is intact.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in STACK_SUFFIXES:
        raise UnwritableFileError(
            "{file} was not saved: its name must end in {suffixes}", file=path.name, suffixes=", ".join(STACK_SUFFIXES)
        )
    try:
        _check(layers)
        with atomic_file(path, overwrite=overwrite) as file:
            if suffix == ".json":
                common.write_text(file, _json_text(layers))
            else:
                _write_safetensors(file, layers)
    except InvalidValueError as error:
        raise UnwritableFileError("{file} was not saved: {problem}", file=path.name, problem=error) from error


def _check(layers: Sequence[Layer]) -> None:
    """Make sure that what is written can be read again."""
    check_count(len(layers))
    for layer in layers:
        if isinstance(layer, ConvLayer):
            common.check_bank(layer.bank)
    _check_numbers(sum(layer.bank.weights.size for layer in layers if isinstance(layer, ConvLayer)))


def _check_numbers(count: int) -> None:
    if count > common.MAX_NUMBERS:
        raise InvalidValueError("its layers have more than {most} weights", most=common.MAX_NUMBERS)


# --- JSON --------------------------------------------------------------------------------------------------------


def _json_text(layers: Sequence[Layer]) -> Iterator[str]:
    yield f'{{\n  "format": "{FORMAT}",\n  "version": "{common.VERSION}",\n  "layers": [\n'
    for number, layer in enumerate(layers, 1):
        fields = json.dumps(layer_fields(layer)).removesuffix("}")
        if isinstance(layer, PoolLayer):
            yield f"{fields}}}"
        else:
            yield f"{fields},\n"
            yield from json_format.filters_text(layer.bank)
            yield "}"
        yield ",\n" if number < len(layers) else "\n"
    yield "  ]\n}\n"


def _read_json(file: IO[bytes]) -> tuple[Layer, ...] | Parsed:
    root = json_format.read_object(file)
    if root.get("format") != FORMAT:
        return Parsed(json_format.filters_of(root))
    common.check_version(FORMAT, root.get("version"), FORMAT)
    made: list[Layer] = []
    for section in _sections(root.get("layers")):
        entries = section.rest.pop("filters", None)
        section.rest = _whole(section.rest)
        if take_kind(section) == "pool":
            made.append(take_pooling(section))
        else:
            made.append(take_convolution(section, json_format.bank_of(entries)))
    return _check_stack(made)


def _whole(fields: Json) -> Json:
    """Whole numbers as such: the filters' reader makes all numbers floats, to keep the sign of −0."""

    def whole(value: object) -> object:
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return {key: list(map(whole, one)) if isinstance(one, list) else whole(one) for key, one in fields.items()}


# --- safetensors -------------------------------------------------------------------------------------------------


def _write_safetensors(file: IO[bytes], layers: Sequence[Layer]) -> None:
    described = []
    arrays: dict[str, NDArray[Any]] = {}
    for index, layer in enumerate(layers):
        fields = layer_fields(layer)
        if isinstance(layer, ConvLayer):
            fields["filters"] = [{"name": one.name, "enabled": one.enabled} for one in layer.bank]
            arrays |= {f"layers.{index}.weight": layer.bank.weights, f"layers.{index}.bias": layer.bank.bias}
        described.append(fields)
    metadata = {
        "format": FORMAT,
        "version": common.VERSION,
        "layout": "OIHW",
        "layers": json.dumps(described, ensure_ascii=False),
    }
    safetensors_format.write_tensors(file, arrays, metadata)


def _read_safetensors(file: IO[bytes], layout: common.WeightLayout | None) -> tuple[Layer, ...] | Parsed:
    header = safetensors_format.read_header(file)
    if header.metadata.get("format") != FORMAT:
        return safetensors_format.bank_of(file, header, layout)
    common.check_version(FORMAT, header.metadata.get("version"), FORMAT)
    made: list[Layer] = []
    numbers = 0
    for index, section in enumerate(_sections(parse_json(header.metadata.get("layers", "null"), parse_int=int))):
        if take_kind(section) == "pool":
            made.append(take_pooling(section))
            continue
        weights, bias = (header.tensors.get(f"layers.{index}.{name}") for name in ("weight", "bias"))
        filters = section.sections("filters")
        if weights is None or bias is None or len(weights.shape) != 4 or weights.shape[0] != len(filters):
            raise InvalidValueError("the weights of its layer {number} are missing or do not fit", number=index + 1)
        common.check_shape(weights.shape)
        numbers += (weights.end - weights.start) // 2  # No number has less than two bytes.
        _check_numbers(numbers)
        if bias.shape != (len(filters),):
            raise InvalidValueError("its bias is not one number for each filter")
        labels = [(one.take("name", str), one.take("enabled", bool, True)) for one in filters]
        arrays = safetensors_format.read_tensor(file, weights), safetensors_format.read_tensor(file, bias)
        bank = FilterBank(
            tuple(
                Filter(kernel, float(number), name, enabled)
                for kernel, number, (name, enabled) in zip(*arrays, labels, strict=True)
            )
        )
        common.check_names(bank.names)
        made.append(take_convolution(section, bank))
    return _check_stack(made)


# --- both --------------------------------------------------------------------------------------------------------


def _sections(value: object) -> list[Section]:
    """The objects of the layers, after their number was checked."""
    holder = Section({"layers": value}, "")
    if isinstance(value, list):
        check_count(len(value))
    return holder.sections("layers")


def _check_stack(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return the stack if its layers fit each other, else raise."""
    convolutions = [layer for layer in layers if isinstance(layer, ConvLayer)]
    if not convolutions:
        raise InvalidValueError("a stack needs at least one convolutional layer")
    check_depths(layers, convolutions[0].bank.channels)
    return tuple(layers)
