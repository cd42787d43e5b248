"""All that reads and writes files, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.core.project.project import Project
from convexplorer.errors import UnwritableFileError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.opening import ImageOpener
from convexplorer.gui.maps.presenter import Presenter
from convexplorer.gui.sessions.keeper import SessionKeeper
from convexplorer.gui.sessions.opening import FileOpener
from convexplorer.gui.sessions.recent import RecentFiles
from convexplorer.gui.sessions.saving import Saver


class SessionsWing(QObject):
    """Opens and saves sessions, pictures, filters and maps.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    pictures : ImageOpener
        Opens pictures.
    presenter : Presenter
        Shows the maps that are saved.
    window : QWidget
        Where dialogs stand; becomes the owner.
    """

    def __init__(self, exploration: Exploration, pictures: ImageOpener, presenter: Presenter, window: QWidget) -> None:
        super().__init__(window)
        self._exploration = exploration
        self.presenter = presenter
        self.recent = RecentFiles()
        self.saver = Saver(exploration.document, exploration.tasks, window)
        self.keeper = SessionKeeper(exploration, presenter, pictures, self.recent, window)
        self.files = FileOpener(exploration, pictures, self.keeper, window)
        self.saver.saved.connect(exploration.said)
        self.keeper.saved.connect(exploration.said)
        self.keeper.failed.connect(exploration.failed)
        self.keeper.stateChanged.connect(exploration.possibleChanged)
        presenter.maps.dragRequested.connect(self.drag_map)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._exploration.document.project

    @property
    def selected(self) -> list[int]:
        """Selected filters, the current one first."""
        return self._exploration.selection.current_first()

    def enabled_maps(self) -> list[int]:
        """Maps that there are: those of filters that are on."""
        return self.presenter.shown.maps

    def selected_maps(self) -> list[int]:
        """Maps of the selected filters; a pooling of the image has others, and a filter that is off has none."""
        maps = self.enabled_maps()
        return [row for row in self.selected if row in maps]

    def copy_map(self) -> None:
        """Put the selected map on the clipboard."""
        for cell in self.presenter.maps.grid.cells:
            if cell.index in self.selected[:1]:
                self.saver.copy_map(cell)

    def drag_map(self, index: int) -> None:
        """Let a map be dragged out of the window, as a file."""
        for cell in self.presenter.maps.grid.cells:
            if cell.index == index:
                try:
                    self.saver.drag_map(cell)
                except UnwritableFileError as error:
                    self._exploration.failed.emit(error)
