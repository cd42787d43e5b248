"""The filter panel and what opens files of filters, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.filters.opening import FilterOpener
from convexplorer.gui.filters.panel import FilterPanel
from convexplorer.gui.filters.plane_presenter import PlanePresenter


class FilterWing(QObject):
    """Shows and edits the filters of the layer that is looked at.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    window : QWidget
        Where the panel stands; becomes the owner.
    """

    def __init__(self, exploration: Exploration, window: QWidget) -> None:
        super().__init__(window)
        self.opener = FilterOpener(exploration.document, exploration.tasks, self)
        self.panel = FilterPanel(exploration.document, exploration.selection, window)
        self.plane_presenter = PlanePresenter(exploration, self.panel.weight_model, self.panel.planes, self)
        self.opener.failed.connect(exploration.failed)
        self.panel.message.connect(exploration.said)
        self.panel.commands.changed.connect(exploration.possibleChanged)
