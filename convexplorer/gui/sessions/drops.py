"""What a drop or the clipboard holds: pictures, picture files, filter files, sessions, text."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from socket import gethostname
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage


@dataclass(frozen=True, eq=False)
class Dropped:
    """What can be done something with.

    Parameters
    ----------
    images, filters, sessions : list of Path
        Local files by what they are called; what is neither counts as an image, so that it is refused with a reason.
    picture : QImage or None
        A picture that is no file.
    """

    images: list[Path] = field(default_factory=list)
    filters: list[Path] = field(default_factory=list)
    sessions: list[Path] = field(default_factory=list)
    picture: QImage | None = None

    def __bool__(self) -> bool:
        return bool(self.images or self.filters or self.sessions or self.picture is not None)


def acceptable(data: QMimeData) -> bool:
    """Whether a drop holds files or a picture; nothing is read yet."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def accept_copy(event: QDropEvent) -> None:
    """Take what is dragged as a copy, whatever is proposed: after a move its source may delete the file."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def sort_drop(data: QMimeData) -> Dropped:
    """Sort what a drop or the clipboard holds."""
    return sort_files([_local_path(url) for url in data.urls() if url.isLocalFile()], data)


def _local_path(url: QUrl) -> Path:
    """A file's path, also where its name is no UTF-8, of which Qt would make another.

    This machine may be named (RFC 8089): Qt would take its name for a part of the path.
    """
    if url.host().lower() in ("localhost", gethostname().lower()):
        url = QUrl(url)
        url.setHost("")
    name = url.toLocalFile()
    if "\ufffd" in name and os.name == "posix":
        name = os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded)))
    return Path(name)


def sort_files(paths: list[Path], data: QMimeData | None = None) -> Dropped:
    """Sort files into images, filters and sessions; without any, take the picture itself."""
    from convexplorer.io.filters.load_save import is_filter_file
    from convexplorer.io.images.load import is_image_file
    from convexplorer.io.sessions.load_save import is_session_file

    filters = [path for path in paths if is_filter_file(path) and not is_image_file(path)]
    sessions = [path for path in paths if is_session_file(path)]
    images = [path for path in paths if path not in filters and path not in sessions]
    picture = None
    if not paths and data is not None and data.hasImage():
        given = data.imageData()
        picture = given if isinstance(given, QImage) and not given.isNull() else None
    return Dropped(images, filters, sessions, picture)
