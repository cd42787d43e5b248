"""Reads and writes blocks of numbers as text, for the clipboard and for text files.

A block is one or more matrices. Rows are lines. A blank line or a comment (a line that begins with ``#``) ends a
matrix. There is one exception: if such a line stands between every two rows, the text is double-spaced, and all rows
are one matrix. `convexplorer.io.arrays.text_rows` cuts lines into cells, and `convexplorer.core.model.numerals` reads
numbers. Brackets as NumPy, Python and MATLAB print them are read too.

Hand-written, because ``np.loadtxt`` and pandas read a single matrix, whose separator and decimal mark must be known.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.core.model.numerals import may_be_thousands, parse_number
from convexplorer.errors import InvalidValueError, shorten
from convexplorer.io.arrays.text_rows import Separator, TextRow, cut_rows, split_lines

MAX_CHARACTERS = 16 * 2**20
"""Longest text that is read or written."""

Matrix = NDArray[np.float64]


def parse_block(text: str, *, first_line: int = 1, written: bool = False, named: Separator = None) -> list[Matrix]:
    """Read the matrices of a text.

    Parameters
    ----------
    text : str
        What was pasted, or stands in a file.
    first_line : int
        Number of the text's first line in error messages.
    written : bool
        Whether this program wrote it. Then commas are separators, and every blank line ends a matrix.
    named : Separator
        The separator that the file's name implies, as tabs in ``.tsv``; None if it implies none.

    Returns
    -------
    list of ndarray, each of shape (h, w), float64
        At least one matrix; every number is finite also as float32.

    Raises
    ------
    InvalidValueError
        If something is not a finite number, rows differ in length, the text can be read in two ways, or there are no
        numbers; it says where, by line and column of cells.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidValueError("the text is too long; the limit is {most} MB", most=MAX_CHARACTERS // 2**20)
    lines = [
        "" if line.lstrip().startswith("#") else line.rstrip() for line in split_lines(text.removeprefix("\ufeff"))
    ]

    def rows() -> Iterable[TextRow]:
        return cut_rows(lines, first_line, written=written, named=named)

    points = any("." in line for line in lines)
    commas = not points and any("," in line for line in lines)
    is_mark = commas and any("," in cell and not may_be_thousands(cell) for _, cells in rows() for cell in cells)
    matrices, places = _matrices(rows(), comma_is_mark=is_mark, points=points)
    if not matrices:
        raise InvalidValueError("there are no numbers in the text")
    if not written and not any("[" in line for line in lines) and _stand_alone(matrices, places):
        return [np.concatenate(matrices)]
    return matrices


def _matrices(rows: Iterable[TextRow], *, comma_is_mark: bool, points: bool) -> tuple[list[Matrix], list[int]]:
    """The matrices, and the number of the line with which each begins."""
    matrices: list[Matrix] = []
    places: list[int] = []
    numbers = array("d")
    width = 0
    for line, cells in chain(rows, [(0, [])]):
        if not cells:
            if numbers:
                matrices.append(np.array(numbers).reshape(-1, width))
            numbers = array("d")
            continue
        if not numbers:
            width = len(cells)
            places.append(line)
        elif len(cells) != width:
            raise InvalidValueError(
                "row {row} has another length ({count}) than those above ({width})",
                row=line,
                count=len(cells),
                width=width,
            )
        for column, cell in enumerate(cells, 1):
            numbers.append(_number(cell, line, column, comma_is_mark=comma_is_mark, points=points))
    return matrices, places


def _stand_alone(matrices: Sequence[Matrix], places: Sequence[int]) -> bool:
    """Whether these are the rows of one matrix: equally long, each alone, one line between each two."""
    return {one.shape for one in matrices} == {(1, matrices[0].shape[1])} and all(
        below - above == 2 for above, below in pairwise(places)
    )


def format_block(planes: ArrayLike, separator: str = "\t") -> str:
    """Write planes (C, h, w), or one plane (h, w), as text: matrices with a blank line between them.

    Planes of one row have two blank lines between them, so that they are not read as one matrix. Each number is the
    shortest text that `parse_block` reads back as the same float32.
    """
    texts = number_texts(planes)
    if texts.ndim == 2:
        texts = texts[np.newaxis]
    gap = "\n\n\n" if texts.shape[1] == 1 else "\n\n"
    return gap.join(
        "\n".join(separator.join(cell.removesuffix(".0") for cell in row) for row in plane) for plane in texts.tolist()
    )


def number_texts(values: ArrayLike) -> NDArray[np.str_]:
    """Shortest decimal texts of float32 numbers, same shape, that are read back exactly.

    Readers convert to float64 first, and rounding twice may give a neighbour of the number, as for 7.038531e-26. Such
    numbers are written with all digits of a float64.
    """
    single = np.asarray(values, np.float32)
    texts = [str(number) for number in single.ravel()]
    wrong = np.array(texts, np.float64).astype(np.float32) != single.ravel()
    for index in np.flatnonzero(wrong):
        texts[index] = str(float(single.flat[index]))
    return np.array(texts, np.str_).reshape(single.shape)


def _number(cell: str, line: int, column: int, *, comma_is_mark: bool, points: bool) -> float:
    """The number of one cell; an error tells which cell it is."""
    if not cell:
        raise InvalidValueError("row {row}, column {column} is empty", row=line, column=column)
    if points and "," in cell and "." not in cell:
        raise InvalidValueError(
            "row {row}, column {column}: {cell} has a comma where other numbers have a point",
            row=line,
            column=column,
            cell=shorten(cell, 24),
        )
    try:
        return parse_number(cell, comma_is_mark=comma_is_mark)
    except InvalidValueError as error:
        raise InvalidValueError(
            "row {row}, column {column}: {problem}", row=line, column=column, problem=error
        ) from error
