"""correlate and the maps of a layer against a float64 reference, on every route."""

from __future__ import annotations

import doctest
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexplorer.core.engine import conv
from convexplorer.core.engine.conv import activate, correlate, feature_map_strips, feature_maps, input_block
from convexplorer.core.engine.kernel import library
from convexplorer.core.engine.routes import choice, fft
from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.direct import by_kernel, by_winograd
from convexplorer.core.engine.routes.fft import by_fft
from convexplorer.core.engine.routes.gemm import by_gemm
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.project.project import ConvLayer
from convexplorer.core.runtime.threads_and_device import settings as running
from convexplorer.errors import MAX_MESSAGE, CancelledError, InvalidValueError

ROUTES = (by_gemm, by_onnxruntime, by_fft, *([by_kernel] if library.kernel() else []))


def reference(image, weights, bias, geometry):
    """The sums in float64, every window cut out and multiplied."""
    top, left, bottom, right = geometry.pads
    padded = np.pad(np.asarray(image, np.float64), ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, geometry.span, axis=(1, 2))
    s, d = geometry.stride, geometry.dilation
    sums = np.tensordot(np.float64(weights), windows[:, ::s, ::s, ::d, ::d], axes=((1, 2, 3), (0, 3, 4)))
    return sums + np.float64(bias)[:, np.newaxis, np.newaxis]


def assert_within_bound(result, image, weights, bias, geometry):
    """The promise of `correlate`, and float32's own rounding of the bias."""
    exact = reference(image, weights, bias, geometry)
    assert result.shape == exact.shape == (len(weights), *geometry.output)
    assert result.dtype == np.float32
    norms = np.abs(np.float64(weights)).sum(axis=(1, 2, 3)) * np.abs(image).max()
    bound = 1e-5 * norms + 1e-7 * np.abs(bias)
    assert (np.abs(result - exact) <= bound[:, np.newaxis, np.newaxis]).all()


@st.composite
def works(draw):
    channels, count = draw(st.integers(1, 8)), draw(st.integers(1, 16))
    kernel = draw(st.integers(1, 31)), draw(st.integers(1, 31))
    stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    padding = draw(st.sampled_from(["valid", "same", 0, 1, 3, 8]))
    spans = [(size - 1) * dilation + 1 for size in kernel]
    size = tuple(span + draw(st.integers(0, 14)) for span in spans)
    geometry = Geometry.of(size, kernel, stride=stride, padding=padding, dilation=dilation)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    image = rng.standard_normal((channels, *size), np.float32) * np.float32(10.0 ** draw(st.integers(-6, 6)))
    weights = rng.standard_normal((count, channels, *kernel), np.float32)
    return Work(image, weights, rng.standard_normal(count, np.float32), geometry), padding


@settings(max_examples=80)
@given(works())
def test_every_route_agrees_with_float64(drawn):
    work, padding = drawn
    geometry = work.geometry
    for route in ROUTES:
        assert_within_bound(route(work), work.image, work.weights, work.bias, geometry)
    chosen = correlate(
        work.image,
        work.weights,
        work.bias,
        stride=geometry.stride,
        padding=padding,
        dilation=geometry.dilation,
    )
    assert_within_bound(chosen, work.image, work.weights, work.bias, geometry)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "shape", [(16, 1, 31, 31), (1, 8, 31, 31), (4, 8, 31, 31), (2, 64, 3, 3), (4, 64, 1, 31), (3, 600, 1, 1)]
)
def test_even_areas_under_box_filters_do_not_drift(route, shape):
    # All terms are equal, so that rounding errors add up instead of cancelling.
    for value, weight in ((0.1, 0.7), (0.3, 0.013), (0.9, 0.37)):
        image = np.full((shape[1], shape[2] + 6, shape[3] + 9), value, np.float32)
        weights = np.full(shape, weight, np.float32)
        geometry = Geometry.of(image.shape[1:], shape[2:])
        bias = np.zeros(len(weights), np.float32)
        assert_within_bound(route(Work(image, weights, bias, geometry)), image, weights, bias, geometry)


@pytest.mark.parametrize("route", ROUTES)
def test_one_glaring_pixel_does_not_drown_the_rest(route):
    rng = np.random.default_rng(3)
    image = rng.random((2, 70, 70), np.float32)
    image[0, 35, 35] = 1e6
    weights = rng.standard_normal((3, 2, 9, 9), np.float32)
    weights[1] *= 1e-6
    geometry = Geometry.of((70, 70), (9, 9))
    bias = np.zeros(3, np.float32)
    assert_within_bound(route(Work(image, weights, bias, geometry)), image, weights, bias, geometry)


