"""The whole network in the real window: what it shows is what the project holds, through edits, clicks and undo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from convexplorer.core.engine.overview import OverviewEngine, OverviewJob, SmallMaps
from convexplorer.core.explain.trace import NodePlace, trace
from convexplorer.core.project.project import with_filter
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


@pytest.fixture
def flow(window: MainWindow, qtbot):
    """The wing, with a second layer in the network."""
    window.resize(1100, 760)
    window.actions_by_key["addConvolution"].trigger()
    settle(qtbot, window)
    window.actions_by_key["flow"].trigger()
    rest(qtbot, window)
    return window.flow


def rest(qtbot, window):
    settle(qtbot, window)
    qtbot.waitUntil(lambda: not window.flow.presenter.busy)


def check(window: MainWindow):
    """Every small map equals one computed afresh."""
    view, project = window.flow.view, window.document.project
    job = OverviewJob(
        project.image, project.preparation, project.layers, window.exploration.results.look, view.map_side()
    )
    fresh = {one.layer: one for one in OverviewEngine().run(job) if isinstance(one, SmallMaps)}
    assert set(view.shown.maps) == set(fresh) == {column.layer for column in view.scene.columns}
    for layer, maps in fresh.items():
        bound = 1e-4 * max(1.0, float(np.abs(maps.values).max()))
        np.testing.assert_allclose(view.shown.maps[layer].values, maps.values, atol=bound)
        assert view.shown.maps[layer].shown == maps.shown
    assert not view.shown.stale


def click(window: MainWindow, qtbot, layer: int, index: int) -> None:
    view = window.flow.view
    at = view.sight.to_widget(view.scene.cell(layer, index).picture).center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    rest(qtbot, window)


def test_it_stands_in_the_place_of_the_maps_and_goes_again(flow, window, qtbot):
    assert flow.on
    assert window.actions_by_key["flow"].isChecked()
    assert flow.view.isVisible()
    check(window)
    assert window.docks.filters.isVisible()
    assert not window.docks.image.isVisible()
    assert not window.docks.node.isVisible()
    window.actions_by_key["flow"].trigger()
    assert not flow.on
    assert window.maps.isVisible()
    assert window.docks.image.isVisible()
    assert window.docks.node.isVisible()


def test_it_follows_edits_undo_and_layers(flow, window, qtbot):
    project = window.document.project
    window.document.apply("Edit", with_filter(replace(project, shown_index=0), 1, bias=0.25))
    rest(qtbot, window)
    check(window)
    window.document.undo_stack.undo()
    rest(qtbot, window)
    check(window)
    window.actions_by_key["addMaxPooling"].trigger()
    rest(qtbot, window)
    assert len(flow.view.scene.columns) == 3
    check(window)
    window.actions_by_key["rgb"].trigger()
    rest(qtbot, window)
    check(window)


def test_a_click_on_a_node_shows_what_flows_into_it(flow, window, qtbot):
    click(window, qtbot, 1, 3)
    project, view = window.document.project, flow.view
    assert (project.shown_index, window.exploration.selection.current) == (1, 3)
    assert window.probe.pinned
    row, column = window.probe.node
    node = trace(project.layers, window.exploration.results.image, NodePlace(1, 3, row, column))
    followed = view.shown.followed
    assert (followed.layer, followed.map, followed.node, followed.below) == (1, 3, (row, column), 0)
    assert followed.amounts == pytest.approx({one.channel: one.subtotal for one in node.contributions})
    assert view.card.isVisible()
    assert view.card.content.title == f"Filter 4 at ({row}, {column})"
    assert len(view.card.rows()) == len(node.contributions) + 1  # the bias
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    rest(qtbot, window)
    assert not window.probe.pinned


def test_a_pinned_node_keeps_its_place_on_the_image_from_layer_to_layer(flow, window, qtbot):
    click(window, qtbot, 1, 0)
    seen = flow.view.shown.followed.field.center()
    window.tracer.look_at(0, 2)
    rest(qtbot, window)
    assert window.document.project.shown_index == 0
    assert window.exploration.selection.current == 2
    assert (flow.view.shown.followed.field.center() - seen).manhattanLength() <= 2


def test_a_double_click_shows_the_maps_of_a_layer(flow, window, qtbot):
    view = flow.view
    at = view.sight.to_widget(view.scene.cell(0, 1).picture).center().toPoint()
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    assert not flow.on
    assert (window.document.project.shown_index, window.exploration.selection.current) == (0, 1)


def test_nothing_is_computed_while_it_is_not_seen(flow, window, qtbot):
    window.actions_by_key["flow"].trigger()
    before = flow.view.shown.maps
    window.document.apply("Edit", with_filter(window.document.project, 0, bias=1.0))
    settle(qtbot, window)
    assert flow.view.shown.maps is before
    assert not flow.presenter.busy
    window.actions_by_key["flow"].trigger()
    rest(qtbot, window)
    check(window)
