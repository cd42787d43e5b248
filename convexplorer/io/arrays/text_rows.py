r"""Cuts text into rows of cells, and refuses text that can be cut in two ways.

Rows end at every line end there is, also at those that Python's and Qt's readers leave in: ``\r\r\n`` of
files written twice through a text layer, vertical tab, U+2028. Cells are separated by tabs, else semicolons, else
commas, else blanks, whichever comes first in this list and separates. A comma is a decimal mark where it cannot be a
separator.

Hand-written, because `csv.Sniffer` and pandas guess the separator silently. Here a wrong guess would be a wrong filter.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from convexplorer.core.model.numerals import may_be_thousands
from convexplorer.errors import InvalidValueError, shorten

Separator = Literal["\t", ";", ",", None]
"""The text between two cells; None is any number of blanks."""
TextRow = tuple[int, list[str]]
"""Number of a line and its cells; no cells where a matrix may end."""

_LINE_END = re.compile("\r+\n|[\r\n\v\f\x85\u2028\u2029]")
# No-break spaces are thousands separators in French and Swiss numbers; they never separate two numbers.
_BLANKS = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_CALL = re.compile(r"(?:[a-z]+\.)?(?:array|tensor)\(|\b[a-z_]+=[\w.:']+|\)")
_ASSIGNED = re.compile(r"^\s*[A-Za-z_][\w.]*\s*=\s*(?=\[|(?:[a-z]+\.)?(?:array|tensor)\()")
_FILL = " \t,;"
_TIGHT = re.compile(r"\d,\d")
_SPACED = re.compile(r"[^\s,]\s+,|,\s+[^\s,]")
_ONE_COMMA = re.compile(r"[+-]?(?:0|[1-9]\d*)?,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_NO_COMMA = re.compile(r"[+-]?\d+(?:[eE][+-]?\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r",[+-]?0\d", re.ASCII)
_HUNDREDTHS = re.compile(r"[+-]?0?,\d{2,}", re.ASCII)


def split_lines(text: str) -> list[str]:
    """The lines of a text, without their ends."""
    return _LINE_END.split(text)


def cut_rows(lines: Sequence[str], first: int, *, written: bool, named: Separator) -> Iterator[TextRow]:
    """Cut lines into cells.

    Parameters
    ----------
    lines : sequence of str
        Without comments; trailing blanks do not matter.
    first : int
        Number of the first line in error messages.
    written : bool
        Whether this program wrote them, so that a comma can only be a separator.
    named : Separator
        What separates cells by the file's name; None if that says nothing.

    Raises
    ------
    InvalidValueError
        If a line cannot be cut, or can be in two ways.
    """
    if any("[" in line for line in lines):
        return _bracketed_rows(lines, first)
    separator = _certain(lines) if written else _separator(lines, first, named)
    return _plain(lines, first, separator)


def _plain(lines: Sequence[str], first: int, separator: Separator) -> Iterator[TextRow]:
    """Number and cells of each line; a line without any may end a matrix."""
    for number, line in enumerate(lines, first):
        if separator is None:
            cells = [cell.strip('"') for cell in _BLANKS.split(line.strip()) if cell]
        else:
            try:
                fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
            except csv.Error as error:
                raise InvalidValueError("row {row} cannot be cut into cells", row=number) from error
            cells = [cell.strip() for cell in fields]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _certain(lines: Sequence[str]) -> Separator:
    """The separator of cells, if a comma is not a decimal mark."""
    marks: tuple[Literal["\t", ";", ","], ...] = ("\t", ";", ",")
    return next((mark for mark in marks if any(mark in line for line in lines)), None)


def _separator(lines: Sequence[str], first: int, named: Separator) -> Separator:
    """The separator of cells, if a comma may be a decimal mark."""
    if (certain := _certain(lines)) != ",":
        return certain
    commas = [(number, line.strip()) for number, line in enumerate(lines, first) if "," in line]
    if any('"' in line or "." in line for line in lines):  # A point is the mark, or quotes hold commas that are.
        return ","
    if any(_SPACED.search(line) for _, line in commas):
        if tight := next((one for one in commas if _TIGHT.search(one[1])), None):
            raise _doubtful(*tight)
        return ","
    texts = [line.strip() for line in lines if line.strip()]
    if any(_BLANKS.search(line) for line in texts):
        return None
    return _of_single_words(texts, commas, named)


def _of_single_words(texts: Sequence[str], commas: Sequence[tuple[int, str]], named: Separator) -> Separator:
    """What a comma is in lines without blanks, points and quotes: ``0,5`` may be one number or two."""
    one_each = all(_ONE_COMMA.fullmatch(line) or _NO_COMMA.fullmatch(line) for line in texts)
    zeros = next((one for one in commas if _LEADING_ZERO.search(one[1])), None)
    if not one_each:
        if zeros is not None:
            raise _doubtful(*zeros)
        if named != "," and all(may_be_thousands(line) for line in texts):
            raise _doubtful(*commas[0])
        return ","
    if zeros is not None or len(commas) < len(texts) or named == "\t":  # As cells, they would be odd or ragged.
        return None
    # A single number pasted is what it would be if it were typed; hundredths are what no row of a filter begins with.
    is_mark = len(texts) == 1 or any(_HUNDREDTHS.fullmatch(line) for line in texts)
    if is_mark and named is None:
        return None
    if named == "," and not is_mark:
        return ","
    raise _doubtful(*commas[0])


def _doubtful(row: int, line: str) -> InvalidValueError:
    return InvalidValueError(
        "row {row}: {line} can be read two ways: write decimals with a point, or put tabs between numbers",
        row=row,
        line=shorten(line, 24),
    )


def _bracketed_rows(lines: Sequence[str], first: int) -> Iterator[TextRow]:
    """Number of the line and cells of each innermost pair of brackets; no cells where a matrix ends."""
    depth = 0
    held, opened = "", False
    for number, line in enumerate(lines, first):
        if depth == 0 and not line:
            yield number, []
        for piece in re.findall(r"[\[\]]|[^\[\]]+", _CALL.sub("", _ASSIGNED.sub("", line))):
            if piece not in "[]":
                held += f"{piece} "
                continue
            content, held = held.strip(_FILL), ""
            depth += 1 if piece == "[" else -1
            if depth < 0 or (content and not (opened and piece == "]")):
                raise InvalidValueError("row {row}: a bracket is missing or out of place", row=number)
            if content:
                yield from ((number, cells) for part in content.split(";") if (cells := _cells_of(part, number)))
            elif piece == "]":
                yield number, []
            opened = piece == "["
    if depth or held.strip(_FILL):
        raise InvalidValueError("the last bracket is missing, or something stands behind it")


def _cells_of(part: str, row: int) -> list[str]:
    """The cells of a row in brackets. They are separated by commas or by blanks, but not by both."""
    part = part.strip(_FILL)
    if "," not in part:
        return [cell for cell in _BLANKS.split(part) if cell]
    cells = [cell.strip() for cell in part.split(",")]
    if "." not in part and any(_BLANKS.search(cell) for cell in cells):
        raise _doubtful(row, part)
    return [one for cell in cells for one in _BLANKS.split(cell) if one]
