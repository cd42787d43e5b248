"""A file lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

YOUNG = 60.0
"""Seconds for which a file without a lock is left alone: its program may be about to lock it."""


def is_young(changed: float) -> bool:
    """Whether a file's time, in seconds since 1970, is about now; what is dated in the future was, by another clock."""
    return abs(time.time() - changed) <= YOUNG


class FileLock:
    """A file that one process at a time holds.

    Parameters
    ----------
    path : Path
        The file; it is made if it is not there.

    Attributes
    ----------
    file : binary file or None
        The file, open for appending while the lock is held.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Take the lock, if nobody has it; returns at once.

        Raises
        ------
        OSError
            If the file cannot be opened.
        """
        file = self._path.open("ab")
        try:
            _lock(file.fileno())
        except OSError:
            file.close()
            return False
        self.file = file
        return True

    def release(self) -> None:
        """Release the lock."""
        if self.file is not None:
            with suppress(OSError):  # On a full disk what was written to it cannot be kept; the lock goes all the same.
                self.file.close()
            self.file = None


if sys.platform == "win32":
    import msvcrt

    _BEHIND = 2**30

    def _lock(descriptor: int) -> None:
        # Others can neither read nor write the locked bytes, so they lie where no data are.
        os.lseek(descriptor, _BEHIND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # Not lockf: its locks are lost as soon as the process closes any other handle of the file.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