@pytest.mark.parametrize(("stride", "dilation", "padding"), [(1, 1, "valid"), (3, 2, "same"), (2, 5, 7)])
def test_fft_cuts_tiles_and_groups_filters(monkeypatch, stride, dilation, padding):
    monkeypatch.setattr(fft, "TILE", 48)
    rng = np.random.default_rng(4)
    image, weights = rng.random((3, 101, 130), np.float32), rng.standard_normal((7, 3, 5, 3), np.float32)
    geometry = Geometry.of((101, 130), (5, 3), stride=stride, dilation=dilation, padding=padding)
    work = Work(image, weights, np.arange(7, dtype=np.float32), geometry)
    monkeypatch.setattr(fft, "SPECTRA", 2 * fft._spectrum_size(work))
    assert_within_bound(by_fft(work), image, weights, work.bias, geometry)


def still(channels, height, width, count, kh, kw, **settings_of_layer):
    """Work on an image of zeros that takes no memory."""
    return Work(
        np.broadcast_to(np.float32(0), (channels, height, width)),
        np.ones((count, channels, kh, kw), np.float32),
        np.zeros(count, np.float32),
        Geometry.of((height, width), (kh, kw), **settings_of_layer),
    )


WORKS = {
    "small": still(1, 324, 576, 4, 4, 4),
    "E1": still(1, 1080, 1920, 4, 4, 4),
    "E2": still(3, 1080, 1920, 8, 3, 3),
    "E4": still(3, 512, 512, 64, 7, 7),
    "E5": still(64, 224, 224, 64, 3, 3),
    "strided": still(64, 224, 224, 64, 3, 3, stride=2),
    "one of many": still(64, 224, 224, 1, 3, 3),
    "a line": still(1, 1080, 1920, 4, 1, 31),
    "9 x 9": still(3, 1080, 1920, 8, 9, 9),
    "E6": still(1, 1080, 1920, 4, 31, 31),
    "wide steps": still(1, 1080, 1920, 4, 31, 31, stride=8),
    # Spectra of this window would take gigabytes.
    "too wide": still(64, 4100, 4100, 1, 31, 31, dilation=130),
}


@pytest.mark.parametrize(
    ("switch", "routes"),
    [
        ("0", {"small": by_gemm, "9 x 9": by_fft, "E6": by_fft}),
        ("avx512", {"E5": by_winograd, "E6": by_fft}),
        ("avx2", {"E5": by_winograd, "E6": by_fft}),
        ("baseline", {"E4": by_fft, "9 x 9": by_fft, "E5": by_winograd, "E6": by_fft}),
    ],
)
def test_the_route_follows_the_work(monkeypatch, switch, routes):
    present = None if switch == "0" else library.Kernel(switch, int, int, int)
    monkeypatch.setattr(choice, "kernel", lambda: present)
    usual = by_kernel if present else by_onnxruntime
    chosen = {name: choose(work) for name, work in WORKS.items()}
    assert chosen == {name: routes.get(name, usual) for name in WORKS}


@pytest.mark.parametrize("pixel", [np.nan, np.inf, 1e36])
def test_a_pixel_that_spectra_cannot_hold_spoils_only_what_sees_it(pixel, engine):
    rng = np.random.default_rng(5)
    image = rng.random((1, 400, 400), np.float32)
    weights = rng.standard_normal((2, 1, 31, 31), np.float32)
    clean = correlate(image, weights)
    image[0, 200, 200] = pixel
    spoilt = correlate(image, weights)
    seen = np.zeros((370, 370), bool)
    seen[170:201, 170:201] = True
    assert (np.abs(spoilt - clean)[:, ~seen] < 1e-4).all()
    assert not (np.abs(spoilt - clean)[:, seen] < 1).any()


def test_an_impulse_brings_out_the_turned_kernel(engine):
    image = np.zeros((7, 7))
    image[3, 3] = 1
    kernel = np.arange(9.0).reshape(3, 3)
    assert np.array_equal(correlate(image, kernel[None, None])[0, 1:4, 1:4], kernel[::-1, ::-1])


def test_a_shifted_image_shifts_the_map_and_sums_add_up(engine):
    rng = np.random.default_rng(6)
    image, other = rng.random((2, 3, 40, 50))
    weights = rng.standard_normal((4, 3, 5, 2))
    maps = correlate(image, weights)
    shifted = correlate(np.roll(image, (2, 5), axis=(1, 2)), weights)
    assert np.allclose(shifted[:, 2:, 5:], maps[:, :-2, :-5], atol=1e-5)
    assert np.allclose(correlate(image + other, weights), maps + correlate(other, weights), atol=1e-4)
    mirrored = correlate(image[:, ::-1], weights[:, :, ::-1])
    assert np.allclose(mirrored[:, ::-1], maps, atol=1e-5)


