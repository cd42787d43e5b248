"""Filters of many planes: one plane in the table, all beside it, and what each adds to the node."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import Filter, FilterBank, plane_magnitudes
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.project.layer_edits import select_layer, with_stack
from convexplorer.core.project.project import with_channel
from convexplorer.gui.canvas.thumbnails import pattern
from convexplorer.gui.filters.plane_area import PlaneArea
from convexplorer.gui.filters.plane_model import PART_ROLE, PLANE_ROLE, STRENGTH_ROLE
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle

KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton
Open = Callable[..., MainWindow]


@pytest.fixture
def deep(window: MainWindow, qtbot: QtBot) -> Open:
    """Opens a second layer whose filters have some planes, behind a pooling."""

    def opened(planes: int, size: tuple[int, int] = (3, 3)) -> MainWindow:
        rng = np.random.default_rng(planes)
        first = ConvLayer(FilterBank.from_arrays(rng.normal(size=(planes, 1, 3, 3))))
        weights = rng.normal(size=(4, planes, *size)) * rng.gamma(1.0, 1.0, (4, planes, 1, 1))
        second = ConvLayer(FilterBank.from_arrays(weights, rng.normal(size=4)))
        project = with_stack(window.document.project, (first, PoolLayer(), second))
        window.document.apply("Open", select_layer(project, 2))
        settle(qtbot, window)
        return window

    return opened


def middle_of(area: PlaneArea, plane: int) -> QPoint:
    """Where a plane is drawn in the overview."""
    return area.overview.visualRect(area.planes.index(area.planes.row_of(plane))).center()


@pytest.mark.parametrize("planes", [1, 2, 3, 8, 16, 64])
def test_one_plane_is_in_the_table_and_all_beside_it(deep: Open, planes: int) -> None:
    window = deep(planes)
    area, model = window.filters.planes, window.filters.weight_model
    weights = window.document.project.bank[0].weights
    strongest = int(np.argmax(np.abs(weights).sum(axis=(1, 2))))
    assert model.plane == strongest
    assert (model.rowCount(), model.columnCount()) == (3, 3)
    assert area.choice.isVisible()
    assert area.choice.currentText() == f"{strongest + 1} of {planes} · Conv 1 · Filter {strongest + 1}"
    assert area.overview.isVisible() == (planes > 1)
    assert area.planes.rowCount() == planes
    assert not window.filters.weight_view.horizontalScrollBar().isVisible()
    strengths = [area.planes.index(row).data(STRENGTH_ROLE) for row in range(planes)]
    magnitudes = plane_magnitudes(weights)
    np.testing.assert_allclose(strengths, magnitudes / magnitudes.max())


def test_the_image_is_read_by_planes_side_by_side(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["rgb"].trigger()
    settle(qtbot, window)
    view, model = window.filters.weight_view, window.filters.weight_model
    assert model.plane is None
    assert model.columnCount() == 14
    assert not window.filters.planes.choice.isVisible()
    QTest.keyClick(view, KEY.Key_PageDown)
    assert model.cell(view.currentIndex()) == (1, 0, 0)
    QTest.keyClick(view, KEY.Key_PageUp)
    QTest.keyClick(view, KEY.Key_PageUp)
    assert model.cell(view.currentIndex()) == (2, 0, 0)


def test_planes_are_chosen_by_click_by_key_and_from_the_list(deep: Open) -> None:
    window = deep(16)
    area, model, view = window.filters.planes, window.filters.weight_model, window.filters.weight_view
    QTest.mouseClick(area.overview.viewport(), LEFT, pos=middle_of(area, 5))
    assert model.plane == 5
    assert area.choice.currentIndex() == 5
    view.setFocus()
    QTest.keyClick(view, KEY.Key_Right)
    QTest.keyClick(view, KEY.Key_PageDown)
    assert model.plane == 6
    assert model.cell(view.currentIndex()) == (6, 0, 1)
    QTest.keyClick(area.overview, KEY.Key_PageUp)
    QTest.keyClick(area.overview, KEY.Key_Left)
    assert model.plane == 4
    QTest.keyClick(area.choice, KEY.Key_Down)
    assert model.plane == 5
    model.show_plane(15)
    QTest.keyClick(view, KEY.Key_PageDown)
    assert model.plane == 0


def test_edits_go_to_the_plane_that_is_shown(deep: Open, qtbot: QtBot) -> None:
    window = deep(8)
    model, view = window.filters.weight_model, window.filters.weight_view
    before = window.document.project.bank[0].weights
    model.show_plane(3)
    view.setFocus()
    view.setCurrentIndex(model.index(1, 2))
    QTest.keyClick(view, KEY.Key_5)
    editor = view.findChild(type(window.filters.fields.bias).__mro__[1], "numberEditor")
    QTest.keyClick(editor, KEY.Key_Return)
    expected = before.copy()
    expected[3, 1, 2] = 5.0
    np.testing.assert_array_equal(window.document.project.bank[0].weights, expected)
    QTest.keySequence(view, "Ctrl+A")
    QTest.keyClick(view, KEY.Key_Delete)
    expected[3] = 0.0
    np.testing.assert_array_equal(window.document.project.bank[0].weights, expected)
    assert model.plane == 3
    window.document.undo_stack.undo()
    window.document.undo_stack.undo()
    np.testing.assert_array_equal(window.document.project.bank[0].weights, before)
    settle(qtbot, window)


def test_the_plane_stays_from_filter_to_filter_and_begins_anew_with_another_number(deep: Open) -> None:
    window = deep(8)
    window.filters.weight_model.show_plane(6)
    window.filters.commands.select([2])
    assert window.filters.weight_model.plane == 6
    window = deep(16)
    weights = window.document.project.bank[window.filters.selection_model.currentIndex().row()].weights
    assert window.filters.weight_model.plane == int(np.argmax(plane_magnitudes(weights)))


def test_what_each_plane_adds_to_the_node(deep: Open, qtbot: QtBot) -> None:
    window = deep(8)
    area = window.filters.planes
    window.probe.pin(9, 14)
    ready = window.presenter.input
    assert ready is not None
    one = window.document.project.bank[0]
    patch = ready.prepared.values()[:, 9:12, 14:17].astype(np.float64)
    parts = (patch * one.weights).sum(axis=(1, 2))
    for row in range(8):
        index = area.planes.index(row)
        assert area.planes.part(index.data(PLANE_ROLE)) == pytest.approx(parts[row], abs=1e-6)
        assert index.data(PART_ROLE) == pytest.approx(parts[row] / np.abs(parts).max(), abs=1e-6)
    assert "at this node" in window.filters.figures.note.text()
    window.document.apply("Mute", with_channel(window.document.project, 2, on=False))
    settle(qtbot, window)
    assert area.planes.part(2) == 0.0
    assert "switched off" in area.planes.index(2).data(Qt.ItemDataRole.ToolTipRole)
    window.probe.let_go()
    assert area.planes.part(0) is None


def test_a_map_chosen_in_the_node_panel_brings_its_plane(deep: Open) -> None:
    window = deep(8)
    window.probe.pin(9, 14)
    view = window.node.maps.view
    view.setFocus()
    for _ in range(3):
        QTest.keyClick(view, KEY.Key_Down)
    chosen = window.node.maps.model.rows[view.currentIndex().row()].channel
    assert window.filters.weight_model.plane == chosen
    assert window.filters.planes.choice.currentIndex() == chosen


def test_the_strongest_first(deep: Open) -> None:
    window = deep(16)
    area = window.filters.planes
    window.filters.weight_model.show_plane(11)
    QTest.mouseClick(area.sort, LEFT)
    order = [area.planes.index(row).data(PLANE_ROLE) for row in range(16)]
    magnitudes = plane_magnitudes(window.document.project.bank[0].weights)
    assert order == np.argsort(-magnitudes, kind="stable").tolist()
    assert area.planes.plane_at(area.overview.currentIndex().row()) == 11
    QTest.mouseClick(area.overview.viewport(), LEFT, pos=middle_of(area, order[0]))
    assert window.filters.weight_model.plane == order[0]


def test_the_map_that_a_plane_reads_is_shown_and_followed(deep: Open, qtbot: QtBot) -> None:
    window = deep(8)
    area = window.filters.planes
    ready = window.presenter.input
    assert ready is not None
    live = int(np.argmax(ready.prepared.stored.mean(axis=(1, 2))))
    window.filters.weight_model.show_plane(live)
    picture = area.map.pixmap()
    rows, columns = ready.prepared.shape[1:]
    assert picture.height() == pytest.approx(picture.width() * rows / columns, abs=1)
    brightest = np.unravel_index(int(np.argmax(ready.prepared.stored[live])), (rows, columns))
    at = picture.toImage().pixelColor(
        int((brightest[1] + 0.5) * picture.width() / columns), int((brightest[0] + 0.5) * picture.height() / rows)
    )
    assert at.lightness() > QColor("#51127c").lightness()
    QTest.mouseClick(area.follow, LEFT)
    settle(qtbot, window)
    assert window.document.project.shown_index == 0
    assert window.filters.selection_model.currentIndex().row() == live
    assert not area.follow.isVisible()


def test_pictures_of_deep_filters_are_their_strongest_plane() -> None:
    weights = np.zeros((5, 2, 2), np.float32)
    weights[1] = [[1, -1], [1, -1]]
    weights[4] = [[2, 2], [-2, -2]]
    image = pattern(Filter(weights))
    assert [image.pixelColor(x, y).red() for y in range(2) for x in range(2)] == [255, 255, 0, 0]


def test_large_kernels_leave_room_for_the_overview(deep: Open) -> None:
    window = deep(8, (11, 11))
    area = window.filters.planes
    assert area.overview.width() >= 80
    assert area.width() <= window.filters.width()


@pytest.mark.parametrize("planes", [2, 8, 16])
@pytest.mark.parametrize("height", [690, 720, 800, 860])
def test_all_planes_are_in_sight_where_they_can_be(deep: Open, qtbot: QtBot, planes: int, height: int) -> None:
    window = deep(planes, (7, 7))
    window.resize(1280, height)
    settle(qtbot, window)
    overview = window.filters.planes.overview
    overview.executeDelayedItemsLayout()
    assert not overview.verticalScrollBar().isVisible()
    for row in range(planes):
        assert overview.viewport().rect().contains(overview.visualRect(overview.model().index(row, 0)))
