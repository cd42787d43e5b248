"""The live engine: what the screen gets is exact, whatever the zoom, the route and the edits before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate

from convexplorer.core.engine import lattice
from convexplorer.core.engine.colour import CLIPPED_HIGH
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import InputReady, MapEngine, MapPictures, MapsJob, Ranges
from convexplorer.core.engine.pictures import InputPicture, InputView, Look, MapTile
from convexplorer.core.engine.statistics import Histogram
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import ConvLayer
from convexplorer.errors import CancelledError, InvalidValueError


def reference(image: Image, layer: ConvLayer, index: int) -> NDArray[np.float64]:
    """One map in float64 by scipy, after padding and before striding by hand."""
    geometry = layer.geometry(image.height, image.width)
    top, left, bottom, right = geometry.pads
    values = image.native.transpose(2, 0, 1).astype(np.float64) * image.gain
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right)))
    one = layer.bank[index]
    spread = np.zeros((one.channels, *geometry.span))
    spread[:, :: layer.dilation, :: layer.dilation] = one.weights
    sums = sum(correlate(x, w, mode="valid", method="direct") for x, w in zip(padded, spread, strict=True))
    sums = sums[:: layer.stride, :: layer.stride] + one.bias
    return np.maximum(sums, 0) if layer.activation == "relu" else sums


def peak(block: NDArray[np.float64]) -> float:
    """The value farthest from zero."""
    return float(block.flat[np.abs(block).argmax()])


def check(tile: MapTile, image: Image, layer: ConvLayer) -> None:
    rows, columns = tile.lattice
    whole = reference(image, layer, tile.index)
    expected = whole[rows.start : rows.stop : rows.step][:, columns.start : columns.stop : columns.step]
    if tile.peaks:
        expected = np.array([[peak(whole[i:, j:][: rows.step, : columns.step]) for j in columns] for i in rows])
    bound = 1e-5 * max(1e-3, float(np.abs(tile.filter.weights).sum()) + abs(tile.filter.bias))
    assert tile.values.shape == expected.shape
    assert np.abs(tile.values - expected).max() <= bound


def random_layer(rng: np.random.Generator, channels: int, count: int = 3) -> ConvLayer:
    size = tuple(int(n) for n in rng.integers(1, 8, 2))
    bank = FilterBank.from_arrays(rng.normal(size=(count, channels, *size)), rng.normal(size=count))
    padding = ["valid", "same", int(rng.integers(0, 4))][rng.integers(3)]
    activation = ("relu", "none")[rng.integers(2)]
    return ConvLayer(bank, int(rng.integers(1, 4)), padding, int(rng.integers(1, 3)), activation)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits so small that a little picture takes the routes of a large one."""
    monkeypatch.setattr(lattice, "WHOLE_NODES", 400)
    monkeypatch.setattr(lattice, "PATCH_NUMBERS", 30_000)
    monkeypatch.setattr("convexplorer.core.engine.tiles.BAND_NUMBERS", 5_000)
    monkeypatch.setattr("convexplorer.core.engine.live.REST", 0.0)
    return


