"""Memory of large results, used again as soon as nobody holds them.

The system takes a large block back when it is freed and gives a new one page by page, zeroed: measured, 0.1 to 1 s for
the 768 MB of sixteen 12-megapixel maps, which take 0.29 s to compute. So freed blocks are kept for the next result, up
to a limit; an array is never used again while it, or a view of it, is alive.
"""

from __future__ import annotations

from math import prod
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 1 << 20
"""Bytes below which the allocator does as well by itself."""
SLACK = 1.25
"""A block serves a result that needs at least this part of it."""
IDLE_BYTES = 1 << 30
"""Most memory that is kept for later, unless `ResultMemory.limit` is set otherwise."""


class ResultMemory:
    """Hands out arrays whose memory comes back when the last reference to them goes.

    Parameters
    ----------
    limit : int
        Most bytes kept while nobody uses them. What comes back beyond it is freed, the longest unused first.
    """

    def __init__(self, limit: int = IDLE_BYTES) -> None:
        self._limit = limit
        self._idle: list[NDArray[np.uint8]] = []
        # A lease may end in any thread, and by garbage collection even within `empty`.
        self._lock = RLock()

    @property
    def limit(self) -> int:
        """Most bytes kept while nobody uses them; a smaller one takes effect at once."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        with self._lock:
            self._trim()

    @property
    def idle_bytes(self) -> int:
        """Bytes that are kept for later now."""
        with self._lock:
            return sum(block.nbytes for block in self._idle)

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array of float32 of a shape, in C order, with whatever was in its memory before."""
        size = 4 * prod(shape)
        if size < LEAST:
            return np.empty(shape, np.float32)
        block = self._take(size)
        if block is None:
            block = np.empty(size, np.uint8)
        return np.asarray(_Lease(self, block, shape))

    def _take(self, size: int) -> NDArray[np.uint8] | None:
        with self._lock:
            fitting = [i for i, block in enumerate(self._idle) if size <= block.nbytes <= SLACK * size]
            return self._idle.pop(min(fitting, key=lambda i: self._idle[i].nbytes)) if fitting else None

    def give_back(self, block: NDArray[np.uint8]) -> None:
        """Keep a block for later."""
        with self._lock:
            self._idle.append(block)
            self._trim()

    def _trim(self) -> None:
        while self._idle and self.idle_bytes > self._limit:
            del self._idle[0]


class _Lease:
    """What an array and all its views refer to as their base: while it lives, the block is theirs."""

    def __init__(self, memory: ResultMemory, block: NDArray[np.uint8], shape: tuple[int, ...]) -> None:
        self._memory, self._block = memory, block
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "typestr": np.dtype(np.float32).str,
            "shape": shape,
            "data": (block.ctypes.data, False),
        }

    def __del__(self) -> None:
        self._memory.give_back(self._block)


results = ResultMemory()
"""The program's."""
