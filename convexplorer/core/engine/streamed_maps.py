"""Maps between layers that are computed where the next layer reads them, because all of them would not fit."""

from __future__ import annotations

from typing import cast

import numpy as np

from convexplorer.core.engine.noise import passed_on
from convexplorer.core.engine.overflow import compute
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.pooling import pool_maps
from convexplorer.core.model.stack_figures import MapShape
from convexplorer.core.model.streams import Stream, bands
from convexplorer.core.runtime.types import ShouldStop, Values
from convexplorer.errors import CancelledError


class ConvolvedMaps(Stream):
    """What leaves a convolution: maps after the activation, zeros of filters that are off.

    Parameters
    ----------
    layer : ConvLayer
        The layer.
    inputs : Prepared
        What reaches it.
    """

    def __init__(self, layer: ConvLayer, inputs: Prepared) -> None:
        self._layer, self._inputs = layer, inputs
        self._geometry = layer.geometry(*inputs.shape[1:])
        self._on = [index for index, one in enumerate(layer.bank) if one.enabled]
        self._weights, self._bias = layer.kernels(self._on), layer.bank.bias[self._on]
        super().__init__((len(layer.bank), *self._geometry.output))

    def part(self, rows: range, columns: range) -> Values:
        """Shape (O, len(rows), len(columns))."""
        geometry, layer = self._geometry, self._layer
        if not self._on:
            return np.zeros((len(layer.bank), len(rows), len(columns)), np.float32)
        work = Work.over(self._inputs, geometry, (self._weights, self._bias), (rows, columns), layer.activation)
        maps = compute(work, ((len(layer.bank), *layer.bank.shape), geometry))
        if len(self._on) == len(layer.bank):
            return maps
        some, maps = maps, np.zeros((len(layer.bank), len(rows), len(columns)), np.float32)
        maps[self._on] = some
        return maps


class PooledMaps(Stream):
    """What leaves a pooling.

    Parameters
    ----------
    layer : PoolLayer
        The layer.
    inputs : Prepared
        What reaches it.
    """

    def __init__(self, layer: PoolLayer, inputs: Prepared) -> None:
        self._layer, self._inputs = layer, inputs
        super().__init__((inputs.shape[0], *layer.geometry(*inputs.shape[1:]).output))

    def sample(self) -> Values:
        """Some values that it pools: of them all, none is larger."""
        held = self._inputs.stored_array
        some = cast("Stream", self._inputs.stored).sample() if held is None else held[:, :: self._layer.size]
        return some * np.float32(self._inputs.gain)

    def part(self, rows: range, columns: range) -> Values:
        """Shape (C, len(rows), len(columns))."""
        layer, inputs = self._layer, self._inputs
        (top, bottom), (left, right) = (
            (nodes[0] * layer.stride, nodes[-1] * layer.stride + layer.size) for nodes in (rows, columns)
        )
        block = inputs.stored[:, top:bottom, left:right]
        maps = pool_maps(block, layer, range(len(rows)), range(len(columns))).astype(np.float32)
        if inputs.gain != 1.0:
            maps *= np.float32(inputs.gain)
        return maps

    def whole(self, should_stop: ShouldStop) -> Values:
        """All maps, made a band of rows at a time.

        Raises
        ------
        CancelledError
            If `should_stop` said so.
        """
        maps = np.empty(self.shape, np.float32)
        columns = range(self.shape[2])
        for start, some in bands(self.shape[0], range(self.shape[1]), columns):
            if should_stop():
                raise CancelledError
            maps[:, start : start + len(some)] = self.part(some, columns)
        return maps


def streamed(layer: Layer, inputs: Prepared) -> Prepared:
    """What leaves a layer, computed where it is read."""
    maps = ConvolvedMaps(layer, inputs) if isinstance(layer, ConvLayer) else PooledMaps(layer, inputs)
    return Prepared(maps, noise=passed_on(layer, inputs))


def fitting(shapes: list[MapShape], room: int, copies: int) -> list[bool]:
    """Which maps of a stack are held, the last ones first, since they are read most.

    Parameters
    ----------
    shapes : list of (int, int, int)
        Of what leaves each layer.
    room : int
        Bytes for all that are held.
    copies : int
        How many arrays of its size each may need.
    """
    held = []
    for channels, rows, columns in reversed(shapes):
        need = 4 * copies * channels * rows * columns
        held.append(need <= room)
        room -= need if held[-1] else 0
    return held[::-1]
