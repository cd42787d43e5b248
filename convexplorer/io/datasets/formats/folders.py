"""Reads a data set from folders: one folder for each class, with pictures of any size and kind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from convexplorer.core.learn.datasets import MAX_IMAGES, Dataset
from convexplorer.core.model.images import Image
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError, UnreadableFileError
from convexplorer.io.datasets.formats.common import ImagesAndLabels, check_bytes, dataset
from convexplorer.io.images.load import is_image_file, load_image

SIDE = 32
"""Rows and columns that pictures get."""
TRAIN = ("train", "training")
TEST = ("test", "testing")
VALIDATION = ("val", "valid", "validation", "dev")
"""What folders of a split are called, in small letters."""
DEEPEST = 8
"""Most nested folders that are entered because each holds nothing but the next."""


@dataclass(frozen=True)
class _Listed:
    """The pictures of a folder of classes.

    Parameters
    ----------
    pictures : list of (str, Path)
        Class and path of each, in order.
    deeper : int
        How many of them lie in folders inside a class's.
    loose : int
        Pictures beside the classes' folders, which have no class.
    """

    pictures: list[tuple[str, Path]]
    deeper: int
    loose: int


def read(path: Path, seed: int, should_stop: ShouldStop) -> Dataset:
    """Read all pictures: of each the middle square, reduced to `SIDE` pixels, grey only if all of them are.

    A split that is there is kept: folders for training and for testing (or validation), in capitals or not, each with
    the classes' folders. Pictures of folders inside a class's folder belong to that class. What is not used is counted
    in the data set's notes.
    """
    try:
        place = _inmost(path)
        parts, notes = _parts(place)
        listed = [_list(part, should_stop) for part in parts]
        if len(listed) > 1 and not listed[1].pictures:
            notes.append(f"the pictures in {parts[1].name} are in no folders of classes and are left out")
            del listed[1]
    except OSError as error:
        raise UnreadableFileError(
            "{folder} cannot be read: {reason}", folder=path.name, reason=error.strerror
        ) from error
    count = sum(len(one.pictures) for one in listed)
    if not listed[0].pictures:
        raise _nothing(path, listed[0])
    if count > MAX_IMAGES:
        raise UnreadableFileError("{folder}: there are too many pictures: {count}", folder=path.name, count=count)
    check_bytes(3 * SIDE * SIDE * count)
    if deeper := sum(one.deeper for one in listed):
        notes.append(f"{deeper} of {count} pictures lie in folders inside those of their classes")
    if loose := sum(one.loose for one in listed):
        notes.append(f"pictures beside the folders of classes are left out: {loose}")
    bad: list[str] = []
    read_parts = [_part(one.pictures, bad, should_stop) for one in listed]
    if bad:
        notes.append(f"{len(bad)} of {count} pictures were left out; {bad[0]}")
    try:
        if all((images == images[:, :1]).all() for images, _ in read_parts):
            read_parts = [(images[:, :1], labels) for images, labels in read_parts]
        test = read_parts[1] if len(read_parts) > 1 else None
        return dataset(path.name, read_parts[0], test, seed=seed, notes=tuple(notes))
    except InvalidValueError as error:
        raise UnreadableFileError("{folder}: {problem}", folder=path.name, problem=error) from error


def _nothing(path: Path, listed: _Listed) -> UnreadableFileError:
    """The error for a folder without anything to learn from."""
    if listed.loose:
        return UnreadableFileError(
            "{folder}: its {count} pictures are in no folders of classes; one folder for each class is needed",
            folder=path.name,
            count=listed.loose,
        )
    return UnreadableFileError("{folder}: there are no folders with pictures in it, one a class", folder=path.name)


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))


def _is_picture(path: Path) -> bool:
    return is_image_file(path) and not path.name.startswith(".") and path.is_file()


def _inmost(path: Path) -> Path:
    """The folder with the classes or the parts: an archive often unpacks to one folder inside another."""
    for _ in range(DEEPEST):
        inside = _folders(path)
        if len(inside) != 1 or any(map(_is_picture, path.iterdir())) or any(map(_is_picture, inside[0].iterdir())):
            break
        path = inside[0]
    return path


def _parts(path: Path) -> tuple[list[Path], list[str]]:
    """The folder to train on, the folder to test on if there is one, and notes about other folders."""
    named = {one.name.casefold(): one for one in _folders(path)}
    train, test, validation = ([named[name] for name in names if name in named] for names in (TRAIN, TEST, VALIDATION))
    # A part to test on whose pictures have no classes, as in competitions, comes last.
    tests = sorted((*test, *validation), key=lambda one: not _folders(one))
    if not train or not tests:
        return [path], []
    others = ", ".join(one.name for one in (*train[1:], *tests[1:]))
    return [train[0], tests[0]], [f"left out: {others}; {tests[0].name} tests"] if others else []


def _list(folder: Path, should_stop: ShouldStop) -> _Listed:
    """List the pictures of all classes."""
    pictures: list[tuple[str, Path]] = []
    deeper = 0
    for one in _folders(folder):
        for place, inside, files in os.walk(one):  # Links to folders are not followed: they may lead round in a circle.
            if should_stop():
                raise CancelledError
            inside[:] = sorted(name for name in inside if not name.startswith("."))
            own = [Path(place, name) for name in sorted(files)]
            found = [(one.name, file) for file in own if _is_picture(file)]
            pictures += found
            deeper += len(found) if Path(place) != one else 0
    return _Listed(pictures, deeper, sum(map(_is_picture, folder.iterdir())))


def _part(listed: list[tuple[str, Path]], bad: list[str], should_stop: ShouldStop) -> ImagesAndLabels:
    images, labels = [], []
    for label, path in listed:
        if should_stop():
            raise CancelledError
        try:
            images.append(middle_part(load_image(path, should_stop)))
        except UnreadableFileError as error:
            bad.append(str(error))
        else:
            labels.append(label)
    if not images:
        raise UnreadableFileError("none of the {count} pictures can be read: {first}", count=len(listed), first=bad[0])
    return np.stack(images), np.array(labels)


def middle_part(image: Image, size: tuple[int, int] = (SIDE, SIDE)) -> NDArray[np.uint8]:
    """The middle of a picture as RGB, (3, rows, columns): the largest part of that aspect ratio, nothing squashed."""
    native = image.native
    if native.dtype != np.uint8:
        native = np.rint(np.clip(native * image.gain, 0, 1) * 255).astype(np.uint8)
    height, width = native.shape[:2]
    scale = min(height / size[0], width / size[1])
    high, wide = scale * size[0], scale * size[1]
    left, top = (width - wide) / 2, (height - high) / 2
    picture = PILImage.fromarray(native[..., 0] if native.shape[2] == 1 else native)
    reduced = picture.resize(
        size[::-1], PILImage.Resampling.BICUBIC, (left, top, left + wide, top + high), reducing_gap=3.0
    )
    pixels = np.atleast_3d(np.asarray(reduced)).transpose(2, 0, 1)
    return np.broadcast_to(pixels, (3, *size))
