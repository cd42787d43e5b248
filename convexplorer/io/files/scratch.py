"""A temporary folder that lives as long as the program. Folders of killed programs are removed."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from convexplorer.errors import UnwritableFileError
from convexplorer.io.files.locks import FileLock, is_young

PREFIX = "convexplorer-"
"""How the names of such folders begin, in the system's folder of temporary files."""

_LOCK = "lock"


@lru_cache(maxsize=1)
def scratch_folder() -> Path:
    """The folder of this process. It is removed at its end, or after a kill by the next program that asks for one.

    Raises
    ------
    UnwritableFileError
        If none can be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = FileLock(folder / _LOCK)
        lock.acquire()
    except OSError as error:
        raise _no_room(error) from error
    atexit.register(_remove, folder, lock)
    sweep(folder.parent)
    return folder


def fresh_folder(name: str) -> Path:
    """An empty folder in `scratch_folder`; earlier contents are removed.

    Raises
    ------
    UnwritableFileError
        If it cannot be made.
    """
    folder = scratch_folder() / name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_room(error) from error
    return folder


def _no_room(error: OSError) -> UnwritableFileError:
    return UnwritableFileError("there is no room for temporary files: {reason}", reason=error.strerror or error)


def sweep(place: Path) -> None:
    """Remove the folders in a folder of temporary files whose programs are gone."""
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(Path(entry.path), entry.stat(follow_symlinks=False))


def _sweep_one(folder: Path, status: os.stat_result) -> None:
    # In a folder where all may write, others may have put anything under such a name.
    ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if ours and (folder / _LOCK).is_file() and not is_young(status.st_mtime):
        lock = FileLock(folder / _LOCK)
        if lock.acquire():
            _remove(folder, lock)


def _remove(folder: Path, lock: FileLock) -> None:
    lock.release()  # Windows removes no open file.
    shutil.rmtree(folder, ignore_errors=True)
