"""Arrays whose parts are computed when they are read, because the whole would take too much memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from convexplorer.core.runtime.types import Values

BAND_NUMBERS = 2 << 20
"""About how many numbers are computed at a time."""

SAMPLED_ROWS = 8
"""Most rows that are computed to estimate how large the numbers of a stream are."""

Key = int | slice | list[int] | tuple[Any, ...]


class Stream(ABC):
    """An array of float32, shape (C, H, W), whose parts are computed when they are read.

    It is indexed like an array: by channels (a number, a slice or a list) and optionally by slices of rows and columns
    with positive steps. Within rounding, a number does not depend on which part it is read with. Several threads may
    read at the same time.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape

    def sample(self) -> Values:
        """Some rows, shape (C, n, W), to estimate how large the numbers are; cheap to compute."""
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
        # Indexed like the result: a single channel leaves no axis, as in NumPy.
        chosen = np.arange(self.shape[0])[channels]
        result = np.empty((*chosen.shape, len(rows), len(columns)), np.float32)
        if not result.size:
            return result
        across = range(columns[0], columns[-1] + 1)
        for start, some in bands(self.shape[0], rows, across):
            # `part` gives neighbouring rows and columns only; steps are applied afterwards.
            part = self.part(range(some[0], some[-1] + 1), across)
            result[..., start : start + len(some), :] = part[channels, :: rows.step, :: columns.step]
        return result


def bands(channels: int, rows: range, columns: range) -> Iterator[tuple[int, range]]:
    """Cut rows, perhaps with steps, into runs of at most `BAND_NUMBERS` numbers, and of at least one row.

    A run is measured with the rows that its steps skip, because they are computed too.

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
