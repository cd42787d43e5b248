"""Filters and banks as immutable values, and the edits that make new ones."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from convexplorer.core.model.filters import (
    MAX_FILTERS,
    MAX_KERNEL,
    Filter,
    FilterBank,
    frozen_weights,
    resize_weights,
    spread_channels,
)
from convexplorer.errors import InvalidValueError

W = np.arange(12, dtype=np.float32).reshape(2, 2, 3)


def test_a_filter_keeps_a_copy_nobody_can_change():
    given = W.astype(np.float64)
    one = Filter(given, 0.1, "A")
    given[:] = 9
    assert np.array_equal(one.weights, W)
    assert one.weights.dtype == np.float32
    assert one.bias == float(np.float32(0.1))
    assert (one.channels, one.size) == (2, (2, 3))
    with pytest.raises(ValueError, match="read-only"):
        one.weights[0, 0, 0] = 1
    with pytest.raises(FrozenInstanceError):
        one.bias = 1
    assert Filter([[1, 2]]).weights.shape == (1, 1, 2)


def test_filters_are_equal_to_the_last_bit():
    one = Filter(W, 1, "A")
    assert one == Filter(W.copy(), 1.0, "A")
    for other in (
        Filter(W, 2, "A"),
        Filter(W, 1, "B"),
        Filter(W, 1, "A", enabled=False),
        Filter(np.nextafter(W, np.float32(1)), 1, "A"),
        Filter(W.reshape(2, 3, 2), 1, "A"),
        Filter(0 * W, 1, "A"),
        "A",
    ):
        assert one != other
    assert Filter([[0.0]]) != Filter([[-0.0]])
    assert one.with_weights(2 * W) == Filter(2 * W, 1, "A")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.zeros(3), "a filter has shape (channels, height, width), not (3,)"),
        (np.zeros((1, 0, 3)), "a filter has shape (channels, height, width), not (1, 0, 3)"),
        ([[1, 2], [3]], "the rows of a filter have different lengths"),
        ([["a"]], "weights must be numbers"),
        ([[1j]], "weights must be numbers"),
        ([[np.nan]], "a weight is not a finite number"),
        ([[1e39]], "a weight is not a finite number"),
    ],
)
def test_weights_that_are_refused(weights, said):
    for make in (Filter, frozen_weights):
        with pytest.raises(InvalidValueError) as caught:
            make(weights)
        assert str(caught.value) == said


@pytest.mark.parametrize("bias", [np.nan, np.inf, 1e39])
def test_biases_that_are_refused(bias):
    with pytest.raises(InvalidValueError, match="the bias of Edge is not a finite number"):
        Filter(W, bias, "Edge")


def test_a_bank_is_a_sequence_of_filters():
    bank = FilterBank.from_arrays(np.stack([W, -W, 2 * W]), [1, 2, 3], "abc")
    assert len(bank) == 3
    assert bank[1] == Filter(-W, 2, "b")
    assert bank[1:] == tuple(bank)[1:]
    assert [one.name for one in bank] == ["a", "b", "c"]
    assert bank.weights.shape == (3, 2, 2, 3)
    assert bank.weights.dtype == bank.bias.dtype == np.float32
    assert bank.bias.tolist() == [1, 2, 3]
    assert bank.names == ("a", "b", "c")
    assert (bank.shape, bank.channels, bank.size) == ((2, 2, 3), 2, (2, 3))
    assert FilterBank.from_arrays(bank.weights, bank.bias, bank.names) == bank
    assert bank != FilterBank.from_arrays(bank.weights)
    assert bank != 3


@pytest.mark.parametrize(
    ("given", "shape"),
    [(np.ones((4, 5)), (1, 1, 4, 5)), (np.ones((3, 4, 5)), (3, 1, 4, 5)), (np.ones((2, 3, 4, 5)),) * 2],
)
def test_arrays_of_fewer_axes(given, shape):
    expected = shape if isinstance(shape, tuple) else shape.shape
    bank = FilterBank.from_arrays(given)
    assert bank.weights.shape == expected
    assert bank.names == tuple(f"Filter {i + 1}" for i in range(expected[0]))


def test_an_empty_bank_remembers_its_shape():
    bank = FilterBank((), (3, 5, 4))
    assert bank.weights.shape == (0, 3, 5, 4)
    assert bank.bias.shape == (0,)
    assert FilterBank.from_arrays(W[np.newaxis]).subset([]).shape == W.shape
    assert bank.with_size(2, 2).shape == (3, 2, 2)
    assert bank.with_channels(1).shape == (1, 5, 4)
    assert bank != FilterBank((), (3, 4, 5))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.zeros(3),), "weights have shape (filters, channels, height, width), not (3,)"),
        ((np.zeros((0, 1, 3, 3)),), "weights have shape (filters, channels, height, width), not (0, 1, 3, 3)"),
        ((np.zeros((2, 3, 3)), [1]), "2 filters need 2 biases and names, not 1 and 2"),
        ((np.zeros((2, 3, 3)), None, ["a"]), "2 filters need 2 biases and names, not 2 and 1"),
        ((np.zeros((MAX_FILTERS + 1, 1, 1)),), f"a bank holds at most {MAX_FILTERS} filters"),
    ],
)
def test_arrays_that_are_no_bank(arguments, said):
    with pytest.raises(InvalidValueError) as caught:
        FilterBank.from_arrays(*arguments)
    assert str(caught.value) == said


def test_filters_of_a_bank_share_one_shape():
    with pytest.raises(InvalidValueError, match="all filters of a bank share one shape"):
        FilterBank((Filter(W), Filter(W[:1])))
    with pytest.raises(InvalidValueError, match="a bank holds at most"):
        FilterBank((Filter(W),) * (MAX_FILTERS + 1))


def test_edits_share_what_they_leave_alone():
    bank = FilterBank.from_arrays(np.stack([W, -W, 2 * W]))
    changed = bank.with_filters({1: Filter(7 * W)})
    assert changed[0] is bank[0]
    assert changed[2] is bank[2]
    assert changed[1] == Filter(7 * W)
    picked = bank.subset([2, 0, 2])
    assert picked[0] is picked[2] is bank[2]


def test_resizing_keeps_the_centre_and_comes_back():
    for old in range(1, 8):
        for new in range(old, 9):
            weights = np.arange(1, old * old + 1, dtype=np.float32).reshape(1, old, old)
            grown = resize_weights(weights, new, new)
            assert grown.shape == (1, new, new)
            assert grown.sum() == weights.sum()
            assert np.array_equal(resize_weights(grown, old, old), weights)
    assert resize_weights(np.ones((1, 1, 1), np.float32), 4, 3)[0].tolist() == [[0] * 3, [0, 1, 0], [0] * 3, [0] * 3]
    bank = FilterBank.from_arrays(W[np.newaxis]).with_size(4, 1)
    assert bank.shape == (2, 4, 1)
    assert bank[0].weights[0, 1:3, 0].tolist() == [1, 4]
    for size in ((0, 3), (3, MAX_KERNEL + 1)):
        with pytest.raises(InvalidValueError, match="a kernel has 1 to 31 rows and columns, not"):
            bank.with_size(*size)


def test_channels_spread_and_gather():
    plane = W[:1]
    spread = spread_channels(plane, 3)
    assert np.array_equal(spread, np.stack([W[0]] * 3))
    assert np.array_equal(spread_channels(spread, 1), plane)
    assert spread_channels(W, 2) is W
    assert np.array_equal(spread_channels(W, 3), np.stack([W.mean(axis=0)] * 3))
    bank = FilterBank.from_arrays(plane[np.newaxis])
    assert bank.with_channels(3).with_channels(1) == bank


def test_inserted_filters_are_fitted():
    bank = FilterBank.from_arrays(np.ones((2, 1, 3, 3)))
    mixed = bank.with_inserted(1, [Filter(np.ones((3, 1, 5)), name="wide"), Filter(np.ones((1, 2, 2)), name="small")])
    assert mixed.shape == (1, 3, 5)
    assert mixed.names == ("Filter 1", "wide", "small", "Filter 2")
    assert mixed[0].weights[0].tolist() == [[0, 1, 1, 1, 0]] * 3
    assert mixed[1].weights[0].tolist() == [[0] * 5, [1] * 5, [0] * 5]
    assert mixed[2].weights.sum() == 4
    kept = bank.with_inserted(2, [Filter(np.ones((1, 3, 3)))])
    assert kept[0] is bank[0]
    assert FilterBank((), (1, 9, 9)).with_inserted(0, [Filter(np.ones((1, 2, 2)))]).shape == (1, 2, 2)


def test_signalling_nans_are_refused_without_a_warning():
    # A NaN of this kind, as damaged files have, counts as an invalid operation when it is made a float32.
    weights = np.array([0x7FF0000000000001] * 9, np.uint64).view(np.float64).reshape(1, 3, 3)
    with pytest.raises(InvalidValueError, match="a weight is not a finite number"):
        Filter(weights)
