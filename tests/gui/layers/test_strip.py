"""The strip of layers: it shows the stack, and every change of it is one step that can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from convexplorer.core.model.layers import PoolLayer
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


def titles(window: MainWindow) -> list[str]:
    return [chip.text() for chip in window.layer_strip.chips]


def trigger(window: MainWindow, qtbot: QtBot, *keys: str) -> None:
    for key in keys:
        window.actions_by_key[key].trigger()
        settle(qtbot, window)


def test_a_layer_is_added_shown_and_taken_back(window: MainWindow, qtbot: QtBot) -> None:
    assert titles(window) == ["Conv 1 · 4 @ 4×4"]
    trigger(window, qtbot, "addConvolution")
    assert titles(window) == ["Conv 1 · 4 @ 4×4", "Conv 2 · 8 @ 3×3"]
    assert window.document.project.shown_index == 1
    assert len(window.maps.grid.cells) == 8
    assert window.document.undo_stack.undoText() == "Add convolution"
    trigger(window, qtbot, "undo")
    assert titles(window) == ["Conv 1 · 4 @ 4×4"]
    assert len(window.maps.grid.cells) == 4


def test_looking_at_another_layer_is_no_step(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "addMaxPooling", "addConvolution")
    steps = window.document.undo_stack.count()
    qtbot.mouseClick(window.layer_strip.chips[0], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.document.project.shown_index == 0
    assert [chip.isChecked() for chip in window.layer_strip.chips] == [True, False, False]
    trigger(window, qtbot, "nextLayer")
    assert isinstance(window.document.project.shown_layer, PoolLayer)
    assert window.document.undo_stack.count() == steps


@pytest.mark.parametrize("key", ["removeLayer", "moveLayerBack", "switchLayer"])
def test_stacks_are_changed_and_taken_back(window: MainWindow, qtbot: QtBot, key: str) -> None:
    trigger(window, qtbot, "addMaxPooling")
    before = window.document.project
    trigger(window, qtbot, key)
    assert window.document.project.layers != before.layers
    trigger(window, qtbot, "undo")
    assert window.document.project.layers == before.layers


def test_a_node_is_followed_down_a_layer_and_back(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "addConvolution")
    window.probe.pin(12, 20)
    assert window.node._node is not None
    patch = window.node._node.patch.copy()
    window.node.cellActivated.emit((2, 1, 2))
    settle(qtbot, window)
    assert window.document.project.shown_index == 0
    assert window.probe.node == (13, 22)
    assert window.filters.selection_model.currentIndex().row() == 2
    assert window.node._node is not None
    assert window.node._node.value == pytest.approx(float(patch[2, 1, 2]), abs=1e-5)
    window.tracer.back()
    settle(qtbot, window)
    assert window.document.project.shown_index == 1
    assert window.probe.node == (12, 20)


def test_every_node_of_a_deeper_layer_adds_up(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "addMaxPooling", "addConvolution")
    for node in ((0, 0), (5, 9), (20, 30)):
        window.probe.pin(*node)
        cell = window.maps.grid.cells[window.filters.selection_model.currentIndex().row()]
        assert cell.picture is not None
        assert window.node._node is not None
        assert window.node._node.value == pytest.approx(float(cell.picture.tile.values[node]), abs=1e-4)


@pytest.mark.parametrize("name", ["layers.json", "layers.safetensors"])
def test_layers_are_saved_to_one_file_and_opened_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    trigger(window, qtbot, "addMaxPooling", "addConvolution")
    saved = window.document.project.layers
    window.saver.write_layers(tmp_path / name)
    qtbot.waitUntil(lambda: "saved" in window.message.text)
    trigger(window, qtbot, "removeLayer", "removeLayer")
    window.files.open_files([tmp_path / name])
    qtbot.waitUntil(lambda: len(window.document.project.layers) == 3)
    settle(qtbot, window)
    assert window.document.project.layers == saved


def test_layers_are_exported_as_onnx(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    trigger(window, qtbot, "addConvolution")
    window.saver.write_layers(tmp_path / "layers.onnx")
    qtbot.waitUntil(lambda: "saved" in window.message.text, timeout=15_000)
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(str(tmp_path / "layers.onnx"))


def test_chips_tell_what_nodes_see_and_show_it_where_there_is_room(window: MainWindow, qtbot: QtBot) -> None:
    chips = window.layer_strip.chips
    assert chips[0].line == "57×87×4 · sees 4×4, step 1"
    trigger(window, qtbot, "addMaxPooling", "addConvolution", "addConvolution")
    window.resize(860, 800)
    qtbot.waitUntil(lambda: [chip.line for chip in chips] == ["57×87×4", "28×43×4", "26×41×8", "24×39×8"])
    assert "Receptive field: 9 × 9 pixels of the image, 2 from one node's to the next" in chips[2].toolTip()
    assert "sees 9×9, step 2" in chips[2].accessibleName()
    window.resize(1900, 800)
    qtbot.waitUntil(lambda: chips[2].line == "26×41×8 · sees 9×9, step 2")
    assert chips[-1].geometry().right() < window.layer_strip.viewport().width()


def test_a_figure_of_a_pooling_shows_its_maps_and_no_filters(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    trigger(window, qtbot, "addMaxPooling")
    window.saver.write_figure(tmp_path / "figure.svg", window.presenter.look)
    qtbot.waitUntil(lambda: "saved" in window.message.text, timeout=15_000)
    drawn = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert '"MaxPool 1 · Filter 4"' in drawn
    assert '"Filter 4"' not in drawn


def test_pooled_maps_stand_under_the_pictures_of_their_filters(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "addMaxPooling")
    for keys in (("previousLayer", "nextLayer"), ("relu",), ("undo",)):
        trigger(window, qtbot, *keys)
        cells = window.maps.grid.cells
        assert [cell.maker for cell in cells] == list(window.document.project.bank)
        assert all(cell.maker is one for cell, one in zip(cells, window.document.project.bank, strict=True))
        assert not any(cell.is_behind() for cell in cells)
        assert all("…" in cell.right_texts()[0] for cell in cells)


def test_only_what_reads_the_image_is_split_by_colour(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, qtbot, "rgb", "addConvolution", "previousLayer", "splitChannels")
    assert window.presenter.shown.comparison == "channels"
    trigger(window, qtbot, "nextLayer")
    assert window.presenter.shown.comparison == ""
    assert len(window.maps.grid.cells) == 8
    window.layer_settings.filters.setValue(3)
    trigger(window, qtbot, "addConvolution")
    assert window.document.project.bank.channels == 3
    assert not window.actions_by_key["splitChannels"].isEnabled()


def test_a_click_on_the_layer_that_is_looked_at_shows_its_settings(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["layerSettings"].trigger()
    assert not window.layer_bar.isVisible()
    chip = window.layer_strip.chips[0]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert window.layer_bar.isVisible()
    assert window.layer_settings.stride.isVisible()
    assert chip.isChecked()
    qtbot.waitUntil(window.actions_by_key["layerSettings"].isChecked)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert not window.layer_bar.isVisible()
    assert chip.isChecked()
