"""The Node panel in the window: it follows the probe, and what is asked for in it happens."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot

from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.digits import read
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.images.samples import SAMPLES
from tests.helpers.whole_window import settle


def current(window: MainWindow) -> QModelIndex:
    return window.filters.selection_model.currentIndex()


def test_the_equation_gives_the_maps_own_value(window: MainWindow) -> None:
    for node in ((0, 0), (30, 41), (56, 86)):
        window.probe.pin(*node)
        shown = window.node.blocks.blocks
        assert shown is not None
        picture = window.maps.grid.cells[current(window).row()].picture
        assert picture is not None
        explained = format_node(window.node._node)  # type: ignore[arg-type]
        assert abs(read(explained.value) - float(picture.tile.values[node])) < 0.51 * explained.unit


def test_typing_a_node_and_letting_it_go(window: MainWindow) -> None:
    window.node.placeChosen.emit(12, 34)
    assert window.probe.node == (12, 34)
    assert window.probe.pinned
    window.node.letGo.emit()
    assert not window.probe.pinned


def test_the_strongest_places_are_found_listed_and_ringed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(window.maps.grid.cells[0].places))
    cell = window.maps.grid.cells[0]
    assert cell.picture is not None
    assert cell.picture.tile.values[cell.places[0]] == cell.picture.tile.values.max()
    window.actions_by_key["markStrongest"].trigger()
    assert not cell.places


def test_switching_a_channel_off_is_one_undoable_step_that_everything_follows(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["rgb"].trigger()
    settle(qtbot, window)
    before = window.maps.grid.cells[0].picture
    window.node.channelSwitched.emit(0, False)
    settle(qtbot, window)
    after = window.maps.grid.cells[0].picture
    assert before is not None
    assert after is not None
    assert not np.array_equal(before.tile.values, after.tile.values)
    window.probe.pin(20, 20)
    assert window.node._node is not None
    assert (
        window.node._node.value == np.float64(after.tile.values[20, 20]).round(4)
        or abs(window.node._node.value - after.tile.values[20, 20]) < 1e-4
    )
    assert window.document.undo_stack.undoText() == "Switch red off"
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    again = window.maps.grid.cells[0].picture
    assert again is not None
    np.testing.assert_array_equal(again.tile.values, before.tile.values)


def test_the_lectures_example_shows_just_that(window: MainWindow, qtbot: QtBot) -> None:
    sample = next(sample for sample in SAMPLES if sample.group == "Examples")
    window.opener.open_sample(sample.key, sample.title)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: len(window.maps.grid.cells) == 1 and bool(window.maps.grid.cells[0].places))
    cell = window.maps.grid.cells[0]
    assert cell.picture is not None
    values = cell.picture.tile.values
    window.probe.pin(0, 0)
    assert window.node._node is not None
    assert window.node._node.z == 0
    window.probe.pin(0, 1)
    assert (window.node._node.z, window.node._node.value) == (-2, 0)
    assert values.max() == 3
    assert np.argwhere(values == 3).tolist() == [[1, 2], [3, 0]]
    assert [tuple(place) for place in cell.places[:2]] == [(1, 2), (3, 0)]
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    assert len(window.maps.grid.cells) == 4


def test_pointing_at_a_weight_marks_its_input(window: MainWindow) -> None:
    window.probe.pin(10, 10)
    window.filters.weightHovered.emit((0, 1, 2))
    assert not window.image._marked.isEmpty()
    assert window.node.blocks.marked == (0, 1, 2)
    window.filters.weightHovered.emit(None)
    assert window.image._marked.isEmpty()
