"""Dense against convolutional: counts by formulas of their own, and what moves with the image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.explain.dense_comparison import compare, dense_shift_test, middle, shift_image, shift_test
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.errors import CancelledError, InvalidValueError
from tests.helpers.networks import random_stack


def scene(seed: int = 0, channels: int = 1, size: tuple[int, int] = (60, 80)) -> Prepared:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    waves = [np.sin(rows / rng.uniform(3, 9) + columns / rng.uniform(3, 9)) for _ in range(channels)]
    return Prepared(((np.stack(waves) + 1.2) * 100 + rng.integers(0, 20, (channels, *size))).astype(np.uint8), 1 / 255)


def conv(filters: int, channels: int, size: int, seed: int = 0, **settings: object) -> ConvLayer:
    weights = np.random.default_rng(seed).normal(size=(filters, channels, size, size))
    return ConvLayer(FilterBank.from_arrays(weights), **settings)


def test_the_arithmetic_is_written_out():
    made = compare((conv(8, 3, 3),), (3, 324, 576))
    assert (made.parameters.formula, made.parameters.value) == ("8 × (3×3×3 + 1)", 224)
    assert (made.outputs.formula, made.outputs.value) == ("8×322×574", 1_478_624)
    assert (made.connections.formula, made.connections.value) == ("8×322×574 × (3×3×3 + 1)", 41_401_472)
    assert made.dense.formula == "8×322×574 × (3×324×576 + 1)"
    assert made.dense.value == 1_478_624 * 559_873


@pytest.mark.parametrize("seed", range(10))
def test_formulas_give_their_values(seed):
    rng = np.random.default_rng(seed)
    channels, size = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    layer = conv(int(rng.integers(1, 9)), channels, size, stride=int(rng.integers(1, 3)), padding="same", dilation=2)
    made = compare((layer,), (channels, int(rng.integers(10, 50)), int(rng.integers(10, 50))))
    for count in (made.outputs, made.parameters, made.connections, made.dense):
        assert eval(count.formula.replace("×", "*")) == count.value  # noqa: S307


def test_counts_of_a_tiny_dense_layer_one_by_one():
    """Counted by making it: every weight and bias of it is a parameter."""
    layer, inputs = conv(2, 1, 2), (1, 3, 4)
    outputs = 2 * 2 * 3
    assert compare((layer,), inputs).dense.value == np.ones((outputs, 12)).size + np.ones(outputs).size


def test_a_deep_layer_is_counted_over_what_reaches_it():
    layers = conv(4, 1, 3), PoolLayer("max", 2, 2), conv(6, 4, 3, enabled=False)
    made = compare(layers, (1, 22, 42))
    assert made.parameters.formula == "6 × (4×3×3 + 1)"
    assert made.dense.formula == "6×8×18 × (4×10×20 + 1)"
    pool = compare(layers[:2], (1, 22, 42))
    assert (pool.parameters.formula, pool.parameters.value) == ("", 0)
    assert (pool.connections.formula, pool.connections.value) == ("4×10×20 × 2×2", 3200)
    assert pool.dense.value == 800 * 3201


@pytest.mark.parametrize("shift", [(0, 0), (3, 5), (-4, 2), (0, -7), (10, 0)])
def test_an_image_that_moves(shift):
    given = scene()
    moved = shift_image(given, *shift)
    rows, columns = 30, 40
    assert moved.stored[0, rows + shift[0], columns + shift[1]] == given.stored[0, rows, columns]
    assert (moved.shape, moved.gain, moved.stored.dtype) == (given.shape, given.gain, np.uint8)


@pytest.mark.parametrize("padding", ["valid", "same", 3])
@pytest.mark.parametrize("shift", [(4, 6), (-6, 2), (0, -8), (0, 0)])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (2, 2)])
def test_maps_move_with_the_image(padding, shift, stride, dilation):
    layer = conv(3, 2, 3, stride=stride, padding=padding, dilation=dilation, activation="none")
    made = shift_test(scene(1, 2), (layer,), 2, shift)
    assert made.exact
    assert made.steps == (shift[0] // stride, shift[1] // stride)
    np.testing.assert_allclose(made.difference, 0.0, atol=1e-5)
    assert made.change == 0.0
    assert made.largest < 1e-5
    assert (made.change_in_place > 0.1) == any(shift)
    # Every node that is compared, and no more: one further and the border comes in.
    total = made.before.size
    assert 0.5 * total < len(made.rows) * len(made.columns) <= total


@pytest.mark.parametrize("seed", range(25))
def test_maps_of_any_stack_move_with_the_image(seed):
    """By its step they move exactly, through strides, paddings, dilations and poolings."""
    rng = np.random.default_rng(seed)
    layers = random_stack(rng, 2, 2)
    step = int(np.prod([layer.stride for layer in layers]))
    shift = step * int(rng.integers(-2, 3)), step * int(rng.integers(-2, 3))
    made = shift_test(scene(seed, 2, (160, 192)), layers, 0, shift)
    assert made.exact
    assert made.steps == (shift[0] // step, shift[1] // step)
    np.testing.assert_allclose(made.difference, 0.0, atol=1e-5)
    assert made.rows.stop <= made.after.shape[0]
    assert made.columns.stop <= made.after.shape[1]
    assert min(made.rows.start, made.columns.start, made.rows.start - made.steps[0]) >= 0


def test_a_layer_and_a_filter_that_are_off_are_tried_too():
    layer = conv(2, 1, 3, activation="none")
    off = FilterBank(tuple(replace(one, enabled=False) for one in layer.bank))
    hidden = replace(layer, bank=off, enabled=False)
    np.testing.assert_array_equal(
        shift_test(scene(), (hidden,), 1, (2, 2)).after, shift_test(scene(), (layer,), 1, (2, 2)).after
    )


def test_the_compared_nodes_are_all_that_can_be():
    """One row or column more, and pixels of the border, or none, would be under the window."""
    made = shift_test(scene(), (conv(1, 1, 5),), 0, (3, -2))
    assert (made.rows, made.columns) == (range(3, 56), range(74))
    padded = shift_test(scene(), (conv(1, 1, 5, padding=2),), 0, (3, -2))
    assert (padded.rows, padded.columns) == (range(5, 58), range(2, 76))


def test_a_shift_between_strides_is_not_exact():
    made = shift_test(scene(), (conv(1, 1, 3, stride=4, activation="none"),), 0, (2, 1))
    assert not made.exact
    assert made.change > 0.01


def test_the_middle_of_a_large_image():
    large = Prepared(np.arange(1000 * 2000, dtype=np.float32).reshape(1, 1000, 2000))
    part = middle(large, 20_000)
    assert part.shape == (1, 100, 200)
    assert part.stored[0, 50, 100] == large.stored[0, 500, 1000]
    assert middle(part, 20_000) is part


def test_a_dense_layer_changes_altogether():
    image = scene(2, 3, (120, 160))
    made = dense_shift_test(image, (8, 8))
    assert made.exact
    assert made.steps != (0, 0)
    assert made.change > 0.8
    assert made.change_in_place > 0.5
    np.testing.assert_array_equal(made.after, dense_shift_test(image, (8, 8)).after)
    assert not np.array_equal(made.after, dense_shift_test(image, (8, 8), 1).after)
    still = dense_shift_test(image, (0, 0))
    assert still.change == still.change_in_place == 0.0


def test_brightness_alone_changes_no_output_of_the_dense_layer():
    image = scene(2, 1, (30, 30))
    brighter = Prepared(image.stored.astype(np.float32) + 40, image.gain)
    one, other = dense_shift_test(image, (2, 0)), dense_shift_test(brighter, (2, 0))
    np.testing.assert_allclose(one.before, other.before, atol=1e-4)


def test_the_dense_layer_stays_small():
    many = Prepared(np.random.default_rng(0).random((64, 90, 120)).astype(np.float32))
    made = dense_shift_test(many, (5, 0))
    assert made.before.size * 64 * made.before.size < 5_000_000
    assert made.steps == (1, 0)


def test_what_cannot_be_compared():
    with pytest.raises(InvalidValueError, match="moved by 59 and 0, no window sees the same pixels"):
        shift_test(scene(), (conv(1, 1, 3),), 0, (59, 0))
    for work in (
        lambda: shift_test(scene(), (conv(1, 1, 3),), 0, (1, 1), lambda: True),
        lambda: dense_shift_test(scene(), (1, 1), 0, lambda: True),
    ):
        with pytest.raises(CancelledError):
            work()
