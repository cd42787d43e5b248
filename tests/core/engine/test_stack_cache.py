"""What goes through a stack is exact after every edit, and only what has changed is computed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.engine import stack_cache as module
from convexplorer.core.engine import streamed_maps
from convexplorer.core.engine.routes import windows
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, order_by_position
from convexplorer.core.model.pooling import pool_maps
from convexplorer.core.runtime.budget import budget
from convexplorer.errors import CancelledError, InvalidValueError
from tests.helpers.networks import random_conv, random_pool, random_stack, reference


def check(prepared: Prepared, image: Prepared, layers: tuple[Layer, ...], scale: float = 1.0) -> None:
    expected = reference(image.values().astype(np.float64), layers)
    assert prepared.stored.dtype == np.float32 or not layers
    assert prepared.shape == expected.shape
    np.testing.assert_allclose(prepared.values(), expected, atol=3e-6 * scale * max(1.0, np.abs(expected).max()))


def picture(rng: np.random.Generator, channels: int = 1) -> Prepared:
    native = rng.integers(0, 256, (int(rng.integers(24, 40)), int(rng.integers(24, 40)), channels), np.uint8)
    return Image(native).prepare(Preparation(grey=channels == 1, scale=1.0))


def edited(layers: tuple[Layer, ...], at: int, index: int, rng: np.random.Generator) -> tuple[Layer, ...]:
    """One weight of one filter changed."""
    layer = layers[at]
    assert isinstance(layer, ConvLayer)
    weights = layer.bank[index].weights.copy()
    weights[tuple(int(rng.integers(n)) for n in weights.shape)] += np.float32(rng.normal() / 10)
    bank = layer.bank.with_filters({index: replace(layer.bank[index], weights=weights)})
    return (*layers[:at], replace(layer, bank=bank), *layers[at + 1 :])


@pytest.mark.parametrize("seed", range(25))
def test_random_stacks(seed):
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    image = picture(rng, channels)
    try:
        layers = random_stack(rng, channels)
        made = Stack().through(image, layers)
    except InvalidValueError as error:
        assert "does not fit" in str(error)  # noqa: PT017
        return
    check(made, image, layers)


@pytest.mark.parametrize("seed", range(12))
def test_every_kind_of_edit_of_any_layer(seed):
    """After many edits of filters, settings and switches in a row, all is as if computed at once."""
    rng = np.random.default_rng(seed)
    image = picture(rng)
    widths = (6, 5, 4)
    layers: list[Layer] = []
    channels = 1
    for width in widths:
        layer = replace(random_conv(rng, channels, filters=width), stride=1, padding="same")
        layers.append(layer)
        channels = width
    layers.insert(1, PoolLayer("max", 2, 2))
    layers.insert(3, PoolLayer("average", 2, 1))
    stack, now = Stack(), tuple(layers)
    kept: list[tuple[Prepared, np.ndarray]] = []
    for step in range(30):
        at = int(rng.choice([0, 2, 4]))
        layer = now[at]
        match rng.integers(8):
            case 0:
                changed: Layer = replace(layer, activation=str(rng.choice(["relu", "tanh", "none"])))
            case 1:
                index = int(rng.integers(len(layer.bank)))
                one = layer.bank[index]
                changed = replace(layer, bank=layer.bank.with_filters({index: replace(one, enabled=not one.enabled)}))
            case 2:
                index = int(rng.integers(len(layer.bank)))
                changed = replace(
                    layer, bank=layer.bank.with_filters({index: replace(layer.bank[index], name="other")})
                )
            case 3:
                at = int(rng.choice([1, 3]))
                changed = replace(random_pool(rng), stride=1)
            case _:
                changed = edited(now, at, int(rng.integers(len(layer.bank))), rng)[at]
        now = (*now[:at], changed, *now[at + 1 :])
        shown = now[: int(rng.integers(1, 6))] if step % 5 == 4 else now
        made = stack.through(image, shown)
        check(made, image, shown, scale=2.0)
        kept.append((made, made.values()))
        for given, values in kept:
            np.testing.assert_array_equal(given.values(), values)


def drag(steps: int, **settings):
    """One weight of layer 1 dragged, three layers deep."""
    rng = np.random.default_rng(5)
    image = picture(rng)
    layers: tuple[Layer, ...] = tuple(
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(n, c, 3, 3)) / 3, rng.normal(size=n)), **settings)
        for n, c in ((8, 1), (12, 8))
    )
    stack = Stack()
    stack.through(image, layers)
    for _ in range(steps):
        layers = edited(layers, 0, 3, rng)
        yield stack, stack.through(image, layers), image, layers


def test_a_drag_is_answered_by_additions_and_settles():
    added = 0
    for stack, made, image, layers in drag(70):
        added += stack.drifting
        check(made, image, layers)
    assert added > 60
    stack.settle()
    settled = stack.through(image, layers)
    assert not stack.drifting
    assert settled is not made
    np.testing.assert_array_equal(settled.values(), Stack().through(image, layers).values())
    assert stack.through(image, layers) is settled


@pytest.mark.parametrize("leap", [1e6, 1e20, 1e38])
def test_a_leap_there_and_back_leaves_nothing(leap):
    """Additions of huge numbers would round away what was there; an infinite one would leave NaN."""
    stack, _, image, before = list(drag(3))[-1]
    one = before[0].bank[3]
    huge = one.weights.copy()
    huge[0, 1, 1] = leap
    there = (replace(before[0], bank=before[0].bank.with_filters({3: Filter(huge)})), before[1])
    with np.errstate(over="ignore", invalid="ignore"):
        stack.through(image, there)
        check(stack.through(image, before), image, before)


def test_what_is_muted_changes_nothing_behind():
    rng = np.random.default_rng(1)
    image = picture(rng)
    layers = tuple(ConvLayer(FilterBank.from_arrays(rng.normal(size=(8, c, 3, 3)))) for c in (1, 8))
    layers = (layers[0], replace(layers[1], muted=frozenset({3})))
    stack = Stack()
    before = stack.through(image, layers)
    assert stack.through(image, edited(layers, 0, 3, rng)) is before


def test_nothing_is_computed_where_nothing_changes(monkeypatch):
    rng = np.random.default_rng(2)
    image = picture(rng)
    layers = random_stack(rng, 1)
    stack = Stack()
    made = stack.through(image, layers)
    monkeypatch.setattr(module, "feature_maps", None)
    monkeypatch.setattr(module, "Work", None)
    monkeypatch.setattr(streamed_maps, "pool_maps", None)
    assert stack.through(image, layers) is made
    assert stack.through(image, (*layers, replace(layers[0], enabled=False))) is made


def test_stopping_leaves_no_half_done_work():
    rng = np.random.default_rng(3)
    image = picture(rng)
    for stop_at in range(1, 12):
        asked = 0

        def stop() -> bool:
            nonlocal asked
            asked += 1
            return asked == stop_at  # noqa: B023

        for step, (stack, _, image, layers) in enumerate(drag(3)):
            if step == 1:
                with suppress(CancelledError):
                    stack.through(image, edited(layers, 0, 2, rng), stop)
                check(stack.through(image, layers), image, layers)


def test_no_layers_give_the_image():
    image = picture(np.random.default_rng(0))
    assert Stack().through(image, ()) is image


@pytest.mark.parametrize("room", [0, 20_000, 60_000, 200_000])
@pytest.mark.parametrize("seed", range(6))
def test_maps_beyond_the_budget_are_computed_where_they_are_read(seed, room):
    """Whichever levels are held: all parts of what leaves the stack are exact, and nothing larger is kept."""
    rng = np.random.default_rng(seed)
    image = picture(rng)
    layers = (
        replace(random_conv(rng, 1, filters=6), padding="same"),
        PoolLayer("max", 2, 1),
        replace(random_conv(rng, 6, filters=5), padding=2, stride=1),
        PoolLayer("average", 3, 2),
        replace(random_conv(rng, 5, filters=4), padding="same"),
    )
    off = replace(layers[2].bank[1], enabled=False)
    layers = (*layers[:2], replace(layers[2], bank=layers[2].bank.with_filters({1: off})), *layers[3:])
    stack = Stack()
    with budget.of(2 * room):
        for _ in range(4):
            made = stack.through(image, layers)
            expected = reference(image.values().astype(np.float64), layers)
            scale = 3e-6 * max(1.0, np.abs(expected).max())
            np.testing.assert_allclose(made.values(), expected, atol=scale)
            np.testing.assert_allclose(made.block(slice(3, 9), slice(4, 5)), expected[:, 3:9, 4:5], atol=scale)
            assert stack.through(image, layers) is made
            kept = [level.outputs.stored_array for level in stack._levels]
            assert sum(one.nbytes for one in kept if one is not None) <= room
            layers = edited(layers, int(rng.choice([0, 2, 4])), 0, rng)


def test_windows_of_maps_that_are_not_held():
    rng = np.random.default_rng(3)
    image = picture(rng)
    below = (replace(random_conv(rng, 1, filters=6), padding="same", stride=1),)
    whole = Stack().through(image, below)
    with budget.of(0):
        made = Stack().through(image, below)
    assert made.stored_array is None
    for step in (1, 2, 7):
        for stride, padding in ((1, "valid"), (2, "same"), (3, 3)):
            geometry = Geometry.of(whole.shape[1:], (3, 4), stride=stride, padding=padding)
            rows, columns = (range(1, n, step) for n in geometry.output)
            for runs in (1, 1 << 20):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(windows, "BAND_NUMBERS", runs)
                    found = windows.gather(made, geometry, rows, columns)
                np.testing.assert_allclose(found, windows.gather(whole, geometry, rows, columns), atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_pooling_on_a_lattice(dtype, kind):
    rng = np.random.default_rng(7)
    planes = (rng.random((3, 20, 23)) * 200).astype(dtype)
    for size, stride in ((1, 1), (2, 2), (3, 1), (3, 2), (2, 5), (20, 1)):
        layer = PoolLayer(kind, size, stride)
        rows, columns = map(range, layer.geometry(20, 23).output)
        expected = reference(planes.astype(np.float64), (layer,))
        np.testing.assert_allclose(pool_maps(planes, layer, rows, columns), expected, rtol=1e-6)
        some = pool_maps(planes, layer, rows[::2], columns[1::3]) if len(columns) > 1 else None
        if some is not None:
            np.testing.assert_allclose(some, expected[:, ::2, 1::3], rtol=1e-6)


def test_by_position():
    assert list(order_by_position(2, 4)) == [0, 1, None, None]
    assert list(order_by_position(4, 2)) == [0, 1]


def test_what_a_pooling_read_is_kept_as_it_was():
    """It is handed to others, so an edit of the layer below must not write over it."""
    rng = np.random.default_rng(4)
    image = Prepared(rng.random((1, 20, 22), np.float32))
    first = ConvLayer(FilterBank.from_arrays(rng.normal(size=(3, 1, 3, 3))))
    pool = PoolLayer("max")
    stack = Stack()
    stack.through(image, (first, pool))
    assert stack.pooled is not None
    read, before = stack.pooled, stack.pooled.stored.copy()
    for step in range(3):
        changed = first.bank[1].with_weights(first.bank[1].weights + 0.1 * (step + 1))
        pooled_maps = stack.through(image, (replace(first, bank=first.bank.with_filters({1: changed})), pool))
        np.testing.assert_array_equal(read.stored, before)
        assert stack.pooled is not None
        rows, columns = pooled_maps.shape[1:]
        blocks = stack.pooled.stored[:, : 2 * rows, : 2 * columns].reshape(3, rows, 2, columns, 2)
        np.testing.assert_array_equal(pooled_maps.stored, blocks.max(axis=(2, 4)))
    stack.through(image, (first,))
    assert stack.pooled is None
    stack.through(image, (pool,))
    assert stack.pooled is image
