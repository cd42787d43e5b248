"""Convolution with backpropagation, by products with banded matrices.

The nodes of one row of a map, all filters, are a matrix product: the rows of the input that the windows reach over,
as a matrix (kh · C · W, N), times a matrix that holds the weights once for each column of nodes, moved along::

    weights a b of a filter, 4 columns      a b 0 0
    of input, 3 columns of nodes            0 a b 0
                                            0 0 a b

With the axes (rows, channels, columns, images) that matrix of inputs *is* the memory of the input from its row on:
nothing is gathered, where im2col copies every value kh · kw times. The price is products with zeros, (columns of
input) / kw times as many as needed, which a machine that multiplies faster than it copies hardly notices. Wide inputs
are cut into blocks of columns that overlap by a window, so the price stays bounded.

Backpropagation uses the same matrices: the input's gradient is the transposed product, the weights' the sum along
the bands.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike

from convexplorer.core.learn.dense_and_activation import Array, Scratch, Shape
from convexplorer.core.model.geometry import Geometry

WIDEST = 8
"""Most columns of nodes in a block; measured with `tests/bench/training.py`."""
AT_ONCE = 4 << 20
"""Bytes of products that are summed up for the weights' gradient at a time: what a cache holds."""


class Conv:
    """Cross-correlation with filters, plus bias.

    Parameters
    ----------
    geometry : Geometry
        How windows lie over the (H, W) input.
    filters, channels : int
        Weights are (filters, channels, kh, kw), the bias (filters,).
    """

    def __init__(self, geometry: Geometry, filters: int, channels: int, dtype: DTypeLike) -> None:
        self.geometry = geometry
        self.parameter_shapes: tuple[Shape, ...] = ((filters, channels, *geometry.kernel), (filters,))
        self.delta: Array = np.empty(0)
        """Gradient of the loss with respect to every node's weighted sum, (H', O, W', N), of the last `backward`."""
        self._scratch = Scratch(dtype)
        # As few blocks as keep each within `WIDEST` columns of nodes, and all of one width.
        columns = geometry.output[1]
        self._blocks = -(-columns // WIDEST)
        self._nodes = -(-columns // self._blocks)
        top, left, bottom, right = geometry.pads
        self._height = geometry.inputs[0] + top + bottom
        self._width = (
            geometry.inputs[1] + left + right
            if self._blocks == 1
            else (self._nodes - 1) * geometry.stride + geometry.span[1]
        )
        # Without padding and with one block the input itself is read; else it is copied into place first.
        self._moved = (self._blocks, self._height, self._width) != (1, *geometry.inputs)

    def bind(self, values: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Weights and bias."""
        self.weights, self.bias = values
        self._to_weights, self._to_bias = gradients

    def forward(self, inputs: Array) -> Array:
        """(H, C, W, N) to (H', O, W', N)."""
        count = inputs.shape[-1]
        self._inputs = np.ascontiguousarray(inputs)
        filters, channels, rows, _ = self.weights.shape
        band = self._scratch.array("band", (filters * self._nodes, rows * channels * self._width))
        # What lies between the bands stays zero: the scratch memory begins so, and only the bands are ever written.
        self._band_of(band)[...] = self.weights.transpose(0, 2, 1, 3)[:, np.newaxis]
        sums = self._scratch.array("sums", (self._blocks, self.geometry.output[0], len(band), count))
        self._windows = self._windows_of(self._inputs)
        np.matmul(band, self._windows, out=sums)
        output = self._join_blocks(sums)
        output += self.bias[:, np.newaxis, np.newaxis]
        return output

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:
        """(H', O, W', N) to (H, C, W, N)."""
        self.delta = delta
        blocks = self._cut(delta)
        if to_parameters:
            self._sum_up(blocks)
            delta.sum(axis=(0, 2, 3), out=self._to_bias)
        return self._spread_back(blocks) if to_inputs else self._inputs

    @property
    def scratch_values(self) -> int:
        """Numbers of scratch memory that an image of a batch takes, both ways together, at most."""
        filters, channels, rows, _ = self.parameter_shapes[0]
        nodes = self.geometry.output[0] * self._blocks
        windows = nodes * rows * channels * self._width
        padded = 2 * self._blocks * self._height * channels * self._width
        return 5 * nodes * filters * self._nodes + 2 * windows + padded

    def padded_inputs(self) -> Array:
        """The input of the last `forward` with its zeros around it, (H + pads, C, W + pads, N), a copy."""
        top, left, bottom, right = self.geometry.pads
        return np.pad(self._inputs, ((top, bottom), (0, 0), (left, right), (0, 0)))

    def _band_of(self, matrix: Array) -> Array:
        """The places of the weights in a banded matrix, (O, columns of nodes, kh, C, kw)."""
        filters, channels, rows, columns = self.parameter_shapes[0]
        # One node further, the same weights stand one stride further along the input's columns: a step along the node
        # axis is a step in the matrix's rows and its columns at once, which a stride of the view expresses.
        spread = matrix.reshape(filters, self._nodes, rows, channels, self._width)
        per_filter, per_node, per_row, per_channel, one = spread.strides
        geometry = self.geometry
        return as_strided(
            spread,
            (filters, self._nodes, rows, channels, columns),
            (per_filter, per_node + geometry.stride * one, per_row, per_channel, geometry.dilation * one),
        )

    def _windows_of(self, inputs: Array) -> Array:
        """The inputs of every row of nodes, (blocks, H', kh · C · width, N); a view unless rows are left out."""
        geometry = self.geometry
        blocks = self._padded_blocks(inputs) if self._moved else inputs[np.newaxis]
        _, _, channels, width, count = blocks.shape
        per_block, per_row, *inner = blocks.strides
        rows, nodes = geometry.kernel[0], geometry.output[0]
        # The windows of neighbouring rows of nodes share most of their memory; nothing here is written to.
        windows = as_strided(
            blocks,
            (self._blocks, nodes, rows, channels, width, count),
            (per_block, geometry.stride * per_row, geometry.dilation * per_row, *inner),
        )
        return windows.reshape(self._blocks, nodes, rows * channels * width, count)

    def _padded_blocks(self, inputs: Array) -> Array:
        """The input with its zeros around, cut into blocks that overlap, (blocks, height, C, width, N)."""
        blocks = self._scratch.array(
            "blocks", (self._blocks, self._height, inputs.shape[1], self._width, inputs.shape[3])
        )
        for block, (own, its) in zip(blocks, self._columns(), strict=True):
            block[self._rows(), :, own] = inputs[:, :, its]
        return blocks

    def _rows(self) -> slice:
        """Rows of the padded input that are the input's own."""
        top = self.geometry.pads[0]
        return slice(top, top + self.geometry.inputs[0])

    def _columns(self) -> list[tuple[slice, slice]]:
        """For each block, which of its columns lie in the input, and which of the input's they are."""
        left, width = self.geometry.pads[1], self.geometry.inputs[1]
        found = []
        for block in range(self._blocks):
            begin = block * self._nodes * self.geometry.stride - left
            first = max(begin, 0)
            last = max(first, min(begin + self._width, width))
            found.append((slice(first - begin, last - begin), slice(first, last)))
        return found

    def _join_blocks(self, sums: Array) -> Array:
        """(blocks, H', O · nodes, N) as maps (H', O, W', N)."""
        (rows, columns), count = self.geometry.output, sums.shape[-1]
        if self._blocks == 1:
            return sums.reshape(rows, -1, columns, count)
        output = self._scratch.array("output", (rows, len(self.bias), columns, count))
        for index, block in enumerate(sums.reshape(self._blocks, rows, -1, self._nodes, count)):
            target = output[:, :, index * self._nodes : (index + 1) * self._nodes]
            target[...] = block[:, :, : target.shape[2]]
        return output

    def _cut(self, delta: Array) -> Array:
        """Maps (H', O, W', N) as blocks (blocks, H', O · nodes, N); nodes beyond the last column are zero."""
        rows, filters, _, count = delta.shape
        if self._blocks == 1:
            return delta.reshape(1, rows, -1, count)
        blocks = self._scratch.array("delta", (self._blocks, rows, filters, self._nodes, count))
        for index, block in enumerate(blocks):
            source = delta[:, :, index * self._nodes : (index + 1) * self._nodes]
            block[:, :, : source.shape[2]] = source
        return blocks.reshape(self._blocks, rows, -1, count)

    def _sum_up(self, delta: Array) -> None:
        """The weights' gradient: the products of all errors with their windows, summed along the bands."""
        shape = delta.shape[2], self._windows.shape[2]
        total = np.zeros(shape, delta.dtype)
        # One call multiplies as many rows of nodes as have their products in the cache, and they are summed while they
        # are there; the products of all rows would go to memory and back.
        at_once = max(1, AT_ONCE // total.nbytes)
        windows = self._windows.transpose(0, 1, 3, 2)
        products = self._scratch.array("products", (min(at_once, self.geometry.output[0]), *shape))
        for block in range(self._blocks):
            rows = delta[block]
            for begin in range(0, len(rows), at_once):
                part = rows[begin : begin + at_once]
                some = products[: len(part)]
                np.matmul(part, windows[block, begin : begin + at_once], out=some)
                total += some.sum(axis=0)
        # A weight's gradient is the sum over its copies in the band; what lies beside the bands belongs to no weight.
        self._to_weights[...] = self._band_of(total).sum(axis=1).transpose(0, 2, 1, 3)

    def _spread_back(self, delta: Array) -> Array:
        """The input's gradient (H, C, W, N): every window's share, added where the windows lie."""
        geometry = self.geometry
        (nodes, _), count = geometry.output, delta.shape[-1]
        _, channels, rows, _ = self.weights.shape
        # Still the band of the last `forward`: weights change only after `backward`.
        band = self._scratch.array("band", (delta.shape[2], rows * channels * self._width))
        shares = self._scratch.array("shares", (self._blocks, nodes, band.shape[1], count))
        np.matmul(band.T, delta, out=shares)
        shares = shares.reshape(self._blocks, nodes, rows, channels, self._width, count)
        padded = self._scratch.array("padded", (self._blocks, self._height, channels, self._width, count))
        padded[...] = 0
        # Kernel row by kernel row: within one, the rows of the input that the windows reach are all different, so they
        # are added by slices. All rows at once would add to the same row more than once, and lose sums.
        for row in range(rows):
            first = row * geometry.dilation
            padded[:, first : first + (nodes - 1) * geometry.stride + 1 : geometry.stride] += shares[:, :, row]
        back: Array = padded[0]
        if not self._moved:
            return back
        back = self._scratch.array("back", (*geometry.inputs[:1], channels, geometry.inputs[1], count))
        back[...] = 0
        for block, (own, its) in zip(padded, self._columns(), strict=True):
            # Added, not copied: neighbouring blocks overlap.
            back[:, :, its] += block[self._rows(), :, own]
        return back
