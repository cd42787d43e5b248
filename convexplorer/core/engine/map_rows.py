"""A map that is never there as a whole: rows, from top to bottom, as often as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from convexplorer.core.engine.conv import feature_map_strips
from convexplorer.core.engine.noise import quiet_ends
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.runtime.types import ShouldStop, Values, never

HELD_NODES = 16_000_000
"""Nodes of a map up to which it is computed as a whole to be written (64 MB)."""


class MapRows:
    """One map of a layer, computed strip by strip each time it is gone through.

    Parameters
    ----------
    prepared : Prepared
        What the layer reads.
    layer : ConvLayer
        The layer.
    index : int
        The filter.
    should_stop : callable
        Asked between strips.
    noise : float
        What is no more than this is 0, and a map that varies by no more has one value (`core.engine.noise`).
    """

    def __init__(
        self, prepared: Prepared, layer: ConvLayer, index: int, should_stop: ShouldStop = never, noise: float = 0.0
    ) -> None:
        self._noise = noise
        self.shape = layer.geometry(*prepared.shape[1:]).output
        self.size = self.shape[0] * self.shape[1]
        self._made_of = prepared, layer, [index], should_stop

    def __iter__(self) -> Iterator[Values]:
        """Strips of shape (rows, W'), float32.

        Raises
        ------
        CancelledError
            If `should_stop` said so.
        """
        for _, strip in feature_map_strips(*self._made_of):
            if self._noise:
                strip[np.abs(strip) <= self._noise] = 0.0
            yield strip[0]

    def min(self) -> float:
        """The least value; takes a pass of its own, once."""
        return self._range[0]

    def max(self) -> float:
        """The greatest value; likewise."""
        return self._range[1]

    @cached_property
    def _range(self) -> tuple[float, float]:
        ends = [(strip.min(), strip.max()) for strip in self]
        lows, highs = zip(*ends, strict=True)
        return quiet_ends(float(np.min(lows)), float(np.max(highs)), self._noise)
