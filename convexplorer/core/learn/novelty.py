"""Tells whether an image looks like those a network learnt from; only a guess, but one that says how good it is.

A softmax always names a class and is often sure of it, whatever it is shown. This looks at the image alone, not at the
network: how bright, contrasty, sharp and colourful it is, and how much of it a principal component analysis of the
training images leaves over. Each measure has a range in which nearly all training images lie. The test images say how
far outside is still usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.runtime.types import Values

SIDE = 32
"""Rows and columns up to which images are compared; larger ones are reduced."""
MOST = 1000
"""Most training images, and most test images, that are looked at."""
FEWEST = 20
"""Test images below which nothing can be said."""
KEPT = 0.98
"""Share of the variance that the components keep."""
RANGE = 0.005
"""Share of the training images beyond either end of a measure's range."""
USUAL = 0.99
"""Share of the test images that are not called unlike."""

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Novelty:
    """How unlike the images of a data set an image is.

    Parameters
    ----------
    mean, components : ndarray, shapes (P,) and (K, P)
        The principal component analysis of the training images, reduced.
    low, high : ndarray, shape (M,)
        The range of each measure.
    limit : float
        What `score` is below for `USUAL` of the test images.
    """

    mean: Reals
    components: Reals
    low: Reals
    high: Reals
    limit: float

    def is_unlike(self, image: Values) -> bool:
        """Whether an image, (C, H, W) in [0, 1], is less like the training images than `USUAL` of the test images."""
        return bool(self.score(image[np.newaxis])[0] > self.limit)

    def score(self, images: Values) -> Reals:
        """How far outside its range the measure is that lies farthest, in widths of the range; (N,)."""
        width = np.maximum(self.high - self.low, 1e-6)
        measures = _measure(images, self.mean, self.components)
        outside: Reals = (np.maximum(self.low - measures, measures - self.high) / width).max(axis=1)
        return outside


def learn_novelty(dataset: Dataset) -> Novelty | None:
    """Learn from a data set what is usual in it; None if it has fewer than `FEWEST` test images."""
    if len(dataset.test) < FEWEST or len(dataset.train) < FEWEST:
        return None
    train, test = (part.batch(slice(0, MOST))[0] for part in (dataset.train, dataset.test))
    # What is left over must be known for images that the components were not made of.
    fitted, held_out = train[::2], train[1::2]
    mean, components = _principal_components(_flat(fitted))
    measures = _measure(held_out, mean, components)
    low, high = np.quantile(measures, (RANGE, 1 - RANGE), axis=0)
    found = Novelty(mean, components, low, high, 0.0)
    limit = max(0.0, float(np.quantile(found.score(test), USUAL)))
    return Novelty(mean, components, low, high, limit)


def _principal_components(rows: Reals) -> tuple[Reals, Reals]:
    """Mean (P,) and the components (K, P) of rows (N, P) that keep `KEPT` of their variance."""
    mean = rows.mean(axis=0)
    _, values, vectors = np.linalg.svd(rows - mean, full_matrices=False)
    kept = np.cumsum(values**2)
    count = int(np.searchsorted(kept, KEPT * kept[-1])) + 1
    return mean, vectors[:count]


def _measure(images: Values, mean: Reals, components: Reals) -> Reals:
    """Brightness, contrast, sharpness, colour and what the components leave over, (N, 5)."""
    reduced = _reduce(images)
    grey = reduced.mean(axis=1)
    steps = (np.abs(np.diff(grey, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2) if grey.shape[axis] > 1)
    rows = reduced.reshape(len(reduced), -1) - mean
    left = np.linalg.norm(rows - rows @ components.T @ components, axis=1)
    return np.stack(
        [
            grey.mean(axis=(1, 2)),
            grey.std(axis=(1, 2)),
            np.sum(list(steps), axis=0) * np.ones(len(grey)),
            (reduced.max(axis=1) - reduced.min(axis=1)).mean(axis=(1, 2)),
            left,
        ],
        axis=1,
    )


def _flat(images: Values) -> Reals:
    return _reduce(images).reshape(len(images), -1)


def _reduce(images: Values) -> Reals:
    """Means of blocks, (N, C, at most `SIDE`, at most `SIDE`), float64."""
    reduced = images.astype(np.float64)
    for axis in (2, 3):
        size = reduced.shape[axis]
        if size > SIDE:
            begins = np.arange(SIDE) * size // SIDE
            counts = np.diff(np.append(begins, size)).reshape((-1, 1) if axis == 2 else (-1,))
            reduced = np.add.reduceat(reduced, begins, axis=axis) / counts
    return reduced
