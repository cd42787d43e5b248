"""Reads and writes filters. The suffix chooses the format.

Weights are (O, C, kh, kw) float32, applied as cross-correlation, in every format that can say so. Whatever a file
holds, reading it runs no code, opens no other file, and takes bounded memory. Errors are one line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from convexplorer.core.model.filters import FilterBank
from convexplorer.errors import InvalidValueError, UnreadableFileError, UnwritableFileError
from convexplorer.io.files.atomic import atomic_file
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.formats import common, json_format, numpy_format, safetensors_format, text_format


@dataclass(frozen=True)
class FilterFormat:
    """One way to keep filters in a file.

    Parameters
    ----------
    suffix : str
        Ending of its files.
    title : str
        What a file dialog calls it.
    read : callable
        Makes a bank of an open file and the layout of foreign 4-D weights, if that is known.
    write : callable
        Writes a bank to an open file.
    """

    suffix: str
    title: str
    read: Callable[[IO[bytes], common.WeightLayout | None], common.Parsed]
    write: Callable[[IO[bytes], FilterBank], None]


FORMATS: dict[str, FilterFormat] = {
    "json": FilterFormat(".json", "Filters as readable JSON", json_format.read, json_format.write),
    "npy": FilterFormat(".npy", "NumPy array of weights", numpy_format.read_npy, numpy_format.write_npy),
    "npz": FilterFormat(".npz", "NumPy archive", numpy_format.read_npz, numpy_format.write_npz),
    "csv": FilterFormat(
        ".csv", "Text with commas", partial(text_format.read, named=","), partial(text_format.write, separator=",")
    ),
    "tsv": FilterFormat(
        ".tsv", "Text with tabs", partial(text_format.read, named="\t"), partial(text_format.write, separator="\t")
    ),
    "txt": FilterFormat(".txt", "Text with spaces", text_format.read, partial(text_format.write, separator=" ")),
    "imagej": FilterFormat(".txt", "ImageJ kernel", text_format.read, text_format.write_imagej),
    "safetensors": FilterFormat(".safetensors", "safetensors", safetensors_format.read, safetensors_format.write),
}
"""Formats by key. If two share a suffix, the suffix stands for the first."""

DOUBT = "its four axes are taken as filters, channels, rows and columns"
"""What is said where they could as well be rows, columns, channels and filters."""

FILTER_SUFFIXES = tuple(dict.fromkeys(one.suffix for one in FORMATS.values()))
"""Suffixes of the files that `load_filters` reads."""


def is_filter_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file's suffix is one of `FILTER_SUFFIXES`."""
    return Path(path).suffix.lower() in FILTER_SUFFIXES


def load_filters(path: str | os.PathLike[str], *, layout: str | None = None) -> FilterBank:
    """Read the filters of a file.

    Parameters
    ----------
    path : path-like
        A file with one of `FILTER_SUFFIXES`.
    layout : "OIHW" or "HWIO", optional
        Axes of 4-D weights in NumPy and safetensors files that do not say it themselves: (filters, channels, rows,
        columns), as PyTorch has them, or (rows, columns, channels, filters), as Keras does. By default the
        former; `read_filters` tells where the latter would do as well. 2-D is one filter, 3-D are grey filters
        (O, kh, kw).

    Returns
    -------
    FilterBank
        At least one filter.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read; one line that names it and what is wrong.
    InvalidValueError
        If there is no such layout.
    """
    return read_filters(path, layout=layout).bank


def read_filters(path: str | os.PathLike[str], *, layout: str | None = None) -> common.Parsed:
    """Read the filters of a file as `load_filters` does, and tell whether the meaning of their axes is doubtful."""
    order = None if layout is None else common.check_layout(layout)
    path = Path(path)
    with open_for_reading(path) as file:
        chosen = _by_suffix(path)
        if chosen is None:
            raise UnreadableFileError(
                "{file} is no filter file; these end in {suffixes}", file=path.name, suffixes=", ".join(FILTER_SUFFIXES)
            )
        return chosen.read(file, order)


def save_filters(
    bank: FilterBank,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    overwrite: bool = True,
) -> None:
    """Write the filters to a file, whole or not at all.

    Parameters
    ----------
    bank : FilterBank
        At least one filter.
    path : path-like
        The file.
    format : str, optional
        A key of `FORMATS`; by default what the suffix of `path` means.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    UnwritableFileError
        If the format cannot hold these filters, or the file cannot be written; what stood there is intact.
    InvalidValueError
        If there is no such format.
    """
    path = Path(path)
    if format is not None and format not in FORMATS:
        raise InvalidValueError("the format is one of {known}, not {format}", known=", ".join(FORMATS), format=format)
    chosen = _by_suffix(path) if format is None else FORMATS[format]
    if chosen is None or path.suffix.lower() != chosen.suffix:
        # The suffix tells a reader what the file is.
        suffixes = FILTER_SUFFIXES if chosen is None else (chosen.suffix,)
        raise UnwritableFileError(
            "{file} was not saved: its name must end in {suffixes}", file=path.name, suffixes=", ".join(suffixes)
        )
    try:
        common.check_bank(bank)
        with atomic_file(path, overwrite=overwrite) as file:
            chosen.write(file, bank)
    except InvalidValueError as error:
        raise UnwritableFileError("{file} was not saved: {problem}", file=path.name, problem=error) from error


def _by_suffix(path: Path) -> FilterFormat | None:
    suffix = path.suffix.lower()
    return next((one for one in FORMATS.values() if one.suffix == suffix), None)
