"""The fields of a layer: every setting can be made, what is impossible is refused where it was typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.kit.fields.setting_fields import PaddingBox
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle

KEY = Qt.Key


def trigger(window: MainWindow, qtbot: QtBot, *keys: str) -> None:
    for key in keys:
        window.actions_by_key[key].trigger()
        settle(qtbot, window)


def type_into(field: QWidget, text: str) -> None:
    """Replace what is in a field, by keys."""
    line = field.lineEdit() if isinstance(field, (WholeBox, PaddingBox)) else None
    assert line is not None
    field.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, KEY.Key_Return)


def pick(box: QComboBox, key: object) -> None:
    """Choose an entry with the arrow keys."""
    box.setFocus()
    while box.currentData() != key:
        down = box.findData(key) > box.currentIndex()
        QTest.keyClick(box, KEY.Key_Down if down else KEY.Key_Up)


@pytest.fixture
def deep(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Conv 1 (4 filters) › MaxPool 1 › Conv 2 (8 filters), the last one shown."""
    trigger(window, qtbot, "addMaxPooling", "addConvolution")
    return window


def shown(window: MainWindow) -> ConvLayer:
    layer = window.document.project.shown_layer
    assert isinstance(layer, ConvLayer)
    return layer


def test_every_setting_of_a_convolution(deep: MainWindow, qtbot: QtBot) -> None:
    fields = deep.layer_settings
    type_into(fields.filters, "5")
    type_into(fields.rows, "1")
    type_into(fields.columns, "5")
    type_into(fields.stride, "2")
    type_into(fields.padding, "3")
    type_into(fields.dilation, "2")
    pick(fields.activation, "leaky_relu")
    layer = shown(deep)
    assert (len(layer.bank), layer.bank.shape) == (5, (4, 1, 5))
    assert (layer.stride, layer.padding, layer.dilation, layer.activation) == (2, 3, 2, "leaky_relu")
    settle(qtbot, deep)
    picture = deep.maps.grid.cells[0].picture
    assert picture is not None
    below = deep.presenter.input
    assert below is not None
    height, width = below.prepared.shape[1:]
    nodes = (height + 6 - 1) // 2 + 1, (width + 6 - 9) // 2 + 1
    assert picture.tile.values.shape == nodes
    assert fields.outcome.text().splitlines()[0] == f"⌊({height} + 6 − 1) / 2⌋ + 1 = {nodes[0]} rows"
    assert fields.outcome.text().splitlines()[1] == f"⌊({width} + 6 − 9) / 2⌋ + 1 = {nodes[1]} columns"
    for name in ("activation", "dilation", "padding", "stride", "kernel width", "kernel", "filters"):
        assert name in deep.document.undo_stack.undoText()
        deep.document.undo_stack.undo()
    assert shown(deep).bank.shape == (4, 3, 3)


@pytest.mark.parametrize("key", ["relu", "leaky_relu", "tanh", "sigmoid", "none"])
def test_every_activation(window: MainWindow, key: str) -> None:
    pick(window.layer_settings.activation, key)
    assert shown(window).activation == key


def test_every_setting_of_a_pooling(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "addMaxPooling")
    fields = window.layer_settings
    assert not fields.filters.isVisible()
    pick(fields.pool_kind, "average")
    type_into(fields.pool_size, "3")
    type_into(fields.pool_stride, "1")
    assert window.document.project.shown_layer == PoolLayer("average", 3, 1)
    window.document.undo_stack.undo()
    assert window.document.project.shown_layer == PoolLayer("average", 3, 2)


@pytest.mark.parametrize(
    ("name", "typed", "reason"),
    [
        ("filters", "0", "Filters: a whole number from 1 to 4096, not “0”"),
        ("filters", "5000", "Filters: a whole number from 1 to 4096, not “5000”"),
        ("rows", "32", "Kernel height: a whole number from 1 to 31, not “32”"),
        ("columns", "-3", "Kernel width: a whole number from 1 to 31, not “-3”"),
        ("stride", "0", "Stride: a whole number from 1 to 999, not “0”"),
        ("dilation", "-", "Dilation: a whole number from 1 to 999, not “-”"),
        ("padding", "some", "the padding is valid, same or a whole number up to 999, not “some”"),
        ("padding", "-1", "the padding is valid, same or a whole number up to 999, not “-1”"),
    ],
)
def test_what_is_out_of_bounds_is_refused_at_the_field(window: MainWindow, name: str, typed: str, reason: str) -> None:
    before, field = window.document.project, getattr(window.layer_settings, name)
    type_into(field, typed)
    note = window.layer_settings.note
    assert window.document.project is before
    assert note.isVisible()
    assert note.text() == reason
    assert note.field is field
    assert field.property("invalid")
    assert field.accessibleDescription() == reason
    assert note.y() > field.mapTo(window, field.rect().bottomLeft()).y() - 1
    QTest.keyClick(field, KEY.Key_Escape)
    assert not note.isVisible()
    assert not field.property("invalid")
    assert field.accessibleDescription() == ""


