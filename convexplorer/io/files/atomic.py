"""Safe writing: whatever happens, a file is either the old one or the complete new one.

All files of the program are written through here. A temporary file in the same folder is written and flushed to the
disk. Only then it replaces the target, in one step of the file system. Meanwhile it is locked. A temporary file without
a lock was left behind by a killed program; it is removed when the next file is written to the folder.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from convexplorer.errors import UnwritableFileError
from convexplorer.io.files.locks import FileLock, is_young

TEMPORARY_PREFIX = ".convexplorer-"
"""First letters of temporary files. One is left behind only if the computer or the program is killed."""

_TEMPORARY = re.compile(rf"{re.escape(TEMPORARY_PREFIX)}[0-9a-f]{{16}}(\..{{0,15}})?", re.DOTALL)
_PROBE = 65_536
_REASONS = {
    errno.ENOSPC: "{file} was not saved: the disk is full",
    errno.EFBIG: "{file} was not saved: it is too large for this disk",
    errno.EROFS: "{file} was not saved: the folder {folder} is read-only",
    errno.EACCES: "{file} was not saved: the folder {folder} is read-only",
    errno.EPERM: "{file} was not saved: the folder {folder} is read-only",
    errno.ENOENT: "{file} was not saved: the folder {folder} does not exist",
    errno.ENOTDIR: "{file} was not saved: {folder} is not a folder",
    errno.EEXIST: "{file} already exists",
    errno.ENAMETOOLONG: "{file} was not saved: its name is too long",
}
if hasattr(errno, "EDQUOT"):
    _REASONS[errno.EDQUOT] = "{file} was not saved: your share of the disk is used up"


@contextmanager
def atomic_path(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path to write to. It becomes the target when the ``with`` block ends.

    Parameters
    ----------
    path : path-like
        The target. A symbolic link is followed: the file it points to is replaced. An existing file keeps its
        permissions and, where the system allows, its owner.
    overwrite : bool
        Whether an existing file may be replaced.

    Yields
    ------
    Path
        An empty temporary file in the folder of the target, with its suffix.

    Raises
    ------
    UnwritableFileError
        If the system refuses anything; one line with the reason. As after any other exception in the block,
        the temporary file is gone and what stood at the target is intact.
    """
    name = Path(path).name
    if "\0" in os.fspath(path):
        raise UnwritableFileError("{file} is not a possible name for a file", file=name)
    folder = Path(path).parent
    try:
        target = Path(os.path.realpath(path))
        folder = target.parent
        old = _existing(target, name, overwrite=overwrite)
        temporary = _create(target, 0o666 if old is None else stat.S_IMODE(old.st_mode))
        lock = FileLock(temporary)
        try:
            lock.acquire()
            yield temporary
            _settle(temporary, old)
            lock.release()  # Windows replaces no open file.
            _publish(temporary, target, name, overwrite=overwrite)
        except BaseException:
            lock.release()
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(folder)
        _sweep(folder)
    except OSError as error:
        template = _REASONS.get(error.errno or 0, "{file} was not saved: {reason}")
        values = {"file": name, "folder": folder, "reason": error.strerror or error}
        used = {key: value for key, value in values.items() if f"{{{key}}}" in template}
        raise UnwritableFileError(template, **used) from error


@contextmanager
def atomic_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Give a binary file to write to. It becomes the target when the ``with`` block ends (`atomic_path`)."""
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        yield file


def _existing(target: Path, name: str, *, overwrite: bool) -> os.stat_result | None:
    """The state of the target if it is a file that may be replaced; None if there is none."""
    try:
        status = target.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise UnwritableFileError("{file} is a folder", file=name)
    if not stat.S_ISREG(status.st_mode):
        # A device, a pipe or a circle of links would be destroyed.
        raise UnwritableFileError("{file} is not an ordinary file", file=name)
    if not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    try:
        # Replacing needs permission for the folder only, but a write-protected file shall stay.
        os.close(os.open(target, os.O_WRONLY))
    except PermissionError as error:
        raise UnwritableFileError("{file} was not saved: it is read-only", file=name) from error
    return status


def _create(target: Path, mode: int) -> Path:
    """Make an empty file of a new name beside the target."""
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{target.suffix[:16]}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode & 0o666))
    return temporary


def _settle(temporary: Path, old: os.stat_result | None) -> None:
    """Flush the written file to the disk, and give it the permissions of the one it replaces."""
    with temporary.open("r+b") as file:
        # Some writers do not notice a full disk (Qt's cut the file short): check whether there
        # still is room.
        size = file.seek(0, os.SEEK_END)
        file.write(bytes(_PROBE))
        file.truncate(size)
        if old is not None and hasattr(os, "fchown"):
            with suppress(PermissionError):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
        if old is not None:
            temporary.chmod(stat.S_IMODE(old.st_mode))
        os.fsync(file.fileno())


def _publish(temporary: Path, target: Path, name: str, *, overwrite: bool) -> None:
    """Put the finished file in the target's place."""
    if not overwrite:
        # An empty file made with O_EXCL claims the name, so that a file which appeared meanwhile is never replaced.
        # Unlike a hard link, this works on every file system.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        temporary.replace(target)
    except BaseException as error:
        if not overwrite:
            with suppress(OSError):
                target.unlink()
        if isinstance(error, PermissionError):
            raise UnwritableFileError("{file} was not saved: it is in use or may not be replaced", file=name) from error
        raise


def _sync_folder(folder: Path) -> None:
    """Flush the folder's new entry to the disk, if the system can. The file itself is there already."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove temporary files of programs that are gone."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _remove_stale(Path(entry.path), entry.stat(follow_symlinks=False).st_mtime)


def _remove_stale(path: Path, changed: float) -> None:
    lock = FileLock(path)
    if not is_young(changed) and lock.acquire():
        lock.release()
        path.unlink()
