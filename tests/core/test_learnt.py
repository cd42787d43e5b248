"""Learnt stages back in the explorer."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.filters import FilterBank
from convexplorer.core.layers import ConvLayer, PoolLayer
from convexplorer.core.learner import Network, Stage, random_stages, stages_of
from convexplorer.core.learnt import layers_of, stages_at, with_stages
from convexplorer.core.project import Project
from convexplorer.core.timeline import Snapshot


def explorer():
    return Project((ConvLayer(FilterBank.from_arrays(np.ones((2, 1, 3, 3)))),))


def test_layers_and_stages_are_each_others_inverse():
    stages = (*random_stages(1, 0, (3,), 3), Stage(ConvLayer(FilterBank.from_arrays(np.ones((2, 3, 2, 2)))), 1))
    assert [type(one) for one in layers_of(stages)] == [ConvLayer, PoolLayer, ConvLayer]
    assert stages_of(layers_of(stages)) == stages


@pytest.mark.parametrize("channels", [1, 3])
def test_a_project_takes_the_network_and_prepares_the_picture_for_it(channels):
    stages = random_stages(channels, 0)
    project = with_stages(explorer(), stages)
    assert project.layers == layers_of(stages)
    assert project.preparation.grey == (channels == 1)


def test_stages_at_a_moment_have_its_filters_under_their_own_names():
    stages = random_stages(1, 0, (3, 4), 3)
    network = Network(stages, (1, 14, 14), 2)
    network.values += 1
    moved = stages_at(stages, Snapshot.of(network, 5, 0.5, 1.0))
    for before, after in zip(stages, moved, strict=True):
        np.testing.assert_allclose(after.layer.bank.weights, before.layer.bank.weights + 1, rtol=1e-6)
        assert after.layer.bank.names == before.layer.bank.names
    assert network.learnt() == moved
