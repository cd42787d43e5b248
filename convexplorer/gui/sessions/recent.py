"""Files that were opened lately, newest first, kept in the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

MOST = 10


class RecentFiles:
    """The list behind File › Open recent."""

    def __init__(self, key: str = "recent/files") -> None:
        self._key = key

    def paths(self) -> list[Path]:
        """Newest first; files that are gone stay until they are asked for, since a disk may come back."""
        stored = QSettings().value(self._key)
        texts = stored if isinstance(stored, list) else [stored] if isinstance(stored, str) else []
        return [Path(str(text)) for text in texts][:MOST]

    def add(self, path: Path) -> None:
        """Put a file first."""
        paths = [path, *(one for one in self.paths() if one != path)]
        QSettings().setValue(self._key, [str(one) for one in paths[:MOST]])

    def remove(self, path: Path) -> None:
        """Forget a file."""
        QSettings().setValue(self._key, [str(one) for one in self.paths() if one != path])

    def clear(self) -> None:
        """Forget all."""
        QSettings().remove(self._key)
