"""Blocks of numbers as text: what the clipboard carries and text files hold.

A block is one or more matrices. Rows are lines; a blank line, or a comment (a line that begins with ``#``), ends a
matrix. Cells are separated by tabs, else semicolons, else commas, else spaces, whichever comes first in this list and
occurs. A decimal comma is read where it cannot be a separator (between tabs or semicolons, or in quotes) and no other
number has a point. Brackets as NumPy and Python print them, and the true minus sign, are read too.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.errors import InvalidValueError, shorten

MAX_CHARACTERS = 16 * 2**20
"""Longest text that is read or written."""

Matrix = NDArray[np.float64]
_Row = tuple[int, list[str]]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CALL = re.compile(r"(?:[a-z]+\.)?(?:array|tensor)\(|\b[a-z_]+=[\w.:']+|\)")
_FILL = " \t,;"
_TOO_LARGE = (2 - 2.0**-24) * 2.0**127
"""The least number that becomes infinite as float32."""


def parse_block(text: str, *, first_line: int = 1) -> list[Matrix]:
    """Read the matrices of a text.

    Parameters
    ----------
    text : str
        What was pasted, or stands in a file.
    first_line : int
        Number of the text's first line in error messages.

    Returns
    -------
    list of ndarray, each of shape (h, w), float64
        At least one matrix; every number is finite also as float32.

    Raises
    ------
    InvalidValueError
        If something is not a finite number, rows differ in length, or there are no numbers; it says where, by line
        and column of cells.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidValueError("the text is too long; the limit is {most} MB", most=MAX_CHARACTERS // 2**20)
    text = text.removeprefix("\ufeff").replace("\u2212", "-")
    lines = ["" if line.lstrip().startswith("#") else line.rstrip() for line in re.split(r"\r\n|\r|\n", text)]
    comma = not any("." in line for line in lines)
    cut = _bracketed_rows if any("[" in line for line in lines) else _plain_rows
    matrices: list[Matrix] = []
    numbers = array("d")
    width = 0
    for line, cells in chain(cut(lines, first_line), [(0, [])]):
        if not cells:
            if numbers:
                matrices.append(np.array(numbers).reshape(-1, width))
            numbers = array("d")
            continue
        if not numbers:
            width = len(cells)
        elif len(cells) != width:
            raise InvalidValueError(
                "row {row} has another length ({count}) than those above ({width})",
                row=line,
                count=len(cells),
                width=width,
            )
        numbers.extend(_number(cell, line, column, comma=comma) for column, cell in enumerate(cells, 1))
    if not matrices:
        raise InvalidValueError("there are no numbers in the text")
    return matrices


def format_block(planes: ArrayLike, separator: str = "\t") -> str:
    """Write planes (C, h, w), or one plane (h, w), as text: matrices with a blank line between them.

    Numbers are the shortest that `parse_block` reads back as the same float32, bit by bit.
    """
    texts = number_texts(planes)
    if texts.ndim == 2:
        texts = texts[np.newaxis]
    return "\n\n".join(
        "\n".join(separator.join(cell.removesuffix(".0") for cell in row) for row in plane) for plane in texts.tolist()
    )


def number_texts(values: ArrayLike) -> NDArray[np.str_]:
    """Shortest decimal texts of float32 numbers, same shape, that are read back exactly.

    Readers go through float64, and rounding twice can end at a neighbour: 7.038531e-26 is a shortest text for
    float32 of which this is so. Such numbers get all the digits of a float64.
    """
    single = np.asarray(values, np.float32)
    texts = [str(number) for number in single.ravel()]
    wrong = np.array(texts, np.float64).astype(np.float32) != single.ravel()
    for index in np.flatnonzero(wrong):
        texts[index] = str(float(single.flat[index]))
    return np.array(texts, np.str_).reshape(single.shape)


def _plain_rows(lines: Sequence[str], first: int) -> Iterator[_Row]:
    """Number and cells of each line; a line without any ends a matrix."""
    separator = next((mark for mark in "\t;," if any(mark in line for line in lines)), None)
    for number, line in enumerate(lines, first):
        if separator is None:
            cells = [cell.strip('"') for cell in line.split()]
        else:
            try:
                fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
            except csv.Error as error:
                raise InvalidValueError("row {row} cannot be cut into cells", row=number) from error
            cells = [cell.strip() for cell in fields]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _bracketed_rows(lines: Sequence[str], first: int) -> Iterator[_Row]:
    """Number of the line and cells of each innermost pair of brackets; no cells where a matrix ends."""
    depth = 0
    held, opened = "", False
    for number, line in enumerate(lines, first):
        if depth == 0 and not line:
            yield number, []
        for piece in re.findall(r"[\[\]]|[^\[\]]+", _CALL.sub("", line)):
            if piece not in "[]":
                held += f"{piece} "
                continue
            content, held = held.strip(_FILL), ""
            depth += 1 if piece == "[" else -1
            if depth < 0 or (content and not (opened and piece == "]")):
                raise InvalidValueError("row {row}: a bracket is missing or out of place", row=number)
            if content:
                yield from ((number, cells) for part in content.split(";") if (cells := part.replace(",", " ").split()))
            elif piece == "]":
                yield number, []
            opened = piece == "["
    if depth or held.strip(_FILL):
        raise InvalidValueError("the last bracket is missing, or something stands behind it")


def _number(cell: str, line: int, column: int, *, comma: bool) -> float:
    """One cell's number; decimal commas only where they were found to be possible."""
    if comma and (match := _DECIMAL_COMMA.fullmatch(cell)):
        cell = f"{match[1]}.{match[2]}"
    if _NUMBER.fullmatch(cell):
        number = float(cell)
        if abs(number) < _TOO_LARGE:
            return number
        template = "row {row}, column {column}: {cell} is too large for a 32-bit number"
    elif not cell:
        template = "row {row}, column {column} is empty"
    elif _NOT_FINITE.fullmatch(cell):
        template = "row {row}, column {column}: {cell} is not a finite number"
    else:
        template = "row {row}, column {column}: {cell} is not a number"
    raise InvalidValueError(template, row=line, column=column, cell=shorten(cell, 24))
