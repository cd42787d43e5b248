"""The default network before training: random layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.initialisers import he
from convexplorer.core.model.layers import ConvLayer, PoolLayer

FIRST_LAYER_SCALE = 0.3
"""Factor of the first layer's random weights."""


def random_layers(
    channels: int, seed: int, filters: Sequence[int] = (8, 16), size: int = 5
) -> tuple[ConvLayer | PoolLayer, ...]:
    """Convolutions that have learnt nothing (`initialisers.he`), with ReLU, each max-pooled by 2.

    The weights of the first layer are `FIRST_LAYER_SCALE` times the usual size. Training adds to the random weights,
    which never go away; so they are kept small where filters are looked at (measured by `tests/bench/learning.py`).

    Parameters
    ----------
    channels : int
        Channels of the images.
    seed : int
        The same seed gives the same filters.
    filters : sequence of int
        How many each layer has.
    size : int
        Height and width of all kernels.
    """
    layers: list[ConvLayer | PoolLayer] = []
    for number, count in enumerate(filters):
        weights = he((count, channels, size, size), seed + number) * np.float32(1 if number else FIRST_LAYER_SCALE)
        layers += [ConvLayer(FilterBank.from_arrays(weights)), PoolLayer()]
        channels = count
    return tuple(layers)
