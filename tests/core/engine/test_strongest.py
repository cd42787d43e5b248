"""Peaks of maps, against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convexplorer.core.engine.conv import correlate
from convexplorer.core.engine.strongest import MOST_PLACES, Place, StrongestFinder, equally_strong, select, strongest
from convexplorer.core.model.patterns import BINARY_GRID, LINE_FILTER

small_maps = arrays(
    np.float32, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(-3, 6).map(np.float32)
)


def by_hand(values: np.ndarray, count: int) -> list[tuple[int, int, float]]:
    """All peaks in order, cut after the last that equals the count-th."""
    peaks = []
    for row, column in np.ndindex(values.shape):
        around = values[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        if values[row, column] > 0 and values[row, column] >= around.max():
            peaks.append((-float(values[row, column]), row, column))
    peaks.sort()
    kept = [one for i, one in enumerate(peaks) if i < count or one[0] == peaks[count - 1][0]]
    return [(row, column, -value) for value, row, column in kept]


def plain(places: list[Place]) -> list[tuple[int, int, float]]:
    return [(one.row, one.column, one.value) for one in places]


@given(small_maps, st.integers(1, 10))
def test_peaks_ties_and_order(values, count):
    assert plain(strongest(values, count)) == by_hand(values, count)


@given(small_maps)
def test_counts_the_nodes_that_share_the_largest_value(values):
    largest = values.max()
    assert equally_strong(values) == (np.count_nonzero(values == largest) if largest > 0 else 0)


def test_the_lecture():
    feature_map = np.maximum(correlate(BINARY_GRID, LINE_FILTER[np.newaxis, np.newaxis])[0], 0)
    places = strongest(feature_map, 2)
    assert plain(places) == [(1, 2, 3.0), (3, 0, 3.0)]
    assert equally_strong(feature_map) == 2
    assert plain(strongest(feature_map, 1)) == plain(places)


def test_every_node_of_a_plateau_counts():
    values = np.zeros((6, 6), np.float32)
    values[2:4, 1:4] = 5
    values[0, 5] = 4
    assert plain(strongest(values, 1)) == [(row, column, 5.0) for row in (2, 3) for column in (1, 2, 3)]
    assert plain(strongest(values, 7))[-1] == (0, 5, 4.0)


def test_the_slope_of_a_peak_is_not_listed():
    y, x = np.mgrid[:21, :21]
    hill = np.exp(-((y - 6) ** 2 + (x - 14) ** 2) / 30).astype(np.float32)
    assert [(one.row, one.column) for one in strongest(hill, 5)] == [(6, 14)]


def test_differences_in_the_last_bits_are_none():
    values = np.zeros((5, 9), np.float32)
    third = np.float32(1 / 3)
    values[4, 1], values[1, 4], values[2, 8] = np.nextafter(third, np.float32(1)), third, third
    assert [(one.row, one.column) for one in strongest(values, 1)] == [(1, 4), (2, 8), (4, 1)]
    assert equally_strong(values) == 3


@pytest.mark.parametrize("scale", [1e-38, 1.0, 1e38])
def test_any_scale(scale):
    values = np.zeros((3, 5), np.float32)
    values[1, 1], values[1, 3] = 2 * scale, scale
    assert [(one.row, one.column) for one in strongest(values, 1)] == [(1, 1)]
    assert [(one.row, one.column) for one in strongest(values, 5)] == [(1, 1), (1, 3)]


def test_a_map_that_is_nowhere_positive_has_none():
    assert strongest(np.full((4, 4), -1, np.float32), 3) == []
    assert equally_strong(np.zeros((4, 4), np.float32)) == 0


def test_many_equal_ones_are_bounded():
    flat = np.ones((40, 40), np.float32)
    places = strongest(flat, 5)
    assert len(places) == MOST_PLACES
    assert plain(places)[:2] == [(0, 0, 1.0), (0, 1, 1.0)]
    assert equally_strong(flat) == 1600


def test_strips_are_merged():
    rng = np.random.default_rng(2)
    places = [Place(int(r), int(c), float(v)) for r, c, v in zip(*rng.integers(1, 9, (3, 50)), strict=True)]
    first = select(places, 10)
    assert first == sorted(first, key=lambda one: (-one.value, one.row, one.column))
    assert select([*select(places[:25], 10), *select(places[25:], 10)], 10) == first
    assert select([], 3) == []


@pytest.mark.parametrize("seed", range(30))
def test_strips_find_what_the_whole_map_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(1, 20, 2))
    integers = np.maximum(rng.integers(-3, 5, (height, width)), 0)
    values = (integers if seed % 2 else np.maximum(rng.normal(size=(height, width)), 0)).astype(np.float32)
    count, row = int(rng.integers(1, 9)), 0
    finder = StrongestFinder(count)
    while row < height:
        rows = int(rng.integers(1, 6))
        finder.add(row, values[row : row + rows])
        row = min(height, row + rows)
    assert finder.result() == strongest(values, count)
    assert finder.total_equal == equally_strong(values)


def in_strips(values: np.ndarray, rows: int, count: int = 1, noise: float = 0.0) -> StrongestFinder:
    finder = StrongestFinder(count, noise)
    for row in range(0, len(values), rows):
        finder.add(row, values[row : row + rows])
    return finder


@pytest.mark.parametrize("rows", [1, 2, 3, 9])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_differences_in_the_last_bits_are_none_across_strips(rows: int, noise: float) -> None:
    """The strip with the largest value does not keep those of others from counting as equal."""
    values = np.zeros((9, 9), np.float32)
    third = np.float32(1 / 3)
    values[7, 1], values[1, 4], values[4, 8] = np.nextafter(third, np.float32(1)), third, third - np.float32(noise / 4)
    finder = in_strips(values, rows, noise=noise)
    assert [(one.row, one.column) for one in finder.result()] == [(1, 4), (4, 8), (7, 1)]
    assert finder.total_equal == 3


@pytest.mark.parametrize("rows", [1, 4, 9])
def test_what_is_only_rounding_is_no_place(rows: int) -> None:
    values = np.random.default_rng(3).normal(scale=1e-7, size=(9, 12)).astype(np.float32)
    assert strongest(values, 5)
    assert strongest(values, 5, noise=1e-6) == []
    assert equally_strong(values, noise=1e-6) == 0
    finder = in_strips(values, rows, 5, noise=1e-6)
    assert (finder.result(), finder.total_equal) == ([], 0)
    values[5, 5] = 1e-5
    finder = in_strips(values, rows, 5, noise=1e-6)
    assert [(one.row, one.column) for one in finder.result()] == [(5, 5)]
    assert finder.total_equal == 1


@pytest.mark.parametrize("rows", [1, 4, 9])
def test_infinite_nodes_are_the_strongest(rows: int) -> None:
    values = np.random.default_rng(3).normal(scale=1e37, size=(9, 12)).astype(np.float32)
    values[2, 3] = values[6, 7] = np.inf
    values[4, 4], values[0, 0] = np.nan, -np.inf
    finder = in_strips(values, rows, 2)
    assert [(one.row, one.column) for one in finder.result()] == [(2, 3), (6, 7)]
    assert finder.total_equal == 2
    assert [(one.row, one.column) for one in strongest(values, 2)] == [(2, 3), (6, 7)]
