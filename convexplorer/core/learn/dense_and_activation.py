"""Dense layers and activations with backpropagation.

Arrays between layers have the axes (rows, channels, columns, images): a row of all channels and images lies together
in memory, so a convolution's window over whole rows is a matrix that need not be copied (`core.learn.convolution`),
and every inner loop runs over the images of the batch. Behind the last convolution they are (features, images), the
features in the order rows, channels, columns.

A layer's ``backward`` takes the gradient of the loss with respect to its output ("delta") and gives the one with
respect to its input; on the way it writes the gradients of its parameters (D. Rumelhart, G. Hinton and R. Williams,
"Learning representations by back-propagating errors", Nature 323, 1986). It refers to the last ``forward``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from convexplorer.core.model.activations import LEAK, Activation, activate

Array = NDArray[Any]
"""float32 in use; float64 where gradients are checked."""
Shape = tuple[int, ...]


class NetworkLayer(Protocol):
    """What a `Network` is made of."""

    @property
    def parameter_shapes(self) -> tuple[Shape, ...]:
        """Shapes of what it learns: none, or those of its weights and its bias."""
        ...

    def bind(self, values: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Take over the memory of its parameters and of their gradients, in the order of `parameter_shapes`."""
        ...

    def forward(self, inputs: Array) -> Array:
        """Compute the output; the layer may write it into the same memory the next time."""
        ...

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:
        """Write the parameters' gradients and return the input's; what is not asked for is left as it is."""
        ...


class Plain:
    """The part of a layer that learns nothing."""

    parameter_shapes: tuple[Shape, ...] = ()

    def bind(self, values: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Nothing to take over."""


class Scratch:
    """Memory that is used again by the next batch: fresh pages cost as much as the arithmetic."""

    def __init__(self, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self._kept: dict[str, Array] = {}

    def array(self, name: str, shape: Shape, dtype: DTypeLike | None = None) -> Array:
        """Memory of a name and shape; holds what was last written there, zeros at first."""
        kept = self._kept.get(name)
        if kept is None or kept.shape != shape:
            kept = self._kept[name] = np.zeros(shape, self.dtype if dtype is None else dtype)
        return kept


class Activate(Plain):
    """A layer's activation, written over its input; its slope follows from what came out.

    All here rise with their input, so they and the largest of a window can change places: `Network` applies them behind
    max poolings, where they have the less to do.

    Parameters
    ----------
    kind : Activation
        Any but "none".
    """

    def __init__(self, kind: Activation, dtype: DTypeLike) -> None:
        self.kind = kind
        self._scratch = Scratch(dtype)
        self._output: Array = np.empty(0)

    def forward(self, inputs: Array) -> Array:
        """Any shape."""
        self._output = activate(inputs, self.kind)
        return self._output

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:  # noqa: ARG002
        """The same shape."""
        output = self._output
        if self.kind == "relu":
            passes = np.greater(output, 0, out=self._scratch.array("passes", delta.shape, bool))
            return np.multiply(delta, passes, out=delta)
        slope = self._scratch.array("slope", delta.shape)
        if self.kind == "leaky_relu":
            np.copyto(slope, 1)
            np.copyto(slope, LEAK, where=output <= 0)
        elif self.kind == "tanh":
            np.multiply(output, output, out=slope)
            np.subtract(1, slope, out=slope)
        else:
            np.subtract(1, output, out=slope)
            slope *= output
        return np.multiply(delta, slope, out=delta)


class Dense:
    """weights · x + bias, every unit connected to every input.

    Parameters
    ----------
    inputs, units : int
        Sizes; weights are (units, inputs), the bias (units,).

    Attributes
    ----------
    delta : ndarray, shape (units, N)
        What the last `backward` was given.
    """

    def __init__(self, inputs: int, units: int, dtype: DTypeLike) -> None:
        self.parameter_shapes: tuple[Shape, ...] = ((units, inputs), (units,))
        self._scratch = Scratch(dtype)
        self._inputs: Array = np.empty(0)
        self.delta: Array = np.empty(0)

    @property
    def inputs(self) -> Array:
        """The input of the last `forward`, (inputs, N); a view."""
        return self._inputs

    def bind(self, values: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Weights and bias."""
        self.weights, self.bias = values
        self._to_weights, self._to_bias = gradients

    def forward(self, inputs: Array) -> Array:
        """(H, C, W, N) or (inputs, N) to (units, N)."""
        self._shape = inputs.shape
        self._inputs = inputs.reshape(-1, inputs.shape[-1])
        output = self._scratch.array("output", (len(self.bias), inputs.shape[-1]))
        np.matmul(self.weights, self._inputs, out=output)
        output += self.bias[:, np.newaxis]
        return output

    def backward(self, delta: Array, *, to_parameters: bool, to_inputs: bool) -> Array:
        """(units, N) to the shape of the input."""
        self.delta = delta
        if to_parameters:
            np.matmul(delta, self._inputs.T, out=self._to_weights)
            delta.sum(axis=1, out=self._to_bias)
        back = self._scratch.array("back", self._inputs.shape)
        if to_inputs:
            np.matmul(self.weights.T, delta, out=back)
        return back.reshape(self._shape)
