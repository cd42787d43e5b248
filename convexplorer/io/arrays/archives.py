"""Checks zip archives before Python's `zipfile` opens them.

Hand-written, because `zipfile` has no limits: it makes an object of every entry on opening, however many a file lists.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import IO

from convexplorer.errors import InvalidValueError

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""Exceptions of `zipfile` on archives whose entries or offsets make no sense."""

_MAX_DIRECTORY = 2**20
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20


def check_directory(file: IO[bytes], otherwise: str) -> None:
    """Refuse an archive whose list of entries is large.

    Parameters
    ----------
    file : binary file
        The archive; an ordinary file.
    otherwise : str
        The message if the file is no archive, or the archive does not end where the file does.

    Raises
    ------
    InvalidValueError
        If it is refused.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - _END_SIZE - _LOCATOR_SIZE))
    tail = file.read()
    locator, end = tail[:-_END_SIZE], tail[-_END_SIZE:]
    if not end.startswith(_END) or not end.endswith(b"\0\0"):
        raise InvalidValueError(otherwise)
    directory = int.from_bytes(end[12:16], "little")
    if directory > _MAX_DIRECTORY or locator.startswith(_LOCATOR):
        raise InvalidValueError("the archive has too many entries, or is too large")
