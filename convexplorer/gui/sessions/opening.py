"""Opening files of every kind, from dialogs, drops, the clipboard and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.opening import ImageOpener
from convexplorer.gui.kit.open_dialog import ask_which
from convexplorer.gui.sessions.drops import Dropped, sort_drop, sort_files
from convexplorer.gui.sessions.keeper import SessionKeeper


class FileOpener(QObject):
    """Hands files to what opens their kind.

    Parameters
    ----------
    exploration : Exploration
        Through which it says what is not opened.
    pictures : ImageOpener
        Opens pictures.
    keeper : SessionKeeper
        Opens sessions.
    window : QWidget
        Where dialogs stand; becomes the owner.
    """

    filtersGiven = Signal(object, int)
    """A file of filters that is to be opened, and how many more of them were given."""

    def __init__(self, exploration: Exploration, pictures: ImageOpener, keeper: SessionKeeper, window: QWidget) -> None:
        super().__init__(window)
        self._exploration = exploration
        self._pictures = pictures
        self._keeper = keeper
        self._window = window

    def ask_images(self) -> None:
        """Ask for pictures and open them."""
        from convexplorer.io.images.load import IMAGE_SUFFIXES

        names = self._names(self.tr("Pictures ({0})"), *IMAGE_SUFFIXES)
        if paths := ask_which(self._window, "folders/images", self.tr("Open images"), names, many=True):
            self.open_files(paths)

    def ask_session(self) -> None:
        """Ask for a session and open it."""
        from convexplorer.io.sessions.load_save import SESSION_SUFFIX

        names = self._names(self.tr("Sessions ({0})"), SESSION_SUFFIX)
        if paths := ask_which(self._window, "folders/sessions", self.tr("Open session"), names, many=False):
            self._keeper.open(paths[0])

    def ask_filters(self) -> None:
        """Ask for a file of filters and open it."""
        from convexplorer.io.filters.load_save import FILTER_SUFFIXES

        names = self._names(self.tr("Filters ({0})"), *FILTER_SUFFIXES)
        if paths := ask_which(self._window, "folders/filters", self.tr("Open filters"), names, many=False):
            self.filtersGiven.emit(paths[0], 0)

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open sessions, images and filter files, whichever they are."""
        self.take(sort_files(list(paths)))

    def take(self, what: Dropped) -> None:
        """Open what was dropped or pasted; a session, which holds both, goes before images and filters."""
        if what.sessions:
            if len(what.sessions) + len(what.filters) + len(what.images) > 1:
                text = self.tr("Only the session {0} is opened: it holds picture and filters")
                self._exploration.said.emit(text.format(what.sessions[0].name))
            self._keeper.open(what.sessions[0])
            return
        if what.filters:
            self.filtersGiven.emit(what.filters[0], len(what.filters) - 1)
        if what.images:
            self._pictures.open_files(what.images)
        elif what.picture is not None:
            self._pictures.open_qimage(what.picture, self.tr("Pasted image"))

    def paste_image(self) -> None:
        """Open the picture or the file that the clipboard holds."""
        # Some platforms give None for an empty clipboard.
        self.take_data(QGuiApplication.clipboard().mimeData() or QMimeData())

    def take_data(self, data: QMimeData) -> None:
        """Open what a drop or the clipboard holds, or say why there is nothing to open."""
        what = sort_drop(data)
        if what:
            self.take(what)
        elif data.hasImage():
            self._exploration.refused.emit(self.tr("This picture cannot be read: it is damaged, or too large"))
        elif data.urls():
            self._exploration.refused.emit(self.tr("Only files on this computer are opened; save it to one first"))
        else:
            self._exploration.said.emit(self.tr("There is no picture and no file to open"))

    def _names(self, kind: str, *suffixes: str) -> list[str]:
        """Kinds of files that a dialog offers: one with these suffixes, and all."""
        return [kind.format(" ".join(f"*{suffix}" for suffix in sorted(suffixes))), self.tr("All files (*)")]