def job(image: Image, layer: ConvLayer, view: View | None = None, **look: object) -> MapsJob:
    grey = layer.bank.channels == 1
    shown = view or View(tuple(range(len(layer.bank))))
    return MapsJob(image, Preparation(grey=grey, scale=1.0), (), layer, shown, InputView(), Look(**look))


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("seed", range(40))
def test_every_tile_is_exact_through_random_edits_and_views(seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    image = Image(rng.integers(0, 256, (int(rng.integers(30, 60)), int(rng.integers(30, 60)), channels), np.uint8))
    layer = random_layer(rng, channels)
    engine = MapEngine()
    for _ in range(6):
        rows, columns = (tuple(sorted(int(n) for n in rng.integers(0, 60, 2))) for _ in range(2))
        view = View((0, 1, 2), rows, columns, int(rng.integers(1, 5)), focus=int(rng.integers(3)))
        events = list(engine.run(job(image, layer, view)))
        for event in events:
            if isinstance(event, MapPictures):
                for picture in event.pictures:
                    assert picture.tile.filter is layer.bank[picture.tile.index]
                    check(picture.tile, image, layer)
        figures = [event for event in events if isinstance(event, Ranges)][-1].ranges
        for index in range(3):
            expected = reference(image, layer, index)
            found = figures[index]
            np.testing.assert_allclose(
                [found.low, found.high, found.mean], [expected.min(), expected.max(), expected.mean()], atol=2e-4
            )
        counts = next(event for event in events if isinstance(event, Histogram))
        assert counts.counts.sum() == reference(image, layer, view.focus or 0).size
        index = int(rng.integers(3))
        edited = layer.bank[index].with_weights(rng.normal(size=layer.bank.shape))
        layer = ConvLayer(
            layer.bank.with_filters({index: edited}), layer.stride, layer.padding, layer.dilation, layer.activation
        )


def test_only_the_edited_filter_is_computed_again() -> None:
    rng = np.random.default_rng(1)
    image = Image(rng.integers(0, 256, (40, 50, 1), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(rng.normal(size=(4, 1, 3, 3))))
    engine = MapEngine()
    first = _tiles(engine.run(job(image, layer)))
    edited = ConvLayer(layer.bank.with_filters({2: Filter(np.ones((1, 3, 3), np.float32))}))
    second = _tiles(engine.run(job(image, edited)))
    assert [second[i] is first[i] for i in range(4)] == [True, True, False, True]


def test_a_superseded_job_still_brings_its_maps() -> None:
    image = Image(np.zeros((40, 50, 1), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(np.ones((1, 1, 3, 3))))
    seen = [type(event) for event in MapEngine().run(job(image, layer), superseded=lambda: True)]
    assert seen[:2] == [InputReady, MapPictures]


@pytest.mark.usefixtures("tight")
def test_a_full_pass_stops_when_superseded() -> None:
    rng = np.random.default_rng(2)
    image = Image(rng.integers(0, 256, (60, 60, 1), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(rng.normal(size=(3, 1, 3, 3))))
    view = View((0, 1, 2), step=4)
    with pytest.raises(CancelledError):
        list(MapEngine().run(job(image, layer, view), superseded=lambda: True))


def test_filters_that_are_off_are_not_computed() -> None:
    image = Image(np.zeros((20, 20, 1), np.uint8))
    on, off = Filter(np.ones((1, 3, 3)), name="on"), Filter(np.ones((1, 3, 3)), name="off", enabled=False)
    assert list(_tiles(MapEngine().run(job(image, ConvLayer(FilterBank((on, off))))))) == [0]


def test_a_window_larger_than_the_image_is_refused() -> None:
    image = Image(np.zeros((4, 4, 1), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(np.ones((1, 1, 5, 5))))
    with pytest.raises(InvalidValueError, match="does not fit"):
        list(MapEngine().run(job(image, layer)))


def test_the_input_is_reduced_by_means() -> None:
    stored = np.arange(64, dtype=np.uint8).reshape(8, 8, 1) * 3
    layer = ConvLayer(FilterBank.from_arrays(np.ones((1, 1, 1, 1))))
    wanted = MapsJob(Image(stored), Preparation(scale=1.0), (), layer, View(), InputView(step=2), Look())
    from convexplorer.core.engine import pictures

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "OVERVIEW_SIDE", 2)
        made = next(event for event in MapEngine().run(wanted) if isinstance(event, InputPicture))
    means = stored[..., 0].reshape(4, 2, 4, 2).mean(axis=(1, 3))
    assert np.abs((made.colours[0] & 255).astype(float) - means).max() <= 1


def test_a_held_scale_marks_what_it_clips() -> None:
    image = Image(np.full((5, 5, 1), 255, np.uint8))
    layer = ConvLayer(FilterBank.from_arrays([[[[2.0]]], [[[0.5]]]]))
    made = [e for e in MapEngine().run(job(image, layer, held=(0.0, 1.0))) if isinstance(e, MapPictures)][-1]
    mark = 0xFF000000 | int(CLIPPED_HIGH, 16)
    assert (made.pictures[0].colours == mark).all()
    assert made.pictures[1].scale.high == 1.0
    assert not (made.pictures[1].colours == mark).any()


def _tiles(events: Iterator[object]) -> dict[int, MapTile]:
    made = [event for event in events if isinstance(event, MapPictures)][-1]
    return {picture.tile.index: picture.tile for picture in made.pictures}


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("seed", range(12))
def test_adding_to_one_map_stays_exact_and_leaves_no_drift(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drag over one weight, then over the bias: every frame is exact, and the last one as if computed afresh."""
    monkeypatch.setattr(lattice, "PATCH_NUMBERS", 10)
    monkeypatch.setattr(lattice, "WHOLE_NODES", 10_000)
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    image = Image(rng.integers(0, 256, (40, 50, channels), np.uint8))
    layer = random_layer(rng, channels, 2)
    layer = replace(layer, muted=frozenset({0}) if seed % 3 == 0 and channels == 3 else frozenset())
    engine, additions = MapEngine(), 0
    for step in range(90):
        one = layer.bank[1]
        weights = one.weights.copy()
        if step < 80:
            weights[-1, 0, 0] += np.float32(rng.normal())
        edited = Filter(weights, one.bias + (rng.normal() if step >= 80 else 0.0))
        layer = replace(layer, bank=layer.bank.with_filters({1: edited}))
        for event in engine.run(job(image, layer), superseded=lambda: True):
            if isinstance(event, MapPictures):
                additions += engine._tiles.drifting
                check(event.pictures[1].tile, image, _unmuted(layer))
                break
    assert additions > 60
    last = _tiles(engine.run(job(image, layer)))[1]
    afresh = _tiles(MapEngine().run(job(image, layer, View((1,)))))[1]
    np.testing.assert_array_equal(last.values, afresh.values)


def _unmuted(layer: ConvLayer) -> ConvLayer:
    """A layer without muted channels that gives the same maps."""
    return replace(layer, bank=FilterBank.from_arrays(layer.kernels(range(len(layer.bank))), layer.bank.bias))


@pytest.mark.usefixtures("tight")
def test_the_scale_stays_while_a_weight_is_dragged() -> None:
    """The lattice misses the one bright node, but the colours do not jump until the pass finds it again."""
    native = np.full((60, 60, 1), 9, np.uint8)
    native[31, 33] = 255
    image, engine = Image(native), MapEngine()
    layer = ConvLayer(FilterBank.from_arrays(np.ones((1, 1, 1, 1))))
    view = View((0,), step=4)
    scales = []
    for weight in (1.0, 1.1, 1.2):
        layer = replace(layer, bank=layer.bank.with_filters({0: Filter(np.full((1, 1, 1), weight))}))
        events = engine.run(job(image, layer, view), superseded=lambda: True)
        if not scales:
            events = engine.run(job(image, layer, view))
            made = [event for event in events if isinstance(event, MapPictures)]
            assert [one.pictures[0].tile.peaks for one in made[:1] + made[-1:]] == [False, True]
            assert made[0].pictures[0].scale.high < 0.1
        else:
            made = [next(event for event in events if isinstance(event, MapPictures))]
        scales.append(made[-1].pictures[0].scale.high)
    np.testing.assert_allclose(scales, [1.0, 1.1, 1.2], rtol=1e-6)
