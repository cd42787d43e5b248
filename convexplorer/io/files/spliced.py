"""A file made of bytes and of parts of another file, without copying them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FilePart = bytes | slice
"""Bytes themselves, or a stretch (start, stop) of the other file."""


class Spliced(io.RawIOBase):
    """A read-only file whose contents are some parts, one after the other.

    Parameters
    ----------
    file : binary file
        The file that the slices refer to. Others may move its position, and it is not closed with this one.
    parts : iterable of bytes or slice
        The parts in their order.
    """

    def __init__(self, file: IO[bytes], parts: Iterable[FilePart]) -> None:
        super().__init__()
        self._file = file
        self._parts: list[tuple[int, int, FilePart]] = []
        self._place = self._size = 0
        for part in parts:
            length = len(part) if isinstance(part, bytes) else part.stop - part.start
            if length > 0:
                self._parts.append((self._size, self._size + length, part))
                self._size += length
        self._current = 0

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether its position can be changed: yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The place that is read next."""
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the end of a part at most, as `io.RawIOBase.read` allows."""
        view = memoryview(buffer).cast("B")
        part = self._part()
        if part is None or not len(view):
            return 0
        start, stop, source = part
        skipped = self._place - start
        most = min(len(view), stop - self._place)
        if isinstance(source, bytes):
            data = source[skipped : skipped + most]
        else:
            self._file.seek(source.start + skipped)
            data = self._file.read(most)
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _part(self) -> tuple[int, int, FilePart] | None:
        """The part with the next byte. Reading mostly goes forward, so the search begins at the last part."""
        if self._current >= len(self._parts) or self._place < self._parts[self._current][0]:
            self._current = 0
        while self._current < len(self._parts) and self._parts[self._current][1] <= self._place:
            self._current += 1
        return self._parts[self._current] if self._current < len(self._parts) else None


def open_spliced(file: IO[bytes], parts: Iterable[FilePart]) -> io.BufferedReader:
    """Open a file of parts. Unlike those of `Spliced`, its reads give all bytes that are asked for, up to the end."""
    return io.BufferedReader(Spliced(file, parts))
