"""Opens ordinary files for reading, and turns all errors into one line."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from convexplorer.errors import InvalidValueError, UnreadableFileError

_REASONS = {
    errno.ENOENT: "{file} does not exist",
    errno.ENOTDIR: "{file} does not exist",
    errno.EISDIR: "{file} is a folder",
    errno.ENXIO: "{file} is not an ordinary file",
    errno.EACCES: "{file} may not be read: permission denied",
    errno.EPERM: "{file} may not be read: permission denied",
    errno.ENAMETOOLONG: "{file} does not exist: its name is too long",
}


@contextmanager
def open_for_reading(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file and decode it in a ``with`` block.

    Errors of the system, and the `InvalidValueError` of a decoder, become one line that names the file.

    Raises
    ------
    UnreadableFileError
        If it is missing, a folder, a pipe, a device or empty, or cannot be decoded.
    """
    name = Path(path).name
    if "\0" in os.fspath(path):
        raise UnreadableFileError("{file} does not exist", file=name)
    try:
        with io.BufferedReader(io.FileIO(path, opener=_open)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFileError("{file} is not an ordinary file", file=name)
            if status.st_size == 0:
                raise UnreadableFileError("{file} is empty", file=name)
            yield file
    except InvalidValueError as error:
        raise UnreadableFileError("{file}: {problem}", file=name, problem=error) from error
    except OSError as error:
        raise refusal(path, error) from error
    except MemoryError as error:
        raise UnreadableFileError("{file} does not fit into memory", file=name) from error


def refusal(path: str | os.PathLike[str], error: OSError) -> UnreadableFileError:
    """The error for a file or folder that the system refuses to open."""
    number = errno.EISDIR if os.path.isdir(path) else error.errno  # noqa: PTH112 - That of a `Path` raises.
    template = _REASONS.get(number or 0, "{file} cannot be read: {reason}")
    return UnreadableFileError(template, file=Path(path).name, reason=error.strerror or error)


def check_reachable(path: str | os.PathLike[str]) -> None:
    """Check that something has this name, even if it is a broken link.

    Raises
    ------
    UnreadableFileError
        If there is not, or the way to it is barred.
    """
    try:
        os.lstat(path)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte.
        found = error if isinstance(error, OSError) else FileNotFoundError(errno.ENOENT, "")
        raise refusal(path, found) from error


def _open(path: str, flags: int) -> int:
    # Opening a pipe would wait for someone to write into it; with O_NONBLOCK it does not.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
