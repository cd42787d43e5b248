"""Every number of a traced node, against whole passes in float64, differences, and a backward pass of another kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.explain.equation import plain_text
from convexplorer.core.explain.trace import IMAGE, NodePlace, relevance, trace
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.model.stack_figures import geometries
from convexplorer.errors import CancelledError, InvalidValueError
from tests.helpers.equations import untrue_lines
from tests.helpers.networks import random_stack, reference, reference_layer
from tests.helpers.readers import input_at, visible_pixels


def picture(rng: np.random.Generator, channels: int) -> Prepared:
    native = rng.integers(0, 256, (int(rng.integers(18, 28)), int(rng.integers(18, 28)), channels), np.uint8)
    return Image(native).prepare(Preparation(grey=channels == 1, scale=1.0))


def doubles(image: Prepared) -> np.ndarray:
    return image.stored.astype(np.float64) * image.gain


def below(values, layers, at):
    """What reaches a layer, by whole passes."""
    return reference(values, [layer for layer in layers[:at] if layer.enabled])


def random_case(seed: int, *, linear: bool = False):
    """A network that fits its image, one of its layers perhaps off, and a node of each layer."""
    rng = np.random.default_rng(seed)
    while True:
        channels = int(rng.choice([1, 3]))
        layers, image = random_stack(rng, channels, linear=linear), picture(rng, channels)
        if rng.random() < 0.3:
            off = int(rng.integers(len(layers)))
            if isinstance(layers[off], PoolLayer):
                layers = (*layers[:off], replace(layers[off], enabled=False), *layers[off + 1 :])
        try:
            geometries(layers, image.shape)
        except InvalidValueError:
            continue
        places = []
        for at in range(len(layers)):
            values = below(doubles(image), layers, at)
            maps, rows, columns = reference_layer(values, layers[at])[0].shape
            places.append(NodePlace(at, *(int(rng.integers(n)) for n in (maps, rows, columns))))
        return layers, image, places


@pytest.mark.parametrize("seed", range(25))
def test_every_number_of_a_traced_node(seed):
    layers, image, places = random_case(seed)
    for place in places:
        values = below(doubles(image), layers, place.layer)
        layer = layers[place.layer]
        index = place.map, place.row, place.column
        sums = reference_layer(values, layer)[0]
        node = trace(layers, image, place)
        geometry = node.geometry
        top, left = geometry.origin(place.row, place.column)
        for c, channel in enumerate(node.channels):
            for i, j in np.ndindex(*geometry.kernel):
                at = input_at(node, channel, i, j)
                y, x = top + i * geometry.dilation, left + j * geometry.dilation
                inside = 0 <= y < values.shape[1] and 0 <= x < values.shape[2]
                assert (at is not None) == inside
                assert node.patch[c, i, j] == pytest.approx(values[channel, y, x] if inside else 0.0, abs=1e-12)
                if at is not None:
                    assert (at.map, at.row, at.column) == (channel, y, x)
                    assert at.layer == max((k for k in range(place.layer) if layers[k].enabled), default=IMAGE)
        if isinstance(layer, PoolLayer):
            assert node.value == pytest.approx(sums[index], abs=1e-12)
            assert node.channels == (place.map,)
            assert node.contributions[0].subtotal == node.value
            assert node.explanation.value == pytest.approx(node.value, abs=1e-12)
            assert node.patch[0][node.contributions[0].strongest] != 0 or not node.patch.any()
            if layer.kind == "max":
                assert node.explanation.products.max(initial=0.0) == max(node.value, 0.0)
            continue
        one = layer.bank[place.map]
        assert node.explanation.z == pytest.approx(sums[index], abs=1e-12)
        on = replace(layer, bank=layer.bank.with_filters({place.map: replace(one, enabled=True)}))
        assert node.value == pytest.approx(reference_layer(values, on)[1][index], abs=1e-12)
        given = [part.subtotal for part in node.contributions]
        assert sum(given) + one.bias == pytest.approx(node.explanation.z, abs=1e-12)
        assert [abs(part) for part in given] == sorted(map(abs, given), reverse=True)
        assert {part.channel for part in node.contributions} == set(range(len(values))) - layer.muted
        for part in node.contributions:
            products = node.patch[part.channel] * one.weights[part.channel]
            assert part.subtotal == pytest.approx(products.sum(), abs=1e-12)
            assert abs(products[part.strongest]) == np.abs(products).max()
        assert not untrue_lines(node.explanation)


@pytest.mark.parametrize("seed", range(15))
def test_going_down_leads_to_the_inputs_values(seed):
    """What an input of a node is, is what the node it leads to gives, to the pixels."""
    layers, image, places = random_case(seed)
    place = places[-1]
    while place.layer != IMAGE:
        node = trace(layers, image, place)
        part = node.contributions[0] if node.contributions else None
        if part is None:
            return
        after = input_at(node, part.channel, *part.strongest)
        if after is None:
            return
        value = node.patch[node.channels.index(part.channel)][part.strongest]
        if after.layer == IMAGE:
            assert value == doubles(image)[after.map, after.row, after.column]
        else:
            there = layers[after.layer]
            off = isinstance(there, ConvLayer) and not there.bank[after.map].enabled
            assert value == pytest.approx(0.0 if off else trace(layers, image, after).value, abs=1e-12)
        place = after


def sum_of(layers, values, place):
    """A node's sum as a function of all pixels."""
    sums = reference_layer(below(values, layers, place.layer), layers[place.layer])[0]
    return sums[place.map, place.row, place.column]


