"""Maps of a deep layer, live: exact through edits of any layer before it, and computed only where they changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convexplorer.core.engine import lattice, streamed_maps
from convexplorer.core.engine import live as maps_module
from convexplorer.core.engine import stack_cache as stack_module
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import InputReady, MapEngine, MapPictures, MapsJob, Ranges
from convexplorer.core.engine.pictures import InputView, Look, MapTile
from convexplorer.core.explain.filter_parts import identity_layer
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.stack_figures import shapes
from convexplorer.errors import InvalidValueError
from tests.helpers.networks import random_conv, random_stack, reference

Layers = tuple[Layer, ...]


@pytest.fixture(autouse=True)
def tight(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits so small that a little picture takes the routes of a large one."""
    monkeypatch.setattr(lattice, "WHOLE_NODES", 300)
    monkeypatch.setattr(lattice, "PATCH_NUMBERS", 20_000)
    monkeypatch.setattr(maps_module, "REST", 0.0)
    return


def picture(rng: np.random.Generator, channels: int) -> Image:
    return Image(rng.integers(0, 256, (int(rng.integers(34, 50)), int(rng.integers(34, 50)), channels), np.uint8))


def job(image: Image, layers: Layers, view: View | None = None) -> MapsJob:
    """An order for the maps of the last layer."""
    before, last = layers[:-1], layers[-1]
    if isinstance(last, PoolLayer):
        made = next(one for one in reversed(before) if isinstance(one, ConvLayer))
        before, last = layers, identity_layer(made.bank, signed=True)
    shown = view or View(tuple(range(len(last.bank))))
    preparation = Preparation(grey=image.channels == 1, scale=1.0)
    return MapsJob(image, preparation, before, last, shown, InputView(), Look())


def expected(image: Image, layers: Layers) -> np.ndarray[Any, np.dtype[np.float64]]:
    return reference(image.native.transpose(2, 0, 1) / 255.0, layers)


