"""Examples of the Sample menu bring their layers, and one step takes them back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from convexplorer.core.model.images import Image
from convexplorer.core.model.stack_examples import example_stack
from convexplorer.core.project.project import with_image
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.images.samples import SAMPLES
from tests.helpers.whole_window import settle


def choose(window: MainWindow, qtbot: QtBot, key: str) -> None:
    menu = window.findChild(QMenu, "samplesMenu")
    menu.aboutToShow.emit()
    menu.findChild(QAction, f"sample-{key}").trigger()
    qtbot.waitUntil(lambda: window.document.project.image.sample == key, timeout=10_000)
    settle(qtbot, window)


@pytest.mark.parametrize("colour", [False, True])
def test_the_second_layer_is_looked_at_and_does_something(window: MainWindow, qtbot: QtBot, colour: bool) -> None:
    window.actions_by_key["rgb" if colour else "addConvolution"].trigger()
    settle(qtbot, window)
    before = window.document.project
    choose(window, qtbot, "two-layers")
    project = window.document.project
    assert project.layers == example_stack()
    assert project.shown_index == 1
    assert project.preparation.grey
    assert project.preparation.scale == 0.6
    assert project.bank.names[:4] == tuple(f"Corner {one}" for one in "⌜⌝⌞⌟")
    for cell in window.maps.grid.cells:
        assert cell.picture is not None
        assert cell.picture.tile.values.max() > 0.05
    chips = window.layer_strip.chips
    assert [chip.isChecked() for chip in chips] == [False, True]
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    assert window.document.project == before
    window.actions_by_key["redo"].trigger()
    settle(qtbot, window)
    assert window.document.project == project


def test_crossings_are_found_where_joints_meet(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, "crossings")
    project = window.document.project
    assert project.shown_index == 1
    assert project.bank.names[:2] == ("Crossing +", "Crossing ×")
    assert sorted(project.bank.names) == sorted(example_stack()[1].bank.names)
    picture = window.maps.grid.cells[0].picture
    assert picture is not None
    crossings = picture.tile.values
    # Few nodes, far stronger than the rest, and many of them in rows and columns.
    assert 0.01 < (crossings > 0.3 * crossings.max()).mean() < 0.1
    assert crossings.max() > 0.05


def test_the_one_filter_replaces_all_layers(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, qtbot, "two-layers")
    choose(window, qtbot, "one-filter")
    assert [len(layer.bank) for layer in window.document.project.layers] == [1]
    assert window.document.project.bank.names == ("Upright line",)


def test_other_samples_leave_the_layers_as_they_are(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addConvolution"].trigger()
    layers = window.document.project.layers
    choose(window, qtbot, "checkerboard")
    assert window.document.project.layers == layers
    assert window.document.project.preparation.scale == 1.0


def test_the_menu_is_no_higher_than_a_small_screen_and_test_patterns_have_their_own(window: MainWindow) -> None:
    menu = window.findChild(QMenu, "samplesMenu")
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    assert menu.sizeHint().height() < 680
    for sample in SAMPLES:
        action = window.findChild(QAction, f"sample-{sample.key}")
        assert isinstance(action, QAction)
        assert (action in menu.actions()) == (sample.group != "Test patterns")


def test_another_picture_is_seen_whole_and_the_same_one_where_it_was(window: MainWindow, qtbot: QtBot) -> None:
    window.navigator.show(4.0, (0.2, 0.3))
    project = window.document.project
    assert project.image is not None
    window.document.apply("Reload", with_image(project, replace(project.image)))
    settle(qtbot, window)
    assert window.navigator.zoom == 4.0
    other = Image(project.image.native.copy(), "other.png")
    window.document.apply("Open", with_image(project, other))
    settle(qtbot, window)
    assert window.navigator.zoom == 1.0
