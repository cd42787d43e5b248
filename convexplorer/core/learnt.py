"""What was learnt, back in the explorer: stages as layers of a stack, and a project with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplorer.core.filters import FilterBank
from convexplorer.core.layers import Layer, PoolLayer
from convexplorer.core.learner import Stage
from convexplorer.core.project import Project, with_preparation
from convexplorer.core.timeline import Snapshot


def layers_of(stages: Sequence[Stage]) -> tuple[Layer, ...]:
    """The stack that some stages are: each convolution, and behind it its pooling."""
    layers: list[Layer] = []
    for stage in stages:
        layers.append(stage.layer)
        if stage.pool > 1:
            layers.append(PoolLayer("max", stage.pool, stage.pool))
    return tuple(layers)


def stages_at(stages: Sequence[Stage], snapshot: Snapshot) -> tuple[Stage, ...]:
    """The stages with the filters of a moment."""
    return tuple(
        replace(stage, layer=replace(stage.layer, bank=FilterBank.from_arrays(weights, bias, stage.layer.bank.names)))
        for stage, weights, bias in zip(stages, snapshot.weights, snapshot.biases, strict=True)
    )


def with_stages(project: Project, stages: Sequence[Stage]) -> Project:
    """Take the convolutions and poolings of a network in the place of all layers.

    The picture is prepared grey or in colour, as the network's images were.
    """
    layers = layers_of(stages)
    grey = stages[0].layer.bank.channels == 1
    if project.preparation.grey != grey:
        project = with_preparation(project, replace(project.preparation, grey=grey))
    return replace(project, layers=layers, current=0)
