"""The way of a trace: steps down, back, and what becomes of it when another node is looked at."""

from __future__ import annotations

import numpy as np

from convexplorer.core.explain.trace import IMAGE, NodePlace
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.model.stack_figures import figures
from convexplorer.gui.node.trail import Trail, reads

LAYERS = (
    ConvLayer(FilterBank.from_arrays(np.ones((3, 1, 3, 3)))),
    PoolLayer("max", 2, 2),
    ConvLayer(FilterBank.from_arrays(np.ones((2, 3, 3, 3))), stride=2, padding=1, dilation=2),
)
FIGURES = figures(LAYERS, (1, 40, 50))
TOP = NodePlace(2, 1, 4, 5)
"""Its window begins in row 7, column 9, and takes every second input."""


def moved(trail: Trail, *place: int) -> Trail:
    return trail.move_to(NodePlace(*place), LAYERS, FIGURES)


def test_down_and_back() -> None:
    trail = Trail((TOP,)).down(NodePlace(1, 0, 9, 11)).down(NodePlace(0, 0, 18, 23)).down(NodePlace(IMAGE, 0, 20, 23))
    assert trail.node == NodePlace(0, 0, 18, 23)
    assert trail.pixel == NodePlace(IMAGE, 0, 20, 23)
    other = trail.down(NodePlace(IMAGE, 0, 19, 24))
    assert other.pixel == NodePlace(IMAGE, 0, 19, 24)
    assert len(other.steps) == 4
    assert trail.back(1) == Trail((TOP, NodePlace(1, 0, 9, 11)))
    assert trail.back(0).pixel is None
    assert Trail().node is None


def test_it_goes_on_as_long_as_the_step_before_reads_what_is_looked_at() -> None:
    trail = Trail((TOP,)).down(NodePlace(1, 0, 9, 11))
    assert moved(trail, 1, 2, 11, 13) == Trail((TOP, NodePlace(1, 2, 11, 13)))
    assert moved(trail, 1, 0, 10, 11) == Trail((NodePlace(1, 0, 10, 11),))  # between the inputs of a dilated window
    assert moved(trail, 1, 0, 13, 11) == Trail((NodePlace(1, 0, 13, 11),))  # behind it
    assert moved(trail, 0, 0, 9, 11) == Trail((NodePlace(0, 0, 9, 11),))
    pooled = trail.down(NodePlace(0, 0, 18, 23))
    assert moved(pooled, 0, 0, 19, 22).steps[-1] == NodePlace(0, 0, 19, 22)
    assert moved(pooled, 0, 1, 19, 22) == Trail((NodePlace(0, 1, 19, 22),))  # a pooling reads its own map alone


def test_the_same_node_keeps_its_pixel_and_another_lets_go_of_it() -> None:
    trail = Trail((NodePlace(1, 0, 9, 11),)).down(NodePlace(0, 0, 18, 23)).down(NodePlace(IMAGE, 0, 20, 23))
    assert moved(trail, 0, 0, 18, 23) is trail
    assert moved(trail, 0, 0, 18, 22).pixel is None


def test_what_a_window_reads() -> None:
    geometry = FIGURES[2].geometry
    assert geometry is not None
    read = {
        (y, x) for y in range(20) for x in range(24) if reads(LAYERS[2], geometry, TOP, NodePlace(1, 0, y, x))
    }  # fmt: skip
    assert read == {(y, x) for y in (7, 9, 11) for x in (9, 11, 13)}
