"""What drove a node, as numbers and as a picture."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine.colour import Scale, colour
from convexplorer.core.explain.attribution import AttributionJob, attribute, curved_layers, translucent
from convexplorer.core.explain.trace import NodePlace, relevance
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.errors import CancelledError


def bank(rng, count, channels):
    return FilterBank.from_arrays(rng.normal(size=(count, channels, 3, 3)), rng.normal(size=count) / 9)


def stack(rng, channels, activation="relu"):
    return (
        ConvLayer(bank(rng, 4, channels), activation=activation),
        PoolLayer("max"),
        ConvLayer(bank(rng, 2, 4), stride=2, padding=1),
    )


def job(channels=1, activation="relu", seed=0):
    rng = np.random.default_rng(seed)
    layers = stack(rng, channels, activation)
    return AttributionJob(
        layers, Prepared(rng.random((channels, 21, 23), np.float32)), NodePlace(2, 1, 2, 3), "blue–red"
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_shares_of_pixels_and_biases_are_the_sum(channels):
    found = attribute(job(channels))
    assert found.curved == ()
    assert found.missing == 0
    assert found.pixels + found.relevance.biases == pytest.approx(found.relevance.total, abs=1e-9)
    assert len(found.colours) == (1 if channels == 1 else 4)
    planes = [found.relevance.shares.sum(axis=0), *(found.relevance.shares if channels == 3 else [])]
    assert found.reach == max(np.abs(plane).max() for plane in planes)
    for plane, colours in zip(planes, found.colours, strict=True):
        assert np.array_equal(colours, translucent(plane, found.scale))


def test_what_is_missing_where_an_activation_is_curved():
    found = attribute(job(activation="tanh"))
    assert found.curved == ("Conv 1",)
    assert abs(found.missing) > 1e-6
    assert found.pixels + found.relevance.biases + found.missing == pytest.approx(found.relevance.total)


def test_only_layers_below_that_are_on_count_as_curved():
    first, pool, last = stack(np.random.default_rng(0), 1, "sigmoid")
    assert curved_layers((first, pool, last), 2) == ("Conv 1",)
    assert curved_layers((first, pool, last), 0) == ()
    off = ConvLayer(first.bank, activation="sigmoid", enabled=False)
    assert curved_layers((off, pool, last), 2) == ()


def test_the_share_of_a_pixel():
    one = job(3)
    found, expected = attribute(one), relevance(one.layers, one.image, one.place)
    y, x = expected.top + 1, expected.left + 2
    assert found.share(y, x) == pytest.approx(expected.shares[:, 1, 2].sum())
    assert found.share(y, x, 2) == expected.shares[2, 1, 2]
    assert found.share(expected.top - 1, x) is None
    assert found.share(y, expected.left + expected.shares.shape[2]) is None


def test_colours_are_as_opaque_as_shares_are_large():
    scale = Scale(-2.0, 2.0, "blue–red", dark=True)
    colours = translucent(np.array([[0.0, 2.0, -2.0, 0.5]]), scale)[0].tolist()
    assert [one >> 24 for one in colours] == [0, 255, 255, 128]
    for argb, value in zip(colours, (0.0, 2.0, -2.0, 0.5), strict=True):
        assert ((argb >> 16) & 255, (argb >> 8) & 255, argb & 255) == colour(value, scale)


def test_a_node_that_nothing_reaches_has_clear_colours():
    layers = (ConvLayer(FilterBank.from_arrays(np.zeros((1, 1, 2, 2)), [0.5])),)
    found = attribute(
        AttributionJob(layers, Prepared(np.ones((1, 4, 4), np.float32)), NodePlace(0, 0, 1, 1), "blue–red")
    )
    assert found.reach == 0
    assert not (found.colours[0] >> 24).any()
    assert found.relevance.biases == found.relevance.total == 0.5


def test_it_can_be_stopped():
    with pytest.raises(CancelledError):
        attribute(job(), lambda: True)
