"""Explains one update of one parameter: the terms of its gradient, and the optimiser's step.

A convolution's weight is used at every node of its map, for every image of the batch. Its gradient is the sum, over all
of them, of what it was multiplied with there times the node's error::

    ∂L/∂w[o, c, a, b] = Σ_n Σ_i Σ_j  x_n[c, i·stride + a·dilation, j·stride + b·dilation] · δ_n[o, i, j]

with δ the gradient of the loss with respect to the node's weighted sum. A dense layer's weight is used once an image::

    ∂L/∂w[u, k] = Σ_n  x_n[k] · δ_n[u]

and a bias is what a weight would be whose input is always 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.convolution import Conv
from convexplorer.core.learn.dense_and_activation import Array
from convexplorer.core.learn.loss import Labels, cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.optimisers import BETA1, BETA2, advance
from convexplorer.core.learn.training import Training
from convexplorer.core.project.training_run import OptimiserState
from convexplorer.core.project.training_settings import Rule
from convexplorer.core.runtime.types import Values

WeightIndex = tuple[int, ...]
"""Filter or unit, channel, row and column of a weight; the filter or unit alone for its bias."""


@dataclass(frozen=True, eq=False)
class Term:
    """One product of the sum.

    Parameters
    ----------
    image : int
        Number of the image in the training part.
    row, column : int
        The node in the map; zeros in a dense layer.
    value : float
        What the weight was multiplied with; 1 for a bias.
    error : float
        δ of the node.
    patch : ndarray, shape (C, kh, kw), or None
        All that the node saw; in the first dense layer, the map that the weight lies over, (1, H', W'). None where
        that is no picture.
    """

    image: int
    row: int
    column: int
    value: float
    error: float
    patch: Values | None

    @property
    def product(self) -> float:
        """The term itself."""
        return self.value * self.error


@dataclass(frozen=True)
class Step:
    """How a gradient becomes a change of the weight.

    Parameters
    ----------
    rule : Rule
        The optimiser.
    count : int
        Which step this is, from 1.
    weight, gradient : float
        w and g before weight decay.
    decayed : float
        g + λ·w.
    before, after : tuple of float
        The optimiser's memory before and after: () for SGD, (v,) for momentum, (m, v) for Adam.
    change : float
        What is taken from w.
    decay : float
        λ for this parameter: none for a bias.
    frozen : bool
        Whether training leaves it as it is.
    """

    rule: Rule
    count: int
    weight: float
    gradient: float
    decayed: float
    before: tuple[float, ...]
    after: tuple[float, ...]
    change: float
    decay: float
    frozen: bool

    @property
    def new_weight(self) -> float:
        """W after the step."""
        return self.weight - self.change

    @property
    def corrected(self) -> tuple[float, ...]:
        """Adam's m̂ and v̂, with the bias of the first steps taken out; () for others."""
        if self.rule.method != "adam":
            return ()
        return self.after[0] / (1 - BETA1**self.count), self.after[1] / (1 - BETA2**self.count)


@dataclass(frozen=True, eq=False)
class ImageOutput:
    """The softmax for one image.

    Parameters
    ----------
    image, label : int
        Number of the image in the training part, and its right class.
    logits, probabilities : ndarray, shape (K,)
        z, and exp(z_k) / Σ exp(z).
    loss : float
        −log p of the right class.
    """

    image: int
    label: int
    logits: Array
    probabilities: Array
    loss: float

    @property
    def error(self) -> Array:
        """P − y, shape (K,): the gradient of this image's loss with respect to the logits."""
        error: Array = self.probabilities - (np.arange(len(self.logits)) == self.label)
        return error


@dataclass(frozen=True, eq=False)
class Update:
    """The next step as one weight or bias takes it.

    Parameters
    ----------
    layer, index
        Which layer that learns (`Network.weight_shapes`), and which of its weights, or the bias of which unit.
    dense : bool
        Whether it is a dense layer.
    plane : ndarray, shape (kh, kw)
        All weights of the filter in that channel, before the step; in the first one for a bias.
    loss : float
        Of the batch, before the step.
    gradient : float
        ∂L/∂w: the sum of all terms.
    count : int
        How many terms there are, zeros included.
    by_image : ndarray, shape (N,), float64
        The sum of the terms of each image of the batch.
    by_node : ndarray, shape (H', W'), float64
        The sum of the terms of each node over the batch; a dense layer's unit is one node.
    terms : tuple of Term
        The largest ones, by magnitude.
    step : Step
        What follows from the gradient; no change where the filter is frozen.
    answers : tuple of ImageOutput
        One for each image of the batch.
    """

    layer: int
    index: WeightIndex
    dense: bool
    plane: Values
    loss: float
    gradient: float
    count: int
    by_image: NDArray[np.float64]
    by_node: NDArray[np.float64]
    terms: tuple[Term, ...]
    step: Step
    answers: tuple[ImageOutput, ...]


@dataclass(frozen=True, eq=False)
class _Used:
    """Where a parameter was used: inputs and errors, (H', W', N) each, and what a node of an image saw."""

    inputs: Array
    errors: Array
    patch: Callable[[int, int, int], Values | None]


