"""Coloured textures: four patterns in two pairs of colours, made from a seed."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Dataset, Examples

SIZE = 24
"""Rows and columns of a picture."""

_COLOURS = {
    "red–green": ((0.85, 0.2, 0.15), (0.15, 0.65, 0.25)),
    "blue–yellow": ((0.15, 0.3, 0.85), (0.9, 0.8, 0.2)),
}
_PATTERNS = ("stripes", "checks", "dots", "rings")


def textures(seed: int = 0, train: int = 4000, test: int = 1000) -> Dataset:
    """Stripes, checks, dots and rings, red with green or blue with yellow.

    Scale, direction, place, brightness and colours vary, and there is noise: neither the pattern nor the colour alone
    tells the class.

    Parameters
    ----------
    seed : int
        The same seed gives the same pictures.
    train, test : int
        How many pictures; as many of each class, up to one.

    Returns
    -------
    Dataset
        RGB, `SIZE` × `SIZE`, uint8.
    """
    kinds = list(product(_COLOURS, _PATTERNS))
    generator = np.random.default_rng(seed)
    parts = []
    for count in (train, test):
        labels = generator.permutation(np.arange(count) % len(kinds))
        parts.append(Examples(_draw(labels, generator), labels))
    return Dataset("Coloured textures", tuple(f"{colour} {pattern}" for colour, pattern in kinds), parts[0], parts[1])


def _draw(labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Pictures (N, 3, SIZE, SIZE) of the kinds that the labels say."""
    count = len(labels)
    angle = generator.uniform(0, np.pi, (count, 1, 1))
    period = generator.uniform(5, 9, (count, 1, 1))
    shift = generator.uniform(-4, 4, (2, count, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    x, y = x - shift[0], y - shift[1]
    u = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    v = (y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period
    waves = np.stack(
        [
            np.sin(u),
            np.sin(u) * np.sin(v) * 1.5,
            np.cos(u) + np.cos(v) - 0.6,
            np.sin(np.hypot(u, v)),
        ]
    )
    patterns = len(_PATTERNS)
    wave = waves[labels % patterns, np.arange(count)]
    mix = np.clip(0.5 + 1.5 * wave, 0, 1)[:, np.newaxis]
    pairs = np.array(list(_COLOURS.values()))[labels // patterns]
    pairs = np.clip(pairs + generator.normal(0, 0.06, pairs.shape), 0, 1)[..., np.newaxis, np.newaxis]
    # Either colour may be the figure and the other the ground.
    swap = generator.random((count, 1, 1, 1)) < 0.5
    picture = np.where(swap, 1 - mix, mix) * pairs[:, 0] + np.where(swap, mix, 1 - mix) * pairs[:, 1]
    bright = generator.uniform(0.6, 1.1, (count, 1, 1, 1))
    noisy = bright * picture + generator.normal(0, 0.04, picture.shape)
    return np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8)
