"""What is selected, marked and enlarged goes with its filter; what is not known is not shown as if it were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragLeaveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import PoolLayer
from convexplorer.core.project.layer_edits import add_layer, select_layer
from convexplorer.core.project.project import move_filters, with_bank, with_image, with_preparation
from convexplorer.gui.window.main_window import MainWindow
from tests.gui.window.test_main_window import point_on_map
from tests.helpers.panels import check_panels, check_results, random_hands
from tests.helpers.whole_window import settle

LIST_KEYS = {
    "delete": (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    "up": (Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier),
    "down": (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier),
}


def places(window: MainWindow) -> QComboBox:
    found = window.findChild(QComboBox, "nodeStrongest")
    assert isinstance(found, QComboBox)
    return found


def press(window: MainWindow, what: str) -> None:
    QTest.keyClick(window.filters.list_view, *LIST_KEYS[what])


@pytest.mark.parametrize("seed", [3, 4])
def test_every_panel_tells_the_same_whatever_random_hands_do(window: MainWindow, qtbot: QtBot, seed: int) -> None:
    done = random_hands(window, seed, 24, lambda: settle(qtbot, window))
    assert len(set(done)) > 8


@pytest.mark.parametrize("what", ["delete", "down"])
def test_the_strongest_places_follow_where_rows_shift(window: MainWindow, qtbot: QtBot, what: str) -> None:
    window.filters.commands.select([0])
    settle(qtbot, window)
    press(window, what)
    settle(qtbot, window)
    assert places(window).count()
    assert window.image._places
    check_results(window)


def test_they_come_back_after_deleting_all_and_undoing_twice(window: MainWindow, qtbot: QtBot) -> None:
    window.filters.commands.select([2])
    window.document.apply("", with_bank(window.document.project, window.document.project.bank.subset([2])))
    press(window, "delete")
    settle(qtbot, window)
    assert not window.image._places
    for _ in range(2):
        window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    check_results(window)
    assert window.image._places


def test_the_large_map_goes_with_its_filter(window: MainWindow, qtbot: QtBot) -> None:
    window.filters.commands.select([2])
    window.actions_by_key["focusMap"].trigger()
    window.filters.list_view.setFocus()
    for _ in range(2):  # The keyboard stays in the list.
        press(window, "up")
        check_panels(window)
    assert window.filters.list_view.hasFocus()
    settle(qtbot, window)
    cell = window.maps.large.canvas.cell
    assert cell is not None
    assert cell.filter.name == "Filter 3"
    assert window.maps.focused == 0
    check_results(window)
    press(window, "delete")
    settle(qtbot, window)
    assert window.maps.focused == window.exploration.selection.current
    check_results(window)


def test_where_a_filter_fires_most_is_not_known_before_it_is_measured(window: MainWindow, qtbot: QtBot) -> None:
    window.presenter._worker.submit = lambda _job: None  # type: ignore[method-assign]
    window.filters.commands.select([1])
    assert "nowhere" not in places(window).placeholderText()
    assert not places(window).count()


def test_a_filter_that_is_off_has_no_rings(window: MainWindow, qtbot: QtBot) -> None:
    settle(qtbot, window)
    assert window.image._places
    window.filters.commands.run("toggleFilters")
    settle(qtbot, window)
    assert not window.image._places
    assert "off" in places(window).placeholderText()
    window.filters.commands.run("toggleFilters")
    settle(qtbot, window)
    assert window.image._places


def test_rings_of_a_filter_shown_by_channel_are_on_the_sum(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["rgb"].trigger()
    window.filters.commands.select([2])
    settle(qtbot, window)
    assert window.image._places
    window.actions_by_key["splitChannels"].trigger()
    settle(qtbot, window)
    assert [cell.index for cell in window.maps.grid.cells if cell.places] == [3]


def test_an_old_picture_looks_old_while_the_new_one_is_prepared(window: MainWindow, qtbot: QtBot) -> None:
    window.probe.pin(10, 10)
    settle(qtbot, window)
    assert window.maps.grid.cells[0].node_value is not None
    window.presenter._worker.submit = lambda _job: None  # type: ignore[method-assign]
    other = Image(np.zeros((80, 80, 3), np.uint8), "other.png")
    window.document.apply("", with_image(window.document.project, other))
    assert window.maps.grid.cells[0].node_value is None
    assert window.maps.grid.cells[0].right_texts() == ["…"]
    qtbot.waitUntil(lambda: window.image._stale and window.node._node is None)
    assert not window.image._places


def test_a_picture_too_small_for_the_kernels_is_shown_and_nothing_is_left_of_the_old_one(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.probe.pin(10, 10)
    project = window.document.project
    window.document.apply("", with_bank(project, project.bank.with_size(31, 31)))
    tiny = with_image(window.document.project, Image(np.full((1, 1, 3), 200, np.uint8), "tiny.png"))
    window.document.apply("", tiny)
    qtbot.waitUntil(lambda: "does not fit" in window.message.text)
    qtbot.waitUntil(lambda: window.image._picture is not None and window.image._picture.prepared.shape[1:] == (1, 1))
    assert all(cell.picture is None for cell in window.maps.grid.cells)
    qtbot.waitUntil(lambda: window.node._node is None)
    assert "Maps —" in window.status.input_text.text()
    for _ in range(2):
        window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    check_results(window)


def test_a_project_without_a_picture_shows_no_maps(window: MainWindow, qtbot: QtBot) -> None:
    window.document.reset(replace(window.document.project, image=None))
    qtbot.waitUntil(lambda: not window.presenter._soon.pending)
    assert window.image._picture is None
    assert all(cell.picture is None for cell in window.maps.grid.cells)
    assert window.status.input_text.text() == ""


def test_a_click_on_a_map_brings_the_equation_to_the_front(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["networkTable"].trigger()
    qtbot.waitUntil(lambda: not window.node.visibleRegion().boundingRect().isValid())
    view = window.maps.grid.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=point_on_map(window, 5, 6))
    qtbot.waitUntil(lambda: window.node.visibleRegion().boundingRect().isValid())


@pytest.mark.parametrize("key", ["presets", "banks"])
def test_pages_of_the_filters_are_opened_in_sight(window: MainWindow, qtbot: QtBot, key: str) -> None:
    window.actions_by_key["compareDense"].trigger()
    qtbot.waitUntil(lambda: not window.filters.visibleRegion().boundingRect().isValid())
    window.actions_by_key[key].trigger()
    page = getattr(window.filters, key)
    qtbot.waitUntil(lambda: page.visibleRegion().boundingRect().isValid())


def test_esc_ends_the_sliding_window_wherever_the_keyboard_is(window: MainWindow, qtbot: QtBot) -> None:
    for focus in (window.maps.grid, window.filters.list_view, window.maps.large.canvas):
        if focus is window.maps.large.canvas:
            window.actions_by_key["focusMap"].trigger()
        window.actions_by_key["slideStep"].trigger()
        assert window.maps.grid._reveal_to is not None
        focus.setFocus()
        QTest.keyClick(focus, Qt.Key.Key_Escape)
        assert window.sliding.position is None
        assert window.maps.grid._reveal_to is None
        assert window.maps.large.canvas.reveal is None
    assert window.maps.focused is not None  # One Esc does one thing.


def test_planes_follow_the_maps_they_read(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addConvolution"].trigger()
    window.filters.weight_model.show_plane(3)
    weights = window.filters.weight_model.shown.tobytes()
    moved = move_filters(select_layer(window.document.project, 0), [3], 1)
    window.document.apply("", select_layer(moved, 1))
    assert window.filters.weight_model.plane == 1
    assert window.filters.weight_model.shown.tobytes() == weights
    window.document.undo_stack.undo()
    assert window.filters.weight_model.plane == 3
    assert window.filters.planes.choice.currentIndex() == 3


def test_a_trace_goes_with_its_filters(window: MainWindow, qtbot: QtBot) -> None:
    window.filters.commands.select([2])
    window.probe.pin(8, 9)
    settle(qtbot, window)
    press(window, "up")
    [step] = window.tracer.trail.steps
    assert (step.map, step.row, step.column) == (1, 8, 9)


def test_maps_of_a_layer_without_filters_need_no_bands(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addMaxPooling"].trigger()
    window.filters.commands.select(range(4))
    window.filters.commands.run("deleteFilters")
    settle(qtbot, window)
    assert not window.maps.grid.cells
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    check_results(window)


def test_a_map_that_is_not_there_cannot_be_saved(window: MainWindow, qtbot: QtBot) -> None:
    window.document.apply("", add_layer(window.document.project, 0, PoolLayer()))
    window.filters.commands.select([3])
    settle(qtbot, window)
    assert len(window.maps.grid.cells) == 1
    window._refresh_actions()
    assert not window.actions_by_key["saveMap"].isEnabled()
    assert not window.actions_by_key["saveSelectedMaps"].isEnabled()
    window.filters.commands.select([0])
    window._refresh_actions()
    assert window.actions_by_key["saveMap"].isEnabled()


def test_the_maps_are_framed_while_a_file_is_carried_over_them(window: MainWindow) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/nowhere/picture.png")])
    enter = QDragEnterEvent(
        QPoint(20, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    frame = window.findChild(type(window.maps._welcome), "dropFrame")
    assert frame is not None
    assert frame.isVisible()
    assert frame.geometry() == window.maps.rect()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not frame.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_the_menu_of_a_map_is_for_the_map_under_the_mouse(window: MainWindow, qtbot: QtBot) -> None:
    grid = window.maps.grid
    at = point_on_map(window, 5, 6, place=2)
    QTest.mousePress(grid.viewport(), Qt.MouseButton.RightButton, pos=at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, grid.viewport().mapToGlobal(at))
    QApplication.sendEvent(grid.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == [
        window.actions_by_key[key].text() for key in ("focusMap", "copyMap", "saveMap", "saveSelectedMaps")
    ]
    menu.actions()[0].trigger()
    menu.close()
    assert window.maps.focused == 2


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_the_menu_of_the_filter_list_runs_its_commands(window: MainWindow, qtbot: QtBot) -> None:
    view = window.filters.list_view
    rect = view.visualRect(window.filters.list_model.index(1, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, rect.center(), view.viewport().mapToGlobal(rect.center()))
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.objectName() == "filterMenu"
    able = {action.text().replace("&", ""): action.isEnabled() for action in menu.actions()}
    assert able["Same for all channels"] is False
    duplicate = next(one for one in menu.actions() if one.text().replace("&", "").startswith("Duplicate"))
    duplicate.trigger()
    menu.close()
    QApplication.sendPostedEvents(menu, QEvent.Type.DeferredDelete.value)
    assert window.document.project.bank.names[1:3] == ("Filter 2", "Filter 2 copy")
    assert window.exploration.selection.current == 2


def test_a_name_is_typed_once_and_with_the_list_in_sight(window: MainWindow, qtbot: QtBot) -> None:
    window.filters.commands.run("presets")
    window.filters.commands.run("renameFilter")
    assert window.filters.list_view.is_editing()
    window.filters.commands.run("renameFilter")  # Qt warned of that.
    window.filters.commands.select([0])
    bank: FilterBank = window.document.project.bank
    assert len(bank) == 4
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)


def test_preparing_otherwise_keeps_what_is_selected(window: MainWindow, qtbot: QtBot) -> None:
    window.filters.commands.select([1, 3])
    preparation = replace(window.document.project.preparation, grey=False)
    window.document.apply("", with_preparation(window.document.project, preparation))
    assert window.exploration.selection.rows == (1, 3)
    settle(qtbot, window)
    check_results(window)


def test_the_window_keeps_its_width_when_another_kind_of_layer_is_looked_at(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 680)
    for _ in range(2):
        window.layer_commands.run("addMaxPooling")
        settle(qtbot, window)
        window.layer_commands.select(0)
        settle(qtbot, window)
        assert window.width() == 1280


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_floating_panels_come_before_the_window(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[str] = []
    window.docks.node.setFloating(True)
    monkeypatch.setattr(type(window.docks.node), "raise_", lambda dock: raised.append(dock.objectName()))
    window.hide()
    window.show()
    qtbot.waitUntil(lambda: raised == ["nodeDock"])
