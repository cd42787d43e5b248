"""The loupe: what it cuts out of the image, and where the node's window lies in it."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.gui.kit import theme
from convexplorer.gui.node.layout import CAPTION
from convexplorer.gui.node.loupe import FEWEST, SPREAD, surroundings
from tests.helpers.node_bench import Bench, photo, random_filter


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 4), (9, 5)])
@pytest.mark.parametrize("settings", [{}, {"stride": 2, "dilation": 2, "padding": "same"}])
def test_the_window_in_it_holds_the_nodes_inputs(channels, kernel, settings):
    stored = photo(channels)
    prepared, geometry = Prepared(stored, 1 / 255), Geometry.of((40, 50), kernel, **settings)
    rows, columns = geometry.output
    red, blue = stored[0].astype(np.uint32), stored[-1].astype(np.uint32)
    for node in ((0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)):
        found = surroundings(prepared, geometry, *node)
        side = len(found.colours)
        assert found.colours.shape == found.inside.shape == (side, side)
        assert side >= max(FEWEST, SPREAD * max(geometry.span))
        row, column, height, width = found.window
        assert (height, width) == geometry.span
        assert abs(2 * row + height - side) <= 1
        assert abs(2 * column + width - side) <= 1
        top, left = geometry.origin(*node)
        for i, j in ((0, 0), (height - 1, width - 1), (-5, 3)):
            y, x = top + i, left + j
            inside = 0 <= y < 40 and 0 <= x < 50
            assert found.inside[row + i, column + j] == inside
            if inside:
                colour = found.colours[row + i, column + j]
                assert (colour >> 16 & 255, colour & 255) == (red[y, x], blue[y, x])


def test_pixels_and_window_are_painted_where_they_are(qtbot):
    theme.apply("light")
    bench = Bench(qtbot, photo(3), random_filter(3, 4, 4))
    bench.show(20, 25)
    loupe = bench.panel.loupe
    image, each, window = loupe.grab().toImage(), loupe.pixel(), loupe.window_rect()
    assert window.width() == pytest.approx(4 * each)
    for i, j in ((1, 1), (11, 11), (2, 20)):
        at = int((j + 0.5) * each), int(CAPTION + (i + 0.5) * each)
        assert image.pixel(*at) & 0xFFFFFF == loupe.surroundings.colours[i, j] & 0xFFFFFF
    assert image.pixelColor(round(window.left()) - 1, round(window.center().y())).name() == theme.ON_PICTURES
    bench.show_nothing()
    assert loupe.surroundings is None
