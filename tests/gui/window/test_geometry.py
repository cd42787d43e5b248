"""The first window suits the screen; later ones stand as they were left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from convexplorer.gui.window import geometry


class Screen:
    def __init__(self, width: int, height: int) -> None:
        self._size = QSize(width, height)

    def availableSize(self) -> QSize:
        return self._size


def window_on(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, screen: Screen) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    monkeypatch.setattr(window, "screen", lambda: screen)
    window.setCentralWidget(QLabel("maps"))
    areas = Qt.DockWidgetArea
    for name, area in (
        ("imageDock", areas.LeftDockWidgetArea),
        ("filterDock", areas.RightDockWidgetArea),
        ("nodeDock", areas.BottomDockWidgetArea),
    ):
        dock = QDockWidget(name, window)
        dock.setObjectName(name)
        dock.setWidget(QLabel(name))
        window.addDockWidget(area, dock)
    return window


@pytest.mark.parametrize(
    ("screen", "size"),
    [
        ((1280, 720), (1280, 680)),
        ((1440, 900), (1296, 810)),
        ((1920, 1080), (1728, 972)),
        ((3840, 2160), (1920, 1200)),
    ],
)
def test_the_first_window_fits_the_screen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, screen: tuple[int, int], size: tuple[int, int]
) -> None:
    window = window_on(qtbot, monkeypatch, Screen(*screen))
    geometry.restore(window)
    assert (window.width(), window.height()) == size


def test_docks_stay_as_they_were_left(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = window_on(qtbot, monkeypatch, Screen(1920, 1080))
    assert not geometry.restore(window)
    window.show()
    qtbot.waitExposed(window)
    image = window.findChild(QDockWidget, "imageDock")
    # Qt makes what it restores fit the screen, and the tests' own is small.
    window.resize(760, 600)
    window.resizeDocks([image], [300], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: image.width() == 300)
    geometry.keep(window)
    again = window_on(qtbot, monkeypatch, Screen(1280, 720))
    assert geometry.restore(again)
    again.show()
    qtbot.waitExposed(again)
    qtbot.waitUntil(lambda: again.findChild(QDockWidget, "imageDock").width() == 300)
