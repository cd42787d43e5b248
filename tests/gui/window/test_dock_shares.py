"""Docks keep their share of the window, until somebody drags an edge."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from convexplorer.gui.window import dock_shares
from convexplorer.gui.window.dock_shares import WIDTHS, DockShares


def make_window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
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
    window.resize(800, 600)
    return window


def dock_of(window: QMainWindow, name: str) -> QDockWidget:
    found = window.findChild(QDockWidget, name)
    assert found is not None
    return found


def check(window: QMainWindow, qtbot: QtBot, shares: dict[str, float]) -> None:
    def all_right() -> None:
        for name, share in shares.items():
            dock = dock_of(window, name)
            assert dock.width() == pytest.approx(share * window.width(), abs=3), name

    qtbot.waitUntil(all_right)


def test_docks_grow_and_shrink_with_the_window(qtbot: QtBot) -> None:
    window = make_window(qtbot)
    shares = DockShares(window, restored=False)
    window.show()
    qtbot.waitExposed(window)
    shares.begin()
    for size in ((800, 600), (1600, 900), (700, 800)):
        window.resize(*size)
        check(window, qtbot, WIDTHS)


def test_an_edge_that_is_dragged_sets_the_share(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window(qtbot)
    shares = DockShares(window, restored=False)
    window.show()
    qtbot.waitExposed(window)
    shares.begin()
    check(window, qtbot, WIDTHS)
    image = dock_of(window, "imageDock")
    # Whatever else makes a dock wider, such as a page with wider contents, is not kept.
    window.resizeDocks([image], [500], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: image.width() == 500)
    window.resize(900, 600)
    check(window, qtbot, {"imageDock": WIDTHS["imageDock"]})
    monkeypatch.setattr(dock_shares, "QGuiApplication", Pressed)
    window.resizeDocks([image], [450], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: image.width() == 450)
    window.resize(1200, 600)
    check(window, qtbot, {"imageDock": 0.5})


class Pressed:
    """An application whose left mouse button is down, as while an edge is dragged."""

    @staticmethod
    def mouseButtons() -> Qt.MouseButton:
        return Qt.MouseButton.LeftButton


def test_a_restored_arrangement_gives_the_shares(qtbot: QtBot) -> None:
    window = make_window(qtbot)
    window.show()
    qtbot.waitExposed(window)
    window.resizeDocks([dock_of(window, "imageDock")], [400], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock_of(window, "imageDock").width() == 400)
    shares = DockShares(window, restored=True)
    shares.begin()
    qtbot.wait(1)
    window.resize(1600, 600)
    check(window, qtbot, {"imageDock": 0.5})


def test_a_dock_that_floats_or_is_hidden_keeps_its_share_for_later(qtbot: QtBot) -> None:
    window = make_window(qtbot)
    shares = DockShares(window, restored=False)
    window.show()
    qtbot.waitExposed(window)
    shares.begin()
    check(window, qtbot, WIDTHS)
    dock_of(window, "imageDock").hide()
    window.resize(1200, 600)
    dock_of(window, "imageDock").show()
    window.resize(1500, 600)
    check(window, qtbot, WIDTHS)
