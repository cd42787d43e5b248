"""The engine keeps within its budget, whatever the picture and the number of filters, and what it gives is exact."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.engine import lattice as lattices
from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob, Ranges
from convexplorer.core.engine.pictures import InputView, Look, MapTile, input_picture
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.runtime.budget import DEFAULT, LEAST, MOST, Budget, budget, release
from convexplorer.core.runtime.result_memory import results

TOTAL = 16 << 20


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convexplorer.core.engine.live.REST", 0.0)


@pytest.fixture
def _small_budget() -> Iterator[None]:
    with budget.of(TOTAL):
        yield


def picture(megapixels: float, seed: int = 0) -> Image:
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    native = np.random.default_rng(seed).integers(0, 256, (height, height * 4 // 3, 3), np.uint8)
    return Image(native)


def bank(count: int, channels: int = 3, size: int = 5) -> FilterBank:
    return FilterBank.from_arrays(np.random.default_rng(count).normal(size=(count, channels, size, size)))


def job(image: Image, layer: ConvLayer, view: View, before: tuple[Layer, ...] = ()) -> MapsJob:
    return MapsJob(image, Preparation(grey=False, scale=1.0), before, layer, view, InputView(step=4), Look())


def kept(engine: MapEngine) -> int:
    """Bytes of values and pictures of maps that an engine keeps."""
    tiles = sum(engine._tiles.nbytes(index) for index in engine._tiles.indices)
    return tiles + sum(one.nbytes for one in engine._pictures.values())


def test_the_budget_is_kept_between_its_ends():
    one = Budget()
    before = results.limit
    try:
        assert one.total == DEFAULT
        for given, taken in ((0, LEAST), (1 << 50, MOST), (1 << 29, 1 << 29)):
            one.total = given
            assert one.total == taken
            assert results.limit == one.part("idle")
    finally:
        results.limit = before
    assert sum(one.part(name) for name in ("inputs", "windows", "pictures", "idle")) <= one.total
    release()


@pytest.mark.usefixtures("_small_budget")
def test_maps_out_of_view_are_let_go_of():
    image, layer, engine = picture(0.4), ConvLayer(bank(64, size=3)), MapEngine()
    last: MapPictures | None = None
    for first in range(0, 64, 4):
        shown = tuple(range(first, first + 4))
        view = View(shown, (0, 400), (0, 500))
        for event in engine.run(job(image, layer, view), superseded=lambda: False):
            if isinstance(event, MapPictures):
                last = event
                assert kept(engine) <= budget.part("pictures") + sum(
                    16 * one.tile.values.size for one in event.pictures
                )
                assert set(shown) <= event.kept
                assert event.kept == set(engine._pictures)
    assert last is not None
    assert len(last.kept) < 64


@pytest.mark.usefixtures("_small_budget")
def test_maps_in_view_are_kept_however_many_they_are():
    image, layer, engine = picture(0.1), ConvLayer(bank(40, size=3)), MapEngine()
    events = list(engine.run(job(image, layer, View(tuple(range(40))))))
    made = [event for event in events if isinstance(event, MapPictures)][-1]
    assert len(made.pictures) == 40
    again = list(engine.run(job(image, layer, View(tuple(range(40))))))
    assert next(event for event in again if isinstance(event, MapPictures)).pictures == made.pictures


def test_a_large_picture_is_never_held_as_maps():
    """12 megapixels and 16 filters: 770 MB of maps, of which no more than a few strips exist at a time."""
    image, layer, engine = picture(12), ConvLayer(bank(16, size=3)), MapEngine()
    view = View(tuple(range(6)), step=10)
    before = results.limit
    results.limit = 32 << 20
    tracemalloc.start()
    try:
        events = engine.run(job(image, layer, view))
        ranges = [event for event in events if isinstance(event, Ranges)][-1]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        results.limit = before
    assert len(ranges.ranges) == 16
    assert peak < budget.part("windows") + (160 << 20)


@pytest.mark.parametrize("grey", ["rec601", "mean", "blue", ""])
@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
def test_pictures_beyond_the_budget_have_the_same_numbers(grey, scale):
    image = picture(0.3, seed=3)
    preparation = Preparation(grey=bool(grey), scale=scale, grey_method=grey or "rec601")
    held = image.prepare(preparation)
    with budget.of(0):
        computed = image.prepare(preparation)
    assert (computed.stored_array is None) == (bool(grey) or scale != 1.0)
    np.testing.assert_array_equal(computed.values(), held.values())
    rows, columns = slice(100, 331, 7), slice(11, 300, 3)
    np.testing.assert_array_equal(computed.block(rows, columns), held.block(rows, columns))
    np.testing.assert_array_equal(computed.stored[0], held.stored[0])
    view = InputView((50, 300), (70, 320), 3)
    for one, other in zip(input_picture(computed, view).colours, input_picture(held, view).colours, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_grey_picture_in_colour_beyond_the_budget():
    image = Image(picture(0.1).native[..., :1])
    preparation = Preparation(grey=False, scale=0.8)
    with budget.of(0):
        computed = image.prepare(preparation)
    assert computed.stored_array is None
    np.testing.assert_array_equal(computed.values(), image.prepare(preparation).values())
    assert len(input_picture(computed, InputView()).colours) == 1


@pytest.mark.parametrize("step", [1, 3, 16])
def test_maps_of_layers_beyond_the_budget_are_exact(step, monkeypatch):
    """Nothing between the layers is held; edits of either layer, zoomed in and out, give what whole maps give."""
    monkeypatch.setattr(lattices, "WHOLE_NODES", 1000)
    image = picture(0.05, seed=5)
    first = ConvLayer(bank(8, size=3), padding="same")
    second = ConvLayer(bank(6, channels=8), padding=1, activation="none")
    engine = MapEngine()
    with budget.of(1 << 20):
        for edit in range(4):
            view = View((0, 2, 5), (20, 150), (30, 200), step)
            events = list(engine.run(job(image, second, view, (first,))))
            assert engine._stack._levels[0].outputs.stored_array is None
            middle = Prepared(feature_maps(image.prepare(Preparation(grey=False, scale=1.0)), first, range(8)))
            whole = feature_maps(middle, second, range(6))
            for event in events:
                for one in event.pictures if isinstance(event, MapPictures) else ():
                    _check(one.tile, whole[one.tile.index])
            ranges = [event for event in events if isinstance(event, Ranges)][-1].ranges
            bound = 1e-5 * np.abs(whole).max()
            for index, figures in ranges.items():
                assert abs(figures.high - whole[index].max()) < bound
            if edit % 2:
                first = replace(first, bank=_nudged(first.bank))
            else:
                second = replace(second, bank=_nudged(second.bank))


def _nudged(before: FilterBank) -> FilterBank:
    weights = before[2].weights.copy()
    weights[1, 1, 1] += 0.25
    return before.with_filters({2: before[2].with_weights(weights)})


def _check(tile: MapTile, whole: np.ndarray) -> None:
    rows, columns = tile.lattice
    if tile.peaks:
        blocks = [[whole[i : i + rows.step, j : j + rows.step] for j in columns] for i in rows]
        expected = np.array([[one.flat[np.abs(one).argmax()] for one in line] for line in blocks])
        # Where two nodes are equally far from zero, rounding decides between them.
        np.testing.assert_allclose(np.abs(tile.values), np.abs(expected), atol=1e-5 * np.abs(whole).max())
    else:
        expected = whole[rows.start : rows.stop : rows.step, columns.start : columns.stop : columns.step]
        np.testing.assert_allclose(tile.values, expected, atol=1e-5 * np.abs(whole).max())


@pytest.mark.parametrize("on", [(), (1, 3)])
def test_filters_that_are_off_give_zeros_where_maps_are_not_held(on: tuple[int, ...]) -> None:
    image, filters = picture(0.02), bank(4)
    filters = filters.with_filters({i: replace(filters[i], enabled=i in on) for i in range(4)})
    first, second = ConvLayer(filters), ConvLayer(bank(2, channels=4, size=3))
    wanted = job(image, second, View((0, 1)), (first,))
    with budget.of(0):
        shown = next(one for one in MapEngine().run(wanted) if isinstance(one, MapPictures))
    prepared = image.prepare(wanted.preparation)
    maps = feature_maps(prepared, first, range(4))
    maps[[i for i in range(4) if i not in on]] = 0.0
    expected = feature_maps(Prepared(maps), second, range(2))
    for one, values in zip(shown.pictures, expected, strict=True):
        rows, columns = one.tile.lattice
        np.testing.assert_allclose(one.tile.values, values[np.ix_(rows, columns)], atol=1e-4)
