"""Activations and their slopes, against definitions and differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.routes.fft import by_fft
from convexplorer.core.engine.routes.gemm import by_gemm
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.explain.equation import latex, plain_text
from convexplorer.core.explain.explain import explain
from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.activations import ACTIVATIONS, Activation, activate, is_signed, slope
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer

DEFINITIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": expit,
    "none": lambda z: z,
}
NUMBERS = np.concatenate([np.linspace(-9, 9, 1001), [0.0, -0.0, 1e-30, 1e30, -1e30]])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(activation: Activation, dtype: type) -> None:
    given = NUMBERS.astype(dtype)
    made = activate(given, activation)
    assert made is given
    expected = DEFINITIONS[activation](NUMBERS.astype(dtype).astype(np.float64))
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-7 if dtype == np.float32 else 1e-15)
    assert is_signed(activation) == bool((expected < 0).any())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slopes_are_those_of_differences(activation: Activation) -> None:
    sums = np.linspace(-5, 5, 201) + 0.01
    step = 1e-6
    difference = (DEFINITIONS[activation](sums + step) - DEFINITIONS[activation](sums - step)) / (2 * step)
    np.testing.assert_allclose(slope(sums, activation), difference, atol=1e-8)


def test_a_node_that_gives_nothing_passes_nothing_on() -> None:
    assert slope(np.zeros(1), "relu") == 0.0
    assert slope(np.zeros(1), "leaky_relu") == 0.01


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("size", [3, 31])
def test_every_route_applies_them(activation: Activation, size: int) -> None:
    rng = np.random.default_rng(size)
    image = rng.normal(size=(2, 50, 60)).astype(np.float32)
    bank = FilterBank.from_arrays(rng.normal(size=(3, 2, size, size)) / size, rng.normal(size=3))
    layer = ConvLayer(bank, activation=activation)
    geometry = layer.geometry(50, 60)
    sums = by_gemm(Work(image, bank.weights, bank.bias, geometry))
    expected = DEFINITIONS[activation](sums.astype(np.float64))
    for route in (by_gemm, by_onnxruntime, by_fft):
        made = route(Work(image, bank.weights, bank.bias, geometry, activation))
        np.testing.assert_allclose(made, expected, atol=2e-4)
    np.testing.assert_allclose(feature_maps(Prepared(image), layer, range(3)), expected, atol=2e-4)


@pytest.mark.parametrize(
    ("activation", "text", "formula"),
    [
        ("relu", "ReLU(z) = max(0, z) = 0", r"\operatorname{ReLU}(z) &= \max(0, z) = 0"),
        ("leaky_relu", "LeakyReLU(z) = max(0.01·z, z) = −0.01", r"\max(0.01 z, z) = -0.01"),
        ("tanh", "tanh(z) = −0.762", r"\tanh(z) & = -0.762"),
        ("sigmoid", "σ(z) = 1 / (1 + exp(−z)) = 0.269", r"\frac{1}{1 + e^{-z}} = 0.269"),
    ],
)
def test_equations_name_them(activation: Activation, text: str, formula: str) -> None:
    node = explain(np.ones((1, 1, 2), np.float32), Filter([[[1.0, -2.0]]]), activation)
    assert node.value == DEFINITIONS[activation](np.float64(-1.0))
    assert plain_text(node).splitlines()[-1] == text
    assert formula in latex(node)
    numbers = format_node(node)
    assert abs(read(numbers.value) - node.value) <= numbers.unit / 2
