"""Weights begin anew, by keyboard and mouse, and all choices are one step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from convexplorer.core.model.initialisers import INITIALISERS
from convexplorer.gui.filters.initialise_page import InitialisePage
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle

KEY = Qt.Key


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> InitialisePage:
    window.actions_by_key["addConvolution"].trigger()
    settle(qtbot, window)
    window.actions_by_key["initialiseLayer"].trigger()
    assert window.filters.initialise.isVisible()
    return window.filters.initialise


def test_nothing_changes_until_something_is_chosen(window: MainWindow, page: InitialisePage) -> None:
    assert window.document.undo_stack.count() == 1
    assert page.heading.text() == "Initialise Conv 2"
    assert "Nothing has changed yet" in page.note.text()


def test_schemes_and_seeds_apply_at_once_and_are_one_step(window: MainWindow, page: InitialisePage) -> None:
    before = window.document.project
    for key in list(INITIALISERS)[1:]:
        QTest.keyClick(page.list, KEY.Key_Down)
        assert page.key == key
        expected = INITIALISERS[key]((8, 4, 3, 3), 0)
        np.testing.assert_array_equal(window.document.project.bank.weights, expected)
    QTest.keyClick(page.list, KEY.Key_Home)
    page.form.field("seed").setFocus()
    QTest.keyClick(page.form.field("seed"), KEY.Key_Up)
    np.testing.assert_array_equal(window.document.project.bank.weights, INITIALISERS["glorot"]((8, 4, 3, 3), 1))
    assert window.document.project.bank.names == before.bank.names
    assert window.document.undo_stack.count() == 2
    assert window.document.undo_stack.undoText() == "Initialise Conv 2"
    window.document.undo_stack.undo()
    assert window.document.project.layers == before.layers


def test_the_chosen_scheme_can_be_drawn_by_a_click(window: MainWindow, page: InitialisePage) -> None:
    rect = page.list.visualItemRect(page.list.item(0))
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.document.undo_stack.count() == 1  # New convolutions begin so: nothing has changed.
    dice = page.findChild(QToolButton, "seedButton")
    QTest.mouseClick(dice, Qt.MouseButton.LeftButton)
    seed = int(page.form.values()["seed"])
    np.testing.assert_array_equal(window.document.project.bank.weights, INITIALISERS["glorot"]((8, 4, 3, 3), seed))


def test_the_spread_is_written_out(page: InitialisePage) -> None:
    assert page.formula.text().startswith("±√(6 / (36 + 72)) = ±0.2357")
    page.choose("he")
    assert page.formula.text().startswith("mean 0, deviation √(2 / 36) = 0.2357")


def test_closing_and_coming_again_is_another_step(window: MainWindow, page: InitialisePage) -> None:
    page.choose("he")
    QTest.keyClick(page, KEY.Key_Escape)
    assert not page.isVisible()
    window.actions_by_key["initialiseLayer"].trigger()
    page.choose("zeros")
    assert window.document.undo_stack.count() == 3


def test_under_a_pooling_it_is_the_layer_whose_maps_are_pooled(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addMaxPooling"].trigger()
    settle(qtbot, window)
    window.actions_by_key["initialiseLayer"].trigger()
    page = window.filters.initialise
    assert page.heading.text() == "Initialise Conv 1"
    page.choose("zeros")
    assert not window.document.project.bank.weights.any()


def test_what_changed_out_of_sight_is_told_when_it_comes_back(window: MainWindow, page: InitialisePage) -> None:
    window.docks.filters.hide()
    window.document.undo_stack.undo()
    assert page.heading.text() == "Initialise Conv 2"
    window.docks.filters.show()
    assert page.heading.text() == "Initialise Conv 1"
