"""Dense against convolutional: counts by formulas of their own, and what moves with the image."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.dense import compare, dense_shift_test, shift_test, shifted
from convexplorer.core.filters import FilterBank
from convexplorer.core.images import Prepared
from convexplorer.core.layers import ConvLayer
from convexplorer.errors import CancelledError, InvalidValueError


def scene(seed: int = 0, channels: int = 1, size: tuple[int, int] = (60, 80)) -> Prepared:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    waves = [np.sin(rows / rng.uniform(3, 9) + columns / rng.uniform(3, 9)) for _ in range(channels)]
    return Prepared(((np.stack(waves) + 1.2) * 100 + rng.integers(0, 20, (channels, *size))).astype(np.uint8), 1 / 255)


def conv(filters: int, channels: int, size: int, seed: int = 0, **settings: object) -> ConvLayer:
    weights = np.random.default_rng(seed).normal(size=(filters, channels, size, size))
    return ConvLayer(FilterBank.from_arrays(weights), **settings)


def test_the_arithmetic_is_written_out():
    made = compare(conv(8, 3, 3), (3, 324, 576))
    assert (made.parameters.formula, made.parameters.value) == ("8 × (3×3×3 + 1)", 224)
    assert (made.outputs.formula, made.outputs.value) == ("8×322×574", 1_478_624)
    assert (made.connections.formula, made.connections.value) == ("8×322×574 × (3×3×3 + 1)", 41_401_472)
    assert made.dense_parameters == made.dense_connections
    assert made.dense_parameters.formula == "8×322×574 × (3×324×576 + 1)"
    assert made.dense_parameters.value == 1_478_624 * 559_873


@pytest.mark.parametrize("seed", range(10))
def test_formulas_give_their_values(seed):
    rng = np.random.default_rng(seed)
    channels, size = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    layer = conv(int(rng.integers(1, 9)), channels, size, stride=int(rng.integers(1, 3)), padding="same", dilation=2)
    made = compare(layer, (channels, int(rng.integers(10, 50)), int(rng.integers(10, 50))))
    for count in (made.outputs, made.parameters, made.connections, made.dense_parameters, made.dense_connections):
        assert eval(count.formula.replace("×", "*")) == count.value  # noqa: S307


def test_counts_of_a_tiny_dense_layer_one_by_one():
    """Counted by making it: every weight and bias of it is a parameter."""
    layer, inputs = conv(2, 1, 2), (1, 3, 4)
    outputs = 2 * 2 * 3
    assert compare(layer, inputs).dense_parameters.value == np.ones((outputs, 12)).size + np.ones(outputs).size


@pytest.mark.parametrize("shift", [(0, 0), (3, 5), (-4, 2), (0, -7), (10, 0)])
def test_an_image_that_moves(shift):
    given = scene()
    moved = shifted(given, *shift)
    rows, columns = 30, 40
    assert moved.stored[0, rows + shift[0], columns + shift[1]] == given.stored[0, rows, columns]
    assert (moved.shape, moved.gain, moved.stored.dtype) == (given.shape, given.gain, np.uint8)


@pytest.mark.parametrize("padding", ["valid", "same", 3])
@pytest.mark.parametrize("shift", [(4, 6), (-6, 2), (0, -8), (0, 0)])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (2, 2)])
def test_maps_move_with_the_image(padding, shift, stride, dilation):
    layer = conv(3, 2, 3, stride=stride, padding=padding, dilation=dilation, activation="none")
    made = shift_test(scene(1, 2), layer, [0, 2], shift)
    assert made.exact
    assert made.steps == (shift[0] // stride, shift[1] // stride)
    assert made.before.shape[0] == 2
    np.testing.assert_allclose(made.difference, 0.0, atol=1e-5)
    assert made.change < 1e-5
    # Every node that is compared, and no more: one further and the border comes in.
    total = made.before.shape[1] * made.before.shape[2]
    assert 0.5 * total < len(made.rows) * len(made.columns) <= total


def test_the_compared_nodes_are_all_that_can_be():
    """One row or column more, and pixels of the border, or none, would be under the window."""
    made = shift_test(scene(), conv(1, 1, 5), [0], (3, -2))
    assert (made.rows, made.columns) == (range(3, 56), range(74))
    padded = shift_test(scene(), conv(1, 1, 5, padding=2), [0], (3, -2))
    assert (padded.rows, padded.columns) == (range(5, 58), range(2, 76))


def test_a_shift_between_strides_is_not_exact():
    made = shift_test(scene(), conv(1, 1, 3, stride=4, activation="none"), [0], (2, 1))
    assert not made.exact
    assert made.change > 0.01


def test_a_dense_layer_changes_altogether():
    for activation in ("relu", "none"):
        layer = conv(1, 3, 3, activation=activation)
        made = dense_shift_test(scene(2, 3, (120, 160)), layer, (8, 8))
        assert made.exact
        assert made.steps != (0, 0)
        assert made.change > 0.8
        again = dense_shift_test(scene(2, 3, (120, 160)), layer, (8, 8))
        np.testing.assert_array_equal(made.after, again.after)
        assert not np.array_equal(made.after, dense_shift_test(scene(2, 3, (120, 160)), layer, (8, 8), 1).after)


def test_the_dense_layer_stays_small():
    many = Prepared(np.random.default_rng(0).random((64, 90, 120)).astype(np.float32))
    made = dense_shift_test(many, conv(1, 64, 3), (5, 0))
    assert made.before.size * 64 * 11 * 15 < 5_000_000
    assert made.steps == (1, 0)


def test_what_cannot_be_compared():
    with pytest.raises(InvalidValueError, match="moved by 59 and 0, no window sees the same pixels"):
        shift_test(scene(), conv(1, 1, 3), [0], (59, 0))
    for work in (
        lambda: shift_test(scene(), conv(1, 1, 3), [0], (1, 1), lambda: True),
        lambda: dense_shift_test(scene(), conv(1, 1, 3), (1, 1), 0, lambda: True),
    ):
        with pytest.raises(CancelledError):
            work()
