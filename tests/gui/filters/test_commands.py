"""Presets, banks and transforms, as a person meets them in the filters' panel."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QSlider, QToolButton

from convexplorer.core.model import transforms
from convexplorer.core.model.banks import BANKS
from convexplorer.core.model.filters import FilterBank, resize_weights
from convexplorer.core.model.images import Preparation
from convexplorer.core.model.presets import PRESETS
from convexplorer.core.project.project import with_preparation
from tests.helpers.filter_bench import FilterBench

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qtbot):
    weights = np.random.default_rng(5).integers(-5, 6, (3, 1, 3, 3))
    return FilterBench(qtbot, FilterBank.from_arrays(weights, names=list("abc")))


@pytest.fixture
def colour(qtbot):
    weights = np.random.default_rng(6).normal(size=(2, 3, 2, 4))
    return FilterBench(qtbot, FilterBank.from_arrays(weights))


# --- transforms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "transform"),
    [
        ("negate", np.negative),
        ("transpose", lambda weights: weights.transpose(0, 2, 1)),
        ("rotate", lambda weights: np.rot90(weights, axes=(1, 2))),
        ("flipHorizontal", lambda weights: weights[:, :, ::-1]),
        ("flipVertical", lambda weights: weights[:, ::-1]),
        ("zero", np.zeros_like),
        ("zeroMean", lambda weights: weights - weights.mean()),
    ],
)
def test_transforms_change_what_is_selected(bench, key, transform):
    before = bench.bank
    bench.panel.commands.select([0, 2])
    bench.press(key)
    for row in (0, 2):
        np.testing.assert_allclose(bench.bank[row].weights, transform(before[row].weights), atol=1e-6)
    assert bench.bank[1] is before[1]
    assert bench.steps == 1
    bench.undo()
    assert bench.bank is before


def test_what_cannot_be_done_is_said_in_one_line(colour):
    before = colour.bank
    colour.panel.commands.select([0])
    colour.press("rotate")
    assert "select all" in colour.messages[-1]
    assert colour.bank is before
    colour.panel.commands.select([0, 1])
    colour.press("rotate")
    assert colour.bank.size == (4, 2)


def test_an_edge_filter_cannot_be_normalised(qtbot):
    bench = FilterBench(qtbot, FilterBank.from_arrays([[-1, 1]]))
    bench.press("normalise")
    assert bench.messages[-1]
    assert bench.steps == 0


def test_nothing_changed_is_no_step(bench):
    bench.press("zero")
    bench.press("zero")
    assert bench.steps == 1


def test_same_for_all_channels_only_where_there_are_some(bench, colour):
    assert not bench.panel.commands.is_enabled("sameChannels")
    assert colour.panel.commands.is_enabled("sameChannels")
    colour.press("sameChannels")
    weights = colour.bank[0].weights
    np.testing.assert_array_equal(weights, transforms.same_for_all_channels(weights))


# --- presets ---------------------------------------------------------------------------------------------------------


def test_patterns_are_drawn_when_a_page_is_opened_first(bench):
    for page in (bench.panel.presets, bench.panel.banks):
        recipes = [page.list.item(row) for row in range(page.list.count()) if page.list.item(row).data(256)]
        assert all(one.icon().isNull() for one in recipes)
        bench.panel._open(page)
        assert recipes
        assert not any(one.icon().isNull() for one in recipes)


def test_add_a_gabor_and_move_its_parameters(bench):
    before = bench.document.project
    bench.press("presets")
    picker = bench.panel.presets
    assert picker.isVisible()
    picker.choose("gabor")
    assert picker.sentence.text() == PRESETS["gabor"].sentence
    bench.push("addPreset")
    assert bench.bank.names == ("a", "Gabor", "b", "c")
    assert bench.bank.size == (15, 15)
    slider = picker.findChild(QSlider, "thetaSlider")
    slider.setFocus()
    for _ in range(3):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    theta = picker.form.field("theta").value()
    assert theta == 15
    np.testing.assert_array_equal(bench.bank[1].weights, PRESETS["gabor"].make(theta=theta).weights)
    picker.form.field("size").setValue(7)
    assert bench.bank.size == (7, 7)
    assert bench.steps == 1
    assert bench.panel.selection_model.currentIndex().row() == 1
    bench.undo()
    assert bench.document.project is before
    picker.form.field("theta").setValue(90)
    assert bench.document.project is before
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    assert bench.panel.list_view.isVisible()


def test_replace_keeps_the_place(bench):
    bench.panel.commands.select([2])
    bench.press("presets")
    bench.panel.presets.choose("gaussian")
    bench.push("replaceByPreset")
    assert bench.bank.names == ("a", "b", "Gaussian blur")
    bench.panel.presets.form.field("sigma").setValue(2.5)
    np.testing.assert_array_equal(bench.bank[2].weights, PRESETS["gaussian"].make(sigma=2.5).weights)
    assert bench.steps == 1
    bench.push("addPreset")
    assert len(bench.bank) == 4
    assert bench.steps == 2
    assert bench.panel.presets.note.text()


def test_a_preset_alone_brings_its_own_size(qtbot):
    bench = FilterBench(qtbot, FilterBank.from_arrays(np.ones((1, 1, 9, 9))))
    bench.press("presets")
    bench.panel.presets.choose("roberts_falling")
    bench.push("replaceByPreset")
    assert bench.bank.size == (2, 2)


def test_another_edit_lets_go(bench):
    bench.press("presets")
    bench.panel.presets.choose("gaussian")
    bench.push("addPreset")
    bench.panel.commands.run("negate")
    before = bench.bank
    bench.panel.presets.form.field("sigma").setValue(3)
    assert bench.bank is before
    assert not bench.panel.presets.note.text()


def test_colour_presets_need_colour(bench):
    def enabled():
        [item] = bench.panel.presets.list.findItems("Red–green", Qt.MatchFlag.MatchExactly)
        return bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)

    assert not enabled()
    bench.document.apply("", with_preparation(bench.document.project, Preparation(grey=False)))
    assert enabled()
    bench.panel.presets.choose("red_green")
    bench.panel.presets.add()
    assert bench.bank[1].weights.sum() == pytest.approx(0, abs=1e-5)


def test_long_forms_do_not_make_the_panel_higher(bench):
    lowest = bench.panel.minimumSizeHint().height()
    bench.press("presets")
    bench.panel.presets.choose("gabor")
    assert bench.panel.minimumSizeHint().height() == lowest
    bench.panel.resize(320, lowest)
    assert bench.panel.height() == lowest
    assert bench.panel.presets.add_button.geometry().bottom() < lowest


def test_letters_look_for_a_preset_and_esc_goes_back(bench):
    def kept(widget, key, text):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier, text)
        event.ignore()
        QApplication.sendEvent(widget, event)
        return event.isAccepted()

    bench.press("presets")
    picker = bench.panel.presets
    assert kept(picker.list, Qt.Key.Key_G, "g")
    assert kept(picker.list, Qt.Key.Key_Escape, "\x1b")
    picker.replace_button.setFocus()
    assert not kept(picker.replace_button, Qt.Key.Key_G, "g")
    assert kept(picker.replace_button, Qt.Key.Key_Escape, "\x1b")


def test_enter_adds_the_chosen_preset(bench):
    bench.press("presets")
    QTest.keyClicks(QApplication.focusWidget(), "sharp")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert bench.bank.names[1] == "Sharpen"


def test_every_preset_can_be_added_from_the_menu(bench):
    menu = bench.panel.findChild(QMenu, "presetMenu")
    menu.aboutToShow.emit()
    for group in menu.findChildren(QMenu):
        for action in group.actions():
            assert action.toolTip() != action.text()
            assert not action.icon().isNull()
            action.trigger()
    assert len(bench.bank) == 3 + len(PRESETS)
    assert bench.steps == len(PRESETS)


# --- banks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", BANKS)
def test_every_bank_replaces_all_filters(bench, key):
    before = bench.document.project
    bench.press("banks")
    bench.panel.banks.choose(key)
    bench.push("replaceByBank")
    assert bench.bank == BANKS[key].make()
    assert bench.panel.selection_model.currentIndex().row() == 0
    bench.undo()
    assert bench.document.project is before


@pytest.mark.parametrize("key", ["four_edges", "compass"])
def test_a_bank_can_be_added_too(bench, key):
    before = bench.document.project
    bench.click(1)
    bench.press("banks")
    bench.panel.banks.choose(key)
    bench.push("addBank")
    added = BANKS[key].make()
    size = tuple(map(max, added.size, before.bank.size))
    assert [one.name for one in bench.bank] == ["a", "b", *added.names, "c"]
    assert bench.bank.size == size
    np.testing.assert_array_equal(bench.bank.weights[2:-1], added.with_size(*size).weights)
    assert bench.selected == list(range(2, 2 + len(added)))
    grew = "All filters are 4 × 4 now; those that were there are padded with zeros"
    assert bench.messages == ([grew] if size != before.bank.size else [])
    assert bench.steps == 1
    bench.undo()
    assert bench.document.project is before


def test_random_filters_that_were_added_follow_their_fields(bench):
    bench.click(2)
    bench.press("banks")
    bench.panel.banks.choose("he")
    bench.push("addBank")
    for name, value in (("count", 5), ("size", 7), ("seed", 11)):
        bench.panel.banks.form.field(name).setValue(value)
    assert bench.steps == 1
    assert len(bench.bank) == 8
    np.testing.assert_array_equal(bench.bank.weights[3:], BANKS["he"].make(count=5, size=7, seed=11).weights)
    assert bench.messages[-1] == "All filters are 7 × 7 now; those that were there are padded with zeros"


@pytest.mark.parametrize("how", ["add", "replace"])
def test_a_larger_preset_says_that_it_pads_the_others(bench, how):
    bench.panel.presets.choose("sobel_x")
    getattr(bench.panel.presets, how)()
    assert bench.messages == []
    bench.panel.presets.choose("box")
    bench.panel.presets.form.field("size").setValue(9)
    getattr(bench.panel.presets, how)()
    assert bench.messages == ["All filters are 9 × 9 now; those that were there are padded with zeros"]


def test_random_filters_follow_their_fields(colour):
    before = colour.document.project
    colour.press("banks")
    picker = colour.panel.banks
    picker.choose("he")
    colour.push("replaceByBank")
    for name, value in (("count", 32), ("size", 7), ("seed", 11)):
        picker.form.field(name).setValue(value)
    assert colour.bank == BANKS["he"].make(count=32, size=7, seed=11, channels=3)
    assert colour.steps == 1
    dice = picker.findChild(QToolButton, "seedButton")
    colour.qtbot.mouseClick(dice, LEFT)
    assert colour.bank == BANKS["he"].make(count=32, size=7, seed=picker.form.field("seed").value(), channels=3)
    colour.undo()
    assert colour.document.project is before


def test_a_grey_bank_stays_in_colour(colour):
    colour.panel.banks.choose("four_edges")
    colour.panel.banks.replace()
    assert colour.bank.shape == (3, 4, 4)
    assert not colour.document.project.preparation.grey


def test_adding_keeps_smaller_filters_in_the_middle(bench):
    before = bench.bank[0].weights
    bench.panel.presets.choose("box")
    bench.panel.presets.form.field("size").setValue(9)
    bench.panel.presets.add()
    np.testing.assert_array_equal(bench.bank[0].weights, resize_weights(before, 9, 9))