def test_other_numbers_are_taken_as_float32(engine):
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)[:, ::2]
    result = correlate(image, [[[[1, 1]]]], [1], padding=1)
    exact = np.pad(image.astype(float), 1)
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert np.array_equal(result[0], exact[:, :-1] + exact[:, 1:] + 1)


ONE = np.ones((1, 1, 3, 3))
FLAT = np.ones((1, 5, 5))


@pytest.mark.parametrize(
    ("arguments", "settings_given", "said"),
    [
        ((np.ones(5), ONE), {}, "an image has shape (channels, height, width), not (5,)"),
        ((np.ones((1, 0, 5)), ONE), {}, "an image has shape (channels, height, width), not (1, 0, 5)"),
        ((FLAT, np.ones((3, 3))), {}, "weights have shape (filters, channels, height, width), not (3, 3)"),
        ((FLAT, np.ones((0, 1, 3, 3))), {}, "weights have shape (filters, channels, height, width), not (0, 1, 3, 3)"),
        ((FLAT, np.ones((1, 3, 3, 3))), {}, "filters with 3 planes do not fit an input of 1 channels"),
        ((FLAT, ONE, [1, 2]), {}, "1 filters need 1 biases, not an array of shape (2,)"),
        ((FLAT, ONE * np.nan), {}, "the weights must be finite numbers"),
        ((FLAT, ONE * 1e300), {}, "the weights must be finite numbers"),
        ((FLAT, ONE, [np.inf]), {}, "the bias must be finite numbers"),
        ((FLAT, ONE * 1j), {}, "the weights must be real numbers"),
        (([[1, 2], [3]], ONE), {}, "the rows of the image have different lengths"),
        (
            (FLAT, np.ones((1, 1, 6, 3))),
            {},
            "a window of 6 × 3 does not fit an input of 5 × 5: ⌊(5 + 0 − 6) / 1⌋ + 1 = 0 rows",
        ),
        (
            (FLAT, ONE),
            {"dilation": 3},
            "a window of 7 × 7 does not fit an input of 5 × 5: ⌊(5 + 0 − 7) / 1⌋ + 1 = −1 rows",
        ),
        ((FLAT, ONE), {"stride": 0}, "the stride is a whole number from 1, not 0"),
        ((FLAT, ONE), {"padding": "full"}, 'the padding is "valid", "same" or a whole number from 0, not full'),
        (
            (FLAT, ONE),
            {"padding": 10**6},
            "maps of 2000003 × 2000003 nodes are too large; the limit is 65536 a side and 400 million",
        ),
        (
            (FLAT, np.repeat(ONE, 30, axis=0)),
            {"padding": 9000},
            "30 maps of 18003 × 18003 nodes take more than 8 GB of memory",
        ),
    ],
)
def test_nonsense_is_refused_in_one_line(arguments, settings_given, said):
    with pytest.raises(InvalidValueError) as caught:
        correlate(*arguments, **settings_given)
    assert str(caught.value) == said
    assert len(said) <= MAX_MESSAGE


def layer_of(count, channels, kh, kw, **settings_of_layer):
    rng = np.random.default_rng(7)
    weights = rng.standard_normal((count, channels, kh, kw))
    return ConvLayer(FilterBank.from_arrays(weights, rng.standard_normal(count)), **settings_of_layer)


@pytest.mark.parametrize("activation", ["relu", "none"])
@pytest.mark.parametrize("padding", ["valid", "same", 9])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (3, 1), (2, 2)])
def test_strips_are_the_layer_s_maps(monkeypatch, activation, padding, stride, dilation, engine):
    monkeypatch.setattr(conv, "STRIP_BYTES", 4000)
    layer = layer_of(5, 3, 4, 3, stride=stride, dilation=dilation, padding=padding, activation=activation)
    stored = np.random.default_rng(8).integers(0, 256, (3, 61, 47), np.uint8)
    prepared = Prepared(stored, 1 / 255)
    geometry = layer.geometry(61, 47)
    chosen = [4, 0, 2]
    pieces = list(feature_map_strips(prepared, layer, chosen))
    assert len(pieces) > 3
    assert [row for row, _ in pieces] == np.cumsum([0, *(strip.shape[1] for _, strip in pieces)])[:-1].tolist()
    assert max(strip.nbytes for _, strip in pieces) <= 4000
    exact = reference(stored / 255.0, layer.bank.weights[chosen], layer.bank.bias[chosen], geometry)
    exact = np.maximum(exact, 0) if activation == "relu" else exact
    assert np.allclose(np.concatenate([strip for _, strip in pieces], axis=1), exact, atol=1e-4)
    assert np.allclose(feature_maps(prepared, layer, chosen), exact, atol=1e-4)


