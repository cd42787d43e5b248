"""One value has the same digits wherever the window shows it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.digits import digits_of
from convexplorer.core.project.project import with_filter
from convexplorer.gui.filters.list_model import FilterColumn
from convexplorer.gui.maps.map_tip import map_tip
from convexplorer.gui.node.faces import texts_of
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


def trigger(window: MainWindow, qtbot: QtBot, key: str) -> None:
    """Run a command and wait for what follows."""
    window.actions_by_key[key].trigger()
    settle(qtbot, window)


def test_a_node_has_one_text_in_grid_panel_and_places(window: MainWindow, qtbot: QtBot) -> None:
    cell = window.maps.grid.cells[0]
    qtbot.waitUntil(lambda: bool(cell.places))
    assert cell.figures is not None
    digits = digits_of(window.document.project.bank[0])
    low, high = digits.value(cell.figures.low), digits.value(cell.figures.high)
    assert cell.right_texts() == [f"{low} … {high}", f"≤ {high}"]
    assert f"{low} to {high}," in map_tip(cell)
    window.probe.pin(*cell.places[0])
    settle(qtbot, window)
    node = window.node.blocks.blocks
    assert node is not None
    assert node.numbers.value == high
    assert cell.right_texts() == [high]
    assert window.node.sum.share() == f"{high} of 8 possible"
    assert window.node.places._list.itemText(0).split(": ")[1].startswith(f"{high} at ")
    assert f"= {high}" in window.node.blocks.accessibleDescription().splitlines()[-1]


@pytest.mark.parametrize("deep", [False, True])
def test_a_weight_has_one_text_in_table_panel_and_list(window: MainWindow, qtbot: QtBot, deep: bool) -> None:
    if deep:
        trigger(window, qtbot, "addConvolution")
    else:
        one = window.document.project.bank[0]
        weights = one.weights.copy()
        weights[0, 0] = -0.25, 7.25, 1 / 3, 0.0625
        window.document.apply("", with_filter(window.document.project, 0, weights=weights, bias=-0.0625))
    settle(qtbot, window)
    window.probe.pin(20, 20)
    settle(qtbot, window)
    one, blocks = window.document.project.bank[0], window.node.blocks.blocks
    assert blocks is not None
    digits, plane = digits_of(one), blocks.channels[0]
    window.filters.weight_model.show_plane(plane)
    texts = texts_of(one.weights[[plane]], digits.weight)
    assert blocks.faces[1].texts[0] == texts[0]
    model = window.filters.weight_model
    assert model.index(0, 1).data() == texts[0][0][1]
    if not deep:
        assert texts[0][0] == ["−0.25", "7.25", "0.333", "0.0625"]
        assert (
            window.filters.list_model.index(0, FilterColumn.BIAS).data() == format_node(blocks.node).bias == "−0.0625"
        )
    total = window.filters.list_model.index(0, FilterColumn.SUM).data()
    assert window.filters.figures.total.text() == total == digits.weight(float(one.weights.sum(dtype="float64")))


def test_of_maps_no_bound_is_claimed(window: MainWindow, qtbot: QtBot) -> None:
    """A filter of a deeper layer said to reach 3.67 had a map that reached 15."""
    trigger(window, qtbot, "addConvolution")
    settle(qtbot, window)
    window.probe.pin(20, 20)
    settle(qtbot, window)
    notes = window.node._notes._gain.text()
    assert "Σ|w|" in notes
    assert "reaches" not in notes
    assert "flat areas" not in notes
    assert "possible" not in window.node.sum.share()
    trigger(window, qtbot, "previousLayer")
    assert "reaches −8 … 8" in window.node._notes._gain.text()
