"""What is printed of a node is true: every number, product, subtotal and sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convexplorer.core.explain.equation import plain_text
from convexplorer.core.explain.explain import explain, explain_pooling
from convexplorer.core.explain.printed import adds_up, format_node, leftover_text
from convexplorer.core.model.banks import four_edges
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import Filter
from tests.helpers.equations import untrue_lines

shapes = st.tuples(st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5))
weights = (
    st.floats(-100, 100, width=32)
    | st.integers(-3, 3).map(float)
    | st.sampled_from([0.5, -0.25, 0.0625, 0.1, 1 / 9])
    | st.floats(-(2**-16), 2**-16, width=32)
)
levels = st.integers(0, 255).map(lambda level: np.float32(level / 255))
maps = st.floats(-20, 20, width=32) | st.floats(0, 2**-7, width=32)


@st.composite
def nodes(draw):
    shape = draw(shapes)
    patch = draw(arrays(np.float32, shape, elements=draw(st.sampled_from([levels, maps]))))
    one = Filter(draw(arrays(np.float32, shape, elements=weights)), bias=draw(weights))
    muted = draw(st.frozensets(st.integers(0, shape[0] - 1)))
    return explain(patch, one, draw(st.sampled_from(["relu", "none", "sigmoid"])), muted)


@settings(max_examples=200, deadline=None)
@given(nodes())
def test_every_printed_number_is_true_and_what_does_not_add_up_says_so(node):
    assert untrue_lines(node) == []


def random_node(seed, weights):
    """A node of an 8-bit picture."""
    rng = np.random.default_rng(seed)
    return explain((rng.integers(0, 256, weights.shape) / 255).astype(np.float32), Filter(weights), "relu")


@pytest.mark.parametrize(
    "plane",
    [
        [[-1, -1, 1, 1]] * 4,
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        np.outer([1, 2, 1], [1, 2, 1]) / 16,
        np.full((2, 2), 0.25),
        [[0.5, -0.5]],
    ],
    ids=["edge", "sobel", "laplace", "sharpen", "gauss", "mean", "halves"],
)
def test_products_of_short_weights_are_those_of_the_printed_numbers(plane):
    """No level of an 8-bit picture gives a product that its printed factors do not give to the last digit."""
    weights = np.asarray(plane, np.float32)[np.newaxis]
    for seed in range(40):
        numbers = format_node(random_node(seed, weights))
        assert not numbers.rounded_products.any()


def test_the_filters_one_begins_with_print_products_as_anybody_would():
    for one in four_edges():
        for seed in range(20):
            numbers = format_node(random_node(seed, one.weights))
            assert numbers.is_literal(0)
            assert untrue_lines(numbers.node) == []


def test_a_sum_that_its_terms_do_not_give_tells_what_they_lack():
    node = explain(np.full((1, 1, 3), 1 / 3, np.float32), Filter([[1, 1, 1]]), "none")
    assert plain_text(node).splitlines()[1:3] == ["  = 0.333 + 0.333 + 0.333", "  ≈ 1  (rounding +0.001)"]
    numbers = format_node(node)
    assert leftover_text(numbers.products_left(0)) == "+0.001"
    assert numbers.z_left() == 0
    assert adds_up("0.3", ["0.1", "0.2"])
    assert not adds_up("0.3", ["0.1", "−0.2"])


@pytest.mark.parametrize(
    ("weight", "bias", "text"),
    [
        (1.0, 0.0, "0.447"),
        (-1.0, 0.0, "−0.447"),
        (12.0, 0.0, "5.36"),
        (3000.0, 0.0, "1341"),
        (0.05, 0.0, "0.0224"),
        (1.0, 0.25, "0.697"),
    ],
)
def test_digits_follow_from_the_filter(weight, bias, text):
    numbers = format_node(explain(np.full((1, 1, 1), 114 / 255, np.float32), Filter([[weight]], bias), "none"))
    assert numbers.z == text
    assert numbers.exponent == 0


@pytest.mark.parametrize("size", [1e-30, 1e-6, 1e9, 1e37])
def test_very_small_and_very_large_numbers_share_a_power_of_ten(size):
    node = explain(np.array([[[0.25, 1.0]]], np.float32), Filter([[size, -2 * size]], bias=size / 3), "none")
    numbers = format_node(node)
    assert numbers.exponent == pytest.approx(np.log10(size), abs=1)
    assert read(numbers.z) * 10.0**numbers.exponent == pytest.approx(node.z, rel=1e-3)
    assert untrue_lines(node) == []


def test_what_is_bounded_has_no_part_in_the_power_of_ten():
    one = Filter([[1e6, -1e6]])
    node = explain(np.array([[[0.75, 0.25]]], np.float32), one, "sigmoid")
    assert plain_text(node).splitlines()[-1] == "σ(z) = 1 / (1 + exp(−z)) = 1"
    flat = explain(np.array([[[0.5, 0.5]]], np.float32), one, "sigmoid")
    assert format_node(flat).value == "0.5"
    assert not format_node(flat).scales_value


def test_a_huge_bias_beside_small_weights_stays_readable():
    node = explain(np.ones((1, 1, 1), np.float32), Filter([[1e-3]], bias=1e30), "none")
    assert len(format_node(node).z) < 8
    assert untrue_lines(node) == []


def test_nothing_is_minus_zero():
    node = explain(np.full((1, 1, 1), 1e-5, np.float32), Filter([[-1.0]]), "none")
    assert format_node(node).z == "0.000"
    assert format_node(explain(np.zeros((1, 1, 1), np.float32), Filter([[-1.0]]), "none")).z == "0"


@pytest.mark.parametrize("seed", range(20))
def test_poolings_are_printed_as_what_they_read(seed):
    size = 1 + seed % 4
    patch = np.random.default_rng(seed).normal(size=(1, size, size)).astype(np.float32)
    for kind in ("max", "average"):
        assert untrue_lines(explain_pooling(patch, kind)) == []
