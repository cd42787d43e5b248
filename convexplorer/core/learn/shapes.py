"""Shapes and edges: small grey pictures of bars, edges, corners and crosses, made from a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.errors import InvalidValueError

SIZE = 20
"""Rows and columns of a picture."""
NOISE = 0.06
"""Standard deviation of the noise, in values of 0 to 1."""

_SOFTNESS = 0.6

Reals = NDArray[np.float64]


def shapes(seed: int = 0, train: int = 6000, test: int = 1500, orientations: int = 4) -> Dataset:
    """Bars and edges in several orientations, corners and crosses, all shifted, of any polarity, and noisy.

    Parameters
    ----------
    seed : int
        The same seed gives the same pictures.
    train, test : int
        How many pictures; as many of each class, up to one.
    orientations : int
        4 to 8: bars and edges run every 180° / orientations, counted anticlockwise from horizontal.

    Returns
    -------
    Dataset
        Grey, `SIZE` × `SIZE`, uint8.

    Raises
    ------
    InvalidValueError
        If there are fewer or more orientations.
    """
    if not 4 <= orientations <= 8:
        raise InvalidValueError("bars and edges have 4 to 8 orientations, not {count}", count=orientations)
    angles = [180 * number / orientations for number in range(orientations)]
    kinds = [(kind, angle) for kind in ("bar", "edge") for angle in angles] + [("corner", 0.0), ("cross", 0.0)]
    classes = tuple(f"{kind} {angle:g}°" if kind in ("bar", "edge") else kind for kind, angle in kinds)
    generator = np.random.default_rng(seed)
    parts = []
    for count in (train, test):
        labels = generator.permutation(np.arange(count) % len(kinds))
        parts.append(Examples(_draw(labels, kinds, 90 / orientations, generator), labels))
    return Dataset("Shapes and edges", classes, parts[0], parts[1])


def _draw(
    labels: NDArray[np.int64], kinds: list[tuple[str, float]], tolerance: float, generator: np.random.Generator
) -> NDArray[np.uint8]:
    """Pictures (N, 1, SIZE, SIZE) of the kinds that the labels say."""
    count = len(labels)
    turn = generator.uniform(-0.5, 0.5, count) * tolerance
    angles = np.deg2rad(np.array([angle for _, angle in kinds])[labels] + turn)
    names = np.array([name for name, _ in kinds])[labels]
    free = np.isin(names, ("corner", "cross"))
    angles[free] = generator.uniform(0, 2 * np.pi, int(free.sum()))
    shift = generator.uniform(-3, 3, (2, count, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    x, y = x - shift[0], y - shift[1]
    cosine, sine = (function(angles)[:, np.newaxis, np.newaxis] for function in (np.cos, np.sin))
    along, across = x * cosine - y * sine, x * sine + y * cosine
    half = generator.uniform(0.7, 1.6, (count, 1, 1))
    bar = _inside(half - np.abs(across))
    other = _inside(half - np.abs(along))
    edge = _inside(across)
    picture = np.select(
        [(names == name)[:, np.newaxis, np.newaxis] for name in ("bar", "edge", "corner", "cross")],
        [bar, edge, edge * _inside(along), np.maximum(bar, other)],
    )
    contrast = generator.uniform(0.35, 0.9, (count, 1, 1)) * generator.choice([-1.0, 1.0], (count, 1, 1))
    level = generator.uniform(0.0, 1.0, (count, 1, 1)) * (1 - np.abs(contrast)) + np.maximum(-contrast, 0)
    noisy = level + contrast * picture + NOISE * generator.standard_normal(picture.shape)
    pixels: NDArray[np.uint8] = np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8)
    return pixels[:, np.newaxis]


def _inside(distance: Reals) -> Reals:
    """1 where a signed distance in pixels is positive, 0 where negative, soft over about a pixel."""
    return np.clip(0.5 + distance / (2 * _SOFTNESS), 0, 1)
