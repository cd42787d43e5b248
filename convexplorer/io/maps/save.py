"""Saves maps as pictures or as values.

Maps are written strip by strip, so one may be mapped from a disk and larger than memory, and writing can be
cancelled. A file is whole or not there at all (`convexplorer.io.files.atomic`).
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.model.filters import Filter
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import InvalidValueError, UnwritableFileError
from convexplorer.io.files.atomic import atomic_file
from convexplorer.io.maps.map_formats import WRITERS, Map

MAP_FORMATS = {"png": ".png", "png16": ".png", "tiff": ".tif", "npy": ".npy", "npz": ".npz", "csv": ".csv"}
"""Suffix of each format: coloured 8-bit PNG, 16-bit grey PNG and float32 TIFF of the values, NumPy array, NumPy archive
with the filter, comma-separated text."""

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in "0123456789¹²³")}
_FORBIDDEN = frozenset('<>:"/\\|?*')
_LONGEST = 80


def save_map(
    path: str | os.PathLike[str],
    values: Values | MapRows,
    *,
    format: str,  # noqa: A002
    scale: Scale | None = None,
    filter: Filter,  # noqa: A002
    settings: Mapping[str, object],
    overwrite: bool = False,
    should_stop: ShouldStop = never,
) -> None:
    """Write one map.

    Parameters
    ----------
    path : path-like
        The file.
    values : ndarray or MapRows, shape (H', W'), float32
        The map.
    format : str
        A key of `MAP_FORMATS`. "png" shows the values in the colours of `scale`. "png16" holds samples s that stand
        for low + s / 65535 × (high - low), low and high being the least and the greatest value; both are in its
        metadata. The others hold the values themselves.
    scale : Scale, optional
        How values are coloured; needed by "png" only.
    filter : Filter
        The filter the map is of. "npz" holds it so that `load_filters` reads it; pictures hold its name.
    settings : mapping
        How the map was made, for the metadata; anything JSON can say.
    overwrite : bool
        Whether an existing file may be replaced.
    should_stop : callable
        Asked before each strip.

    Raises
    ------
    UnwritableFileError
        If the map does not suit the format, or the file cannot be written.
    InvalidValueError
        If there is no such format, or the scale is missing.
    CancelledError
        If `should_stop` said so; nothing was written.
    """
    _check_format(format)
    if format == "png" and scale is None:
        raise InvalidValueError("a coloured map needs a scale")
    described = json.dumps(settings, ensure_ascii=False, default=str)
    try:
        with atomic_file(path, overwrite=overwrite) as file:
            WRITERS[format](file, Map(values, filter, described, scale, should_stop))
    except InvalidValueError as error:
        raise UnwritableFileError("{file} was not saved: {problem}", file=Path(path).name, problem=error) from error


def save_maps(
    folder: str | os.PathLike[str],
    stem: str,
    maps: Iterable[tuple[int, Filter, Values | MapRows]],
    *,
    names: Sequence[tuple[int, str]],
    format: str,  # noqa: A002
    scale: Callable[[Values | MapRows], Scale] | None = None,
    settings: Mapping[str, object],
    overwrite: bool = False,
    should_stop: ShouldStop = never,
) -> Iterator[Path]:
    """Write several maps into a folder, each as it is asked for.

    Parameters
    ----------
    folder : path-like
        Where to; it is made if it does not exist.
    stem : str
        Beginning of every file's name (`map_file_name`).
    maps : iterable of (int, Filter, ndarray or MapRows)
        Each filter's index, the filter, and its map; taken one at a time, so they may be computed on the way.
    names : sequence of (int, str)
        Indices and names of all filters that `maps` will bring, known before any is computed.
    format, settings, overwrite, should_stop
        As in `save_map`.
    scale : callable, optional
        The scale of a map, given its values; needed by "png" only, and asked by no other.

    Returns
    -------
    iterator of Path
        Each file after it has been written; asking for the next one writes the next map.

    Raises
    ------
    UnwritableFileError
        At once, with nothing written, if the folder cannot be made or a file exists already and may not be
        replaced; later, if one cannot be written.
    InvalidValueError
        If there is no such format, or the scale is missing.
    """
    suffix = _check_format(format)
    where = Path(folder)
    paths = {index: where / map_file_name(stem, index, name, suffix) for index, name in names}
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(
            "the folder {folder} cannot be made: {reason}", folder=where, reason=error.strerror or error
        ) from error
    if not overwrite:
        for path in paths.values():
            if os.path.lexists(path):
                raise UnwritableFileError("{file} already exists; no map was saved", file=path.name)

    def write_files() -> Iterator[Path]:
        for index, one, values in maps:
            save_map(
                paths[index],
                values,
                format=format,
                scale=scale(values) if scale is not None and format == "png" else None,
                filter=one,
                settings=settings,
                overwrite=overwrite,
                should_stop=should_stop,
            )
            yield paths[index]

    return write_files()


def map_file_name(stem: str, index: int, filter_name: str, suffix: str) -> str:
    """A name for a map's file that every system accepts, such as ``cat_002_Edge-down.png``.

    Parameters
    ----------
    stem : str
        What it begins with, such as the image's name.
    index : int
        The filter's place in its bank, from 0 (written from 1); this makes the name unique in its folder.
    filter_name : str
        The filter's name; what no file name may hold becomes "-".
    suffix : str
        Ending, with its point.
    """
    parts = (safe_name(stem), f"{index + 1:03d}", safe_name(filter_name))
    return "_".join(part for part in parts if part) + suffix


def safe_name(text: str) -> str:
    """A text as part of a file name: no separators, control characters or blanks, no name Windows keeps to itself."""
    text = unicodedata.normalize("NFC", text)
    kept = (char if char.isprintable() and not char.isspace() and char not in _FORBIDDEN else "-" for char in text)
    name = re.sub("-{2,}", "-", "".join(kept)).strip("-.")
    name = name.encode()[:_LONGEST].decode(errors="ignore").rstrip("-.")
    return f"_{name}" if name.partition(".")[0].upper() in _RESERVED else name


def _check_format(name: str) -> str:
    if name not in MAP_FORMATS:
        raise InvalidValueError("the format is one of {known}, not {format}", known=", ".join(MAP_FORMATS), format=name)
    return MAP_FORMATS[name]
