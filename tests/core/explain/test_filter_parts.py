"""Split and flipped filters against scipy's own convolution and plain sums."""

from __future__ import annotations

import numpy as np
from scipy.signal import convolve

from convexplorer.core.engine.conv import correlate
from convexplorer.core.explain.filter_parts import split_channels, with_flipped
from convexplorer.core.model.filters import Filter


def test_channel_maps_and_bias_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(3)
    image = rng.random((3, 20, 25))
    one = Filter(rng.normal(size=(3, 4, 5)), 0.25)
    bank = split_channels(one, ("Red", "Green", "Blue"), "Sum")
    maps = correlate(image, bank.weights, bank.bias)
    np.testing.assert_allclose(maps[:3].sum(axis=0) + 0.25, maps[3], atol=1e-5)
    assert bank.names == ("Red", "Green", "Blue", "Sum")


def test_the_flipped_kernel_gives_the_convolution_of_mathematics() -> None:
    rng = np.random.default_rng(4)
    image = rng.random((1, 20, 25))
    one = Filter(rng.normal(size=(1, 4, 3)))
    bank = with_flipped(one, "plain", "flipped")
    maps = correlate(image, bank.weights, bank.bias)
    np.testing.assert_allclose(maps[1], convolve(image[0], one.weights[0], mode="valid"), atol=1e-5)
