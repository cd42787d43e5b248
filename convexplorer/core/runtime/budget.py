"""The memory budget of all caches, and the share of each.

Every cache asks here how large it may be: the prepared picture with the maps between layers, matrices of windows,
pictures of maps, freed blocks of results. The decoded picture is no cache, and strips that are being computed are not
counted either. Both together need less than half of the default besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from convexplorer.core.runtime.result_memory import results

DEFAULT = 1 << 30
"""Default number of bytes for all caches together."""
LEAST, MOST = 128 << 20, 64 << 30
"""Smallest and largest budget in bytes."""

CacheKind = Literal["inputs", "windows", "pictures", "idle"]
_PARTS: dict[CacheKind, float] = {"inputs": 0.5, "windows": 0.1875, "pictures": 0.1875, "idle": 0.125}
"""Share of each cache: prepared picture and maps between layers; windows; maps and their pictures; freed blocks."""


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
        """Bytes for all caches together. A new value is limited to `LEAST` and `MOST`, and takes effect at once."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self._total = min(max(total, LEAST), MOST)
        results.limit = self.part("idle")

    def part(self, name: CacheKind) -> int:
        """Most bytes of one kind of cache."""
        return int(self._total * _PARTS[name])

    @contextmanager
    def of(self, total: int) -> Iterator[None]:
        """Use another total, of any size, in a ``with`` block; for tests."""
        before, self._total = self._total, total
        try:
            yield
        finally:
            self._total = before


budget = Budget()
"""The budget of the program."""


def release() -> None:
    """Return freed memory from the C library to the system. Only the one of Linux keeps it, and can."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    import ctypes

    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
