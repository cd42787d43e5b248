"""Learnt layers back in the explorer."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.learn.into_project import layers_at, with_layers
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.timeline import take_snapshot
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.project import Project


def explorer():
    return Project((ConvLayer(FilterBank.from_arrays(np.ones((2, 1, 3, 3)))),))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_project_takes_the_network_and_prepares_the_picture_for_it(channels):
    layers = random_layers(channels, 0)
    project = with_layers(explorer(), layers)
    assert project.layers == layers
    assert project.preparation.grey == (channels == 1)


def test_layers_at_a_moment_have_its_filters_under_their_own_names():
    layers = random_layers(1, 0, (3, 4), 3)
    network = Network(layers, (1, 14, 14), 2)
    network.values += 1
    moved = layers_at(layers, take_snapshot(network, 5, 0.5, 1.0))
    for before, after in zip(layers[::2], moved[::2], strict=True):
        np.testing.assert_allclose(after.bank.weights, before.bank.weights + 1, rtol=1e-6)
        assert after.bank.names == before.bank.names
    assert network.trained_layers() == moved
