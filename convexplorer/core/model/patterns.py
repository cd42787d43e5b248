"""Test patterns: pictures whose maps can be worked out by hand.

Each function returns stored numbers as `Image` takes them: uint8, or float32 in [0, 1] where 8 bits would show bands.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.runtime.types import Values

Bytes = NDArray[np.uint8]

BINARY_GRID: Bytes = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 1, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
    ],
    np.uint8,
)
"""Two vertical strokes, three pixels high, 6 × 6 of 0 and 1; small enough to be worked out on paper.

Under `LINE_FILTER`, without padding, the first node is 0 and the second −2; the largest value, 3, occurs exactly
twice: where each stroke fills the middle column of its window, at row 1, column 2, and further down at row 3, column 0.
"""

LINE_FILTER: NDArray[np.float32] = np.array([[-1, 1, -1]] * 3, np.float32)
"""What looks for a vertical line in `BINARY_GRID`; with inputs in [0, 1] it can give at most 3, the sum of its ones."""

BINARY_GRID.setflags(write=False)
LINE_FILTER.setflags(write=False)


def step_edges(direction: Literal["vertical", "horizontal", "diagonal"], size: int = 256) -> Bytes:
    """Straight edges from dark to light and back, of contrasts 1, 1/2, 1/4 and 1/8 about mid-grey.

    Parameters
    ----------
    direction : "vertical", "horizontal" or "diagonal"
        How the edges run; the bands of light follow each other across them, from the top left.
    size : int
        Height and width.

    Returns
    -------
    ndarray, shape (size, size), uint8
    """
    contrasts = np.repeat([1, 1 / 2, 1 / 4, 1 / 8], 2)
    levels: Bytes = np.rint(127.5 * (1 + np.tile([-1, 1], 4) * contrasts)).astype(np.uint8)
    y, x = _rows_and_columns(size)
    along = {"vertical": x + 0 * y, "horizontal": y + 0 * x, "diagonal": (x + y) // 2}[direction]
    return np.take(levels, along * 8 // size)


def zone_plate(size: int = 512) -> Values:
    """Rings that grow finer outwards: every frequency in every direction.

    cos(π (x² + y²) / size) has the local frequency (x, y) / size cycles a pixel; at the sides that is 1/2, Nyquist's.

    Returns
    -------
    ndarray, shape (size, size), float32 in [0, 1]
    """
    y, x = (at - (size - 1) / 2 for at in _rows_and_columns(size))
    rings: Values = (0.5 + 0.5 * np.cos(np.pi / size * (x * x + y * y))).astype(np.float32)
    return rings


def checkerboard(size: int = 256, cell: int = 32) -> Bytes:
    """Black and white squares of `cell` pixels, beginning with black; shape (size, size), uint8."""
    y, x = _rows_and_columns(size)
    return ((x // cell + y // cell) % 2 * 255).astype(np.uint8)


def gradient(height: int = 256, width: int = 512) -> Values:
    """An even ramp from 0 at the left to 1 at the right; shape (height, width), float32."""
    return np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))


def impulse(size: int = 33) -> Bytes:
    """One white pixel in the middle of black; shape (size, size), uint8, `size` odd.

    A map of it is the filter turned by 180°: cross-correlation lays each weight over the pixel once, from the far side.
    """
    pixels = np.zeros((size, size), np.uint8)
    pixels[size // 2, size // 2] = 255
    return pixels


def siemens_star(size: int = 512, spokes: int = 36) -> Bytes:
    """Black and white sectors that meet in the middle: edges of all directions.

    Returns
    -------
    ndarray, shape (size, size), uint8
        Antialiased over the pixel that an edge runs through.
    """
    y, x = (at - (size - 1) / 2 for at in _rows_and_columns(size))
    to_edge = np.hypot(x, y) * np.arcsin(np.cos(np.arctan2(y, x) * spokes)) / spokes
    star: Bytes = np.rint(np.clip(0.5 + to_edge, 0, 1) * 255).astype(np.uint8)
    return star


def sine_gratings(size: int = 512) -> Values:
    """Sixteen sine waves in a grid of tiles.

    From left to right the period is 32, 16, 8 and 4 pixels; from top to bottom the waves run along 0°, 45°, 90° and
    135°, measured clockwise from the right.

    Returns
    -------
    ndarray, shape (size, size), float32 in [0, 1]
        `size` a multiple of 4.
    """
    tile = size // 4
    y, x = _rows_and_columns(tile)
    directions = np.deg2rad([0, 45, 90, 135])
    rows = [
        [0.5 + 0.5 * np.sin(2 * np.pi / period * (x * np.cos(one) + y * np.sin(one))) for period in (32, 16, 8, 4)]
        for one in directions
    ]
    return np.block(rows).astype(np.float32)


def colour_bars(height: int = 256, width: int = 512) -> Bytes:
    """White, yellow, cyan, green, magenta, red, blue, black, of full strength; shape (height, width, 3), uint8."""
    bar = 7 - np.arange(width) * 8 // width
    bits = np.stack([bar >> 1 & 1, bar >> 2 & 1, bar & 1], axis=-1)
    return np.tile((bits * 255).astype(np.uint8), (height, 1, 1))


def noise(size: int = 256, seed: int = 0) -> Bytes:
    """Independent uniform values; shape (size, size), uint8; the same seed gives the same picture."""
    return np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)


def _rows_and_columns(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers as a column and column numbers as a row, ready to be broadcast."""
    numbers = np.arange(size)
    return numbers[:, np.newaxis], numbers[np.newaxis]
