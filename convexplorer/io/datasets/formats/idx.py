"""IDX files, the format of MNIST: one file with images, one with labels, optionally compressed by gzip.

Read by hand: the header is sixteen bytes, and existing readers need torchvision or TensorFlow.

References
----------
http://yann.lecun.com/exdb/mnist/ (kept at https://web.archive.org), "File formats".
"""

from __future__ import annotations

import gzip
import re
import zlib
from math import prod
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Dataset
from convexplorer.errors import InvalidValueError, UnreadableFileError
from convexplorer.io.datasets.formats.common import ImagesAndLabels, check_bytes, dataset
from convexplorer.io.files.reading import open_for_reading

_NAME = re.compile(r"(.*)(images)(.*?)idx3(.*)", re.IGNORECASE)
_PACKED = b"\x1f\x8b"
_UBYTE = 8
_PICTURES, _LABELS = "pictures (3 axes)", "labels (1 axis)"


def is_idx(path: Path) -> bool:
    """Whether a file is called like MNIST's images."""
    return _NAME.fullmatch(path.name) is not None


def read(path: Path, seed: int) -> Dataset:
    """Read a folder of IDX files, or the one with the images, and the labels beside it.

    Of MNIST's "train-…" and "t10k-…" (or "test-…") the second is the test part.
    """
    folder = path if path.is_dir() else path.parent
    files = sorted(one for one in folder.iterdir() if is_idx(one))
    train = next((one for one in files if one.name.startswith("train")), None)
    test = next((one for one in files if one.name.startswith(("t10k", "test"))), None)
    if train is not None and test is not None and (path.is_dir() or path == train):
        return dataset(folder.name, _pair(train), _pair(test), seed=seed)
    return dataset(path.name, _pair(files[0] if path.is_dir() else path), None, seed=seed)


def _pair(path: Path) -> ImagesAndLabels:
    """The images of a file, and their labels from the file beside it."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise UnreadableFileError('{file}: such a file is called like "train-images-idx3-ubyte"', file=path.name)
    stem = f"{found[1]}labels{found[3]}idx1{found[4]}"
    names = (stem, stem.removesuffix(".gz"), f"{stem}.gz")
    labels = next((one for one in map(path.with_name, names) if one.exists()), None)
    if labels is None:
        raise UnreadableFileError("{file}: its labels, {labels}, are not beside it", file=path.name, labels=stem)
    with open_for_reading(path) as file:
        images = _array(file, 3)
    with open_for_reading(labels) as file:
        return images[:, np.newaxis], _array(file, 1)


def _array(file: IO[bytes], dimensions: int) -> NDArray[np.uint8]:
    """One array of bytes with so many axes."""
    packed = file.read(2) == _PACKED
    file.seek(0)
    try:
        return _unpack(cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file, dimensions)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidValueError("the file is damaged or cut off") from error


def _unpack(file: IO[bytes], dimensions: int) -> NDArray[np.uint8]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise InvalidValueError("this is no IDX file")
    if magic[2] != _UBYTE:
        raise InvalidValueError("its numbers are of type {type}; pictures and labels are bytes, type 8", type=magic[2])
    if magic[3] != dimensions:
        what = _PICTURES if dimensions == 3 else _LABELS
        raise InvalidValueError("{what} are wanted here, its numbers have {axes} axes", what=what, axes=magic[3])
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise InvalidValueError("the file is damaged or cut off")
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    check_bytes(prod(shape))
    data = file.read(prod(shape))
    if len(data) < prod(shape):
        raise InvalidValueError(
            "the file is cut off: {there} of {needed} bytes are there", there=len(data), needed=prod(shape)
        )
    if file.read(1):
        raise InvalidValueError("the file is longer than it says")
    return np.frombuffer(data, np.uint8).reshape(shape)
