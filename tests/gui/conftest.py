"""A whole window with a small picture, settled, for tests that drive it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_image
from convexplorer.gui.kit import theme
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle, small_picture


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    theme.apply("light")
    made = MainWindow(with_image(default_project(), small_picture()))
    made.resize(1280, 800)
    made.docks.preparation.set_open(on=True)  # Tests type into what stands behind a line or a button at first.
    made.actions_by_key["layerSettings"].trigger()
    made.show()
    made.presenter.refresh()
    settle(qtbot, made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