@pytest.mark.parametrize("seed", range(12))
def test_shares_are_gradient_times_input_and_add_up(seed):
    """Exact where all is linear piece by piece; the gradient by differences of whole passes."""
    layers, image, places = random_case(seed, linear=True)
    rng = np.random.default_rng(seed)
    values = doubles(image)
    for place in places:
        found = relevance(layers, image, place)
        assert found.total == pytest.approx(sum_of(layers, values, place), abs=1e-12)
        assert found.shares.sum() + found.biases == pytest.approx(found.total, abs=1e-9)
        check_differences(layers, values, place, found, rng)


@pytest.mark.parametrize("seed", range(100, 106))
def test_gradients_of_curved_activations(seed):
    layers, image, places = random_case(seed)
    check_differences(
        layers, doubles(image), places[-1], relevance(layers, image, places[-1]), np.random.default_rng(seed)
    )


def check_differences(layers, values, place, found, rng):
    """Shares of some pixels, and that no other pixel has any."""
    whole = np.zeros_like(values)
    _, height, width = found.shares.shape
    whole[:, found.top : found.top + height, found.left : found.left + width] = found.shares
    step = 1e-7
    for _ in range(12):
        at = tuple(int(rng.integers(n)) for n in values.shape)
        if height and width and rng.random() < 0.7:
            at = at[0], found.top + int(rng.integers(height)), found.left + int(rng.integers(width))
        up, down = values.copy(), values.copy()
        up[at] += step
        down[at] -= step
        difference = (sum_of(layers, up, place) - sum_of(layers, down, place)) / (2 * step)
        one_sided = (sum_of(layers, up, place) - sum_of(layers, values, place)) / step
        # Where a ReLU or a maximum changes sides right there, a difference is no derivative.
        if abs(difference - one_sided) < 1e-5:
            assert whole[at] == pytest.approx(difference * values[at], abs=2e-6)
    lying = geometries(
        [layer for layer in layers[: place.layer] if layer.enabled] + [replace(layers[place.layer], enabled=True)],
        values.shape,
    )
    ys, xs = visible_pixels(lying, place.row, place.column)
    unseen = np.ones(values.shape[1:], bool)
    unseen[np.ix_(ys, xs)] = False
    assert not whole[:, unseen].any()