def check(tile: MapTile, maps: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    rows, columns = tile.lattice
    whole, bound = maps[tile.index], 1e-5 * max(1.0, float(np.abs(maps).max()))
    if tile.peaks:
        blocks = [[whole[i : i + rows.step, j : j + columns.step] for j in columns] for i in rows]
        seen = np.array([[np.abs(block).max() for block in row] for row in blocks])
        np.testing.assert_allclose(np.abs(tile.values), seen, rtol=0, atol=bound)
        nearest = [
            [np.abs(block - value).min() for block, value in zip(*pair, strict=True)]
            for pair in zip(blocks, tile.values, strict=True)
        ]
        assert np.max(nearest) <= bound
        return
    seen = whole[rows.start : rows.stop : rows.step][:, columns.start : columns.stop : columns.step]
    assert tile.values.shape == seen.shape
    np.testing.assert_allclose(tile.values, seen, rtol=0, atol=bound)


def changed(layers: Layers, at: int, rng: np.random.Generator) -> Layers:
    """One weight, one bias or all weights of a filter of one layer changed, or a pooling exchanged."""
    layer = layers[at]
    if isinstance(layer, PoolLayer):
        return (*layers[:at], replace(layer, kind="max" if layer.kind == "average" else "average"), *layers[at + 1 :])
    index = int(rng.integers(len(layer.bank)))
    one = layer.bank[index]
    weights = one.weights.copy()
    match rng.integers(3):
        case 0:
            weights[tuple(int(rng.integers(n)) for n in weights.shape)] += np.float32(rng.normal() / 4)
        case 1:
            weights = (weights * rng.normal(size=weights.shape)).astype(np.float32)
        case _:
            one = replace(one, bias=one.bias + float(rng.normal()) / 4)
    bank = layer.bank.with_filters({index: replace(one, weights=weights)})
    return (*layers[:at], replace(layer, bank=bank), *layers[at + 1 :])


def fitting_stack(rng: np.random.Generator, image: Image) -> Layers:
    """A random network whose windows all fit the picture."""
    while True:
        layers = random_stack(rng, image.channels)
        with suppress(InvalidValueError):
            shapes(layers, (image.channels, image.height, image.width))
            return layers


@pytest.mark.parametrize("seed", range(30))
def test_every_tile_is_exact_whatever_layer_was_edited(seed: int) -> None:
    """Random networks of three convolutions with strides, paddings, dilations and pools, at random zooms."""
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    image, engine = picture(rng, channels), MapEngine()
    layers = fitting_stack(rng, image)
    whole = expected(image, layers)
    for _ in range(8):
        rows, columns = (tuple(sorted(int(n) for n in rng.integers(0, 40, 2))) for _ in range(2))
        view = View(tuple(range(len(whole))), rows, columns, int(rng.integers(1, 4)))
        ranges: dict[int, Any] = {}
        for event in engine.run(job(image, layers, view)):
            if isinstance(event, MapPictures):
                for made in event.pictures:
                    check(made.tile, whole)
            elif isinstance(event, Ranges):
                ranges = event.ranges
        for index, found in ranges.items():
            np.testing.assert_allclose(
                [found.low, found.high], [whole[index].min(), whole[index].max()], atol=1e-5 * max(1, abs(whole).max())
            )
        layers = changed(layers, int(rng.integers(len(layers))), rng)
        whole = expected(image, layers)


def deep_stack(rng: np.random.Generator) -> Layers:
    """8, 6 and 4 filters 3 × 3, a pooling behind the first."""
    layers: list[Layer] = []
    channels = 1
    for count in (8, 6, 4):
        layer = replace(random_conv(rng, channels, filters=count), stride=1, padding="same", muted=frozenset())
        bank = FilterBank.from_arrays(layer.bank.weights, layer.bank.bias)
        layers.append(replace(layer, bank=bank, activation="leaky_relu"))
        channels = count
    layers.insert(1, PoolLayer("max", 2, 2))
    return tuple(layers)


class Counted:
    """What the stack computes: whole maps by their filters, and how many planes were added or pooled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.maps: list[list[int]] = []
        self.planes: list[int] = []
        self.pooled: list[int] = []
        whole, choose, pooled = stack_module.feature_maps, stack_module.choose, streamed_maps.pool_maps

        def feature_maps(inputs: Any, layer: Any, indices: Any, *rest: Any) -> Any:
            self.maps.append(list(indices))
            return whole(inputs, layer, indices, *rest)

        def chosen(work: Any) -> Any:
            self.planes.append(len(work.image))
            return choose(work)

        def pooling(planes: Any, *rest: Any) -> Any:
            self.pooled.append(len(planes))
            return pooled(planes, *rest)

        monkeypatch.setattr(stack_module, "feature_maps", feature_maps)
        monkeypatch.setattr(stack_module, "choose", chosen)
        monkeypatch.setattr(streamed_maps, "pool_maps", pooling)

    def clear(self) -> None:
        for one in (self.maps, self.planes, self.pooled):
            one.clear()


def nudged(layers: Layers, at: int, index: int, by: float = 0.01) -> Layers:
    layer = layers[at]
    assert isinstance(layer, ConvLayer)
    weights = layer.bank[index].weights.copy()
    weights[0, 1, 1] += np.float32(by)
    bank = layer.bank.with_filters({index: layer.bank[index].with_weights(weights)})
    return (*layers[:at], replace(layer, bank=bank), *layers[at + 1 :])


def wide(rng: np.random.Generator) -> Layers:
    """`deep_stack` with kernels that have a middle."""
    return tuple(
        replace(layer, bank=layer.bank.with_size(3, 3)) if isinstance(layer, ConvLayer) else layer
        for layer in deep_stack(rng)
    )


def test_an_edit_in_the_first_layer_costs_one_map_and_one_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    image, layers, engine = picture(rng, 1), wide(rng), MapEngine()
    list(engine.run(job(image, layers)))
    for _ in range(3):  # The first edit makes the sums that are added to from then on.
        layers = nudged(layers, 0, 5)
        next(event for event in engine.run(job(image, layers)) if isinstance(event, MapPictures))
    counted = Counted(monkeypatch)
    layers = nudged(layers, 0, 5)
    event = next(event for event in engine.run(job(image, layers)) if isinstance(event, MapPictures))
    assert counted.maps == [[5]]
    assert counted.pooled == [1]
    assert set(counted.planes) == {1}
    for made in event.pictures:
        check(made.tile, expected(image, layers))


def test_an_edit_of_the_shown_layer_leaves_those_before_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    image, layers, engine = picture(rng, 1), wide(rng), MapEngine()
    first = _tiles(engine, job(image, layers))
    counted = Counted(monkeypatch)
    layers = nudged(layers, 3, 2)
    second = _tiles(engine, job(image, layers))
    assert (counted.maps, counted.planes, counted.pooled) == ([], [], [])
    assert [second[i] is first[i] for i in range(4)] == [True, True, False, True]


def test_an_edit_that_moves_nothing_behind_computes_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map that nobody reads, as its plane is muted, changes no map behind."""
    rng = np.random.default_rng(6)
    image, layers, engine = picture(rng, 1), wide(rng), MapEngine()
    second = layers[2]
    assert isinstance(second, ConvLayer)
    layers = (*layers[:2], replace(second, muted=frozenset({5})), layers[3])
    before = _tiles(engine, job(image, layers))
    counted = Counted(monkeypatch)
    after = _tiles(engine, job(image, nudged(layers, 0, 5)))
    assert counted.maps == [[5]]
    assert all(after[i] is before[i] for i in range(4))


def test_what_the_layer_reads_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    image, layers = picture(rng, 1), wide(rng)
    ready = next(event for event in MapEngine().run(job(image, layers)) if isinstance(event, InputReady))
    np.testing.assert_allclose(ready.prepared.values(), expected(image, layers[:-1]), atol=1e-5)


def _tiles(engine: MapEngine, order: MapsJob) -> dict[int, MapTile]:
    made = [event for event in engine.run(order) if isinstance(event, MapPictures)][-1]
    return {one.tile.index: one.tile for one in made.pictures}