def test_what_does_not_fit_is_refused_with_the_formula(window: MainWindow) -> None:
    before = window.document.project
    type_into(window.layer_settings.dilation, "40")
    note = window.layer_settings.note
    assert window.document.project is before
    assert note.text() == (
        "Conv 1: a window of 121 × 121 does not fit an input of 60 × 90: ⌊(60 + 0 − 121) / 1⌋ + 1 = −60 rows"
    )
    assert window.layer_settings.dilation.value() == 1
    type_into(window.layer_settings.dilation, "2")
    assert not note.isVisible()


def test_a_layer_behind_that_would_not_fit_is_named(deep: MainWindow, qtbot: QtBot) -> None:
    type_into(deep.layer_settings.rows, "20")
    trigger(deep, qtbot, "previousLayer", "previousLayer")
    before = deep.document.project
    type_into(deep.layer_settings.stride, "4")
    assert deep.document.project is before
    assert deep.layer_settings.note.text().startswith("Conv 2: a window of 20 × 3 does not fit an input of 7 × 11")
    trigger(deep, qtbot, "nextLayer")
    assert not deep.layer_settings.note.isVisible()


def test_within_one_step_filters_come_back_as_they_were(window: MainWindow, qtbot: QtBot) -> None:
    before = window.document.project.layers
    spin = window.layer_settings.filters
    spin.setFocus()
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Up, KEY.Key_Up):
        QTest.keyClick(spin, key)
    assert window.document.project.layers == before
    QTest.keyClick(spin, KEY.Key_Down)
    assert len(window.document.project.bank) == 3
    assert window.document.undo_stack.count() == 1
    window.layer_settings.stride.setFocus()
    spin.setFocus()
    QTest.keyClick(spin, KEY.Key_Down)
    assert window.document.undo_stack.count() == 2


def test_what_is_kept_of_the_layers_behind_is_said(deep: MainWindow, qtbot: QtBot) -> None:
    trigger(deep, qtbot, "previousLayer", "previousLayer", "removeLayer")
    assert deep.message.text == "Conv 1 keeps 1 of its 4 planes, by position"
    trigger(deep, qtbot, "undo")
    trigger(deep, qtbot, "addConvolution")
    assert deep.message.text == "Conv 3 has 4 planes more, all zero"
    deep.message.hide()
    trigger(deep, qtbot, "moveLayerOn")
    assert deep.message.isHidden()
    trigger(deep, qtbot, "moveLayerOn")
    assert "Conv 2 keeps 4 of its 8 planes, by position" in deep.message.text


def test_a_layer_that_is_read_is_switched_off_where_that_is_agreed_to(deep: MainWindow, qtbot: QtBot) -> None:
    trigger(deep, qtbot, "previousLayer", "previousLayer")
    before = deep.document.project.layers
    trigger(deep, qtbot, "switchLayer")
    assert deep.document.project.layers == before
    assert deep.actions_by_key["switchLayer"].isChecked()
    assert deep.message.text == "Conv 1 cannot just be switched off: Conv 2 reads 4 maps, and 1 would reach it"
    button = deep.message.findChild(QPushButton, "messageAction")
    assert button.text() == "Match planes by position"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, deep)
    assert deep.document.undo_stack.undoText() == "Switch Conv 1 off"
    assert deep.message.text == "Conv 2 keeps 1 of its 4 planes, by position"
    assert not deep.document.project.layers[0].enabled
    trigger(deep, qtbot, "undo")
    assert deep.document.project.layers == before


def test_kernels_stay_square_while_the_sides_are_linked(window: MainWindow, qtbot: QtBot) -> None:
    fields = window.layer_settings
    type_into(fields.rows, "5")
    assert shown(window).bank.size == (5, 4)
    qtbot.mouseClick(fields.square, Qt.MouseButton.LeftButton)
    assert shown(window).bank.size == (5, 5)
    type_into(fields.columns, "3")
    assert shown(window).bank.size == (3, 3)
    assert fields.rows.value() == 3
    type_into(fields.rows, "4")
    assert shown(window).bank.size == (4, 4)
    qtbot.mouseClick(fields.square, Qt.MouseButton.LeftButton)
    type_into(fields.rows, "2")
    assert shown(window).bank.size == (2, 4)
    assert not fields.square.isChecked()


@pytest.mark.parametrize("value", ["valid", "same", 10])
def test_the_padding_is_seen_whole(window: MainWindow, qtbot: QtBot, value: object) -> None:
    box = window.layer_settings.padding
    box.show_value(value)
    line = box.lineEdit()
    assert line.cursorPosition() == 0
    # Qt keeps two pixels on each side of the text, and one for the cursor.
    assert line.fontMetrics().horizontalAdvance(line.text()) + 5 <= line.contentsRect().width()