def explain_update(training: Training, layer: int, index: WeightIndex, most: int = 12) -> Update:
    """Work out what the next step does to one weight or bias; nothing of the training changes.

    Parameters
    ----------
    training : Training
        Between two steps.
    layer : int
        A layer that learns, convolutions first, from 0.
    index : tuple of int
        Filter or unit, channel, row and column of the weight; the filter or unit alone for its bias.
    most : int
        How many of the largest terms are wanted.
    """
    network = training.network
    numbers = training.indices()
    images, labels = training.dataset.train.batch(numbers)
    logits = network.forward(images)
    loss = cross_entropy(logits, labels)
    answers = _answers(numbers, labels, logits, loss.probabilities, loss.losses)
    network.backward(loss.delta, everything=True)

    at = layer - len(network.convolutions)
    dense = at >= 0
    used = _in_dense(network, at, index) if dense else _in_convolution(network.convolutions[layer], index)
    products = used.inputs.astype(np.float64) * used.errors
    gradient = float(products.sum())
    terms = []
    for place in np.argsort(-np.abs(products), axis=None, kind="stable")[:most]:
        i, j, n = (int(one) for one in np.unravel_index(place, products.shape))
        value, error = float(used.inputs[i, j, n]), float(used.errors[i, j, n])
        terms.append(Term(int(numbers[n]), i, j, value, error, used.patch(i, j, n)))
    step = _step(training, network.position(layer, index), gradient)
    by_image, by_node = products.sum(axis=(0, 1)), products.sum(axis=2)
    unit, channel = index[0], index[1] if len(index) > 1 else 0
    shape = network.weight_shapes[layer]
    begin = network.position(layer, (unit, 0, 0, 0))
    weights = network.values[begin : begin + prod(shape[1:])]
    _, channels, rows, columns = shape
    plane = weights.reshape(rows, channels, columns)[:, channel] if dense else weights.reshape(shape[1:])[channel]
    return Update(
        layer,
        index,
        dense,
        np.array(plane, np.float32),
        loss.mean,
        gradient,
        products.size,
        by_image,
        by_node,
        tuple(terms),
        step,
        answers,
    )


def _in_convolution(conv: Conv, index: WeightIndex) -> _Used:
    """Every node of the filter's map."""
    geometry = conv.geometry
    stride, dilation, (height, width) = geometry.stride, geometry.dilation, geometry.output
    inputs, errors = conv.padded_inputs(), conv.delta[:, index[0]]
    if len(index) == 1:
        seen = np.ones_like(errors)
    else:
        _, channel, row, column = index
        seen = inputs[row * dilation :: stride, channel, column * dilation :: stride][:height, :width]

    def patch(i: int, j: int, n: int) -> Values:
        rows, columns = geometry.kernel
        window = inputs[i * stride :: dilation, :, j * stride :: dilation, n][:rows, :, :columns]
        return np.array(window.transpose(1, 0, 2), np.float32)

    return _Used(seen, errors, patch)


def _in_dense(network: Network, number: int, index: WeightIndex) -> _Used:
    """One node: the unit."""
    dense, (channels, rows, columns) = network.dense[number], network.features
    errors = dense.delta[index[0]]
    inputs = dense.inputs if number else dense.inputs.reshape(rows, channels, columns, -1)
    if len(index) == 1:
        seen = np.ones_like(errors)
    elif number:
        seen = inputs[index[1]]
    else:
        seen = inputs[index[2], index[1], index[3]]

    def patch(_i: int, _j: int, n: int) -> Values | None:
        return None if number or len(index) == 1 else np.array(inputs[np.newaxis, :, index[1], :, n], np.float32)

    return _Used(seen[np.newaxis, np.newaxis], errors[np.newaxis, np.newaxis], patch)


def batch_loss(training: Training, numbers: NDArray[np.int64]) -> float:
    """Loss of some training images as the network is now."""
    images, labels = training.dataset.train.batch(numbers)
    return cross_entropy(training.network.forward(images), labels).mean


def _answers(
    numbers: NDArray[np.int64], labels: Labels, logits: Array, probabilities: Array, losses: Array
) -> tuple[ImageOutput, ...]:
    return tuple(
        ImageOutput(int(numbers[n]), int(labels[n]), logits[:, n].copy(), probabilities[:, n].copy(), float(losses[n]))
        for n in range(len(numbers))
    )


def _step(training: Training, position: int, gradient: float) -> Step:
    """What the optimiser would do with one weight: the same code as in training, in float64, on one number."""
    network, rule = training.network, training.settings.rule
    here = slice(position, position + 1)
    weight, decays = network.values[here].astype(np.float64), network.decays[here]
    given = np.array([gradient]) * network.learns[here]
    state = training.state.at(position)
    state = OptimiserState(state.first.astype(np.float64), state.second.astype(np.float64), state.count)
    remembers = {"sgd": 0, "momentum": 1, "adam": 2}[rule.method]
    before = (float(state.first[0]), float(state.second[0]))[:remembers]
    change = advance(rule, state, weight, given, decays) * network.learns[here]
    after = (float(state.first[0]), float(state.second[0]))[:remembers]
    decay, frozen = rule.decay * float(decays[0]), not network.learns[position]
    decayed = float(given[0] + decay * weight[0])
    count, taken = state.count, float(change[0])
    return Step(rule, count, float(weight[0]), gradient, decayed, before, after, taken, decay, frozen)
