"""How much memory caches may take in all, and who gets which part of it.

Everything that is kept to be quick asks here how large it may be: the prepared picture and the maps between layers,
matrices of windows, pictures of maps, freed blocks of results. A picture as it was decoded is no cache, and strips of
what is being computed come on top: both together stay below another half of the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from convexplorer.core.runtime.result_memory import results

DEFAULT = 1 << 30
"""Bytes for all caches together, unless told otherwise."""
LEAST, MOST = 128 << 20, 64 << 30
"""Bytes between which the budget can be set."""

CacheKind = Literal["inputs", "windows", "pictures", "idle"]
_PARTS: dict[CacheKind, float] = {"inputs": 0.5, "windows": 0.1875, "pictures": 0.1875, "idle": 0.125}
"""Shares of the prepared picture with the maps between layers; of windows; of maps and their pictures; of freed blocks
that are kept for the next result."""


class Budget:
    """The limit for all caches.

    Parameters
    ----------
    total : int
        Bytes; kept between `LEAST` and `MOST`.
    """

    def __init__(self, total: int = DEFAULT) -> None:
        self._total = total

    @property
    def total(self) -> int:
        """Bytes for all caches together; what is set is kept between `LEAST` and `MOST`, and holds from then on."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self._total = min(max(total, LEAST), MOST)
        results.limit = self.part("idle")

    def part(self, name: CacheKind) -> int:
        """Bytes that one kind of cache may take."""
        return int(self._total * _PARTS[name])

    @contextmanager
    def of(self, total: int) -> Iterator[None]:
        """Another total for a while, however small; for tests."""
        before, self._total = self._total, total
        try:
            yield
        finally:
            self._total = before


budget = Budget()
"""The program's."""


def release() -> None:
    """Give freed memory that the C library keeps for later back to the system; that of Linux can, others need not."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    import ctypes

    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
