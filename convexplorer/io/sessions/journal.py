"""A journal of unsaved work, which the next start restores if the program is killed.

Each running program has its own folder, which is locked while it runs. The folder holds a manifest like that of a
session, and each array in a file named by its hash. So a picture is written only once, and an edit writes only what it
changed. Arrays are written before the manifest that names them and removed after it: the folder is valid at any moment.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import (
    MAX_MESSAGE,
    InvalidValueError,
    UnreadableFileError,
    UnwritableFileError,
    one_line,
    shorten,
)
from convexplorer.io.files.atomic import atomic_file
from convexplorer.io.files.locks import FileLock, is_young
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.manifest_fields import Section
from convexplorer.io.sessions.load_save import Session, decode, encode
from convexplorer.io.sessions.parts.archive import MAX_MANIFEST, manifest_bytes, parse_manifest
from convexplorer.io.sessions.parts.arrays import Arrays, Declared, take_declared

DAMAGED = "damaged"
"""Name of the folder that unreadable journals are moved to."""

_MANIFEST, _LOCK, _SUFFIX = "manifest.json", "lock", ".raw"
_FIELD = "journal"
_MOST_EDITS = 10**9
"""Bound of the number of edits: more than anybody makes, and small enough for Qt's translations (32 bits)."""


@dataclass(frozen=True)
class Note:
    """What is shown about unsaved work before it is restored.

    Parameters
    ----------
    name : str
        The document's name.
    edits : int
        Steps since it was last saved.
    when : str
        Local time of the last step, ISO 8601.
    path : str
        The session it belongs to, or "".
    """

    name: str
    edits: int
    when: str
    path: str = ""


class Journal:
    """The folder of one program.

    Parameters
    ----------
    folder : Path
        The folder.
    lock : FileLock
        Its lock, which is held.
    """

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self.folder = folder
        self._lock = lock

    @classmethod
    def create(cls, root: Path) -> Journal:
        """Create a journal in the folder of all journals.

        Raises
        ------
        UnwritableFileError
            If that cannot be written.
        """
        folder = root / secrets.token_hex(8)
        try:
            folder.mkdir(parents=True, mode=0o700)
            lock = FileLock(folder / _LOCK)
            if not lock.acquire():
                raise UnwritableFileError("{folder} cannot be locked", folder=folder)
        except OSError as error:
            raise UnwritableFileError(
                "{folder} cannot be written: {reason}", folder=root, reason=error.strerror or error
            ) from error
        return cls(folder, lock)

    def write(self, session: Session, note: Note, should_stop: ShouldStop = never) -> None:
        """Replace the work in the journal.

        Raises
        ------
        UnwritableFileError
            If it cannot be written; what was remembered before is intact.
        CancelledError
            If `should_stop` said so; likewise.
        """
        try:
            manifest, parts = encode(session, None, should_stop, added={_FIELD: asdict(note)})
            data = manifest_bytes(manifest)
        except InvalidValueError as error:
            raise UnwritableFileError("{problem}", problem=error) from error
        files = {f"{part.declared.sha256}{_SUFFIX}": part for part in parts.values()}
        for name, part in files.items():
            path = self.folder / name
            if not path.exists():
                with atomic_file(path) as file:
                    part.write(file, should_stop)
        with atomic_file(self.folder / _MANIFEST) as file:
            file.write(data)
        self._remove(lambda name: name not in (*files, _MANIFEST, _LOCK))

    def clear(self) -> None:
        """Empty the journal: nothing is unsaved."""
        with suppress(FileNotFoundError):
            (self.folder / _MANIFEST).unlink()
        self._remove(lambda name: name != _LOCK)

    def close(self) -> None:
        """Empty and remove the journal."""
        self.clear()
        self.leave()
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self) -> None:
        """Release the journal and keep its contents; the next start will find it."""
        self._lock.release()

    def set_aside(self) -> Path:
        """Move the files to those of damaged journals; returns where they are."""
        place = self.folder.parent / DAMAGED
        place.mkdir(exist_ok=True)
        self.leave()
        return self.folder.rename(place / self.folder.name)

    def note(self) -> Note:
        """The note on the work.

        Raises
        ------
        UnreadableFileError
            If the journal is damaged.
        """
        with self._refusal():
            return _note(self._manifest())

    def load(self) -> Session:
        """Read the work.

        Raises
        ------
        UnreadableFileError
            If the journal is damaged.
        """
        with self._refusal():
            manifest = self._manifest()
            _note(manifest)
            arrays = Arrays(take_declared(manifest), self._read)
            return decode(manifest, arrays, self.folder)

    def _manifest(self) -> Section:
        with open_for_reading(self.folder / _MANIFEST) as file:
            return parse_manifest(file.read(MAX_MANIFEST + 1))

    def _read(self, _name: str, declared: Declared) -> bytes:
        if not declared.nbytes:
            return b""
        try:
            with open_for_reading(self.folder / f"{declared.sha256}{_SUFFIX}") as file:
                return file.read(declared.nbytes + 1)
        except UnreadableFileError as error:
            # A session may be opened without its picture; a journal may not.
            raise InvalidValueError("{problem}", problem=error) from error

    @contextmanager
    def _refusal(self) -> Iterator[None]:
        try:
            yield
        except (InvalidValueError, UnreadableFileError) as error:
            raise UnreadableFileError("unsaved work cannot be restored: {problem}", problem=error) from error

    def _remove(self, unwanted: Callable[[str], bool]) -> None:
        with suppress(OSError):
            for path in list(self.folder.iterdir()):
                if unwanted(path.name):
                    path.unlink()


def adopt_abandoned(root: Path) -> list[Journal]:
    """Take over the journals of programs that are gone, newest work first; those without work are removed."""
    found = []
    try:
        folders = list(root.iterdir())
    except OSError:  # There is none yet, or it cannot be read; then writing will give an error.
        return []
    for folder in folders:
        if folder.name == DAMAGED or not folder.is_dir():
            continue
        lock = FileLock(folder / _LOCK)
        with suppress(OSError):
            if lock.acquire():
                journal = Journal(folder, lock)
                if (folder / _MANIFEST).exists():
                    found.append(journal)
                elif not is_young(folder.stat().st_mtime):
                    journal.close()
                else:
                    journal.leave()
    return sorted(found, key=lambda one: (one.folder / _MANIFEST).stat().st_mtime, reverse=True)


def _note(manifest: Section) -> Note:
    """Take out what is said about the work."""
    section = manifest.section(_FIELD)
    edits = min(max(section.take("edits", int), 0), _MOST_EDITS)
    # Texts are shown, so they must be a single line.
    name, when = (one_line(section.take(key, str)) for key in ("name", "when"))
    return Note(shorten(name, MAX_MESSAGE), edits, when, section.take("path", str))
