"""Additions while an edit goes on: what was rounded on the way is not in what stands at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from convexplorer.core.engine.increment import HeldSums, WeightChange, add_change, single_change
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob, Ranges
from convexplorer.core.engine.pictures import InputView, Look
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer
from tests.helpers.networks import reference

ROW = np.array([-1, -1, 1, 1], np.float32)
EDGES = np.stack([[ROW] * 4, [-ROW] * 4, np.transpose([ROW] * 4), np.transpose([-ROW] * 4)])[:, np.newaxis]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convexplorer.core.engine.live.REST", 0.0)


def picture(channels: int = 1) -> Image:
    rng = np.random.default_rng(4)
    return Image(rng.integers(0, 256, (40, 50, channels), np.uint8))


LAYER = ConvLayer(FilterBank.from_arrays(EDGES))


def typed(layer: ConvLayer, value: float, index: int = 0) -> ConvLayer:
    """A layer in which the first weight of a filter is another."""
    one = layer.bank[index]
    weights = one.weights.copy()
    weights[0, 0, 0] = value
    return replace(layer, bank=layer.bank.with_filters({index: replace(one, weights=weights)}))


def told(engine: MapEngine, image: Image, layers: Sequence[Layer], layer: ConvLayer) -> dict[int, MapRange]:
    """The figures that stand when all is done."""
    indices = tuple(range(len(layer.bank)))
    grey = image.channels == 1
    job = MapsJob(image, Preparation(grey=grey, scale=1.0), tuple(layers), layer, View(indices), InputView(), Look())
    return [event for event in engine.run(job) if isinstance(event, Ranges)][-1].ranges


def drag(engine: MapEngine, image: Image, layer: ConvLayer) -> None:
    """Show the maps of an edit that the next one overtakes."""
    view = View(tuple(range(len(layer.bank))))
    job = MapsJob(image, Preparation(scale=1.0), (), layer, view, InputView(), Look())
    for event in engine.run(job, superseded=lambda: True):
        if isinstance(event, MapPictures):
            return


def exact(image: Image, layers: Sequence[Layer]) -> NDArray[np.float64]:
    """The maps in float64."""
    return reference(image.native.transpose(2, 0, 1).astype(np.float64) * image.gain, layers)


def check(found: dict[int, MapRange], image: Image, layers: Sequence[Layer]) -> None:
    """Figures against those of the same maps in float64."""
    maps = exact(image, layers)
    assert sorted(found) == list(range(len(maps)))
    for index, expected in enumerate(maps):
        one = found[index]
        np.testing.assert_allclose((one.low, one.high), (expected.min(), expected.max()), rtol=1e-5, atol=1e-5)
        assert one.mean == pytest.approx(expected.mean(), rel=1e-5)
        # A node that is exactly 0 may come out as a rounding above it.
        assert one.active == pytest.approx((expected > 1e-5).mean(), abs=1e-3)


@pytest.mark.parametrize("large", [-0.9, 1e5, 1e6, 1e9, 1e12, 3e38])
def test_a_large_weight_leaves_nothing_behind(large: float) -> None:
    image, engine = picture(), MapEngine()
    told(engine, image, (), LAYER)
    told(engine, image, (), typed(LAYER, -0.8))  # Its sums are computed, to be added to.
    told(engine, image, (), typed(LAYER, large))
    check(told(engine, image, (), LAYER), image, [LAYER])


@pytest.mark.parametrize("large", [-0.9, 1e5, 3e38])
def test_nor_does_one_that_was_shown_for_a_moment(large: float) -> None:
    image, engine = picture(), MapEngine()
    told(engine, image, (), LAYER)
    drag(engine, image, typed(LAYER, -0.8))
    drag(engine, image, typed(LAYER, large))
    check(told(engine, image, (), LAYER), image, [LAYER])


def test_what_is_told_at_rest_is_what_was_computed_afresh() -> None:
    """The figures of sums that were added to are told for the moment; those behind them must be told too."""
    image, engine = picture(), MapEngine()
    told(engine, image, (), LAYER)
    layer = LAYER
    for step in range(40):
        layer = typed(LAYER, -1 + 0.37 * step)
        drag(engine, image, layer)
    assert engine._tiles.drifting
    found = told(engine, image, (), layer)
    assert not engine._tiles.drifting
    tile = engine._tiles._tiles[0].values
    assert (found[0].low, found[0].high) == (tile.min(), tile.max())


def test_an_edit_of_another_filter_does_not_hide_that_one_drifted() -> None:
    image, engine = picture(), MapEngine()
    told(engine, image, (), LAYER)
    for value in (-0.8, -0.9):  # The first one's sums are computed, to be added to.
        layer = typed(LAYER, value)
        drag(engine, image, layer)
    assert engine._tiles.drifting
    layer = typed(layer, 0.3, index=2)
    drag(engine, image, layer)
    assert engine._tiles.drifting
    check(told(engine, image, (), layer), image, [layer])
    assert not engine._tiles.drifting


def test_a_huge_weight_in_a_second_layer() -> None:
    image, engine = picture(), MapEngine()
    second = ConvLayer(FilterBank.from_arrays(np.random.default_rng(6).normal(size=(2, 4, 3, 3))))
    told(engine, image, [LAYER], second)
    found = told(engine, image, [LAYER], typed(second, 3e38))
    expected = exact(image, [LAYER, typed(second, 3e38)])
    assert (found[0].low, found[0].high) == (0.0, np.inf)
    # Beside products of 1e38, those of other weights are rounding.
    assert found[0].active == pytest.approx((expected[0] > 1e33).mean(), abs=1e-3)
    check(told(engine, image, [LAYER], second), image, [LAYER, second])


# --- one addition ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_muted_channel_adds_nothing(channel: int) -> None:
    """Its weight is edited, and the map stays; that of another channel changes it."""
    image, engine = picture(3), MapEngine()
    weights = np.random.default_rng(7).normal(size=(1, 3, 3, 3)).astype(np.float32)
    layer = ConvLayer(FilterBank.from_arrays(weights), activation="none", muted=frozenset({1}))
    before = told(engine, image, (), layer)[0]
    assert engine._tiles._held
    weights[0, channel, 1, 1] += 2
    layer = replace(layer, bank=layer.bank.with_filters({0: Filter(weights[0])}))
    job = MapsJob(image, Preparation(grey=False, scale=1.0), (), layer, View((0,)), InputView(), Look())
    tile = next(event for event in engine.run(job) if isinstance(event, MapPictures)).pictures[0].tile
    assert engine._tiles.drifting == (channel != 1)
    assert (np.ptp(tile.values) == before.high - before.low) == (channel == 1)
    weights[0, 1] = 0
    silent = ConvLayer(FilterBank.from_arrays(weights), activation="none")
    np.testing.assert_allclose(tile.values, exact(image, [silent])[0], rtol=0, atol=1e-5)


def test_the_muted_channel_of_an_infinite_pixel_adds_nothing() -> None:
    values = np.ones((2, 3, 3), np.float32)
    values[1, 1, 1] = np.inf
    one = Filter(np.ones((2, 1, 1)))
    held = HeldSums(one, (range(3), range(3)), np.ones((3, 3), np.float32))
    geometry = Geometry.of((3, 3), (1, 1))
    made = add_change(held, WeightChange((1, 0, 0), 2.0), Prepared(values), geometry, "none", muted=True)
    np.testing.assert_array_equal(made, np.ones((3, 3)))


def test_changes_of_one_number_alone_are_added() -> None:
    one = Filter(np.zeros((1, 2, 2)), 1.0)
    moved = one.weights.copy()
    moved[0, 1, 0] = 3
    assert single_change(one, Filter(moved, 1.0)) == WeightChange((0, 1, 0), 3.0)
    assert single_change(one, Filter(one.weights, 1.5)) == WeightChange(None, 0.5)
    assert single_change(one, Filter(moved, 1.5)) is None
    assert single_change(one, Filter(one.weights, 1.0)) is None
    assert single_change(one, Filter(np.zeros((1, 2, 3)), 1.0)) is None


def test_sums_are_added_to_only_while_they_stay_true() -> None:
    held = HeldSums(Filter(np.ones((1, 1, 1))), (range(1), range(1)), np.ones((1, 1), np.float32))
    assert held.allows(16.0, 16.0)
    assert held.allows(16.0, 1e5)
    assert not held.allows(1e5, 16.0)
    assert not held.allows(1e31, 1e31)
    assert not held.allows(np.inf, np.inf)
    held.error = 65 * 16.0 * float(np.finfo(np.float32).eps)
    assert not held.allows(16.0, 16.0)


@pytest.mark.parametrize("large", [-0.9, 1e5, 1e12, 3e38])
def test_a_large_weight_leaves_nothing_behind_in_a_layer_behind(large: float) -> None:
    image, engine = picture(), MapEngine()
    second = ConvLayer(FilterBank.from_arrays(np.random.default_rng(6).normal(size=(2, 4, 3, 3))), activation="none")
    for value in (-1, -0.8, -0.7, large, -1):
        layer = typed(LAYER, value)
        found = told(engine, image, [layer], second)
    check(found, image, [layer, second])
