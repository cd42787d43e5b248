"""Traces of hard crashes: `faulthandler` writes them when the process dies, and the next start finds them."""

from __future__ import annotations

import faulthandler
import secrets
from contextlib import suppress
from pathlib import Path

from convexplorer.io.files.locks import FileLock

MAX_TRACE = 65_536
"""Most bytes that are read of a trace."""

_PATTERN = "crash-*.txt"
_END_OF_HEAD = b"\n\n"


class CrashFile:
    """The file that receives a trace if this process crashes (segmentation fault, abort, …). It is locked.

    Parameters
    ----------
    folder : Path
        Where it is; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _PATTERN.replace("*", secrets.token_hex(8))
        self._lock = FileLock(self._path)

    def start(self, head: str) -> None:
        """Begin to watch for a crash. `head` is one paragraph that identifies the program.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        file = self._lock.file
        if file is not None:
            try:
                file.write(head.encode() + _END_OF_HEAD)
                file.flush()
            except OSError:
                self.close()
                raise
            faulthandler.enable(file)

    def close(self) -> None:
        """Remove the file: there was no crash."""
        faulthandler.disable()
        self._lock.release()
        with suppress(OSError):
            self._path.unlink()


def take_traces(folder: Path) -> list[str]:
    """Read and remove the traces of programs that are gone, oldest first; each begins with its head."""
    found = []
    with suppress(OSError):
        for path in folder.glob(_PATTERN):
            lock = FileLock(path)
            with suppress(OSError):
                if lock.acquire():
                    lock.release()
                    changed, data = path.stat().st_mtime, _beginning(path)
                    path.unlink()
                    if data.partition(_END_OF_HEAD)[2]:
                        found.append((changed, data.decode("utf-8", "replace")))
    return [trace for _, trace in sorted(found)]


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_TRACE)
