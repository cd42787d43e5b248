"""Sums beyond float32: infinite with their sign, drawn in the strongest colour, said in the range, and no warning."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate as scipy_correlate

from convexplorer.core.engine.colour import Scale, colour
from convexplorer.core.engine.conv import correlate
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob, Ranges, Strongest
from convexplorer.core.engine.overflow import safe_exponents
from convexplorer.core.engine.pictures import InputView, Look
from convexplorer.core.engine.statistics import Histogram, MapRange, histogram, map_range
from convexplorer.core.model.activations import Activation
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer, Layer

LARGEST = float(np.finfo(np.float32).max)


def exact(image: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps in float64, then as float32: beyond it infinite."""
    maps = [
        sum(
            scipy_correlate(x, w, mode="valid", method="direct")
            for x, w in zip(image.astype(np.float64), one.astype(np.float64), strict=True)
        )
        for one in weights
    ]
    with np.errstate(over="ignore"):
        return np.array(maps).astype(np.float32)


@pytest.mark.parametrize(("side", "size"), [(2, 20), (5, 200), (21, 90)], ids=["gemm", "onnx", "large"])
def test_infinite_sums_have_their_sign_and_others_their_value(side: int, size: int) -> None:
    rng = np.random.default_rng(side)
    image = rng.random((1, size, size), np.float32)
    weights = rng.normal(size=(3, 1, side, side)).astype(np.float32)
    # One with sums that cancel to little, one all of a sign, and one of everyday size that loses nothing beside them.
    weights[0] = np.where(rng.random((1, side, side)) < 0.5, -3e38, 3e38)
    weights[1] = 3e38
    got, expected = correlate(image, weights), exact(image, weights)
    np.testing.assert_array_equal(np.isinf(got), np.isinf(expected))
    np.testing.assert_array_equal(np.sign(got), np.sign(expected))
    finite = np.isfinite(expected[0])
    np.testing.assert_allclose(got[0][finite] / 1e38, expected[0][finite] / 1e38, atol=3e-5 * side * side)
    np.testing.assert_allclose(got[2], expected[2], atol=1e-5 * np.abs(weights[2]).sum())


def test_only_huge_filters_are_made_smaller() -> None:
    weights = np.ones((2, 1, 3, 3), np.float32)
    assert safe_exponents(weights, np.zeros(2, np.float32)) is None
    weights[1] = 1e38
    exponents = safe_exponents(weights, np.zeros(2, np.float32))
    assert exponents is not None
    assert exponents[0] == 0
    assert 0.5 <= 9e38 / 2.0 ** float(exponents[1]) <= 1


@pytest.mark.parametrize(("peak", "weight"), [(1e20, 1e15), (1e35, 1e-10), (1e34, 1.0)])
def test_spectra_that_would_overflow_are_not_used(peak: float, weight: float) -> None:
    """Transforms add up all pixels of a tile, and products of such sums: nodes would be infinite or no numbers."""
    rng = np.random.default_rng(8)
    image = (rng.random((1, 400, 400)) * peak).astype(np.float32)
    weights = rng.normal(size=(2, 1, 25, 25), scale=weight).astype(np.float32)
    got = correlate(image, weights)
    bound = 1e-5 * float(np.abs(weights).sum(axis=(1, 2, 3), dtype=np.float64).max()) * peak
    rows = slice(0, 376, 75)
    for one, kernel in zip(got, weights, strict=True):
        for row in range(0, 376, 75):
            for column in range(0, 376, 75):
                window = image[0, row : row + 25, column : column + 25].astype(np.float64)
                assert abs(one[row, column] - float((window * kernel[0]).sum())) <= bound
    assert np.isfinite(got[:, rows]).all()


def shown(
    weights: NDArray[np.float32], activation: Activation, before: tuple[Layer, ...] = ()
) -> tuple[MapPictures, MapRange, Histogram, Strongest]:
    rng = np.random.default_rng(4)
    image = Image(rng.integers(0, 256, (40, 50, 1), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(weights), activation=activation)
    job = MapsJob(image, Preparation(scale=1.0), before, layer, View((0,), focus=0, strongest=0), InputView(), Look())
    last = {type(event): event for event in MapEngine().run(job)}
    ranges = last[Ranges]
    assert isinstance(ranges, Ranges)
    return last[MapPictures], ranges.ranges[0], last[Histogram], last[Strongest]  # type: ignore[return-value]


@pytest.mark.parametrize("activation", ["relu", "none", "leaky_relu", "tanh", "sigmoid"])
def test_infinite_nodes_are_drawn_in_the_strongest_colour(activation: Activation) -> None:
    weights = np.array([[[[3e38, 3e38], [-3e38, 3e38]]]], np.float32)
    pictures, figures, counts, strong = shown(weights, activation)
    picture = pictures.pictures[0]
    values = picture.tile.values
    top = float(values.max())
    assert figures.high == top
    assert (activation in {"relu", "none", "leaky_relu"}) == np.isinf(top)
    scale: Scale = picture.scale
    red, green, blue = colour(scale.high, scale)
    assert (picture.colours[values == top] == 0xFF000000 | red << 16 | green << 8 | blue).all()
    assert counts.counts.sum() == values.size
    assert np.isfinite(counts.edges).all()
    assert strong.total_equal == (values == top).sum()


def test_layers_behind_infinite_nodes_warn_of_nothing() -> None:
    before = ConvLayer(FilterBank.from_arrays(np.full((2, 1, 2, 2), 3e38) * [[[[1]]], [[[-1]]]]), activation="none")
    weights = np.ones((1, 2, 3, 3), np.float32)
    pictures, figures, counts, _ = shown(weights, "none", (before,))
    assert np.isnan(pictures.pictures[0].tile.values).any()
    assert len(np.unique(pictures.pictures[0].colours)) >= 1
    assert np.isfinite(counts.edges).all()
    assert np.isnan(figures.low) or figures.low <= figures.high


def test_figures_of_infinite_values_and_of_no_numbers() -> None:
    values = np.array([[1, 2], [np.inf, np.nan]], np.float32)
    figures = map_range(values)
    assert figures == MapRange(1.0, np.inf, np.inf, 1.0)
    assert histogram(0, [values], figures).counts.sum() == 4
    nothing = map_range(np.full((2, 2), np.nan, np.float32))
    assert np.isnan([nothing.low, nothing.high, nothing.mean]).all()
    assert np.isnan(map_range(np.array([[np.inf, -np.inf]], np.float32)).mean)
