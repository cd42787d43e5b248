"""The network in figures: what is told of every layer, followed, chosen and copied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.gui.layers.network_model import NetworkColumn, NetworkModel
from convexplorer.gui.layers.network_table import NetworkTable
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


def conv(filters: int, channels: int, size: int, **settings: object) -> ConvLayer:
    return ConvLayer(FilterBank.from_arrays(np.ones((filters, channels, size, size))), **settings)


LAYERS = conv(8, 3, 3), PoolLayer(), conv(16, 8, 5, stride=2, padding="same")


def texts(model: NetworkModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in NetworkColumn]


def tip(model: NetworkModel, row: int, column: NetworkColumn) -> str:
    return str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole))


@pytest.fixture
def model(qapp) -> NetworkModel:
    made = NetworkModel()
    made.show_network(LAYERS, (3, 324, 576))
    return made


def test_figures_of_every_layer_and_their_sums(model: NetworkModel) -> None:
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert [texts(model, row) for row in range(5)] == [
        ["Image", "324×576×3", "1×1", "1", "", "", ""],
        ["Conv 1 · 8 @ 3×3", "322×574×8", "3×3", "1", "224", "41,401,472", "39,922,848"],
        ["MaxPool 1 · 2×2", "161×287×8", "4×4", "2", "0", "1,478,624", "0"],
        ["Conv 2 · 16 @ 5×5", "81×144×16", "12×12", "4", "3,216", "37,511,424", "37,324,800"],
        ["Total", "", "", "", "3,440", "80,391,520", "77,247,648"],
    ]


def test_the_arithmetic_is_told(model: NetworkModel) -> None:
    assert tip(model, 1, NetworkColumn.PARAMETERS) == "8 × (3×3×3 + 1) = 224"
    assert tip(model, 1, NetworkColumn.MULTIPLY_ADDS) == "8×322×574 × 3×3×3 = 39,922,848"
    assert "Rows: ⌊(324 + 0 − 3) / 1⌋ + 1 = 322" in tip(model, 1, NetworkColumn.OUTPUT)
    assert "Rows: 4 + (5 − 1) × 2 = 12" in tip(model, 3, NetworkColumn.FIELD)
    assert tip(model, 3, NetworkColumn.STEP).startswith("2 × 2 = 4")
    assert tip(model, 4, NetworkColumn.PARAMETERS) == "224 + 3,216 = 3,440"
    for column in NetworkColumn:
        assert model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_layers_that_are_off_or_do_not_fit(model: NetworkModel) -> None:
    model.show_network((LAYERS[0], replace(LAYERS[1], enabled=False), PoolLayer("max", 30)), (3, 12, 40))
    assert texts(model, 2) == ["MaxPool 1 · 2×2", "10×38×8", "3×3", "1", "0", "0", "0"]
    assert texts(model, 3) == ["MaxPool 2 · 30×30", *["—"] * 6]
    assert texts(model, 4) == ["Total", *[""] * 6]
    assert "does not fit" in tip(model, 3, NetworkColumn.OUTPUT)
    faint = model.index(2, 0).data(Qt.ItemDataRole.ForegroundRole)
    assert faint is not None
    assert model.index(1, 0).data(Qt.ItemDataRole.ForegroundRole) is None


def test_copied_text_is_for_spreadsheets(model: NetworkModel) -> None:
    lines = [line.split("\t") for line in model.text_of().splitlines()]
    assert lines[0] == [
        "Layer",
        "Output",
        "Receptive field",
        "Step",
        "Parameters",
        "Connections",
        "Multiply-adds",
    ]
    assert lines[2][4:] == ["224", "41401472", "39922848"]
    assert len(lines) == 6
    assert {len(line) for line in lines} == {7}
    assert model.text_of([1]).splitlines()[1].startswith("Conv 1")


@pytest.fixture
def table(window: MainWindow, qtbot: QtBot) -> NetworkTable:
    for key in ("addMaxPooling", "addConvolution", "networkTable"):
        window.actions_by_key[key].trigger()
        settle(qtbot, window)
    found = window.layer_docks.network.widget()
    assert isinstance(found, NetworkTable)
    qtbot.waitUntil(found.isVisible)
    return found


def click(table: NetworkTable, qtbot: QtBot, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = table.view.visualRect(table.model.index(row, NetworkColumn.STEP)).center()
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, modifier, QPoint(place))


def test_it_is_hidden_and_not_made_until_it_is_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    assert window.layer_docks.network.widget() is None
    assert not window.layer_docks.network.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.layer_docks.network.widget() is not None)


def test_a_click_looks_at_a_layer_and_the_row_follows(table: NetworkTable, window: MainWindow, qtbot: QtBot) -> None:
    assert table.view.currentIndex().row() == 3
    steps = window.document.undo_stack.count()
    click(table, qtbot, 1)
    settle(qtbot, window)
    assert window.document.project.shown_index == 0
    qtbot.keyClick(table.view, Qt.Key.Key_Down)
    settle(qtbot, window)
    assert window.document.project.shown_index == 1
    qtbot.mouseClick(window.layer_strip.chips[2], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert table.view.currentIndex().row() == 3
    assert window.document.undo_stack.count() == steps
    click(table, qtbot, 4)  # The sums are no layer.
    assert window.document.project.shown_index == 2


def test_it_follows_the_layer_settings(table: NetworkTable, window: MainWindow, qtbot: QtBot) -> None:
    window.layer_settings.filters.setValue(5)
    settle(qtbot, window)
    assert texts(table.model, 3)[0] == "Conv 2 · 5 @ 3×3"
    assert texts(table.model, 3)[4] == f"{5 * (4 * 9 + 1)}"
    window.layer_docks.network.close()
    window.layer_settings.filters.setValue(6)
    settle(qtbot, window)
    window.actions_by_key["networkTable"].trigger()
    qtbot.waitUntil(lambda: texts(table.model, 3)[0] == "Conv 2 · 6 @ 3×3")


def test_rows_are_copied_by_keys_and_all_by_the_button(table: NetworkTable, window: MainWindow, qtbot: QtBot) -> None:
    click(table, qtbot, 1)
    click(table, qtbot, 2, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, window)
    table.view.setFocus()
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Layer", "Conv 1 · 4 @ 4×4", "MaxPool 1 · 2×2"]
    assert window.message.text
    qtbot.mouseClick(table.button, Qt.MouseButton.LeftButton)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 6
