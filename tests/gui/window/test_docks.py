"""The lens at the bottom of the window: as wide as that, as high as it asks to be, and low while nothing is seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.node.folding._is_used = lambda: False  # Offscreen the mouse may stand anywhere.
    qtbot.waitUntil(lambda: window.docks.node.height() < 50)
    return window


def forget(window: MainWindow) -> None:
    window.probe.let_go()
    window.node.folding._patience.setInterval(1)
    window.node.folding._patience.start()


def test_the_lens_has_the_whole_width_and_the_height_it_asks_for(shown: MainWindow, qtbot: QtBot) -> None:
    dock, maps = shown.docks.node, shown.maps.height()
    shown.probe.pin(20, 30)
    settle(qtbot, shown)
    title = dock.titleBarWidget().height()
    qtbot.waitUntil(lambda: abs(dock.height() - title - shown.node.wanted_height()) <= 2)
    assert dock.width() == shown.width()
    assert shown.maps.height() < maps
    high = dock.height()
    for place in ((3, 4), (40, 60), (10, 80)):
        shown.probe.pin(*place)
        settle(qtbot, shown)
        assert dock.height() == high
    forget(shown)
    qtbot.waitUntil(lambda: dock.height() < 50)
    qtbot.waitUntil(lambda: shown.maps.height() == maps)
    assert shown.node.header.isVisible()


def test_the_table_of_layers_has_room_where_the_lens_is_low(shown: MainWindow, qtbot: QtBot) -> None:
    shown.actions_by_key["networkTable"].trigger()
    network, dock = shown.layer_docks.network, shown.docks.node
    qtbot.waitUntil(lambda: network.height() > 150)
    network.close()
    qtbot.waitUntil(lambda: dock.isVisible() and dock.height() < 50)


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_floating_lens_keeps_its_size(shown: MainWindow, qtbot: QtBot) -> None:
    dock = shown.docks.node
    shown.probe.pin(20, 30)
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: dock.height() > 200)
    dock.setFloating(True)
    qtbot.waitUntil(dock.isVisible)
    high = dock.height()
    forget(shown)
    qtbot.waitUntil(lambda: shown.node.folding.folded)
    qtbot.wait(5)
    assert dock.height() == high
    dock.setFloating(False)
    qtbot.waitUntil(lambda: dock.height() < 50)


def test_the_lens_opens_again_as_high_as_it_was_dragged(shown: MainWindow, qtbot: QtBot) -> None:
    dock = shown.docks.node
    shown.probe.pin(20, 30)
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: dock.height() > 200)
    edge = dock.geometry().topLeft() + QPoint(60, -2)
    high = dock.height()
    QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=edge)
    for by in (10, 40):
        QTest.mouseMove(shown, edge - QPoint(0, by))
        shown.resizeDocks([dock], [high + by], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: dock.height() == high + 40)
    QTest.mouseRelease(shown, Qt.MouseButton.LeftButton, pos=edge - QPoint(0, 40))
    forget(shown)
    qtbot.waitUntil(lambda: dock.height() < 50)
    shown.probe.pin(21, 30)
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: dock.height() == high + 40)
