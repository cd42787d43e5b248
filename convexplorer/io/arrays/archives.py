"""Zip archives from strangers: what is looked at before Python's reader gets them."""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import IO

from convexplorer.errors import InvalidValueError

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises on archives whose entries or offsets make no sense."""

_MAX_DIRECTORY = 2**20
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20


def check_directory(file: IO[bytes], otherwise: str) -> None:
    """Refuse an archive whose list of entries is large: `zipfile` makes objects of all of them on opening.

    Parameters
    ----------
    file : binary file
        The archive; an ordinary file.
    otherwise : str
        What to say where there is no archive, or none that ends where the file does.

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
