"""Whole runs against another implementation: plain loops over windows, float64, derivatives by complex steps.

A step of 1e−30 · i into a parameter gives the loss's derivative as the imaginary part, with no difference of near
numbers (W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40,
1998).
What compares numbers, as max and ReLU do, compares real parts.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.training import BatchDone, Training
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.project.training_settings import Rule, TrainingSettings

STEP = 1e-30


def conv(count, channels, height, width, **settings):
    weights = 0.4 * np.random.default_rng(count).standard_normal((count, channels, height, width))
    return ConvLayer(FilterBank.from_arrays(weights, np.full(count, 0.05)), **settings)


RUNS = {
    "leaky ReLU, overlapping max": [conv(2, 1, 3, 3, activation="leaky_relu"), PoolLayer("max", 3, 2)],
    "tanh, average": [conv(2, 1, 2, 3, activation="tanh", padding=1), PoolLayer("average", 3, 2)],
    "sigmoid, max": [conv(2, 1, 3, 3, activation="sigmoid", stride=2, padding="same"), PoolLayer("max", 2, 1)],
    "dilated, average, average": [
        PoolLayer("average", 2, 1),
        conv(2, 1, 2, 2, dilation=2),
        PoolLayer("average", 2, 2),
    ],
    "two layers": [
        conv(2, 1, 3, 2, padding=2, stride=2),
        PoolLayer("max", 2, 1),
        conv(3, 2, 2, 2, activation="tanh", padding="same"),
        PoolLayer("average", 2, 2),
    ],
}


def windows(size, kernel, layer):
    """For one axis: the first input of every window, and the zeros before the input, by the rules of the field."""
    dilation, padding = getattr(layer, "dilation", 1), getattr(layer, "padding", "valid")
    span = (kernel - 1) * dilation + 1
    before = after = 0
    if padding == "same":
        after = max((-(-size // layer.stride) - 1) * layer.stride + span - size, 0)
        before = after // 2
        after -= before
    elif padding != "valid":
        before = after = padding
    return [at - before for at in range(0, size + before + after - span + 1, layer.stride)]


def convolved(maps, weights, bias, layer):
    count, _, kernel_rows, kernel_columns = weights.shape
    rows, columns = windows(maps.shape[2], kernel_rows, layer), windows(maps.shape[3], kernel_columns, layer)
    made = np.zeros((len(maps), count, len(rows), len(columns)), complex)
    for (i, top), (j, left), a, b in product(
        enumerate(rows), enumerate(columns), range(kernel_rows), range(kernel_columns)
    ):
        y, x = top + a * layer.dilation, left + b * layer.dilation
        if 0 <= y < maps.shape[2] and 0 <= x < maps.shape[3]:
            made[:, :, i, j] += maps[:, :, y, x] @ weights[:, :, a, b].T
    made += bias[:, None, None]
    if layer.activation in ("relu", "leaky_relu"):
        return np.where(made.real > 0, made, made * (0.01 if layer.activation == "leaky_relu" else 0))
    return {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "none": lambda z: z}[layer.activation](made)


def pooled(maps, layer):
    rows, columns = (windows(size, layer.size, layer) for size in maps.shape[2:])
    made = np.zeros((*maps.shape[:2], len(rows), len(columns)), complex)
    for (i, top), (j, left) in product(enumerate(rows), enumerate(columns)):
        cell = maps[:, :, top : top + layer.size, left : left + layer.size].reshape(*maps.shape[:2], -1)
        largest = np.take_along_axis(cell, cell.real.argmax(axis=2)[..., None], axis=2)[..., 0]
        made[:, :, i, j] = largest if layer.kind == "max" else cell.mean(axis=2)
    return made


class Reference:
    """The same network and optimiser, one number at a time."""

    def __init__(self, layers, network, rule):
        self.layers, self.rule, self.count = layers, rule, 0
        self.values = network.values.astype(np.float64)
        self.shapes = [shape for one in (*network.convolutions, *network.dense) for shape in one.parameter_shapes]
        self.first, self.second = np.zeros_like(self.values), np.zeros_like(self.values)

    def loss(self, values, images, labels):
        parts = iter(np.split(values, np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]))
        shapes = iter(self.shapes)
        maps = images.astype(complex)
        for layer in self.layers:
            if isinstance(layer, ConvLayer):
                weights, bias = (next(parts).reshape(next(shapes)) for _ in range(2))
                maps = convolved(maps, weights, bias, layer)
            else:
                maps = pooled(maps, layer)
        weights, bias = (next(parts).reshape(next(shapes)) for _ in range(2))
        logits = maps.transpose(0, 2, 1, 3).reshape(len(maps), -1) @ weights.T + bias
        return (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).mean()

    def step(self, images, labels):
        gradient, moved = np.empty_like(self.values), self.values.astype(complex)
        for at in range(len(moved)):
            moved[at] += STEP * 1j
            loss = self.loss(moved, images, labels)
            gradient[at] = loss.imag / STEP
            moved[at] = self.values[at]
        self.count += 1
        rate = self.rule.rate
        if self.rule.method == "sgd":
            self.values = self.values - rate * gradient
        elif self.rule.method == "momentum":
            self.first = self.rule.momentum * self.first + gradient
            self.values = self.values - rate * self.first
        else:
            self.first = 0.9 * self.first + 0.1 * gradient
            self.second = 0.999 * self.second + 0.001 * gradient**2
            first, second = self.first / (1 - 0.9**self.count), self.second / (1 - 0.999**self.count)
            self.values = self.values - rate * first / (np.sqrt(second) + 1e-8)
        return loss.real


@pytest.mark.parametrize(
    ("name", "method"), [*((name, "sgd") for name in RUNS), ("tanh, average", "momentum"), ("sigmoid, max", "adam")]
)
def test_a_whole_run_is_that_of_the_reference(name, method):
    generator = np.random.default_rng(2)
    images, labels = generator.random((9, 1, 8, 7), dtype=np.float32), generator.integers(0, 2, 9)
    data = Dataset("noise", ("a", "b"), Examples(images, labels), Examples(images[:2], labels[:2]))
    network = Network(RUNS[name], data.shape, 2, dtype=np.float64)
    rule = Rule(method, {"sgd": 0.2, "momentum": 0.05, "adam": 0.01}[method])
    training = Training(network, data, TrainingSettings(rule, batch=4, epochs=2))
    reference = Reference(RUNS[name], network, rule)
    ours, theirs = [], []
    while not training.finished:
        batch = data.train.batch(training.indices())
        done = training.advance()
        if isinstance(done, BatchDone):
            ours.append(done.loss)
            theirs.append(reference.step(*batch))
    assert len(ours) == 6
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    np.testing.assert_allclose(network.values, reference.values, rtol=1e-7, atol=1e-9)
