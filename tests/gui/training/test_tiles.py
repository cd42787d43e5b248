"""Small pictures with their lines, painted."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.tiles import Tile, TileGrid, example_image


def painted(tiles: TileGrid) -> QImage:
    return tiles.grab().toImage()


def ink(image: QImage, place: QRect) -> int:
    """Pixels of a place that are not its background."""
    ground = image.pixel(image.width() - 1, place.top())
    return sum(
        image.pixel(x, y) != ground
        for y in range(place.top(), place.bottom() + 1)
        for x in range(min(place.right() + 1, image.width()))
    )


def test_headings_stand_above_their_tiles_however_often_they_are_painted(qtbot: QtBot) -> None:
    tiles = TileGrid(32)
    qtbot.addWidget(tiles)
    picture = example_image(np.zeros((1, 4, 4), np.uint8))
    tiles.show_tiles([Tile(None, "lying"), Tile(picture), Tile(picture), Tile(None, "standing"), Tile(picture)])
    tiles.resize(200, tiles.heightForWidth(200))
    first = painted(tiles)
    places = [QRect(place) for place in tiles._places]
    for _ in range(4):
        assert painted(tiles) == first
    assert tiles._places == places
    for heading, tile in ((0, 1), (3, 4)):
        assert places[heading].bottom() < places[tile].top()
        assert ink(first, places[heading]) > 20
