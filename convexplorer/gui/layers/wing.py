"""What is done with layers, their strip and their settings, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.layers.commands import LayerCommands
from convexplorer.gui.layers.settings import LayerSettings
from convexplorer.gui.layers.strip import LayerStrip


class LayersWing(QObject):
    """Edits the stack of layers, and says what became of it.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    window : QWidget
        Where strip and settings stand; becomes the owner.
    """

    def __init__(self, exploration: Exploration, window: QWidget) -> None:
        super().__init__(window)
        self._document = exploration.document
        self._window = window
        self.commands = LayerCommands(exploration.document, self)
        self.commands.refused.connect(exploration.refused)
        self.commands.offered.connect(exploration.offered)
        self.commands.told.connect(exploration.said)
        self.commands.unchanged.connect(exploration.possibleChanged)

    def make_bars(self, actions: dict[str, QAction]) -> tuple[LayerStrip, LayerSettings]:
        """Make the strip of layers and the settings of one, whose buttons do these actions."""
        strip = LayerStrip(self._document, actions, self._window)
        strip.selected.connect(self.commands.select)
        return strip, LayerSettings(self._document, actions, self._window)
