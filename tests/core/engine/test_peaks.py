"""Peaks of blocks against SciPy's filters and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from convexplorer.core.engine.peaks import Ends


def in_strips(values: np.ndarray, ends: Ends, rng: np.random.Generator) -> np.ndarray:
    row = 0
    while row < len(values):
        rows = int(rng.integers(1, 9))
        ends.of(0).add(row, values[row : row + rows])
        row += rows
    return ends.result()[0]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("signed", [False, True])
def test_peaks_are_the_strongest_nodes_of_their_blocks(seed, signed):
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(5, 60, 2))
    values = rng.normal(size=(height, width)).astype(np.float32)
    if not signed:
        values = np.maximum(values, 0)
    step = int(rng.integers(2, 9))
    lattice = tuple(
        range(int(rng.integers(0, n)) // step * step, int(rng.integers(1, n + 1)), step) for n in values.shape
    )
    lattice = tuple(one if len(one) else range(0, 1, step) for one in lattice)
    found = in_strips(values, Ends(lattice, values.shape, 1, signed=signed), rng)
    for i, row in enumerate(lattice[0]):
        for j, column in enumerate(lattice[1]):
            block = values[row : row + step, column : column + step]
            assert found[i, j] == block.flat[np.abs(block).argmax()]


@pytest.mark.parametrize("step", [2, 3, 5, 8])
def test_whole_maps_against_scipy(step):
    values = np.maximum(np.random.default_rng(step).normal(size=(64, 81)), 0).astype(np.float32)
    lattice = range(0, 64, step), range(0, 81, step)
    found = in_strips(values, Ends(lattice, values.shape, 1, signed=False), np.random.default_rng(0))
    # The origin moves the window so that it begins at its node.
    largest = ndimage.maximum_filter(np.pad(values, ((0, step), (0, step))), size=step, origin=-(step // 2))
    begins = largest[::step, ::step][: len(lattice[0]), : len(lattice[1])]
    np.testing.assert_array_equal(found, begins)


def test_a_single_node_between_lattice_points_is_seen():
    values = np.zeros((100, 100), np.float32)
    values[37, 61] = 5.0
    ends = Ends((range(0, 100, 10), range(0, 100, 10)), values.shape, 1, signed=False)
    ends.of(0).add(0, values)
    assert np.argwhere(ends.result()[0]).tolist() == [[3, 6]]
    assert not values[::10, ::10].any()
