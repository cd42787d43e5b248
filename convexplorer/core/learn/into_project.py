"""Puts learnt filters into a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.project.project import Project, with_preparation
from convexplorer.core.project.training_run import Snapshot


def layers_at(layers: Sequence[Layer], snapshot: Snapshot) -> tuple[Layer, ...]:
    """The layers of a network with the filters of a moment, under their own names."""
    moments = iter(zip(snapshot.weights, snapshot.biases, strict=True))
    return tuple(
        replace(one, bank=FilterBank.from_arrays(*next(moments), one.bank.names)) if isinstance(one, ConvLayer) else one
        for one in layers
    )


def first_bank(layers: Sequence[Layer], snapshot: Snapshot) -> FilterBank:
    """The first convolution's filters at a moment."""
    first = next(one for one in layers if isinstance(one, ConvLayer))
    return FilterBank.from_arrays(snapshot.weights[0], snapshot.biases[0], first.bank.names)


def with_layers(project: Project, layers: Sequence[Layer]) -> Project:
    """Take the convolutions and poolings of a network in the place of all layers.

    The picture is prepared grey or in colour, as the network's images were.
    """
    first = next(one for one in layers if isinstance(one, ConvLayer))
    grey = first.bank.channels == 1
    if project.preparation.grey != grey:
        project = with_preparation(project, replace(project.preparation, grey=grey))
    return replace(project, layers=tuple(layers), shown_index=0)
