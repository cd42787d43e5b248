"""CIFAR-10's binary version: records of a label and 32 × 32 bytes each of R, G and B.

Read by hand: NumPy reads the records directly, and existing readers need torchvision or TensorFlow.

A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from convexplorer.core.learn.datasets import Dataset
from convexplorer.errors import InvalidValueError
from convexplorer.io.datasets.formats.common import ImagesAndLabels, check_bytes, dataset
from convexplorer.io.files.reading import open_for_reading

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""Names of the classes, as in ``batches.meta.txt``."""

_RECORD = 1 + 3 * 32 * 32


def is_cifar(path: Path) -> bool:
    """Whether a file is called like a batch of CIFAR-10."""
    return path.suffix == ".bin" and path.stem.startswith(("data_batch", "test_batch"))


def read(path: Path, seed: int) -> Dataset:
    """Read a folder with ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``, or one such file."""
    if not path.is_dir():
        return dataset(path.name, _batch(path), None, titles=CLASSES, seed=seed)
    files = sorted(one for one in path.iterdir() if is_cifar(one))
    train = [_batch(one) for one in files if one.stem.startswith("data")]
    test = [_batch(one) for one in files if one.stem.startswith("test")]
    if not train:
        train, test = test, train
    return dataset(path.name, _join(train), _join(test) if test else None, titles=CLASSES, seed=seed)


def _join(parts: list[ImagesAndLabels]) -> ImagesAndLabels:
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def _batch(path: Path) -> ImagesAndLabels:
    with open_for_reading(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size % _RECORD:
            raise InvalidValueError(
                "its {size} bytes are no whole number of CIFAR-10's records of {record}", size=size, record=_RECORD
            )
        check_bytes(size)
        records = np.frombuffer(file.read(size), np.uint8).reshape(-1, _RECORD)
        if records[:, 0].max() >= len(CLASSES):
            raise InvalidValueError("a label is {label}; CIFAR-10 has 0 to 9", label=records[:, 0].max())
        return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
