"""What a cell of the grid keeps, where it draws a zoomed-out map, and what its tooltip says of it."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine import lattice
from convexplorer.core.engine.live import MapPictures
from convexplorer.core.engine.pictures import Look, MapTile, map_picture
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.project.project import with_layer
from convexplorer.gui.maps.map_cell import MapCell
from convexplorer.gui.maps.map_tip import map_tip
from tests.helpers.whole_window import settle

LATTICE = range(0, 40, 4), range(8, 48, 4)


def cell(values: np.ndarray, *, peaks: bool) -> MapCell:
    one = Filter(np.ones((1, 3, 3)), name="Edge")
    tile = MapTile(0, one, values.astype(np.float32), LATTICE, peaks=peaks)
    picture = map_picture(tile, (float(values.min()), float(values.max())), Look(), signed=True)
    geometry = Geometry.of((60, 60), (3, 3))
    placement = Placement(ReceptiveField().behind(geometry), geometry.output)
    return MapCell(0, one, picture=picture, placement=placement)


@pytest.mark.parametrize(
    ("peaks", "least", "text"),
    [
        (False, 0, "Zoomed out: one node of every 4 × 4 is drawn, with its exact value"),
        (True, 0, "Zoomed out: of every 4 × 4 nodes the largest value is drawn"),
        (True, -1, "Zoomed out: of every 4 × 4 nodes the value farthest from zero is drawn"),
    ],
)
def test_the_tooltip_says_which_nodes_are_drawn(qapp, peaks, least, text):
    values = np.linspace(least, 2, 100).reshape(10, 10)
    assert text in map_tip(cell(values, peaks=peaks)).splitlines()


def test_a_peak_is_drawn_over_the_nodes_it_stands_for(qapp):
    """A lattice's node is drawn in the middle of its square; a peak's nodes begin at the lattice's."""
    values = np.zeros((10, 10))
    node, peak = (cell(values, peaks=one).raster().area for one in (False, True))
    first = cell(values, peaks=True).node_area((LATTICE[0][0], LATTICE[1][0]))
    assert (peak.left(), peak.top()) == (first.left(), first.top())
    assert node.center().x() == peak.center().x() - 1.5
    assert peak.size() == node.size()


def test_the_grid_lets_go_of_what_the_engine_lets_go_of(window, qtbot):
    cells = window.maps.grid.cells
    assert all(one.picture is not None for one in cells)
    made = MapPictures([cells[0].picture], cells[0].placement, frozenset({0, 2}))
    window.maps.grid.show_pictures(made)
    assert [one.picture is not None for one in cells] == [True, False, True, False]
    assert [one.raster() is not None for one in cells] == [True, False, True, False]


def test_a_zoomed_out_map_ends_with_its_peaks(window, qtbot, monkeypatch):
    monkeypatch.setattr(lattice, "WHOLE_NODES", 100)
    monkeypatch.setattr(window.presenter._screen, "_step", lambda _scale: 4)
    window.document.apply("Activation", with_layer(window.document.project, activation="none"))
    settle(qtbot, window)
    for one in window.maps.grid.cells:
        assert one.picture.tile.peaks
        assert one.picture.tile.lattice[0].step == 4
        assert "farthest from zero" in map_tip(one)


def test_figures_have_a_true_minus_sign(qapp):
    shown = cell(np.zeros((10, 10)), peaks=False)
    shown.figures = MapRange(-1.5, 2.25, 0.125, 0.4567)
    assert "−1.5 to 2.25, mean 0.125, 45.7 % of the nodes above zero" in map_tip(shown).splitlines()
