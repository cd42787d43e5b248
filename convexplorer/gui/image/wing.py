"""The image panel and what opens its pictures, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.core.project.project import Project
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.image.opening import ImageOpener
from convexplorer.gui.image.preparation_bar import PreparationBar
from convexplorer.gui.kit.status import BUSY


class ImageWing(QObject):
    """Opens pictures, shows them and how they are prepared.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    window : QWidget
        Where the panel stands; becomes the owner.
    """

    def __init__(self, exploration: Exploration, window: QWidget) -> None:
        super().__init__(window)
        self._exploration = exploration
        self.opener = ImageOpener(exploration.document, self)
        self.view = ImageView(exploration.navigator, exploration.probe, window)
        self.preparation = PreparationBar(exploration.document, window)
        self.opener.opened.connect(exploration.possibleChanged)
        self.opener.failed.connect(exploration.failed)
        self.opener.busyChanged.connect(self._tell_work)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._exploration.document.project

    @property
    def is_rgb(self) -> bool:
        """Whether filters read three channels."""
        return not self.project.preparation.grey

    def _tell_work(self, name: str) -> None:
        """Tell which picture is being decoded; "" when none is."""
        self._exploration.worked.emit("image", self.tr("Opening {0}").format(name) if name else "", BUSY)
