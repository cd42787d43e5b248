"""Arrays that are computed where they are read, because as a whole they would take too much memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from convexplorer.core.runtime.types import Values

BAND_NUMBERS = 2 << 20
"""Numbers that are computed at a time, roughly."""

SAMPLED_ROWS = 8
"""Rows of a stream at most that are computed to see how large its numbers are."""

Key = int | slice | list[int] | tuple[Any, ...]


class Stream(ABC):
    """Numbers of shape (C, H, W), float32, of which parts are made when they are asked for.

    It can be indexed like an array, by channels (a number, a slice, a list) and perhaps slices of rows and columns with
    positive steps. A number is the same whichever part it is read with, within rounding. Not changed by reading, so it
    may be read by several threads at once.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape

    def sample(self) -> Values:
        """Some of its numbers, shape (C, n, W), that tell how large they are; cheap to come by."""
        rows = range(self.shape[1])[:: -(-self.shape[1] // SAMPLED_ROWS)]
        return np.concatenate([self.part(range(row, row + 1), range(self.shape[2])) for row in rows], axis=1)

    @abstractmethod
    def part(self, rows: range, columns: range) -> Values:
        """All channels of neighbouring rows and columns, shape (C, len(rows), len(columns))."""

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Values]:
        return (self[channel, :, :] for channel in range(len(self)))

    def __getitem__(self, key: Key) -> Values:
        channels, *rest = key if isinstance(key, tuple) else (key,)
        slices = *rest, *[slice(None)] * (2 - len(rest))
        rows, columns = range(self.shape[1])[slices[0]], range(self.shape[2])[slices[1]]
        chosen = np.arange(self.shape[0])[channels]
        result = np.empty((*chosen.shape, len(rows), len(columns)), np.float32)
        if not result.size:
            return result
        across = range(columns[0], columns[-1] + 1)
        for start, some in bands(self.shape[0], rows, across):
            part = self.part(range(some[0], some[-1] + 1), across)
            result[..., start : start + len(some), :] = part[channels, :: rows.step, :: columns.step]
        return result


def bands(channels: int, rows: range, columns: range) -> Iterator[tuple[int, range]]:
    """Cut rows, perhaps with steps, into runs of which each spans `BAND_NUMBERS` at most; one row at least.

    Yields
    ------
    int
        Where the run begins among the rows.
    range
        Its rows.
    """
    at_once = max(1, BAND_NUMBERS // max(1, channels * len(columns) * rows.step))  # A layer may make no maps.
    for start in range(0, len(rows), at_once):
        yield start, rows[start : start + at_once]


def size_of(shape: tuple[int, ...]) -> int:
    """Bytes of float32 numbers of a shape."""
    return 4 * prod(shape)
