"""Filters as text: ``.csv``, ``.tsv``, ``.txt``, and the kernels of ImageJ.

Matrices are separated by blank lines (`convexplorer.io.arrays.text`). A comment line ``# name: Edge bias: 0.5`` begins
a filter; all matrices up to the next such line are its planes, and a comma always separates. In a text without one,
every matrix is a filter of one plane. A name that is empty, begins with a quotation mark or has unprintable characters
or blanks at its ends is written as a JSON string. ImageJ's kernels are one such matrix with odd sides and no comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.filters import MAX_FILTERS, Filter, FilterBank
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.strict_json import parse_json
from convexplorer.io.arrays.text import format_block, number_texts, parse_block
from convexplorer.io.arrays.text_rows import Separator, split_lines
from convexplorer.io.filters.formats import common

_HEAD = re.compile(r"[ \t]*#[ \t]*name:(.*)")
_BIAS = " bias:"


def read(file: IO[bytes], _: common.WeightLayout | None = None, *, named: Separator = None) -> common.Parsed:
    """Read a bank. Text has no layout of axes; the file's suffix may name the separator."""
    lines = split_lines(common.read_text(file))
    heads = [(number, match[1].strip(" \t")) for number, line in enumerate(lines) if (match := _HEAD.match(line))]
    if not heads:
        return common.Parsed(_stack(parse_block("\n".join(lines), named=named)))
    if len(heads) > MAX_FILTERS:
        raise InvalidValueError("it has more than {most} filters", most=MAX_FILTERS)
    if any(line.strip() and not line.lstrip().startswith("#") for line in lines[: heads[0][0]]):
        raise InvalidValueError("there are numbers before the first filter's name")
    ends = [number for number, _ in heads[1:]] + [len(lines)]
    filters = []
    for (start, head), end in zip(heads, ends, strict=True):
        try:
            filters.append(_filter(head, lines[start + 1 : end], start + 1))
        except InvalidValueError as error:
            number = len(filters) + 1
            raise InvalidValueError("filter {number}: {problem}", number=number, problem=error) from error
    bank = FilterBank(tuple(filters))
    common.check_names(bank.names)
    return common.Parsed(bank)


def write(file: IO[bytes], bank: FilterBank, separator: str) -> None:
    """Write a bank with names and biases, cells separated by `separator`."""
    common.write_text(file, (f"{_head(one)}\n{format_block(one.weights, separator)}\n\n" for one in bank))


def write_imagej(file: IO[bytes], bank: FilterBank) -> None:
    """Write the one plane of the one filter as ImageJ's Convolver reads it; name and bias have no place there.

    Raises
    ------
    InvalidValueError
        If there are more filters or planes, or a side is even.
    """
    count, channels, height, width = bank.weights.shape
    if count * channels != 1 or not height % 2 or not width % 2:
        raise InvalidValueError(
            "ImageJ takes one filter of one plane with odd sides, not {count} of {channels} × {height} × {width}",
            count=count,
            channels=channels,
            height=height,
            width=width,
        )
    common.write_text(file, [f"{format_block(bank[0].weights, ' ')}\n"])


def _filter(head: str, lines: Sequence[str], line: int) -> Filter:
    """The filter of one head and the lines behind it; `line` is the head's number."""
    name, _, bias = head.rpartition(_BIAS) if _BIAS in head else (head, "", "0")
    name = name.strip(" \t")
    if name.startswith('"'):
        name = parse_json(name)
        if not isinstance(name, str):
            raise InvalidValueError("row {row}: the name makes no sense", row=line)
    number = parse_block(bias, first_line=line)[0]
    if number.size != 1:
        raise InvalidValueError("row {row}: the bias is not one number", row=line)
    planes = _stack(parse_block("\n".join(lines), first_line=line + 1, written=True)).weights
    return Filter(planes[:, 0], float(number[0, 0]), name)


def _stack(matrices: Sequence[NDArray[np.float64]]) -> FilterBank:
    """A bank of one filter for each matrix."""
    if len({matrix.shape for matrix in matrices}) > 1:
        raise InvalidValueError("the matrices have different sizes")
    common.check_shape((len(matrices), *matrices[0].shape))
    return common.make_bank(np.stack(matrices))


def _head(one: Filter) -> str:
    name = one.name
    if not name or name[0] == '"' or name != name.strip() or not name.isprintable():
        name = json.dumps(name)
    return f"# name: {name}{_BIAS} {str(number_texts(one.bias)).removesuffix('.0')}"