@pytest.mark.parametrize("size", [(600, 700), (900, 900)])
def test_activation_is_the_same_on_every_route(size, engine):
    layer = layer_of(2, 1, 9, 9)
    prepared = Prepared(np.random.default_rng(9).random((1, *size), np.float32))
    sums = reference(prepared.stored, layer.bank.weights, layer.bank.bias, layer.geometry(*size))
    for route in ROUTES:
        if route is by_kernel and engine == "0":
            continue
        work = Work(prepared.stored, layer.bank.weights, layer.bank.bias, layer.geometry(*size), "relu")
        assert np.allclose(route(work), np.maximum(sums, 0), atol=1e-3)
    assert np.allclose(feature_maps(prepared, layer, [0, 1]), np.maximum(sums, 0), atol=1e-3)


def test_activate():
    sums = np.array([[-2.0, 0.0, 3.0]])
    assert activate(sums.copy(), "relu").tolist() == [[0.0, 0.0, 3.0]]
    assert activate(sums, "none") is sums
    assert sums.tolist() == [[-2.0, 0.0, 3.0]]


def test_a_long_strip_takes_at_most_a_share_of_the_time(monkeypatch):
    monkeypatch.setenv(library.SWITCH, "0")
    layer = layer_of(1, 1, 5, 5)
    geometry = layer.geometry(1000, 1000)
    shape = (1, 1, 5, 5)
    monkeypatch.setattr(conv, "STRIP_TIME", choice.onnxruntime_time(shape, geometry) / 10)
    assert conv._strip_rows(geometry, shape) == math.ceil(996 / 10) - 1


def test_input_block_fills_the_padding_with_zeros():
    prepared = Prepared(np.arange(1, 13, dtype=np.uint8).reshape(1, 3, 4), 0.5)
    geometry = Geometry.of((3, 4), (2, 2), padding=5)
    whole = np.pad(prepared.values(), ((0, 0), (5, 5), (5, 5)))
    rows, columns = geometry.output
    for r0, r1, c0, c1 in ((0, rows, 0, columns), (5, 6, 5, 7), (0, 2, 3, 9), (rows - 3, rows, 0, 2)):
        block = input_block(prepared, geometry, (r0, r1), (c0, c1))
        assert np.array_equal(block, whole[:, r0 : r1 + 1, c0 : c1 + 1])


def test_stopping(engine):
    prepared = Prepared(np.zeros((1, 500, 500), np.uint8))
    with pytest.raises(CancelledError):
        next(feature_map_strips(prepared, layer_of(2, 1, 3, 3), [0, 1], lambda: True))
    asked = []

    def stop_at_the_fourth():
        asked.append(1)
        return len(asked) > 3

    work = still(1, 2000, 2000, 4, 31, 31)
    for route in (by_fft, by_gemm):
        asked.clear()
        with pytest.raises(CancelledError):
            route(Work(work.image, work.weights, work.bias, work.geometry, should_stop=stop_at_the_fourth))
        assert len(asked) <= 4 + 2 * running.threads


def test_strips_of_no_filter_and_of_a_wrong_depth():
    prepared = Prepared(np.zeros((3, 9, 9), np.uint8))
    assert feature_maps(prepared, layer_of(2, 3, 3, 3), []).shape == (0, 7, 7)
    with pytest.raises(InvalidValueError, match="filters with 1 planes do not fit an input of 3 channels"):
        feature_maps(prepared, layer_of(2, 1, 3, 3), [0])
    with pytest.raises(InvalidValueError, match="nodes take more than 8 GB"):
        feature_maps(Prepared(np.broadcast_to(np.uint8(0), (1, 9000, 9000))), layer_of(40, 1, 1, 1), range(40))


def test_threads_may_call_at_once_and_their_number_changes_nothing(monkeypatch, engine):
    rng = np.random.default_rng(10)
    image = rng.random((1, 500, 600), np.float32)
    small, large = rng.standard_normal((8, 1, 5, 5)), rng.standard_normal((2, 1, 29, 29))
    expected = [correlate(image, small), correlate(image, large)]
    with ThreadPoolExecutor(4) as pool:
        for ours, other in pool.map(lambda _: (correlate(image, small), correlate(image, large)), range(8)):
            assert np.array_equal(ours, expected[0])
            assert np.array_equal(other, expected[1])
    monkeypatch.setattr(running, "threads", 1)
    assert np.allclose(correlate(image, small), expected[0], atol=1e-4)
    assert np.allclose(correlate(image, large), expected[1], atol=1e-4)


def test_scripts_load_nothing_heavy_for_small_work():
    script = (
        "import sys; from convexplorer.core import correlate, FilterBank; import numpy\n"
        "correlate(numpy.ones((64, 64)), numpy.ones((4, 1, 4, 4)))\n"
        "heavy = {'scipy', 'onnx', 'onnxruntime', 'skimage', 'tifffile', 'PySide6', 'pyqtgraph'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_example_in_the_docstring():
    assert doctest.testmod(conv).failed == 0
