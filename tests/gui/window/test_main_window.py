"""The window as a person uses it, driven with real events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy.signal import correlate2d

from convexplorer.core.engine.colour import CLIPPED_HIGH
from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.kit.settings import SEQUENTIAL_PALETTE, THEME
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.filters.load_save import load_filters, save_filters
from tests.helpers.whole_window import settle


def point_on_map(window: MainWindow, row: int, column: int, place: int = 0) -> QPoint:
    """Where a node of a map in the grid is drawn."""
    grid = window.maps.grid
    cell = grid.cells[place]
    frame = window.navigator.frame(grid.first_pane())
    here = frame.to_screen(cell.node_area((row, column))).center()
    moved = grid.cell_rect(place).topLeft() - grid.cell_rect(0).topLeft()
    return (here + moved).toPoint()


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(20, 300), actions, data, button, modifier)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(20, 300), actions, data, button, modifier))


def test_the_maps_are_there_and_right(window: MainWindow) -> None:
    cells = window.maps.grid.cells
    assert [cell.filter.name for cell in cells] == ["Filter 1", "Filter 2", "Filter 3", "Filter 4"]
    assert window.presenter.input is not None
    values = window.presenter.input.prepared.values()[0].astype(np.float64)
    for cell in cells:
        assert cell.picture is not None
        expected = np.maximum(correlate2d(values, cell.filter.weights[0], mode="valid"), 0)
        np.testing.assert_allclose(cell.picture.tile.values, expected, atol=1e-4)
        assert cell.figures is not None
        assert cell.figures.high == pytest.approx(expected.max(), abs=1e-4)


def test_hovering_a_map_shows_the_node_on_all_of_them(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseMove(window.maps.grid.viewport(), point_on_map(window, 20, 12, place=3))
    assert window.probe.node == (20, 12)
    values = [cell.node_value for cell in window.maps.grid.cells]
    expected = [float(cell.picture.tile.values[20, 12]) for cell in window.maps.grid.cells if cell.picture]
    assert values == pytest.approx(expected, abs=1e-5)
    assert "row 20" in window.status.cursor_text.text()


def test_a_click_pins_a_node_arrows_move_it_and_esc_lets_go(window: MainWindow, qtbot: QtBot) -> None:
    view = window.maps.grid.viewport()
    qtbot.mouseMove(view, point_on_map(window, 5, 6))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=point_on_map(window, 5, 6))
    assert window.probe.pinned
    QTest.keyClick(window.maps.grid, Qt.Key.Key_Right)
    QTest.keyClick(window.maps.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert window.probe.node == (15, 7)
    qtbot.mouseMove(view, point_on_map(window, 1, 1))
    assert window.probe.node == (15, 7)
    QTest.keyClick(window.maps.grid, Qt.Key.Key_Escape)
    assert not window.probe.pinned
    assert window.probe.node == (1, 1)


def test_pan_and_zoom_are_linked(window: MainWindow, qtbot: QtBot) -> None:
    where = QPointF(point_on_map(window, 10, 40))
    wheel = QWheelEvent(
        where,
        where,
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(window.maps.grid.viewport(), wheel)
    assert window.navigator.zoom == pytest.approx(1.25**3)
    assert point_on_map(window, 10, 40) in {(where + QPointF(i, j)).toPoint() for i in (-1, 0, 1) for j in (-1, 0, 1)}
    before = window.navigator.centre
    qtbot.mousePress(window.image, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(window.image, QPoint(60, 90))
    qtbot.mouseRelease(window.image, Qt.MouseButton.LeftButton, pos=QPoint(60, 90))
    assert window.navigator.centre[1] > before[1]
    assert not window.probe.pinned
    settle(qtbot, window)


def test_switching_to_rgb_keeps_the_filters_usable_and_can_be_undone(window: MainWindow, qtbot: QtBot) -> None:
    before = window.document.project.bank
    qtbot.mouseClick(window.preparation.rgb, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.document.project.bank.weights.shape == (4, 3, 4, 4)
    assert window.presenter.input is not None
    assert window.presenter.input.prepared.shape[0] == 3
    window.actions_by_key["planes"].trigger()
    settle(qtbot, window)
    assert len(window.image.frames()) == 3
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    assert window.document.project.bank == before


def test_without_relu_maps_are_signed(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["relu"].trigger()
    settle(qtbot, window)
    picture = window.maps.grid.cells[0].picture
    assert picture is not None
    assert picture.tile.values.min() < 0
    assert picture.scale.low == -picture.scale.high
    assert window.document.undo_stack.undoText() == "Switch ReLU off"


def test_a_held_scale_stays_while_weights_change(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["holdScale"].trigger()
    settle(qtbot, window)
    scales = {cell.picture.scale for cell in window.maps.grid.cells if cell.picture}
    assert len(scales) == 1
    bank = window.document.project.bank
    from convexplorer.core.project.project import with_filter

    window.document.apply("ten times", with_filter(window.document.project, 0, weights=bank[0].weights * 10))
    settle(qtbot, window)
    picture = window.maps.grid.cells[0].picture
    assert picture is not None
    assert {picture.scale} == scales
    assert int(f"ff{CLIPPED_HIGH}", 16) in picture.colours


def test_one_map_large_and_back(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseDClick(window.maps.grid.viewport(), Qt.MouseButton.LeftButton, pos=point_on_map(window, 10, 10, 2))
    settle(qtbot, window)
    assert window.maps.focused == 2
    assert window.maps.large.canvas.cell is not None
    QTest.keyClick(window.maps.large.canvas, Qt.Key.Key_Escape)
    assert window.maps.focused is None


def test_the_window_slides_and_can_be_taken_over(window: MainWindow, qtbot: QtBot) -> None:
    window.sliding.set_speed(16)
    window.actions_by_key["slide"].trigger()
    qtbot.waitUntil(lambda: (window.sliding.position or 0) > 40, timeout=5000)
    assert window.probe.node == window.sliding.node
    qtbot.mouseMove(window.maps.grid.viewport(), point_on_map(window, 3, 3))
    assert not window.sliding.playing
    at = window.sliding.position
    window.actions_by_key["slideStep"].trigger()
    assert at is not None
    assert window.sliding.position == at + 1
    window.actions_by_key["slideEnd"].trigger()
    assert window.sliding.node is None


def test_split_channels_add_up_on_the_screen(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.preparation.rgb, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    window.actions_by_key["splitChannels"].trigger()
    settle(qtbot, window)
    tiles = [cell.picture.tile.values for cell in window.maps.grid.cells if cell.picture]
    assert len(tiles) == 4
    np.testing.assert_allclose(tiles[0] + tiles[1] + tiles[2], tiles[3], atol=1e-4)
    assert len({cell.picture.scale for cell in window.maps.grid.cells if cell.picture}) == 1
    window.actions_by_key["grey"].trigger()
    settle(qtbot, window)
    assert window.presenter.shown.comparison == ""


def test_dropped_files_are_opened_and_stepped_through(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        path = tmp_path / f"picture {number}.png"
        PILImage.new("RGB", (80 + number, 60), (number * 50, 90, 200)).save(path)
        paths.append(path)
    drop(window, *paths)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: "picture 0.png" in window.windowTitle())
    window.actions_by_key["nextImage"].trigger()
    qtbot.waitUntil(lambda: "picture 1.png" in window.windowTitle())
    window.actions_by_key["undo"].trigger()
    assert "picture 0.png" in window.windowTitle()
    assert paths[0] in window.recent.paths()


def test_a_bad_file_is_one_line_and_changes_nothing(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    before = window.document.project
    drop(window, bad)
    qtbot.waitUntil(lambda: "bad.png" in window.message.text)
    assert window.document.project is before
    assert "\n" not in window.message.text


def test_a_drop_is_a_copy_even_where_a_move_is_proposed(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "three.npz"
    save_filters(FilterBank.from_arrays(np.ones((2, 1, 3, 3))), path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    for kind, at in ((QDragEnterEvent, QPoint(20, 300)), (QDropEvent, QPointF(20, 300))):
        event = kind(at, actions, data, left, none)
        event.setDropAction(Qt.DropAction.MoveAction)
        QApplication.sendEvent(window, event)
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction
    qtbot.waitUntil(lambda: len(window.document.project.bank) == 2)
    settle(qtbot, window)


def test_dropped_filters_replace_the_bank_and_switch_to_rgb(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "three.npz"
    bank = FilterBank.from_arrays(np.random.default_rng(1).normal(size=(2, 3, 5, 7)), [0.5, -1], ["one", "two"])
    save_filters(bank, path)
    drop(window, path)
    qtbot.waitUntil(lambda: len(window.document.project.bank) == 2)
    settle(qtbot, window)
    assert window.document.project.bank == bank
    assert not window.document.project.preparation.grey
    assert len(window.maps.grid.cells) == 2


def test_pasting_a_picture(window: MainWindow, qtbot: QtBot) -> None:
    picture = QImage(70, 50, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(picture)
    window.actions_by_key["pasteImage"].trigger()
    qtbot.waitUntil(lambda: "Pasted image" in window.windowTitle())
    settle(qtbot, window)
    assert window.document.project.image is not None
    assert window.document.project.image.native.shape == (50, 70, 3)


def test_saved_filters_come_back_with_the_same_bytes(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    window.saver.write_filters(window.document.project.bank, path)
    qtbot.waitUntil(lambda: "saved" in window.message.text)
    assert load_filters(path).weights.tobytes() == window.document.project.bank.weights.tobytes()


@pytest.mark.parametrize("kind", ["png", "png16", "tiff", "npy", "npz", "csv"])
def test_all_maps_are_saved(window: MainWindow, qtbot: QtBot, tmp_path: Path, kind: str) -> None:
    window.saver.write_maps([0, 1, 2, 3], tmp_path, "small", kind, window.presenter.look)
    qtbot.waitUntil(lambda: "saved" in window.message.text, timeout=10_000)
    assert len(list(tmp_path.iterdir())) == 4
    window.saver.write_maps([0], tmp_path, "small", kind, window.presenter.look)
    qtbot.waitUntil(lambda: "already exists" in window.message.text)


def test_the_figure_is_written(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    window.saver.write_figure(path, window.presenter.look)
    qtbot.waitUntil(lambda: "Figure saved" in window.message.text, timeout=10_000)
    assert "Activation Map" in path.read_text() or "Filter 1" in path.read_text()


def test_copying_a_map(window: MainWindow) -> None:
    window.actions_by_key["copyMap"].trigger()
    picture = window.maps.grid.cells[0].picture
    assert picture is not None
    assert QGuiApplication.clipboard().image().height() == picture.tile.values.shape[0]


def test_a_window_that_does_not_fit_says_so_and_recovers(window: MainWindow, qtbot: QtBot) -> None:
    from convexplorer.core.model.images import Preparation
    from convexplorer.core.project.project import with_bank, with_preparation

    project = with_preparation(window.document.project, Preparation(scale=0.4))
    window.document.apply("huge", with_bank(project, project.bank.with_size(31, 31)))
    qtbot.waitUntil(lambda: "does not fit" in window.message.text)
    window.actions_by_key["undo"].trigger()
    settle(qtbot, window)
    assert not window.maps.grid.cells[0].is_behind()


def test_changing_theme_and_palettes_keeps_values(window: MainWindow, qtbot: QtBot) -> None:
    before = window.maps.grid.cells[0].picture
    window.settings.set(SEQUENTIAL_PALETTE, "viridis")
    window.settings.set(THEME, "dark")
    settle(qtbot, window)
    after = window.maps.grid.cells[0].picture
    assert before is not None
    assert after is not None
    assert after.tile is before.tile
    assert after.scale.palette == "viridis"
    assert window.presenter.look.dark
    window.settings.set(THEME, "light")
    settle(qtbot, window)


def test_the_status_line_tells_what_a_pooling_reads(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addMaxPooling"].trigger()
    settle(qtbot, window)
    assert window.status.input_text.text() == "Input 57×87×4   Maps 28×43×4"
