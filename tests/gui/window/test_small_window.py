"""On a small screen nothing lies over anything else; what has no room can be scrolled to."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QLabel, QTabBar, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit.elided_label import ElidedLabel
from convexplorer.gui.kit.shrinking import ShrinkingPanel
from convexplorer.gui.kit.translation import with_count
from convexplorer.gui.maps.grid_layout import SMALLEST, arrange
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


def parts(window: MainWindow) -> dict[str, QRect]:
    """What the window is made of that is in sight, and where it lies."""
    docks = [dock for dock in window.findChildren(QDockWidget) if not dock.visibleRegion().isEmpty()]
    shown: list[QWidget] = [*docks, *window.findChildren(QToolBar), window.centralWidget(), window.statusBar()]
    return {one.objectName() or "centre": one.geometry() for one in shown}


def assert_apart(window: MainWindow) -> None:
    for (name, one), (other_name, other) in combinations(parts(window).items(), 2):
        assert not one.intersects(other), f"{name} {one} lies over {other_name} {other}"
    for name, one in parts(window).items():
        assert window.rect().contains(one), f"{name} {one} is cut off"


@pytest.mark.parametrize("size", [(1, 1), (1024, 600), (1280, 680), (1366, 728)])
@pytest.mark.parametrize("layer", ["image", "deeper"])
def test_nothing_lies_over_anything_else(window: MainWindow, qtbot: QtBot, size: tuple[int, int], layer: str) -> None:
    window.presenter.failed.connect(lambda error: pytest.fail(str(error)))
    if layer == "deeper":
        window.opener.open_sample("two-layers", "Corners from edges")
        qtbot.waitUntil(lambda: len(window.document.project.layers) == 2)
    window.actions_by_key["networkTable"].trigger()
    window.actions_by_key["compareDense"].trigger()
    settle(qtbot, window)
    for name in ("filterDock", "nodeDock"):
        window.resize(*size)
        window.findChild(QDockWidget, name).raise_()  # type: ignore[attr-defined]
        settle(qtbot, window)
        assert_apart(window)


def test_the_smallest_window_suits_small_screens(window: MainWindow) -> None:
    window.resize(1, 1)
    assert window.width() <= 1024
    assert window.height() <= 600


def test_what_has_no_room_is_scrolled_to_with_tab(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1, 1)
    settle(qtbot, window)
    scroll = window.findChild(ShrinkingPanel, "filterPanelScroll")
    assert isinstance(scroll, ShrinkingPanel)
    assert scroll.verticalScrollBar().maximum() > 0
    window.activateWindow()
    window.filters.fields.name.setFocus()
    for _ in range(40):
        if window.filters.weight_view.hasFocus():
            break
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.filters.weight_view.hasFocus()
    top = window.filters.weight_view.mapTo(scroll.viewport(), QPoint(0, 0)).y()
    assert 0 <= top < scroll.viewport().height()


def test_a_panel_asks_for_the_width_it_needs_and_less_height(qtbot: QtBot) -> None:
    panel = QLabel("panel")
    panel.setMinimumSize(200, 400)
    scroll = ShrinkingPanel(panel, 150)
    qtbot.addWidget(scroll)
    bar = scroll.verticalScrollBar().sizeHint().width()
    assert (scroll.minimumSizeHint().width(), scroll.minimumSizeHint().height()) == (200 + bar, 150)
    panel.setMinimumSize(260, 100)
    qtbot.waitUntil(lambda: scroll.minimumSizeHint().width() == 260 + bar)
    assert scroll.minimumSizeHint().height() == 100


def test_four_maps_are_all_in_view_on_a_small_screen() -> None:
    made = arrange(4, 592, 250, 147 / 219, 28)
    assert made.height <= 250
    assert made.width > SMALLEST


def test_one_is_not_many() -> None:
    assert [with_count(f"{n} edit(s)", n) for n in (0, 1, 2)] == ["0 edits", "1 edit", "2 edits"]


def test_a_line_without_room_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    text = "Window: rows 79 to 82, columns 109 to 112"
    label.setText(text)
    label.resize(120, 20)
    assert label.drawn().endswith("…")
    assert QFontMetrics(label.font()).horizontalAdvance(label.drawn()) <= 120
    assert (label.text(), label.toolTip()) == (text, text)
    label.resize(600, 20)
    assert label.drawn() == text


def test_the_size_formula_is_drawn_whole_or_not_at_all(window: MainWindow, qtbot: QtBot) -> None:
    outcome = window.layer_settings.outcome

    def ink() -> bool:
        image = outcome.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        return len({image.pixel(x, y) for y in range(image.height()) for x in range(image.width())}) > 1

    window.resize(1280, 680)
    settle(qtbot, window)
    assert ink()
    window.resize(1000, 600)
    settle(qtbot, window)
    assert outcome.width() > 0
    assert not ink()
    assert "rows" in outcome.toolTip()


def tabs_in_sight(window: MainWindow) -> list[list[str]]:
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    seen = [bar for bar in bars if bar.isVisible() and bar.geometry().intersects(window.rect())]
    return sorted([bar.tabText(place) for place in range(bar.count())] for bar in seen)


def test_tabs_stand_only_where_panels_share_a_place(window: MainWindow, qtbot: QtBot) -> None:
    assert tabs_in_sight(window) == []
    window.resize(1500, 900)
    window.actions_by_key["networkTable"].trigger()
    qtbot.waitUntil(lambda: tabs_in_sight(window) == [["Node", "Network"]])
    window.close()
    again = MainWindow(window.document.project)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: tabs_in_sight(again) == [["Node", "Network"]])
    again.layer_docks.network.close()
    qtbot.waitUntil(lambda: tabs_in_sight(again) == [])
    again.close()
    last = MainWindow(window.document.project)
    qtbot.addWidget(last)
    last.show()
    last.resize(1500, 900)
    assert tabs_in_sight(last) == []
    last.close()
