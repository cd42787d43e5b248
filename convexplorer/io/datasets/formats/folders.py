"""A folder with a folder for each class, pictures in it: of any size and kind that can be opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.learn.datasets import MAX_IMAGES, Dataset
from convexplorer.core.model.images import Image, ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError, UnreadableFileError
from convexplorer.io.datasets.formats.common import Part, check_bytes, dataset
from convexplorer.io.images.load import is_image_file, load_image

SIDE = 32
"""Rows and columns that pictures get."""


def read(path: Path, seed: int, should_stop: ShouldStop) -> Dataset:
    """Read all pictures: of each the middle square, reduced to `SIDE` pixels, grey only if all of them are.

    Where there are folders "train" and "test", the classes are in those. A picture that cannot be read is left out,
    which the data set's notes tell.
    """
    try:
        parts = [path / "train", path / "test"]
        if not all(part.is_dir() for part in parts):
            parts = [path]
        listed = [_listed(part) for part in parts]
    except OSError as error:
        raise UnreadableFileError(
            "{folder} cannot be read: {reason}", folder=path.name, reason=error.strerror
        ) from error
    count = sum(len(one) for one in listed)
    if not count:
        raise UnreadableFileError("{folder}: there are no folders with pictures in it, one a class", folder=path.name)
    if count > MAX_IMAGES:
        raise UnreadableFileError("{folder}: there are too many pictures: {count}", folder=path.name, count=count)
    check_bytes(3 * SIDE * SIDE * count)
    bad: list[str] = []
    read_parts = [_part(one, bad, should_stop) for one in listed]
    notes = (f"{len(bad)} of {count} pictures were left out; {bad[0]}",) if bad else ()
    try:
        if all((images == images[:, :1]).all() for images, _ in read_parts):
            read_parts = [(images[:, :1], labels) for images, labels in read_parts]
        test = read_parts[1] if len(read_parts) > 1 else None
        return dataset(path.name, read_parts[0], test, seed=seed, notes=notes)
    except InvalidValueError as error:
        raise UnreadableFileError("{folder}: {problem}", folder=path.name, problem=error) from error


def _listed(folder: Path) -> list[tuple[str, Path]]:
    """Class and path of every picture, in order."""
    classes = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    return [
        (one.name, file)
        for one in classes
        for file in sorted(one.iterdir())
        if is_image_file(file) and not file.name.startswith(".") and file.is_file()
    ]


def _part(listed: list[tuple[str, Path]], bad: list[str], should_stop: ShouldStop) -> Part:
    images, labels = [], []
    for label, path in listed:
        if should_stop():
            raise CancelledError
        try:
            images.append(middle_square(load_image(path, should_stop)))
        except UnreadableFileError as error:
            bad.append(str(error))
        else:
            labels.append(label)
    if not images:
        raise UnreadableFileError("none of the {count} pictures can be read: {first}", count=len(listed), first=bad[0])
    return np.stack(images), np.array(labels)


def middle_square(image: Image, size: tuple[int, int] = (SIDE, SIDE)) -> NDArray[np.uint8]:
    """The middle square of a picture as RGB, (3, rows, columns)."""
    native = image.native
    if native.dtype != np.uint8:
        native = np.rint(np.clip(native * image.gain, 0, 1) * 255).astype(np.uint8)
    height, width = native.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    picture = PILImage.fromarray(native[..., 0] if native.shape[2] == 1 else native)
    reduced = picture.resize(
        size[::-1], PILImage.Resampling.BICUBIC, (left, top, left + side, top + side), reducing_gap=3.0
    )
    pixels = np.atleast_3d(np.asarray(reduced)).transpose(2, 0, 1)
    return np.broadcast_to(pixels, (3, *size))
