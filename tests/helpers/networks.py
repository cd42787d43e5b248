"""Random stacks, and what goes through them in float64 by means that share nothing with the program's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate
from scipy.special import expit

from convexplorer.core.model.activations import ACTIVATIONS
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer

Doubles = NDArray[np.float64]
DEFINITIONS = {
    "relu": lambda z: np.maximum(z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": expit,
    "none": lambda z: z,
}


def random_conv(
    rng: np.random.Generator, channels: int, *, linear: bool = False, filters: int | None = None
) -> ConvLayer:
    """Any stride, padding, dilation, kernel and activation, some channels muted, some filters off."""
    count = int(rng.integers(1, 6)) if filters is None else filters
    size = tuple(int(n) for n in rng.integers(1, 5, 2))
    weights = rng.normal(size=(count, channels, *size)) / np.sqrt(channels * size[0] * size[1])
    bank = FilterBank.from_arrays(weights, rng.normal(size=count) / 4)
    if rng.random() < 0.3 and count > 1:
        off = int(rng.integers(count))
        bank = bank.with_filters({off: type(bank[off])(bank[off].weights, bank[off].bias, enabled=False)})
    return ConvLayer(
        bank,
        stride=int(rng.choice([1, 1, 2, 3])),
        padding=("valid", "same", int(rng.integers(0, 3)))[rng.integers(3)],
        dilation=int(rng.choice([1, 1, 2])),
        activation=str(rng.choice(("relu", "leaky_relu", "none") if linear else ACTIVATIONS)),  # type: ignore[arg-type]
        muted=frozenset({int(rng.integers(channels))}) if rng.random() < 0.2 and channels > 1 else frozenset(),
    )


def random_pool(rng: np.random.Generator) -> PoolLayer:
    size = int(rng.integers(1, 4))
    return PoolLayer(("max", "average")[rng.integers(2)], size, int(rng.integers(1, size + 1)))


def random_stack(
    rng: np.random.Generator, channels: int, convolutions: int = 3, *, linear: bool = False
) -> tuple[Layer, ...]:
    """Convolutions with poolings between, the last layer of either kind."""
    layers: list[Layer] = []
    for _ in range(convolutions):
        layer = random_conv(rng, channels, linear=linear)
        layers.append(layer)
        channels = len(layer.bank)
        if rng.random() < 0.4:
            layers.append(random_pool(rng))
    return tuple(layers)


def reference_layer(values: Doubles, layer: Layer) -> tuple[Doubles, Doubles]:
    """Sums and values of all maps of a layer, filters that are off left out (zeros)."""
    if isinstance(layer, PoolLayer):
        join = {"max": np.max, "average": np.mean}[layer.kind]
        rows, columns = ((size - layer.size) // layer.stride + 1 for size in values.shape[1:])
        made = np.empty((len(values), rows, columns))
        for i in range(rows):
            for j in range(columns):
                top, left = i * layer.stride, j * layer.stride
                made[:, i, j] = join(values[:, top : top + layer.size, left : left + layer.size], axis=(1, 2))
        return made, made
    top, left, bottom, right = layer.geometry(*values.shape[1:]).pads
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right)))
    sums, results = [], []
    for one in layer.bank:
        kh, kw = one.size
        spread = np.zeros((one.channels, (kh - 1) * layer.dilation + 1, (kw - 1) * layer.dilation + 1))
        spread[:, :: layer.dilation, :: layer.dilation] = one.weights
        spread[sorted(layer.muted)] = 0.0
        total = sum(correlate(x, w, mode="valid", method="direct") for x, w in zip(padded, spread, strict=True))
        total = total[:: layer.stride, :: layer.stride] + one.bias
        sums.append(total)
        results.append(DEFINITIONS[layer.activation](total) * one.enabled)
    return np.stack(sums), np.stack(results)


def reference(values: Doubles, layers: Sequence[Layer]) -> Doubles:
    """What leaves a stack, shape (C, H, W)."""
    for layer in layers:
        if layer.enabled:
            values = reference_layer(values, layer)[1]
    return values
