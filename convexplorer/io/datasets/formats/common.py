"""Shared by all data set formats: limits, and the conversion of pixels and labels."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import MAX_CLASSES, Dataset, Examples, split
from convexplorer.errors import InvalidValueError

MAX_BYTES = 1 << 30
"""Most bytes that the images of one file may take."""

ImagesAndLabels = tuple[NDArray[Any], NDArray[Any]]
"""Images (N, C, H, W) and their labels (N,): numbers or texts."""


def check_bytes(count: int) -> None:
    """Refuse images that would take more than `MAX_BYTES`."""
    if count > MAX_BYTES:
        raise InvalidValueError("its images take more than {most} GB", most=MAX_BYTES >> 30)


def planes(images: NDArray[Any]) -> NDArray[Any]:
    """Bring images into the axes (N, C, H, W).

    Parameters
    ----------
    images : ndarray, shape (N, H, W), (N, H, W, C), (N, C, H, W) or (N, side²)
        C is 1 or 3; where both axes would do, the last one is C.
    """
    if images.ndim == 2 and isqrt(images.shape[1]) ** 2 == images.shape[1]:
        side = isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    if images.ndim == 3:
        return images[:, np.newaxis]
    if images.ndim == 4 and images.shape[3] in (1, 3):
        return images.transpose(0, 3, 1, 2)
    if images.ndim == 4 and images.shape[1] in (1, 3):
        return images
    raise InvalidValueError("an array of shape {shape} holds no images", shape=images.shape)


def pixels(images: NDArray[Any]) -> NDArray[Any]:
    """As uint8, or float32 in [0, 1].

    Whole numbers up to 255 are 8-bit values; larger ones, and other numbers, are brought to [0, 1]: by 1 if they lie
    there, by 255 if they lie in [0, 255], by 65535 if they are 16-bit values, else from the lowest to the highest.
    """
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "fiub":
        raise InvalidValueError("its images are no numbers")
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InvalidValueError("a pixel is not a finite number")
    if images.dtype.kind in "iu" and low >= 0 and 1 < high <= 255:
        return images.astype(np.uint8)
    if low < 0 or high > 65535 or (images.dtype.kind == "f" and high > 255):
        return ((images - low) / ((high - low) or 1)).astype(np.float32)
    scale = 1 if high <= 1 else 255 if high <= 255 else 65535
    return (images / scale).astype(np.float32)


def labels_of(array: NDArray[Any]) -> NDArray[Any]:
    """Labels (N,) of an array (N,), (N, 1), or of ones and zeros (N, K) with a single one in each row."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "fiub":
        if array.size and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all():
            right: NDArray[Any] = array.argmax(axis=1)
            return right
        raise InvalidValueError("the labels of an image are not one class")
    if array.ndim != 1 or array.dtype.kind not in "fiubU":
        raise InvalidValueError("an array of shape {shape} holds no labels", shape=array.shape)
    if array.dtype.kind == "f":
        if not (np.isfinite(array).all() and (array == np.rint(array)).all() and (np.abs(array) < 2**31).all()):
            raise InvalidValueError("a label is not a whole number")
        return array.astype(np.int64)
    return array


def dataset(
    name: str,
    train: ImagesAndLabels,
    test: ImagesAndLabels | None,
    *,
    titles: Sequence[str] = (),
    seed: int = 0,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Make a data set of labelled images; without a test part some are drawn (`split`).

    Parameters
    ----------
    name : str
        What titles show.
    train, test : (images, labels)
        Labels may be any numbers or texts: each that occurs is a class, in order.
    titles : sequence of str
        Names of the classes 0, 1, …; without them a class is called by its label.
    seed : int
        For the draw.
    notes : tuple of str
        What reading had to decide.
    """
    for images, labels in (train,) if test is None else (train, test):
        if len(images) != len(labels):
            raise InvalidValueError("{images} images have {labels} labels", images=len(images), labels=len(labels))
    both = train[1] if test is None else np.concatenate([train[1], test[1]])
    found, numbers = np.unique(both, return_inverse=True)
    if not 2 <= len(found) <= MAX_CLASSES:
        raise InvalidValueError("a data set has 2 to {most} classes, not {count}", most=MAX_CLASSES, count=len(found))
    classes = tuple(
        titles[label] if isinstance(label, int) and 0 <= label < len(titles) else str(label) for label in found.tolist()
    )
    if test is None:
        return split(name, classes, pixels(train[0]), numbers, seed=seed, notes=notes)
    count = len(train[1])
    parts = Examples(pixels(train[0]), numbers[:count]), Examples(pixels(test[0]), numbers[count:])
    return Dataset(name, classes, *parts, notes)
