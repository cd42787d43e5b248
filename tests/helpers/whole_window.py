"""What tests of the whole window share."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from convexplorer.core.model.images import Image
from convexplorer.gui.window.app import is_settled
from convexplorer.gui.window.main_window import MainWindow


def small_picture() -> Image:
    """Colour, 60 × 90, with edges of every direction and no two equal channels."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:60, :90]
    disc = (rows - 30) ** 2 + (columns - 45) ** 2 < 400
    native = np.stack([disc * 180 + 30, (columns > 40) * 120 + 50, rows * 3], axis=2) + rng.integers(0, 20, (60, 90, 3))
    return Image(native.astype(np.uint8), "small.png")


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until everything asked for is on the screen."""
    qtbot.waitUntil(lambda: is_settled(window), timeout=10_000)
