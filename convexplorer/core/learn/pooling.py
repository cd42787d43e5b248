"""Max and average pooling with backpropagation.

Windows are `size` wide and `stride` apart, so they may lie side by side, overlap, or leave nodes out. All first nodes
of the windows are one strided view of the input, all second ones another, and so on in reading order ("phases");
everything here works on whole phases.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import DTypeLike

from convexplorer.core.learn.dense_and_activation import Array, Plain, Scratch, Shape
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import PoolLayer


class Pool(Plain):
    """What both kinds share.

    Parameters
    ----------
    geometry : Geometry
        How windows lie over the (H, W) input, without padding.
    """

    def __init__(self, geometry: Geometry, dtype: DTypeLike) -> None:
        self.geometry = geometry
        self.size, self.stride = geometry.kernel[0], geometry.stride
        self._scratch = Scratch(dtype)
        self._inputs: Shape = ()

    def scratch_values(self, channels: int) -> int:
        """Numbers of scratch memory that an image of a batch takes, at most; a byte of comparisons is a quarter."""
        nodes, window = channels * prod(self.geometry.output), self.size**2
        return channels * prod(self.geometry.inputs) + 2 * nodes + -(-nodes * window // 4)

    @property
    def _overlaps(self) -> bool:
        return self.stride < self.size

    def _phases(self, array: Array) -> list[Array]:
        """Views of (H, C, W, N), one for each place in a window, (H', C, W', N) each."""
        rows, columns = ((nodes - 1) * self.stride + 1 for nodes in self.geometry.output)
        return [
            array[row : row + rows : self.stride, :, column : column + columns : self.stride]
            for row in range(self.size)
            for column in range(self.size)
        ]

    def _spread(self) -> Array:
        """Where the input's gradient goes: zero where no window is, and where they overlap, to begin with."""
        # Windows that do not overlap write each node once a batch. What no window reaches is never written, and stays
        # the zero that the scratch memory began with.
        spread = self._scratch.array("spread", self._inputs)
        if self._overlaps:
            spread[...] = 0
        return spread


class MaxPool(Pool):
    """The largest node of each window; the error goes to it, of equal ones to the first in reading order."""

    def forward(self, inputs: Array) -> Array:
        """(H, C, W, N) to (H', C, W', N)."""
        self._inputs = inputs.shape
        first, *others = self._phases(inputs)
        largest = self._scratch.array("largest", first.shape)
        np.copyto(largest, first)
        taken = self._scratch.array("taken", (len(others), *first.shape), bool)
        # Each phase is compared with the largest so far. "Greater", not "at least": of equal nodes the first wins.
        for phase, takes in zip(others, taken, strict=True):
            np.greater(phase, largest, out=takes)
            np.maximum(phase, largest, out=largest)
        return largest

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:  # noqa: ARG002
        """Undo the comparisons from the last to the first: who won takes the error, the rest is passed on."""
        spread = self._spread()
        first, *others = self._phases(spread)
        taken = self._scratch.array("taken", (len(others), *delta.shape), bool)
        share = self._scratch.array("share", delta.shape) if self._overlaps else None
        # The last phase that was greater than all before it is the largest. It takes the error (`won`), and what it
        # takes is subtracted, so that earlier winners of the same window find 0.
        for phase, takes in zip(reversed(others), taken[::-1], strict=True):
            won = np.multiply(delta, takes, out=phase if share is None else share)
            if share is not None:
                np.add(phase, won, out=phase)
            np.subtract(delta, won, out=delta)
        if share is None:
            np.copyto(first, delta)
        else:
            first += delta
        return spread


class AveragePool(Pool):
    """The mean of each window; every node of it takes an equal part of the error."""

    def forward(self, inputs: Array) -> Array:
        """(H, C, W, N) to (H', C, W', N)."""
        self._inputs = inputs.shape
        first, *others = self._phases(inputs)
        mean = self._scratch.array("mean", first.shape)
        np.copyto(mean, first)
        for phase in others:
            mean += phase
        mean *= mean.dtype.type(1 / self.size**2)
        return mean

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:  # noqa: ARG002
        """(H', C, W', N) to (H, C, W, N)."""
        spread = self._spread()
        delta *= delta.dtype.type(1 / self.size**2)
        for phase in self._phases(spread):
            if self._overlaps:
                np.add(phase, delta, out=phase)
            else:
                np.copyto(phase, delta)
        return spread


def pooling(layer: PoolLayer, geometry: Geometry, dtype: DTypeLike) -> MaxPool | AveragePool:
    """The layer that pools as one of a stack does."""
    return (MaxPool if layer.kind == "max" else AveragePool)(geometry, dtype)
