"""Negate, turn, mirror, normalise: on one filter and on a bank."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine.conv import correlate
from convexplorer.core.model import transforms
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.transforms import transform_filters
from convexplorer.errors import InvalidValueError

W = np.arange(1, 13, dtype=np.float32).reshape(2, 2, 3) - 4
SHAPED = (transforms.transpose, transforms.rotate_90)
KEEPING = (transforms.negate, transforms.flip_horizontally, transforms.flip_vertically, transforms.zero)


def test_what_each_does():
    one = np.array([[[1, 2, 3], [4, 5, 0]]], np.float32)
    assert transforms.negate(one).tolist() == [[[-1, -2, -3], [-4, -5, 0]]]
    assert not np.signbit(transforms.negate(one)[0, 1, 2])
    assert transforms.transpose(one).tolist() == [[[1, 4], [2, 5], [3, 0]]]
    assert transforms.rotate_90(one).tolist() == [[[3, 0], [2, 5], [1, 4]]]
    assert transforms.flip_horizontally(one).tolist() == [[[3, 2, 1], [0, 5, 4]]]
    assert transforms.flip_vertically(one).tolist() == [[[4, 5, 0], [1, 2, 3]]]
    assert transforms.zero(one).tolist() == [[[0, 0, 0], [0, 0, 0]]]


@pytest.mark.parametrize(
    ("transform", "times"),
    [
        (transforms.negate, 2),
        (transforms.transpose, 2),
        (transforms.rotate_90, 4),
        (transforms.flip_horizontally, 2),
        (transforms.flip_vertically, 2),
    ],
)
def test_done_often_enough_it_is_undone(transform, times):
    result = W
    for done in range(times):
        assert done == 0 or not np.array_equal(result, W)
        result = transform(result)
    assert np.array_equal(result, W)


def test_a_turned_filter_sees_the_turned_image_alike():
    image = np.random.default_rng(1).random((2, 20, 30))
    bank = W[np.newaxis]
    for transform in (*SHAPED, transforms.flip_horizontally, transforms.flip_vertically):
        turned = correlate(transform(np.float32(image)), transform(W)[np.newaxis])
        assert np.allclose(turned, transform(correlate(image, bank)), atol=1e-5)


def test_normalise_sum():
    normalised = transforms.normalise_sum(W)
    assert normalised.dtype == np.float32
    assert normalised.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)
    assert np.allclose(normalised, W / 30)
    assert transforms.normalise_sum(-W).sum() == pytest.approx(1, abs=1e-6)
    thirds = np.array([[[0.1, 0.2, -0.3]]], np.float32)  # Sums to 7e-9, which is rounding.
    for balanced in (np.zeros_like(W), W - W.mean(), thirds):
        with pytest.raises(InvalidValueError, match="weights that sum to 0 cannot be scaled to sum to 1"):
            transforms.normalise_sum(balanced)


def test_subtract_mean_is_over_all_planes():
    balanced = transforms.subtract_mean(W)
    assert balanced.dtype == np.float32
    assert abs(balanced.sum(dtype=np.float64)) < 1e-5
    assert np.allclose(balanced, W - W.mean())
    assert balanced[0].sum() == -balanced[1].sum() != 0


def test_same_for_all_channels():
    assert np.array_equal(transforms.same_for_all_channels(W, 1), np.stack([W[1], W[1]]))
    assert np.array_equal(transforms.same_for_all_channels(W), np.stack([W.mean(axis=0)] * 2))
    assert np.array_equal(transforms.same_for_all_channels(W[:1]), W[:1])


def test_in_a_bank_the_others_are_shared():
    bank = FilterBank.from_arrays(np.stack([W, 2 * W, 3 * W]), [1, 2, 3])
    for transform in KEEPING:
        changed = transform_filters(bank, [1], transform)
        assert changed[0] is bank[0]
        assert changed[2] is bank[2]
        assert np.array_equal(changed[1].weights, transform(bank[1].weights))
        assert (changed[1].bias, changed[1].name) == (2, "Filter 2")


@pytest.mark.parametrize("transform", SHAPED)
def test_kernels_that_are_not_square_turn_together(transform):
    bank = FilterBank.from_arrays(np.stack([W, 2 * W]))
    turned = transform_filters(bank, [0, 1], transform)
    assert turned.shape == (2, 3, 2)
    with pytest.raises(InvalidValueError) as caught:
        transform_filters(bank, [1], transform)
    assert str(caught.value) == "kernels of 2 × 3 change shape when turned; select all filters to turn them together"
    square = FilterBank.from_arrays(np.stack([W[:, :, :2], W[:, :, 1:]]))
    assert np.array_equal(transform_filters(square, [1], transform)[1].weights, transform(square[1].weights))


def test_nothing_selected_changes_nothing():
    bank = FilterBank.from_arrays(np.stack([W, 2 * W]))
    assert transform_filters(bank, [], transforms.transpose) == bank
