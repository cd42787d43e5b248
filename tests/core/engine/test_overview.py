"""Small maps of all layers: the strongest node of every block, exactly, through edits, and of held or streamed maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.engine import stack_cache
from convexplorer.core.engine.overview import OverviewEngine, OverviewJob, SmallMaps, reduced_maps
from convexplorer.core.engine.pictures import InputPicture, Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.errors import CancelledError
from tests.helpers.networks import random_stack, reference_layer


def blocks(whole, step):
    """The value farthest from zero of each block, by plain loops."""
    rows, columns = (-(-size // step) for size in whole.shape[1:])
    small = np.empty((len(whole), rows, columns))
    for n in range(len(whole)):
        for i in range(rows):
            for j in range(columns):
                block = whole[n, i * step : (i + 1) * step, j * step : (j + 1) * step]
                small[n, i, j] = block.flat[np.abs(block).argmax()]
    return small


def job(image, layers, side=9):
    return OverviewJob(image, Preparation(grey=False, scale=1.0), layers, Look(), side)


def check(found, image, layers):
    values = image.native.transpose(2, 0, 1) / 255.0
    on = [at for at, layer in enumerate(layers) if layer.enabled]
    assert [one.layer for one in found] == on
    for one in found:
        _, values = reference_layer(values, layers[one.layer])
        assert one.size == values.shape[1:]
        expected = blocks(values, one.lattice[0].step)
        # Where two nodes of a block are as far from zero but for rounding, either is right.
        np.testing.assert_allclose(np.abs(one.values), np.abs(expected), atol=1e-4 * max(1.0, np.abs(values).max()))
        assert max(expected.shape[1:]) <= 9
        for shown, colours in zip(one.shown, one.colours, strict=True):
            assert colours.shape == expected.shape[1:] or not shown


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("hold", [True, False], ids=["held", "streamed"])
def test_every_layer_of_a_random_stack_is_shown_by_its_strongest_nodes(seed, hold, monkeypatch):
    if not hold:
        monkeypatch.setattr(stack_cache, "fitting", lambda shapes, _room, _copies: [False] * len(shapes))
    rng = np.random.default_rng(seed)
    image = Image(rng.integers(0, 256, (47, 41, 3), np.uint8))
    layers = random_stack(rng, 3, 2)
    picture, *maps = OverviewEngine().run(job(image, layers))
    assert isinstance(picture, InputPicture)
    check(maps, image, layers)


def test_an_edit_in_the_first_layer_is_followed_through_all():
    rng = np.random.default_rng(5)
    image = Image(rng.integers(0, 256, (60, 50, 3), np.uint8))
    layers = (
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(8, 3, 3, 3)))),
        PoolLayer(),
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(4, 8, 3, 3)))),
    )
    engine = OverviewEngine()
    list(engine.run(job(image, layers)))
    for index in (0, 3, 3, 7):
        bank = layers[0].bank
        one = bank[index].with_weights(bank[index].weights + np.float32(0.25))
        layers = (replace(layers[0], bank=bank.with_filters({index: one})), *layers[1:])
        latest = {one.layer: one for one in engine.run(job(image, layers)) if isinstance(one, SmallMaps)}
        check([latest[at] for at in sorted(latest)], image, layers)


def test_what_has_not_changed_is_not_reduced_again(monkeypatch):
    rng = np.random.default_rng(1)
    image = Image(rng.integers(0, 256, (40, 40, 3), np.uint8))
    layers = random_stack(rng, 3, 2, linear=True)
    engine = OverviewEngine()
    _, *before = engine.run(job(image, layers))
    _, *after = engine.run(replace_look(job(image, layers)))
    for one, other in zip(before, after, strict=True):
        assert one.values is other.values


def replace_look(one):
    return OverviewJob(one.image, one.preparation, one.layers, Look(dark=True), one.side)


def test_layers_that_are_off_are_left_out_and_filters_that_are_off_are_told():
    rng = np.random.default_rng(2)
    image = Image(rng.integers(0, 256, (30, 30, 3), np.uint8))
    bank = FilterBank.from_arrays(rng.normal(size=(2, 3, 3, 3)))
    bank = bank.with_filters({1: replace(bank[1], enabled=False)})
    layers = (ConvLayer(bank), PoolLayer(enabled=False), PoolLayer("average"))
    _, first, last = OverviewEngine().run(job(image, layers))
    assert (first.layer, last.layer) == (0, 2)
    assert first.shown == last.shown == (True, False)


def test_maps_of_a_layer_share_one_scale():
    image = Image(np.full((20, 20, 3), 255, np.uint8))
    bank = FilterBank.from_arrays(np.stack([np.full((3, 1, 1), w, np.float32) for w in (0.5, 2.0)]))
    _, maps = OverviewEngine().run(job(image, (ConvLayer(bank),)))
    assert (maps.scale.low, maps.scale.high) == (0.0, 6.0)
    assert maps.colours[0][0, 0] != maps.colours[1][0, 0]


def test_small_maps_are_given_whole_and_large_ones_by_bands():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(5, 290, 350)).astype(np.float32)
    small, lattice = reduced_maps(Prepared(values), 40)
    assert lattice == (range(0, 290, 9), range(0, 350, 9))
    np.testing.assert_array_equal(small, blocks(values, 9).astype(np.float32))
    whole, _ = reduced_maps(Prepared(values), 350)
    np.testing.assert_array_equal(whole, values)


def test_reducing_stops_when_told():
    with pytest.raises(CancelledError):
        reduced_maps(Prepared(np.zeros((1, 50, 50), np.float32)), 10, lambda: True)
