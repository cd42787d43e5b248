"""Filters as JSON, the format that people can read and write.

::

    {
      "format": "convexplorer-filters",
      "version": "1.0",
      "filters": [
        {
          "name": "Edge",
          "bias": 0.0,
          "weights": [
            [[-1.0, 1.0],
             [-1.0, 1.0]]
          ]
        }
      ]
    }

``weights`` holds one matrix of rows per plane (a filter of one plane may leave these brackets out); ``name`` and
``bias`` may be missing; ``"enabled": false`` marks a filter that is switched off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

import numpy as np

from convexplorer.core.model.filters import MAX_FILTERS, Filter, FilterBank
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.strict_json import parse_json
from convexplorer.io.arrays.text import number_texts
from convexplorer.io.filters.formats import common


def read(file: IO[bytes], _: common.WeightLayout | None = None) -> common.Parsed:
    """Read a bank; its layout needs no telling."""
    return common.Parsed(filters_of(read_object(file)))


def filters_of(root: dict[str, Any]) -> FilterBank:
    """Make a bank of the file's object."""
    common.check_version(root.get("format"), root.get("version"))
    return bank_of(root.get("filters"))


def read_object(file: IO[bytes]) -> dict[str, Any]:
    """Read the file's object; every number in it is a float."""
    root = parse_json(common.read_text(file))
    if not isinstance(root, dict):
        raise InvalidValueError("this is not a file of filters (its JSON is not an object)")
    return root


def bank_of(entries: Any) -> FilterBank:
    """Make a bank of a list of filters."""
    if not isinstance(entries, list) or not entries:
        raise InvalidValueError('it has no list of "filters"')
    if len(entries) > MAX_FILTERS:
        raise InvalidValueError("it has more than {most} filters", most=MAX_FILTERS)
    filters = []
    for number, entry in enumerate(entries, 1):
        try:
            filters.append(_filter(entry, f"Filter {number}"))
        except InvalidValueError as error:
            raise InvalidValueError("filter {number}: {problem}", number=number, problem=error) from error
    bank = FilterBank(tuple(filters))
    common.check_names(bank.names)
    return bank


def write(file: IO[bytes], bank: FilterBank) -> None:
    """Write a bank, one line for each row of weights."""
    head = f'{{\n  "format": "{common.FORMAT}",\n  "version": "{common.VERSION}",\n'
    common.write_text(file, chain([head], filters_text(bank), ["\n}\n"]))


def filters_text(bank: FilterBank) -> Iterator[str]:
    """The field "filters", piece by piece."""
    yield '  "filters": [\n'
    for number, one in enumerate(bank, 1):
        yield f"{_entry(one)}{',' if number < len(bank) else ''}\n"
    yield "  ]"


def _filter(entry: Any, name: str) -> Filter:
    if not isinstance(entry, dict):
        raise InvalidValueError("it is not an object")
    name, bias, enabled = entry.get("name", name), entry.get("bias", 0.0), entry.get("enabled", True)
    for key, value, kind in (("name", name, str), ("bias", bias, float), ("enabled", enabled, bool)):
        if not isinstance(value, kind):
            raise InvalidValueError('"{key}" has the wrong type', key=key)
    weights: Any = entry.get("weights")
    planes: list[Any] = weights if _is_nested(weights) and all(map(_is_nested, weights)) else [weights]
    if not all(map(_is_nested, planes)):
        raise InvalidValueError('"weights" is not a list of planes, each a list of rows')
    rows = [row for plane in planes for row in plane]
    if len(set(map(len, planes))) > 1 or len(set(map(len, rows))) > 1:
        raise InvalidValueError("the rows or planes have different lengths")
    if not all(type(cell) is float for row in rows for cell in row):
        raise InvalidValueError("a weight is not a number")
    common.check_shape((1, len(planes), len(planes[0]), len(rows[0])))
    return Filter(np.array(planes), bias, name, enabled)


def _is_nested(value: Any) -> bool:
    """Whether a value is a list of lists, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, list) for item in value)


def _entry(one: Filter) -> str:
    planes = ",\n".join(
        "        [[" + "],\n         [".join(", ".join(row) for row in plane) + "]]"
        for plane in number_texts(one.weights).tolist()
    )
    lines = [f'      "name": {json.dumps(one.name, ensure_ascii=False)}', f'      "bias": {number_texts(one.bias)}']
    if not one.enabled:
        lines.append('      "enabled": false')
    lines.append(f'      "weights": [\n{planes}\n      ]')
    return "    {\n" + ",\n".join(lines) + "\n    }"
