"""A node's equation, against exact arithmetic and the maps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convexplorer.core.engine.conv import activate, correlate
from convexplorer.core.engine.routes.windows import window_at
from convexplorer.core.explain.explain import (
    channels_by_contribution,
    explain,
    explain_pooling,
    largest_possible,
    least_possible,
    strongest_input,
)
from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.patterns import BINARY_GRID, LINE_FILTER
from convexplorer.errors import InvalidValueError

shapes = st.tuples(st.sampled_from([1, 3]), st.integers(1, 7), st.integers(1, 7))
weights = st.floats(-100, 100, width=32) | st.integers(-3, 3).map(float) | st.floats(-(2**-16), 2**-16, width=32)


levels = st.integers(0, 255).map(lambda level: np.float32(level / 255))


@st.composite
def nodes(draw, inputs=levels):
    shape = draw(shapes)
    patch = draw(arrays(np.float32, shape, elements=inputs))
    one = Filter(draw(arrays(np.float32, shape, elements=weights)), bias=draw(weights))
    muted = draw(st.frozensets(st.integers(0, shape[0] - 1)))
    return explain(patch, one, draw(st.sampled_from(["relu", "none"])), muted)


@settings(max_examples=100)
@given(nodes())
def test_sums_are_those_of_exact_arithmetic(node):
    exact = [
        sum(Fraction(float(x)) * Fraction(float(w)) for x, w in zip(patch.ravel(), plane.ravel(), strict=True))
        for patch, plane in zip(node.patch, node.filter.weights, strict=True)
    ]
    reach = max(1e-30, float(np.abs(node.filter.weights).sum()) + abs(node.filter.bias))
    for subtotal, true in zip(node.subtotals, exact, strict=True):
        assert abs(subtotal - float(true)) <= 1e-13 * reach
    z = sum((true for channel, true in enumerate(exact) if channel not in node.muted), Fraction(node.filter.bias))
    assert abs(node.z - float(z)) <= 1e-13 * reach


@pytest.mark.parametrize("seed", range(60))
def test_agrees_with_the_map_to_the_printed_digit(seed):
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    kernel = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    settings = {
        "stride": int(rng.integers(1, 4)),
        "dilation": int(rng.integers(1, 3)),
        "padding": ["valid", "same", int(rng.integers(0, 5))][rng.integers(3)],
    }
    stored = rng.integers(0, 256, (channels, *rng.integers(12, 30, 2)), dtype=np.uint8)
    prepared = Prepared(stored, 1 / 255)
    one = Filter(rng.normal(size=(channels, *kernel)).astype(np.float32), bias=float(rng.normal()))
    activation = ["relu", "none"][rng.integers(2)]
    try:
        geometry = Geometry.of(stored.shape[1:], kernel, **settings)
    except InvalidValueError:
        return
    feature_map = activate(correlate(prepared.values(), one.weights[None], [one.bias], **settings), activation)[0]
    bound = 1e-5 * float(np.abs(one.weights).sum()) + 1e-6
    for _ in range(20):
        row, column = (int(rng.integers(0, n)) for n in geometry.output)
        node = explain(window_at(prepared, geometry, row, column), one, activation)
        numbers = format_node(node)
        assert abs(node.value - feature_map[row, column]) <= bound
        assert abs(read(numbers.value) - feature_map[row, column]) <= 0.5 * numbers.unit + bound


def test_a_channel_that_is_off_keeps_its_numbers_and_does_not_count():
    rng = np.random.default_rng(3)
    patch = rng.random((3, 3, 3), np.float32)
    one = Filter(rng.normal(size=(3, 3, 3)), bias=0.5)
    whole = explain(patch, one, "none")
    part = whole.with_muted(frozenset({1}))
    np.testing.assert_array_equal(part.products, whole.products)
    assert part.z == pytest.approx(whole.z - whole.subtotals[1])
    zeroed = one.weights.copy()
    zeroed[1] = 0
    assert part.z == pytest.approx(explain(patch, one.with_weights(zeroed), "none").z)
    assert part.largest == pytest.approx(largest_possible(one.with_weights(zeroed)))
    assert part.with_muted(frozenset()).z == whole.z
    assert whole.with_muted(frozenset()) is whole
    silent = format_node(whole.with_muted(frozenset(range(3))))
    assert silent.z == silent.bias == "0.5"


def test_the_largest_and_the_least_possible_are_reached():
    rng = np.random.default_rng(5)
    for _ in range(20):
        one = Filter(rng.normal(size=(2, 3, 4)), bias=float(rng.normal()))
        best, worst = (one.weights > 0).astype(np.float32), (one.weights < 0).astype(np.float32)
        assert explain(best, one, "none").z == pytest.approx(largest_possible(one))
        assert explain(worst, one, "none").z == pytest.approx(least_possible(one))
        patch = rng.random((2, 3, 4), np.float32)
        assert least_possible(one) <= explain(patch, one, "none").z <= largest_possible(one)


def test_the_lecture():
    prepared, line = Prepared(BINARY_GRID[np.newaxis]), Filter(LINE_FILTER)
    geometry = Geometry.of(BINARY_GRID.shape, (3, 3))
    first, second = (explain(window_at(prepared, geometry, 0, column), line, "relu") for column in (0, 1))
    assert (first.z, first.value) == (0, 0)
    assert (second.z, second.value) == (-2, 0)
    values = [
        explain(window_at(prepared, geometry, row, column), line, "relu").value
        for row in range(geometry.output[0])
        for column in range(geometry.output[1])
    ]
    assert max(values) == largest_possible(line) == 3
    assert values.count(3) == 2
    numbers = format_node(second)
    texts = [[numbers.sum(product) for product in row] for row in second.products[0].tolist()]
    assert texts == [["0", "0", "0"], ["0", "0", "−1"], ["0", "0", "−1"]]


# --- poolings, and what each map gives -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_a_pooling_is_an_equation_with_weights(size):
    patch = np.random.default_rng(size).normal(size=(1, size, size)).astype(np.float32)
    largest, mean = explain_pooling(patch, "max"), explain_pooling(patch, "average")
    assert largest.value == largest.z == largest.products.sum() == patch.max()
    assert np.count_nonzero(largest.filter.weights) == 1
    assert mean.value == pytest.approx(patch.astype(np.float64).mean(), abs=1e-12)
    np.testing.assert_allclose(mean.filter.weights, 1 / size**2, rtol=1e-6)
    for node in (largest, mean):
        numbers = format_node(node)
        assert numbers.z == numbers.value
        assert abs(read(numbers.value) - node.value) <= numbers.unit / 2
        assert node.with_muted(frozenset({0})) is node


def test_of_equal_largest_inputs_the_first_is_handed_on():
    node = explain_pooling(np.array([[[1, 3], [3, 3]]], np.float32), "max")
    assert np.argwhere(node.filter.weights[0] > 0).tolist() == [[0, 1]]
    assert explain_pooling(np.array([[[0, 3], [3, 3]]], np.float32), "max").filter is node.filter


def test_maps_in_the_order_of_what_they_give():
    weights = np.zeros((5, 1, 1))
    weights[:, 0, 0] = 1, -3, 0, 3, 2
    patch = np.ones((5, 1, 1), np.float32)
    assert channels_by_contribution(explain(patch, Filter(weights), "none")) == [1, 3, 4, 0, 2]
    assert channels_by_contribution(explain(patch, Filter(weights), "none", frozenset({3, 9}))) == [1, 4, 0, 2, 3]


def test_the_strongest_input_is_none_of_the_padding():
    products = np.array([[-9.0, 1.0], [2.0, -3.0]])
    assert strongest_input(products) == (0, 0)
    assert strongest_input(products, np.array([[False, True], [True, True]])) == (1, 1)
    assert strongest_input(np.zeros((2, 2)), np.array([[False, False], [False, True]])) == (1, 1)
    assert strongest_input(products, np.zeros((2, 2), bool)) == (0, 0)
