"""A whole window with a small picture, settled, for tests that drive it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from convexplorer.core.images import Image
from convexplorer.core.project import with_image
from convexplorer.gui import theme
from convexplorer.gui.app import default_project, is_settled
from convexplorer.gui.main_window import MainWindow


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


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    theme.apply("light")
    made = MainWindow(with_image(default_project(), small_picture()))
    made.resize(1280, 800)
    made.show()
    made.presenter.refresh()
    settle(qtbot, made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
