"""The kernel of each instruction set against float64, and what its calls refuse."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from convexplorer.core.engine.kernel import call
from convexplorer.core.engine.kernel.call import Found, Order, run, run_winograd
from convexplorer.core.engine.routes.direct import by_winograd
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.threads_and_device import settings
from convexplorer.core.runtime.types import never
from convexplorer.errors import CancelledError

NOTHING = [np.inf, -np.inf, 0.0, 0.0]
FLOORS = np.zeros(3, np.float32)


def reference(order):
    """The nodes of an order in float64, every window cut out and multiplied."""
    g = order.geometry
    top, left, bottom, right = g.pads
    padded = np.pad(np.float64(order.image) * order.gain, ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, g.span, axis=(1, 2))
    windows = windows[:, :: g.stride, :: g.stride, :: g.dilation, :: g.dilation]
    sums = np.tensordot(np.float64(order.weights), windows, axes=((1, 2, 3), (0, 3, 4)))
    sums = sums[:, order.rows.start : order.rows.stop, order.columns.start : order.columns.stop]
    sums += np.float64(order.bias)[:, np.newaxis, np.newaxis]
    return np.maximum(sums, 0) if order.relu else sums


def bound(order):
    norms = np.abs(np.float64(order.weights)).sum(axis=(1, 2, 3)) * np.abs(order.image * order.gain).max()
    return (1e-5 * norms + 1e-7 * np.abs(order.bias))[:, np.newaxis, np.newaxis]


def pixels(rng, kind, shape):
    """Stored numbers of a kind, and their gain."""
    channels, height, width = shape
    if kind == "uint8":
        return rng.integers(0, 256, shape, np.uint8), 1 / 255
    if kind == "uint16, interleaved":
        return rng.integers(0, 1 << 16, (height, width, channels), np.uint16).transpose(2, 0, 1), 1 / 65535
    plane = rng.standard_normal(shape, np.float32)
    return (plane, 1.0) if kind == "float32" else (np.broadcast_to(plane[:1], shape), 1.0)


KINDS = ["uint8", "uint16, interleaved", "float32", "one plane for all"]


def random_order(rng, *, winograd=False):
    channels, count = int(rng.integers(1, 9)), int(rng.integers(1, 20))
    kernel = tuple(int(n) for n in rng.choice([1, 1, 2, 3, 4, 5, 9, 11], 2))
    stride, dilation = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    if winograd:
        kernel, stride, dilation, channels = (3, 3), 1, 1, int(rng.integers(1, 150))
    size = tuple((n - 1) * dilation + 1 + int(rng.integers(0, most)) for n, most in zip(kernel, (30, 140), strict=True))
    padding = [0, "same", 3, 8][rng.integers(4)]
    geometry = Geometry.of(size, kernel, stride=stride, padding=padding, dilation=dilation)
    image, gain = pixels(rng, KINDS[rng.integers(4)], (channels, *size))
    weights = rng.standard_normal((count, channels, *kernel), np.float32)
    bias = rng.standard_normal(count, np.float32)
    nodes = [range(n) for n in geometry.output]
    if rng.random() < 0.5:
        starts = [int(rng.integers(n)) for n in geometry.output]
        nodes = [range(a, int(rng.integers(a, n)) + 1) for a, n in zip(starts, geometry.output, strict=True)]
    return Order(image, gain, weights, bias, geometry, *nodes, relu=bool(rng.integers(2)), should_stop=never)


def empty_maps(order):
    return np.full((len(order.weights), len(order.rows), len(order.columns)), np.nan, np.float32)


@pytest.mark.parametrize("seed", range(40))
def test_nodes_figures_and_peaks_of_any_layer(kernel, seed, monkeypatch):
    rng = np.random.default_rng(seed)
    order = random_order(rng)
    monkeypatch.setattr(call, "THREAD_WORK", 1)
    monkeypatch.setattr(settings, "threads", int(rng.integers(1, 5)))
    # Into a part of something larger, of which nothing else may be touched.
    shape = empty_maps(order).shape
    larger = np.full((shape[0], shape[1] + 2, shape[2] + 9), -7, np.float32)
    maps = larger[:, 1:-1, 4:-5]
    run(kernel, order, maps)
    exact = reference(order)
    # A fiftieth of the promise.
    assert (np.abs(maps - exact) <= bound(order) / 20).all()
    assert (larger[:, [0, -1]] == -7).all()
    assert (larger[:, :, [*range(4), *range(-5, 0)]] == -7).all()

    steps = [int(n) for n in rng.integers(1, 14, 2)]
    down, across = (
        range(nodes.start + int(rng.integers(3)), max(nodes.stop, nodes.start + 3), step)
        for nodes, step in zip((order.rows, order.columns), steps, strict=True)
    )
    floors = np.maximum(rng.standard_normal(len(maps)), 0).astype(np.float32)
    found = Found(
        np.tile(NOTHING, (len(maps), 1)),
        floors,
        np.full((len(maps), len(down), len(across)), -np.inf, np.float32),
        np.full((len(maps), len(down), len(across)), np.inf, np.float32),
        (down, across),
    )
    run(kernel, order, None, found)
    assert np.array_equal(found.figures[:, 0], maps.min(axis=(1, 2)))
    assert np.array_equal(found.figures[:, 1], maps.max(axis=(1, 2)))
    assert np.array_equal(found.figures[:, 3], (maps > floors[:, np.newaxis, np.newaxis]).sum(axis=(1, 2)))
    sums, sizes = (one.sum(axis=(1, 2), dtype=float) for one in (maps, np.abs(maps)))
    assert (np.abs(found.figures[:, 2] - sums) <= 1e-6 * sizes).all()
    for i, row in enumerate(down):
        for j, column in enumerate(across):
            top, left = row - order.rows.start, column - order.columns.start
            block = maps[:, top : top + steps[0], left : left + steps[1]]
            assert np.array_equal(found.highs[:, i, j], block.max(axis=(1, 2), initial=-np.inf))
            assert np.array_equal(found.lows[:, i, j], block.min(axis=(1, 2), initial=np.inf))


@pytest.mark.parametrize("seed", range(12))
def test_winograd_s_transform(kernel, seed, monkeypatch):
    rng = np.random.default_rng(seed)
    order = random_order(rng, winograd=True)
    monkeypatch.setattr(call, "THREAD_WORK", 1)
    maps = empty_maps(order)
    assert run_winograd(kernel, order, maps)
    assert (np.abs(maps - reference(order)) <= bound(order) / 5).all()


@pytest.mark.parametrize("place", [(0, 0), (1, 1), (2, 2), (0, 2)])
def test_winograd_s_transform_of_filters_with_one_weight(kernel, place):
    # Nothing cancels what the transforms lose of large neighbours.
    rng = np.random.default_rng(3)
    image = np.where(rng.random((16, 60, 70)) < 0.5, -1, 1).astype(np.float32)
    weights = np.zeros((16, 16, 3, 3), np.float32)
    weights[np.arange(16), np.arange(16), place[0], place[1]] = rng.random(16) + 0.5
    geometry = Geometry.of((60, 70), (3, 3))
    order = Order(image, 1.0, weights, np.zeros(16, np.float32), geometry, range(58), range(68), False, never)
    maps = empty_maps(order)
    assert run_winograd(kernel, order, maps)
    assert (np.abs(maps - reference(order)) <= bound(order)).all()


@pytest.mark.parametrize("pixel", [np.nan, np.inf, -np.inf, 3e38])
def test_a_pixel_that_winograd_s_transform_cannot_hold_spoils_only_what_sees_it(kernel, pixel):
    rng = np.random.default_rng(5)
    image = rng.random((20, 40, 50), np.float32)
    weights = rng.standard_normal((20, 20, 3, 3), np.float32)
    geometry = Geometry.of((40, 50), (3, 3))
    clean = by_winograd(Work(image, weights, np.zeros(20, np.float32), geometry))
    image[7, 20, 30] = pixel
    spoilt = by_winograd(Work(image, weights, np.zeros(20, np.float32), geometry))
    seen = np.zeros((38, 48), bool)
    seen[18:21, 28:31] = True
    assert (np.abs(spoilt - clean)[:, ~seen] < 1e-3).all()
    assert not (np.abs(spoilt - clean)[:, seen] < 1).any()


def order_of(shape=(2, 30, 40), count=3, kernel=(3, 3), **changed):
    rng = np.random.default_rng(1)
    geometry = Geometry.of(shape[1:], kernel)
    made = {
        "image": rng.random(shape, np.float32),
        "gain": 1.0,
        "weights": rng.random((count, shape[0], *kernel), np.float32),
        "bias": np.zeros(count, np.float32),
        "geometry": geometry,
        "rows": range(geometry.output[0]),
        "columns": range(geometry.output[1]),
        "relu": False,
        "should_stop": never,
    }
    return Order(**{**made, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"image": np.zeros((2, 30, 39), np.float32)},
        {"image": np.zeros((3, 30, 40), np.float32)},
        {"image": np.zeros((2, 30, 40), np.int32)},
        {"weights": np.zeros((3, 2, 3, 4), np.float32)},
        {"weights": np.zeros((0, 2, 3, 3), np.float32)},
        {"bias": np.zeros(2, np.float32)},
        {"rows": range(29)},
        {"rows": range(-1, 5)},
        {"rows": range(5, 5)},
        {"rows": range(0, 28, 2)},
        {"columns": range(39)},
    ],
)
def test_what_does_not_fit_is_refused(kernel, changed):
    order = order_of(**changed)
    with pytest.raises(ValueError, match="of a correlation do not fit"):
        run(kernel, order, np.zeros((len(order.weights), len(order.rows), len(order.columns)), np.float32))


@pytest.mark.parametrize(
    "maps",
    [
        np.zeros((3, 28, 37), np.float32),
        np.zeros((2, 28, 38), np.float32),
        np.zeros((3, 28, 38), np.float64),
        np.zeros((3, 28, 76), np.float32)[:, :, ::2],
        np.broadcast_to(np.float32(0), (3, 28, 38)),
    ],
)
def test_maps_that_do_not_fit_are_refused(kernel, maps):
    with pytest.raises(ValueError, match="the maps of a correlation do not fit"):
        run(kernel, order_of(), maps)


@pytest.mark.parametrize(
    "found",
    [
        Found(np.zeros((2, 4)), FLOORS),
        Found(np.zeros((3, 4), np.float32), FLOORS),
        Found(np.zeros((3, 4)), FLOORS[:2]),
        Found(np.zeros((3, 4)), FLOORS, np.zeros((3, 3, 4), np.float32), None, (range(0, 28, 10), range(0, 38, 8))),
        Found(np.zeros((3, 4)), FLOORS, np.zeros((3, 0, 5), np.float32), None, (range(0), range(0, 38, 8))),
        Found(np.zeros((3, 4)), FLOORS, np.zeros((3, 3, 5), np.float32), None, (range(0, 28, 10), range(-4, 30, 8))),
    ],
)
def test_figures_and_peaks_that_do_not_fit_are_refused(kernel, found):
    with pytest.raises(ValueError, match="of a correlation do not fit"):
        run(kernel, order_of(), None, found)


def test_pixels_that_lie_backwards_are_read_all_the_same(kernel):
    order = order_of()
    turned = Order(**{**vars(order), "image": order.image[:, ::-1, ::-1]})
    straight = Order(**{**vars(order), "image": np.ascontiguousarray(turned.image)})
    first, second = empty_maps(order), empty_maps(order)
    run(kernel, turned, first)
    run(kernel, straight, second)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_call_stops_when_told_so(kernel, threads, monkeypatch):
    monkeypatch.setattr(settings, "threads", threads)
    stop = threading.Event()
    order = order_of((8, 600, 700), 64, (9, 9), should_stop=stop.is_set)
    maps = empty_maps(order)

    def compute_for_long():
        for _ in range(100):
            run(kernel, order, maps)

    timer = threading.Timer(0.02, stop.set)
    timer.start()
    with pytest.raises(CancelledError):
        compute_for_long()
    timer.join()


def test_other_threads_run_meanwhile(kernel):
    order = order_of((8, 500, 500), 32, (7, 7))
    seen, done = [], threading.Event()

    def count():
        while not done.is_set():
            seen.append(1)
            time.sleep(0)

    other = threading.Thread(target=count)
    other.start()
    before = len(seen)
    run(kernel, order, empty_maps(order))
    during = len(seen) - before
    done.set()
    other.join()
    assert during > 1


def test_the_number_of_threads_changes_nothing(kernel, monkeypatch):
    order = order_of((3, 200, 300), 9, (5, 5))
    results = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(settings, "threads", threads)
        maps, found = empty_maps(order), Found(np.tile(NOTHING, (9, 1)), np.zeros(9, np.float32))
        run(kernel, order, maps, found)
        results.append((maps.tobytes(), found.figures.tobytes()))
    assert len(set(results)) == 1
