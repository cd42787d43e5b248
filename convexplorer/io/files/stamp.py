"""Tells whether a file has changed since it was read or written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """Identifies a state of a file without reading it.

    Every program that saves carefully puts a new file in the old one's place, which changes `inode`; one that writes
    into it changes `modified`, and mostly `size`.
    """

    inode: int
    size: int
    modified: int
    """Nanoseconds since 1970."""


def stamp_of(path: str | os.PathLike[str]) -> Stamp | None:
    """The state of a file; None if there is no such file, or the system refuses to tell."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)
