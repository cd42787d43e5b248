"""NumPy archives with images and labels, under the names that Keras and others use."""

from __future__ import annotations

import zipfile
from pathlib import Path

from convexplorer.core.learn.datasets import MAX_IMAGES, Dataset
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.archives import DAMAGED, check_directory
from convexplorer.io.arrays.npy import NpyHeader
from convexplorer.io.datasets.formats.common import ImagesAndLabels, check_bytes, dataset, labels_of, planes
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.formats.numpy_format import MAX_MEMBERS, read_member

_WHOLE = (("x", "y"), ("X", "y"), ("images", "labels"), ("data", "target"))
_PARTED = (("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels", "test_images", "test_labels"))


def read(path: Path, seed: int) -> Dataset:
    """Read an archive with images and labels, in two parts or to be split."""
    with open_for_reading(path) as file:
        check_directory(file, "this is not a NumPy archive, or it is cut off")
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive, path.name, seed)
        except InvalidValueError:
            raise
        except DAMAGED as error:
            raise InvalidValueError("the archive is damaged") from error


def _read(archive: zipfile.ZipFile, name: str, seed: int) -> Dataset:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if len(archive.infolist()) > MAX_MEMBERS or len(members) < len(archive.infolist()):
        raise InvalidValueError("the archive has too many entries, or two of one name")

    declared = 0

    def judge(header: NpyHeader) -> None:
        nonlocal declared
        if 0 in header.shape or not header.shape:
            raise InvalidValueError("one of its arrays is empty")
        declared += header.nbytes
        check_bytes(declared)

    def part(images: str, labels: str) -> ImagesAndLabels:
        # Labels first: they are small, and tell whether there are too many.
        own = read_member(archive, members[labels], judge)
        if len(own) > MAX_IMAGES:
            raise InvalidValueError("it has {count} labels; the limit is {most}", count=len(own), most=MAX_IMAGES)
        numbers = labels_of(own)
        return planes(read_member(archive, members[images], judge)), numbers

    for images, labels, test_images, test_labels in _PARTED:
        if {images, labels, test_images, test_labels} <= members.keys():
            return dataset(name, part(images, labels), part(test_images, test_labels), seed=seed)
    for images, labels in _WHOLE:
        if {images, labels} <= members.keys():
            return dataset(name, part(images, labels), None, seed=seed)
    raise InvalidValueError(
        "its arrays are called {names}, not x and y or x_train, y_train, x_test and y_test",
        names=", ".join(members) or "nothing",
    )
