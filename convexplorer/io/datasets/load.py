"""Data sets to learn from: those that are built in, and the user's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convexplorer.core.learn.datasets import Dataset, split
from convexplorer.core.learn.digits import digits
from convexplorer.core.learn.shapes import shapes
from convexplorer.core.learn.textures import textures
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import InvalidValueError, UnavailableError, UnreadableFileError
from convexplorer.io.arrays.npy import read_data, read_header
from convexplorer.io.datasets.formats import cifar, folders, idx, npz
from convexplorer.io.files.reading import open_for_reading, refusal
from convexplorer.resources import resource


@dataclass(frozen=True)
class BuiltIn:
    """A data set that needs no file of the user's.

    Parameters
    ----------
    key : str
        What names it in the shell and in settings; never changes.
    title, hint : str
        Its name, and a sentence on what there is to learn. English; the window translates them in the context
        "datasets".
    make : callable
        Makes it from a seed.
    """

    key: str
    title: str
    hint: str
    make: Callable[[int], Dataset]


def faces(seed: int = 0) -> Dataset:
    """100 faces and 100 patches without one, 25 × 25, grey; a quarter of each is the test part.

    From "Labeled faces in the wild" (G. Huang and others, University of Massachusetts, 2007), by way of scikit-image;
    ``resources/datasets/README.md`` says more.

    Raises
    ------
    UnavailableError
        If the file is missing.
    """
    path = resource("datasets", "faces.npy")
    if not path.is_file():
        raise UnavailableError("the file {file} of the faces is missing from this installation", file=path.name)
    with open_for_reading(path) as file:
        header = read_header(file)
        if header.shape != (200, 25, 25) or header.dtype.kind != "f":
            raise InvalidValueError("it holds something else than 200 patches")
        images = read_data(file, header)[:, np.newaxis]
    return split("Faces", ("face", "no face"), images, np.repeat([0, 1], 100), seed=seed, share=0.25)


BUILT_IN = (
    BuiltIn("shapes", "Shapes and edges", "Bars and edges in four directions, corners and crosses", shapes),
    BuiltIn("digits", "Digits", "0 to 9, printed and drawn, each distorted its own way", digits),
    BuiltIn("faces", "Faces", "Small patches with a face or without, only two hundred", faces),
    BuiltIn("textures", "Coloured textures", "Four patterns in two pairs of colours: needs filters in RGB", textures),
)
"""All built-in data sets, in the order of the menu."""


def load_dataset(name: str | os.PathLike[str], seed: int = 0, should_stop: ShouldStop = never) -> Dataset:
    """Make or read a data set.

    Parameters
    ----------
    name : str or path-like
        A key of `BUILT_IN`, or a path: a folder with a folder of pictures for each class (perhaps under "train" and
        "test" or "val", in capitals or not); MNIST's IDX files, also packed (their folder, or the one with the images);
        a ``.npz`` with x and y, or x_train, y_train, x_test and y_test; CIFAR-10's binary files (their folder, or one
        of them).
    seed : int
        For what is generated, and for the draw of a test part where there is none.
    should_stop : callable
        Asked between pictures.

    Raises
    ------
    UnreadableFileError
        If it cannot be read; one line that names it and what is wrong.
    UnavailableError
        If the faces are wanted and their file is missing.
    CancelledError
        If `should_stop` said so.
    """
    if isinstance(name, str):
        built_in = next((one for one in BUILT_IN if one.key == name), None)
        if built_in is not None:
            return built_in.make(seed)
    if "\0" in os.fspath(name):
        raise UnreadableFileError("{file} does not exist", file=name)
    path = Path(name)
    try:
        return _read(path, seed, should_stop)
    except InvalidValueError as error:
        raise UnreadableFileError("{file}: {problem}", file=path.name, problem=error) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        keys = ", ".join(one.key for one in BUILT_IN)
        raise UnreadableFileError("{file} does not exist; built in are {keys}", file=path.name, keys=keys) from error
    except OSError as error:
        raise refusal(path, error) from error


def _read(path: Path, seed: int, should_stop: ShouldStop) -> Dataset:
    if stat.S_ISDIR(path.stat().st_mode):
        try:
            files = list(path.iterdir())
        except OSError as error:
            raise UnreadableFileError(
                "{folder} cannot be read: {reason}", folder=path.name, reason=error.strerror or error
            ) from error
        if any(map(idx.is_idx, files)):
            return idx.read(path, seed)
        if any(map(cifar.is_cifar, files)):
            return cifar.read(path, seed)
        return folders.read(path, seed, should_stop)
    if path.suffix.lower() == ".npz":
        return npz.read(path, seed)
    if path.suffix.lower() == ".bin":
        return cifar.read(path, seed)
    if idx.is_idx(path):
        return idx.read(path, seed)
    raise UnreadableFileError(
        "{file} is no data set: a folder of folders, IDX files, .npz or CIFAR-10's .bin", file=path.name
    )
