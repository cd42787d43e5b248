"""Labelled images: data sets, their training and test parts, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.core.learn.loss import Labels
from convexplorer.core.project.training_run import Fingerprint
from convexplorer.core.runtime.types import Values
from convexplorer.errors import InvalidValueError

MAX_CLASSES = 1000
"""Most classes a data set may have."""
MAX_IMAGES = 1_000_000
"""Most images of one part of a data set."""
MAX_SIDE = 256
"""Most rows and columns of an image that is trained on."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Images with their classes.

    Parameters
    ----------
    images : ndarray, shape (N, C, H, W), uint8, or float32 in [0, 1]
        C is 1 or 3. Kept read-only.
    labels : ndarray, shape (N,), int
        The class of each image, from 0.

    Raises
    ------
    InvalidValueError
        If shapes or types are wrong, or there is nothing.
    """

    images: NDArray[Any]
    labels: Labels

    def __post_init__(self) -> None:
        images = self.images
        if images.ndim != 4 or images.shape[1] not in (1, 3) or 0 in images.shape:
            raise InvalidValueError("images have shape (count, 1 or 3, rows, columns), not {shape}", shape=images.shape)
        if len(images) > MAX_IMAGES or max(images.shape[2:]) > MAX_SIDE:
            raise InvalidValueError(
                "{count} images of {rows} × {columns} pixels are too many, or too large, to be trained on",
                count=len(images),
                rows=images.shape[2],
                columns=images.shape[3],
            )
        if images.dtype not in (np.uint8, np.float32):
            raise InvalidValueError("pixels of type {dtype} are not supported", dtype=images.dtype)
        labels = np.asarray(self.labels, np.int64)
        if labels.shape != images.shape[:1]:
            raise InvalidValueError("{images} images have {labels} labels", images=len(images), labels=labels.size)
        for name, array in (("images", images), ("labels", labels)):
            view = array.view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: NDArray[np.int64] | slice) -> tuple[Values, Labels]:
        """Some images as float32 in [0, 1], (n, C, H, W), and their classes (n,)."""
        images = self.images[indices]
        if images.dtype == np.uint8:
            images = images.astype(np.float32)
            images *= np.float32(1 / 255)
        return images, self.labels[indices]

    def of_class(self, label: int, most: int) -> NDArray[np.int64]:
        """Numbers of the first images of a class."""
        return np.flatnonzero(self.labels == label)[:most]


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a network learns from, and what it is tested on and never learns from.

    Parameters
    ----------
    name : str
        What titles show.
    classes : tuple of str
        Names of the classes, by number.
    train, test : Examples
        Images of one shape.
    notes : tuple of str
        What reading it had to decide, in plain words.

    Raises
    ------
    InvalidValueError
        If the parts do not fit each other, or an image has a class that there is not.
    """

    name: str
    classes: tuple[str, ...]
    train: Examples
    test: Examples
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 2 <= len(self.classes) <= MAX_CLASSES:
            raise InvalidValueError(
                "a data set has 2 to {most} classes, not {count}", most=MAX_CLASSES, count=len(self.classes)
            )
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise InvalidValueError(
                "images to train on are {train}, those to test on {test}",
                train=self.train.images.shape[1:],
                test=self.test.images.shape[1:],
            )
        for part in (self.train, self.test):
            low, high = int(part.labels.min()), int(part.labels.max())
            if low < 0 or high >= len(self.classes):
                raise InvalidValueError(
                    "there are {count} classes, but an image has class {label}",
                    count=len(self.classes),
                    label=low if low < 0 else high,
                )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of every image."""
        channels, rows, columns = self.train.images.shape[1:]
        return channels, rows, columns

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """By what it is known again; hashing a gigabyte takes a second or two, so it is done once."""
        found = blake2b(digest_size=16)
        for part in (self.train, self.test):
            found.update(f"{part.images.dtype.name} {part.images.shape}".encode())
            found.update(np.ascontiguousarray(part.images).data)
            found.update(part.labels.astype("<i8").data)
        return Fingerprint(len(self.train), len(self.test), found.hexdigest())


def split(
    name: str,
    classes: Sequence[str],
    images: NDArray[Any],
    labels: ArrayLike,
    *,
    seed: int = 0,
    share: float = 0.2,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Make a data set of images that come without a test part.

    Of every class the same share, at least one image, is drawn for testing; the same seed draws the same ones.

    Parameters
    ----------
    name, classes, notes
        As in `Dataset`.
    images : ndarray, shape (N, C, H, W)
        As in `Examples`.
    labels : array_like, shape (N,), int
        Classes.
    seed : int
        For the draw.
    share : float
        Of each class that goes into the test part.

    Raises
    ------
    InvalidValueError
        If a class has fewer than two images, or what `Examples` and `Dataset` refuse.
    """
    numbers = np.asarray(labels, np.int64)
    generator = np.random.default_rng(seed)
    test = np.zeros(len(numbers), bool)
    for label, title in enumerate(classes):
        own = np.flatnonzero(numbers == label)
        if len(own) < 2:
            raise InvalidValueError(
                "class {title} has too few images ({count}): it needs at least 2, one to train and one to test",
                title=title,
                count=len(own),
            )
        test[generator.permutation(own)[: max(1, round(share * len(own)))]] = True
    return Dataset(
        name,
        tuple(classes),
        Examples(images[~test], numbers[~test]),
        Examples(images[test], numbers[test]),
        notes,
    )
