"""A map that is nothing but rounding is even, everywhere; what is small and true is seen."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.kernel import library
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob, Ranges, Strongest
from convexplorer.core.engine.noise import Noise, finite, finite_ends, quiet_ends, quiet_sums, quieten, rounding
from convexplorer.core.engine.pictures import InputView, Look, MapPicture
from convexplorer.core.engine.routes.direct import by_kernel
from convexplorer.core.engine.routes.fft import by_fft
from convexplorer.core.engine.routes.gemm import by_gemm
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.activations import Activation
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.runtime.budget import budget

ROW = np.array([-1, -1, 1, 1], np.float32)
ACROSS = np.stack([np.transpose([ROW] * 4), np.transpose([-ROW] * 4)])[:, np.newaxis]
"""Edge filters for lines from left to right: vertical stripes have none."""
LAPLACE = np.full((1, 1, 5, 5), -1, np.float32)
LAPLACE[0, 0, 2, 2] = 24


def stripes(height: int = 120, width: int = 160) -> Image:
    """Vertical stripes of grey levels that no binary fraction is equal to."""
    row = np.where(np.arange(width) % 14 < 7, 200, 31).astype(np.uint8)
    return Image(np.broadcast_to(row[:, np.newaxis], (height, width, 1)))


def flat(level: int = 178) -> Image:
    return Image(np.full((120, 160, 1), level, np.uint8))


def layer(weights: NDArray[np.float32], activation: Activation = "relu", bias: float = 0.0) -> ConvLayer:
    return ConvLayer(FilterBank.from_arrays(weights, [bias] * len(weights)), activation=activation)


def shown(
    image: Image, last: ConvLayer, before: tuple[Layer, ...] = (), scale: float = 1.0, step: int = 1
) -> tuple[list[MapPicture], dict[int, MapRange], Strongest]:
    """What the engine shows of a layer when all is done."""
    indices = tuple(range(len(last.bank)))
    view = View(indices, step=step, strongest=0)
    job = MapsJob(image, Preparation(scale=scale), before, last, view, InputView(), Look())
    events = list(MapEngine().run(job))
    pictures = [event for event in events if isinstance(event, MapPictures)]
    ranges = [event for event in events if isinstance(event, Ranges)]
    # The first picture, too: noise must not flash up.
    return (
        [*pictures[0].pictures, *pictures[-1].pictures],
        ranges[-1].ranges,
        next(event for event in events if isinstance(event, Strongest)),
    )


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convexplorer.core.engine.live.REST", 0.0)


def assert_even(image: Image, last: ConvLayer, before: tuple[Layer, ...] = (), scale: float = 1.0, step: int = 1):
    pictures, ranges, strong = shown(image, last, before, scale, step)
    for one in pictures:
        assert len(np.unique(one.colours)) == 1
    for figures in ranges.values():
        assert figures == MapRange(0.0, 0.0, 0.0, 0.0)
    assert strong.places == []
    assert strong.total_equal == 0


@pytest.mark.parametrize("factor", [1.0, 1e-6, 0.1, 1e9])
@pytest.mark.parametrize("activation", ["relu", "none"])
@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_stripes_have_no_edges_along_them(factor: float, activation: Activation, scale: float) -> None:
    assert_even(stripes(), layer(ACROSS * np.float32(factor), activation), scale=scale)


@pytest.mark.parametrize("level", [1, 31, 178])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_a_flat_picture_has_no_spots(level: int, activation: Activation) -> None:
    assert_even(flat(level), layer(LAPLACE, activation))


def test_nor_is_there_anything_in_the_map_of_a_flat_picture_seen_from_afar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convexplorer.core.engine.lattice.WHOLE_NODES", 400)
    assert_even(flat(), layer(LAPLACE / 25, "none"), step=4)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("room", [None, 0])
def test_a_layer_behind_makes_no_pattern_of_it(pooled: bool, room: int | None) -> None:
    rng = np.random.default_rng(2)
    before = (layer(ACROSS), PoolLayer()) if pooled else (layer(ACROSS),)
    behind = layer(rng.normal(size=(3, 2, 3, 3)).astype(np.float32) * 50, "none")
    if room is None:
        assert_even(stripes(), behind, before)
    else:
        with budget.of(room):
            assert_even(stripes(), behind, before)


def test_an_even_map_that_is_not_zero_has_one_colour_and_one_value() -> None:
    pictures, ranges, strong = shown(stripes(), layer(ACROSS, "none", bias=0.1))
    for one in pictures:
        assert len(np.unique(one.colours)) == 1
    assert ranges[0].low == ranges[0].high == pytest.approx(0.1, rel=1e-5)
    assert ranges[0].active == 1
    assert strong.total_equal == 117 * 157
    behind = layer(np.concatenate([ACROSS, -ACROSS], axis=1), "none")
    assert_even(stripes(), behind, (layer(ACROSS, "none", bias=0.1),))


def test_small_signals_of_a_real_picture_are_seen() -> None:
    rng = np.random.default_rng(1)
    image = Image(rng.integers(0, 256, (120, 160, 1), np.uint8))
    one, small = shown(image, layer(ACROSS)), shown(image, layer(ACROSS * np.float32(1e-6)))
    for large, little in zip(one[0], small[0], strict=True):
        steps = np.abs(large.colours.view(np.uint8).astype(int) - little.colours.view(np.uint8).astype(int))
        assert steps.max() <= 3
    assert small[1][0].high == pytest.approx(one[1][0].high * 1e-6, rel=1e-5)
    assert small[1][0].active == pytest.approx(one[1][0].active, abs=1e-3)
    assert [(place.row, place.column) for place in small[2].places] == [
        (place.row, place.column) for place in one[2].places
    ]


@pytest.mark.parametrize("side", [3, 4, 5, 11, 31])
def test_one_pixel_by_one_level_of_eight_bits_is_seen(side: int) -> None:
    native = np.full((100, 120, 1), 178, np.uint8)
    native[50, 60] += 1
    weights = np.ones((1, 1, side, side), np.float32)
    weights[0, 0, : side // 2] = -1
    weights[0, 0, side // 2 + side // 2 :] = 0
    figures = shown(Image(native), layer(weights, "none"))[1][0]
    np.testing.assert_allclose((figures.low, figures.high), (-1 / 255, 1 / 255), rtol=0.05)


@pytest.mark.parametrize("route", [by_gemm, by_onnxruntime, by_fft, *([by_kernel] if library.kernel() else [])])
@pytest.mark.parametrize(("channels", "side"), [(1, 3), (1, 5), (3, 5), (1, 11), (16, 3), (1, 21)])
def test_no_route_is_off_by_more(route, channels: int, side: int) -> None:
    rng = np.random.default_rng(channels * side)
    geometry = Geometry.of((48, 48), (side, side))
    centre = -np.ones((1, channels, side, side), np.float32)
    centre[0, 0, side // 2, side // 2] = channels * side * side - 1
    halves = np.ones((1, channels, side, side), np.float32)
    halves[:, :, side // 2 :] = -1
    columns = np.where(np.arange(48) % 7 < 3, 200 / 255, 31 / 255).astype(np.float32)
    images = (
        np.full((channels, 48, 48), 178 / 255, np.float32),
        np.broadcast_to(columns, (channels, 48, 48)).copy(),
        rng.random((channels, 48, 48), np.float32),
    )
    for weights, values in product((centre, halves), images):
        got = route(Work(values, weights, np.zeros(1, np.float32), geometry))[0]
        pairs = zip(values.astype(np.float64), weights[0].astype(np.float64), strict=True)
        exact = sum(correlate(x, w, mode="valid", method="direct") for x, w in pairs)
        assert np.abs(got - exact).max() <= rounding(weights, np.zeros(1, np.float32), float(values.max()))[0]


# --- the rule ----------------------------------------------------------------------------------------------------


def test_the_floor_grows_with_weights_and_input_and_bias() -> None:
    values = Prepared(np.full((2, 9, 9), 0.5, np.float32))
    floors = Noise(values, layer(np.ones((1, 2, 3, 3), np.float32))).floors
    assert 1e-7 * 18 * 0.5 < floors[0] < 1e-6 * 18 * 0.5
    np.testing.assert_allclose(Noise(values, layer(np.full((1, 2, 3, 3), -3, np.float32))).floors, 3 * floors)
    biased = Noise(values, layer(np.zeros((1, 2, 3, 3), np.float32), bias=-9.0)).floors
    np.testing.assert_allclose(biased, floors)
    off = Prepared(values.stored, noise=1.0)
    np.testing.assert_allclose(Noise(off, layer(np.ones((1, 2, 3, 3), np.float32))).floors, floors + np.sqrt(18))
    muted = ConvLayer(FilterBank.from_arrays(np.ones((1, 2, 3, 3))), muted=frozenset({1}))
    np.testing.assert_allclose(Noise(values, muted).floors, floors / 2)


def test_ends_within_the_noise() -> None:
    assert quiet_ends(-1e-7, 2e-7, 2e-7) == (0.0, 0.0)
    assert quiet_ends(-1e-7, 2.0, 2e-7) == (0.0, 2.0)
    assert quiet_ends(-2.0, 1e-7, 2e-7) == (-2.0, 0.0)
    assert quiet_ends(1.0, 1.25, 0.25) == (1.125, 1.125)
    assert quiet_ends(1.0, 2.0, 2e-7) == (1.0, 2.0)
    assert quiet_ends(0.0, np.inf, 1.0) == (0.0, np.inf)
    assert np.isnan(quiet_ends(np.nan, np.nan, 1.0)).all()
    assert finite_ends(-np.inf, np.nan) == (-np.finfo(np.float32).max, 0.0)


def test_maps_are_quietened_in_place() -> None:
    values = np.array([[1e-8, -1e-8], [1, -2]], np.float32)
    assert quieten(values, 1e-7) is values
    np.testing.assert_array_equal(values, [[0, 0], [1, -2]])
    np.testing.assert_array_equal(quieten(np.array([[1, 1 + 1e-7]], np.float32), 1e-6), [[1, 1]])
    np.testing.assert_array_equal(finite(np.array([np.nan, np.inf, 1], np.float32)), [0, np.finfo(np.float32).max, 1])


def test_a_node_reads_zero_where_it_is() -> None:
    prepared = stripes().prepare(Preparation(scale=0.3))
    window = prepared.values()[:, 10:14, 20:24]
    assert quiet_sums(window, ACROSS, np.zeros(2, np.float32)).tolist() == [0.0, 0.0]
    assert quiet_sums(window, ACROSS, np.full(2, 0.1, np.float32)) == pytest.approx([0.1, 0.1])
    window = window.copy()
    window[0, 0, 0] += 1e-4
    assert quiet_sums(window, ACROSS, np.zeros(2, np.float32)) == pytest.approx([-1e-4, 1e-4], rel=0.01)


def test_the_peak_of_an_input() -> None:
    rng = np.random.default_rng(0)
    native = rng.integers(0, 200, (900, 1300, 3), np.uint8)
    for preparation in (Preparation(scale=1.0), Preparation(scale=0.5), Preparation(grey=False, unit_range=False)):
        held = Image(native).prepare(preparation)
        top = 199 * held.gain
        assert 0.7 * top < held.peak <= top * (1 + 1e-6)
        with budget.of(0):
            computed = Image(native).prepare(preparation)
            assert 0.7 * top < computed.peak <= top * (1 + 1e-6)
    values = np.array([[[1, -3], [np.inf, np.nan]]], np.float32)
    assert Prepared(values).peak == 3
    one = Stack().through(Prepared(native[..., 0][np.newaxis]), [layer(ACROSS, "none")])
    assert one.peak == pytest.approx(
        np.abs(feature_maps(Prepared(native[..., 0][np.newaxis]), layer(ACROSS, "none"), [0, 1])).max(), rel=0.2
    )
