"""The preparation bar: what grey is made of, chosen there and in the Image menu, undone, and shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.preparation import GREY_PARTS
from convexplorer.core.project.project import with_image
from convexplorer.gui.document.document import Document
from convexplorer.gui.image.grey_methods import grey_formula, grey_titles
from convexplorer.gui.image.preparation_bar import PreparationBar
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle, small_picture


@pytest.fixture
def bar(qtbot: QtBot) -> PreparationBar:
    document = Document(with_image(default_project(), small_picture()))
    made = PreparationBar(document)
    made.document = document  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.show()
    return made


def preparation(bar: PreparationBar) -> Preparation:
    return bar.document.project.preparation  # type: ignore[attr-defined, no-any-return]


def test_every_method_has_a_name_and_a_formula() -> None:
    assert list(grey_titles()) == list(GREY_PARTS)
    assert grey_formula("rec601") == "0.299 red + 0.587 green + 0.114 blue"
    assert grey_formula("rec709") == "0.2125 red + 0.7154 green + 0.0721 blue"
    assert grey_formula("mean") == "(red + green + blue) / 3"
    assert grey_formula("green") == "green"


def test_the_list_chooses_and_undo_takes_it_back(bar: PreparationBar, qtbot: QtBot) -> None:
    before = preparation(bar)
    assert bar.grey_method.currentText() == "Rec. 601"
    bar.grey_method.setFocus()
    qtbot.keyClick(bar.grey_method, Qt.Key.Key_Down)
    assert preparation(bar) == replace(before, grey_method="rec709")
    assert "0.2125 red" in bar.grey.toolTip()
    assert "0.2125 red" in bar.grey_method.toolTip()
    bar.document.undo_stack.undo()  # type: ignore[attr-defined]
    assert preparation(bar).grey_method == "rec601"
    assert bar.grey_method.currentText() == "Rec. 601"
    assert "0.299 red" in bar.grey.toolTip()


def test_there_is_nothing_to_choose_in_rgb_or_without_colours(bar: PreparationBar, qtbot: QtBot) -> None:
    qtbot.mouseClick(bar.rgb, Qt.MouseButton.LeftButton)
    assert not bar.grey_method.isVisible()
    qtbot.mouseClick(bar.grey, Qt.MouseButton.LeftButton)
    assert bar.grey_method.isVisible()
    document = bar.document  # type: ignore[attr-defined]
    document.apply("", with_image(document.project, Image(np.zeros((30, 40, 1), np.uint8))))
    assert not bar.grey_method.isVisible()


def test_the_menu_chooses_and_the_maps_follow(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.preparation.rgb, Qt.MouseButton.LeftButton)
    menu = window.findChild(QMenu, "greyMenu")
    menu.aboutToShow.emit()
    actions = {action.data(): action for action in menu.actions()}
    assert [key for key, action in actions.items() if action.isChecked()] == ["rec601"]
    actions["red"].trigger()
    settle(qtbot, window)
    project = window.document.project
    assert (project.preparation.grey, project.preparation.grey_method) == (True, "red")
    found = window.exploration.results.ready
    assert found is not None
    red = replace(project.preparation, grey=False)
    assert project.image is not None
    np.testing.assert_array_equal(found.image.values()[0], project.image.prepare(red).values()[0])


def test_all_steps_stand_in_one_line(window: MainWindow, qtbot: QtBot) -> None:
    line = window.docks.preparation.line
    window.actions_by_key["grey"].trigger()
    assert "grey" in line.text()
    window.actions_by_key["rgb"].trigger()
    assert " → RGB → " in line.text()
    window.preparation.scale.setValue(50.0)
    if window.document.project.preparation.scale != 1.0:
        assert "50 %" in line.text()
    window.docks.preparation.set_open(on=False)
    assert not window.preparation.isVisible()
    qtbot.mouseClick(window.docks.preparation.button, Qt.MouseButton.LeftButton)
    assert window.preparation.isVisible()
