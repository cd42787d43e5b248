"""Formulas beside the figures of layers give these figures, and ONNX Runtime finds the same."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model import arithmetic
from convexplorer.core.model.arithmetic import Count
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.model.stack_figures import figures, fitting_figures, totals
from convexplorer.errors import InvalidValueError
from convexplorer.io.filters.onnx_export import onnx_model
from tests.helpers.networks import random_stack


def worked_out(count: Count) -> int:
    plain = re.sub(r"⌊\((.*?)\) / (\d+)⌋", r"((\1) // \2)", count.formula).replace("×", "*").replace("−", "-")
    return eval(plain or "0")  # noqa: S307


def stacks(seed: int):
    rng = np.random.default_rng(seed)
    while True:  # Until every window fits.
        layers = random_stack(rng, 3)
        shape = 3, int(rng.integers(24, 50)), int(rng.integers(24, 50))
        made, problem = fitting_figures(layers, shape)
        if problem is None:
            return rng, layers, shape, made


@pytest.mark.parametrize("seed", range(25))
def test_every_formula_gives_its_figure(seed):
    _, layers, _, made = stacks(seed)
    below = ReceptiveField()
    for layer, one in zip(layers, made, strict=True):
        geometry = one.geometry
        counts = [
            (arithmetic.outputs(one), int(np.prod(one.outputs))),
            (arithmetic.parameters(layer, one), one.parameters),
            (arithmetic.connections(layer, one), one.connections),
            (arithmetic.multiply_adds(layer, one), one.multiply_adds),
            *((arithmetic.nodes(geometry, axis), one.outputs[1 + axis]) for axis in (0, 1)),
            *((arithmetic.field_size(geometry, below, axis), one.field.size[axis]) for axis in (0, 1)),
            (arithmetic.field_step(geometry, below), one.field.step),
        ]
        for count, figure in counts:
            assert worked_out(count) == count.value == figure
        below = one.field


@pytest.mark.parametrize("seed", range(25))
def test_whole_networks_agree_with_onnxruntime(seed):
    """Shapes and values of every layer as the exported model gives them, and parameters as many as it holds."""
    rng, layers, shape, made = stacks(seed)
    layers = tuple(unmuted(layer) for layer in layers)
    image = rng.random(shape).astype(np.float32)
    model = onnx_model(layers, Preparation(grey=False))
    names = [f"layer{at + 1}" for at in range(len(layers) - 1)]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run([*names, "maps"], {"image": image[np.newaxis]})
    for depth, (one, theirs) in enumerate(zip(made, found, strict=True), 1):
        assert theirs.shape[1:] == one.outputs
        ours = Stack().through(Prepared(image), layers[:depth]).values()
        np.testing.assert_allclose(theirs[0], ours, atol=1e-4)
    # Where a dilated kernel was spread, zeros stand between its weights.
    held = [onnx.numpy_helper.to_array(one) for one in model.graph.initializer]
    assert totals(made).parameters == sum(one.size if one.ndim == 1 else np.count_nonzero(one) for one in held)


def unmuted(layer):
    if isinstance(layer, PoolLayer):
        return layer
    bank = FilterBank(tuple(replace(one, enabled=True) for one in layer.bank))
    return replace(layer, bank=bank, muted=frozenset())


@pytest.mark.parametrize("seed", range(12))
def test_multiply_adds_and_connections_counted_one_by_one(seed):
    """Every window is laid, and its inputs are counted, those of the padding too."""
    _, layers, _, made = stacks(seed)
    for layer, one in zip(layers, made, strict=True):
        geometry = one.geometry
        height, width = (one.inputs[1 + axis] + geometry.pads[axis] + geometry.pads[axis + 2] for axis in (0, 1))
        windows = sum(
            len(range(top, top + geometry.span[0], geometry.dilation))
            * len(range(left, left + geometry.span[1], geometry.dilation))
            for top in range(0, height - geometry.span[0] + 1, geometry.stride)
            for left in range(0, width - geometry.span[1] + 1, geometry.stride)
        )
        nodes = one.outputs[1] * one.outputs[2]
        if isinstance(layer, PoolLayer):
            assert (one.multiply_adds, one.connections) == (0, one.outputs[0] * windows)
        else:
            assert one.multiply_adds == len(layer.bank) * one.inputs[0] * windows
            assert one.connections == one.multiply_adds + len(layer.bank) * nodes


def test_what_is_off_has_no_arithmetic():
    layer = ConvLayer(next(one for one in random_stack(np.random.default_rng(0), 3)).bank, enabled=False)
    (one,) = figures((layer,), (3, 20, 20))
    for count in (
        arithmetic.parameters(layer, one),
        arithmetic.connections(layer, one),
        arithmetic.multiply_adds(layer, one),
    ):
        assert count == Count("", 0)


def test_layers_before_one_that_does_not_fit_have_their_figures():
    layers = (ConvLayer(random_stack(np.random.default_rng(0), 1)[0].bank), PoolLayer("max", 30), PoolLayer())
    made, problem = fitting_figures(layers, (1, 20, 20))
    assert made == figures(layers[:1], (1, 20, 20))
    assert isinstance(problem, InvalidValueError)
    assert str(problem).startswith("MaxPool 1: a window of 30 × 30 does not fit")
