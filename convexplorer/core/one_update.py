"""One update by hand: where the gradient of a single weight comes from, and what the optimiser makes of it.

A weight is used at every node of its map, for every image of the batch. Its gradient is the sum, over all of them, of
what it was multiplied with there times the node's error::

    ∂L/∂w[o, c, a, b] = Σ_n Σ_i Σ_j  x_n[c, i·stride + a·dilation, j·stride + b·dilation] · δ_n[o, i, j]

with δ the gradient of the loss with respect to the node's weighted sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.images import Values
from convexplorer.core.loss import Labels, cross_entropy
from convexplorer.core.nn import Array
from convexplorer.core.optimisers import BETA1, BETA2, Rule, State, advance
from convexplorer.core.training import Training

WeightIndex = tuple[int, int, int, int]
"""Filter, channel, row and column of a weight."""


@dataclass(frozen=True, eq=False)
class Term:
    """One product of the sum.

    Parameters
    ----------
    image : int
        Number of the image in the training part.
    row, column : int
        The node in the map.
    value : float
        What the weight was multiplied with.
    error : float
        δ of the node.
    patch : ndarray, shape (C, kh, kw)
        All that the node saw.
    """

    image: int
    row: int
    column: int
    value: float
    error: float
    patch: Values

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
    """

    rule: Rule
    count: int
    weight: float
    gradient: float
    decayed: float
    before: tuple[float, ...]
    after: tuple[float, ...]
    change: float

    @property
    def frozen(self) -> bool:
        """Whether nothing is taken although the rule would."""
        return self.change == 0 and any(self.after or (self.decayed,))

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
class Answer:
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
    """The next step as one weight takes it.

    Parameters
    ----------
    layer, index
        Which convolutional layer, and which of its weights.
    plane : ndarray, shape (kh, kw)
        All weights of the filter in that channel, before the step.
    loss : float
        Of the batch, before the step.
    gradient : float
        ∂L/∂w: the sum of all terms.
    count : int
        How many terms there are, zeros included.
    by_image : ndarray, shape (N,), float64
        The sum of the terms of each image of the batch.
    by_node : ndarray, shape (H', W'), float64
        The sum of the terms of each node over the batch.
    terms : tuple of Term
        The largest ones, by magnitude.
    step : Step
        What follows from the gradient; no change where the filter is frozen.
    answers : tuple of Answer
        One for each image of the batch.
    """

    layer: int
    index: WeightIndex
    plane: Values
    loss: float
    gradient: float
    count: int
    by_image: NDArray[np.float64]
    by_node: NDArray[np.float64]
    terms: tuple[Term, ...]
    step: Step
    answers: tuple[Answer, ...]


def explain_update(training: Training, layer: int, index: WeightIndex, most: int = 12) -> Update:
    """Work out what the next step does to one weight; nothing of the training changes.

    Parameters
    ----------
    training : Training
        Between two steps.
    layer : int
        Convolutional layer, from 0.
    index : (int, int, int, int)
        Filter, channel, row and column of the weight.
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

    conv = network.convolutions[layer]
    filter_index, channel, row, column = index
    stride, dilation = conv.geometry.stride, conv.geometry.dilation
    height, width = conv.geometry.output
    inputs = conv.padded_inputs()
    seen = inputs[row * dilation :: stride, channel, column * dilation :: stride][:height, :width]
    errors = conv.delta[:, filter_index]
    products = seen.astype(np.float64) * errors
    gradient = float(products.sum())

    terms = []
    for place in np.argsort(-np.abs(products), axis=None, kind="stable")[:most]:
        i, j, n = (int(at) for at in np.unravel_index(place, products.shape))
        rows, columns = conv.geometry.kernel
        window = inputs[i * stride :: dilation, :, j * stride :: dilation, n][:rows, :, :columns]
        patch = np.array(window.transpose(1, 0, 2), np.float32)
        terms.append(Term(int(numbers[n]), i, j, float(seen[i, j, n]), float(errors[i, j, n]), patch))
    step = _step(training, network.position(layer, index), gradient)
    by_image, by_node = products.sum(axis=(0, 1)), products.sum(axis=2)
    plane = np.array(conv.weights[filter_index, channel], np.float32)
    return Update(
        layer, index, plane, loss.mean, gradient, products.size, by_image, by_node, tuple(terms), step, answers
    )


def batch_loss(training: Training, numbers: NDArray[np.int64]) -> float:
    """Loss of some training images as the network is now."""
    images, labels = training.dataset.train.batch(numbers)
    return cross_entropy(training.network.forward(images), labels).mean


def _answers(
    numbers: NDArray[np.int64], labels: Labels, logits: Array, probabilities: Array, losses: Array
) -> tuple[Answer, ...]:
    return tuple(
        Answer(int(numbers[n]), int(labels[n]), logits[:, n].copy(), probabilities[:, n].copy(), float(losses[n]))
        for n in range(len(numbers))
    )


def _step(training: Training, position: int, gradient: float) -> Step:
    """What the optimiser would do with one weight: the same code as in training, in float64, on one number."""
    network, rule = training.network, training.settings.rule
    here = slice(position, position + 1)
    weight, decays = network.values[here].astype(np.float64), network.decays[here]
    given = np.array([gradient]) * network.learns[here]
    state = training.state.at(position)
    state = State(state.first.astype(np.float64), state.second.astype(np.float64), state.count)
    remembers = {"sgd": 0, "momentum": 1, "adam": 2}[rule.method]
    before = (float(state.first[0]), float(state.second[0]))[:remembers]
    change = advance(rule, state, weight, given, decays) * network.learns[here]
    after = (float(state.first[0]), float(state.second[0]))[:remembers]
    decayed = float(given[0] + rule.decay * decays[0] * weight[0])
    return Step(rule, state.count, float(weight[0]), gradient, decayed, before, after, float(change[0]))
