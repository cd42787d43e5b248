"""Whether a file is still the one that was read or written before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """What tells one state of a file from another without reading it.

    Every program that saves carefully puts a new file in the old one's place, which changes `inode`; one that writes
    into it changes `modified`, and mostly `size`.
    """

    inode: int
    size: int
    modified: int
    """Nanoseconds since 1970."""


def stamp_of(path: str | os.PathLike[str]) -> Stamp | None:
    """The state of a file; None if there is none, or it cannot be asked for."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)
