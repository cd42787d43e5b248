"""Training images by class: what a network learns from."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from convexplorer.core.learn.datasets import Dataset
from convexplorer.gui.training.tiles import Tile, TileGrid, example_image

SAMPLES = 18
"""Images of each class in the gallery."""


class GalleryPage(QWidget):
    """The first training images of every class, drawn when they are first looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dataset | None = None
        self._waiting: Dataset | None = None
        self.tiles = TileGrid(32, self)
        self.tiles.setObjectName("trainingGallery")
        self.tiles.setAccessibleName(self.tr("Training images by class"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.tiles)
        column.addStretch(1)

    def begin(self, data: Dataset | None) -> None:
        """Take on a data set; None shows nothing."""
        if data is not self._data:
            self._data = self._waiting = data
            self.tiles.show_tiles(())

    def look(self) -> None:
        """Draw what is not drawn yet: the page is seen."""
        data, self._waiting = self._waiting, None
        if data is None:
            return
        tiles: list[Tile] = []
        for number, title in enumerate(data.classes):
            tiles.append(Tile(None, title))
            tiles += [Tile(example_image(data.train.images[one])) for one in data.train.of_class(number, SAMPLES)]
        self.tiles.show_tiles(tiles)
