"""Saves the timeline of trained filters as an animation or as arrays."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.engine.colour import palette, positions, weight_scale
from convexplorer.core.model.filters import Weights, strongest_plane
from convexplorer.core.project.training_run import Snapshot
from convexplorer.errors import InvalidValueError, UnwritableFileError
from convexplorer.io.arrays.npy import write_npz
from convexplorer.io.files.atomic import atomic_file

TIMELINE_SUFFIXES = (".gif", ".apng", ".npz")
"""Endings of the files that `save_timeline` writes."""
FRAME = 80
"""Milliseconds of one frame; the last one is shown twenty times as long."""

_WIDE = 480
"""Preferred width in pixels: readable from the last row of a lecture hall, and still a small file."""
_CELL = (8, 32)
"""Fewest and most pixels a side of a weight."""
_GAP = 6
_GROUND = 128


def save_timeline(
    snapshots: Sequence[Snapshot], path: str | os.PathLike[str], layer: int = 0, *, overwrite: bool = True
) -> None:
    """Write how the filters of a layer changed, whole or not at all.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        At least one.
    path : path-like
        ``.gif`` and ``.apng`` are animations of all filters side by side, each moment as the filter list shows them;
        ``.npz`` holds ``weights`` (T, O, C, kh, kw), ``bias`` (T, O), ``batch``, ``epoch`` and ``loss`` (T,).
    layer : int
        Which convolutional layer, from 0.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    UnwritableFileError
        If the suffix is another one, or the file cannot be written.
    InvalidValueError
        If there is nothing to write.
    """
    path = Path(path)
    if path.suffix.lower() not in TIMELINE_SUFFIXES:
        raise UnwritableFileError(
            "{file} was not saved: its name must end in {suffixes}",
            file=path.name,
            suffixes=", ".join(TIMELINE_SUFFIXES),
        )
    if not snapshots:
        raise InvalidValueError("there is no timeline before something was trained")
    write: dict[str, Callable[[IO[bytes], Sequence[Snapshot], int], None]] = {
        ".npz": _write_arrays,
        ".gif": _write_gif,
        ".apng": _write_apng,
    }
    with atomic_file(path, overwrite=overwrite) as file:
        write[path.suffix.lower()](file, snapshots, layer)


def _write_arrays(file: IO[bytes], snapshots: Sequence[Snapshot], layer: int) -> None:
    arrays = {
        "weights": np.stack([one.weights[layer] for one in snapshots]),
        "bias": np.stack([one.biases[layer] for one in snapshots]),
        "batch": np.array([one.batch for one in snapshots]),
        "epoch": np.array([one.epoch for one in snapshots]),
        "loss": np.array([one.loss for one in snapshots]),
    }
    write_npz(file, arrays)


def _write_gif(file: IO[bytes], snapshots: Sequence[Snapshot], layer: int) -> None:
    first, *rest = _pictures(snapshots, layer)
    first.save(file, "GIF", save_all=True, append_images=rest, duration=_durations(len(rest) + 1), loop=0)


def _write_apng(file: IO[bytes], snapshots: Sequence[Snapshot], layer: int) -> None:
    first, *rest = _pictures(snapshots, layer)
    first.save(file, "PNG", save_all=True, append_images=rest, duration=_durations(len(rest) + 1), loop=0)


def _durations(count: int) -> list[int]:
    return [FRAME] * (count - 1) + [20 * FRAME]


def _pictures(snapshots: Sequence[Snapshot], layer: int) -> list[PILImage.Image]:
    last = snapshots[-1].weights[layer]
    planes = None if last.shape[1] in (1, 3) else [strongest_plane(one) for one in last]
    return [PILImage.fromarray(sheet(one.weights[layer], planes)) for one in snapshots]


def sheet(weights: Weights, planes: Sequence[int] | None = None) -> NDArray[np.uint8]:
    """All filters (O, C, kh, kw) side by side, weights as squares of 8 to 32 pixels, (height, width, 3), uint8.

    Zero is mid grey and a filter's largest magnitude black or white; three planes are red, green and blue. Of deeper
    filters one plane each is shown, which `planes` tells: in an animation the one that is the strongest at its end.
    """
    count, _, rows, columns = weights.shape
    across = ceil(sqrt(count))
    down = ceil(count / across)
    cell = min(max(_WIDE // (across * columns), _CELL[0]), _CELL[1])
    tall, wide = rows * cell + _GAP, columns * cell + _GAP
    page = np.full((down * tall + _GAP, across * wide + _GAP, 3), _GROUND, np.uint8)
    for number, one in enumerate(weights):
        shown = one if planes is None else one[planes[number] : planes[number] + 1]
        scale = weight_scale(shown)
        levels = cast("NDArray[np.uint8]", palette(scale.palette)[positions(shown, scale), 0])
        pixels = np.broadcast_to(levels, (3, rows, columns)).transpose(1, 2, 0)
        top, left = _GAP + number // across * tall, _GAP + number % across * wide
        block = pixels.repeat(cell, axis=0).repeat(cell, axis=1)
        page[top : top + block.shape[0], left : left + block.shape[1]] = block
    return page