def test_relevance_by_propagation_through_a_network_of_its_own():
    """For ReLU networks, gradient × input is the propagation of relevance in proportion to the products."""
    rng = np.random.default_rng(3)
    image = picture(rng, 1)
    layers = tuple(
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(n, c, 3, 3)), rng.normal(size=n) / 10))
        for n, c in ((3, 1), (4, 3), (2, 4))
    )
    place = NodePlace(2, 1, 5, 7)
    values = [doubles(image)]
    sums = []
    for layer in layers:
        before, after = reference_layer(values[-1], layer)
        sums.append(before)
        values.append(after)
    relevant = {(1, 5, 7): float(sums[2][1, 5, 7])}
    total_bias = 0.0
    for layer, inputs, before in zip(layers[::-1], values[-2::-1], sums[::-1], strict=True):
        passed: dict[tuple[int, int, int], float] = {}
        for (o, y, x), share in relevant.items():
            ratio = share / before[o, y, x]
            total_bias += ratio * layer.bank[o].bias
            for c, i, j in np.ndindex(*layer.bank.shape):
                product = inputs[c, y + i, x + j] * layer.bank[o].weights[c, i, j]
                passed[c, y + i, x + j] = passed.get((c, y + i, x + j), 0.0) + ratio * product
        relevant = passed
    found = relevance(layers, image, place)
    assert found.biases == pytest.approx(total_bias, abs=1e-9)
    for (c, y, x), share in relevant.items():
        assert found.shares[c, y - found.top, x - found.left] == pytest.approx(share, abs=1e-9)


def test_the_largest_of_equal_ones_is_the_first():
    image = Prepared(np.ones((1, 4, 4), np.float32))
    found = relevance(
        (PoolLayer("max", 2, 2), ConvLayer(FilterBank.from_arrays([[3.0]]))), image, NodePlace(0, 0, 1, 1)
    )
    assert (found.top, found.left) == (2, 2)
    np.testing.assert_array_equal(found.shares[0], [[1, 0], [0, 0]])


def test_a_node_of_a_layer_that_is_off_can_be_traced():
    image = Prepared(np.ones((1, 6, 6), np.float32))
    first = ConvLayer(FilterBank.from_arrays(np.ones((1, 1, 3, 3))))
    node = trace((first, replace(first, enabled=False)), image, NodePlace(1, 0, 0, 0))
    assert (node.value, node.below) == (81.0, 0)
    assert trace((replace(first, enabled=False), first), image, NodePlace(1, 0, 0, 0)).below == IMAGE


def test_a_filter_that_is_off_contributes_nothing_but_is_listed():
    image = Prepared(np.ones((1, 5, 5), np.float32))
    bank = FilterBank((Filter(np.ones((1, 1, 1)), enabled=False), Filter(np.ones((1, 1, 1)))))
    layers = (ConvLayer(bank, activation="sigmoid"), ConvLayer(FilterBank.from_arrays(np.ones((1, 2, 1, 1)))))
    node = trace(layers, image, NodePlace(1, 0, 2, 2))
    assert [(one.channel, one.subtotal) for one in node.contributions] == [
        (1, pytest.approx(1 / (1 + np.exp(-1)))),
        (0, 0.0),
    ]


def test_a_traced_node_prints_as_any_other():
    rng = np.random.default_rng(0)
    layers = tuple(ConvLayer(FilterBank.from_arrays(rng.normal(size=(2, c, 2, 2)))) for c in (1, 2))
    node = trace(layers, picture(rng, 1), NodePlace(1, 0, 3, 3))
    assert plain_text(node.explanation).splitlines()[-1].startswith("ReLU(z) = max(0, z) = ")


def test_it_can_be_stopped():
    layers, image, places = random_case(1)
    for work in (trace, relevance):
        with pytest.raises(CancelledError):
            work(layers, image, places[-1], lambda: True)
