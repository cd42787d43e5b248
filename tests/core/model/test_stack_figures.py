"""Shapes, receptive fields and costs of stacks, against ONNX, brute force and formulas of their own."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, shape_inference

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.receptive import field_of
from convexplorer.core.model.stack_figures import figures, geometries, shapes, totals
from convexplorer.errors import InvalidValueError
from tests.helpers.networks import random_stack, reference
from tests.helpers.readers import visible_pixels


def conv(filters: int, channels: int, size: int | tuple[int, int], **settings: object) -> ConvLayer:
    height, width = (size, size) if isinstance(size, int) else size
    return ConvLayer(FilterBank.from_arrays(np.ones((filters, channels, height, width))), **settings)


def inferred(layers: tuple[Layer, ...], shape: tuple[int, int, int]) -> list[tuple[int, ...]]:
    """Shapes by ONNX's own rules."""
    nodes, initializers, name = [], [], "input"
    for at, layer in enumerate(layers):
        if isinstance(layer, PoolLayer):
            kind = {"max": "MaxPool", "average": "AveragePool"}[layer.kind]
            node = helper.make_node(
                kind, [name], [f"out{at}"], kernel_shape=[layer.size] * 2, strides=[layer.stride] * 2
            )
        else:
            weights = f"w{at}"
            dims = [len(layer.bank), *layer.bank.shape]
            initializers.append(helper.make_tensor(weights, TensorProto.FLOAT, dims, np.ones(dims).ravel()))
            padding = (
                {"auto_pad": "SAME_UPPER"}
                if layer.padding == "same"
                else {"pads": [0 if layer.padding == "valid" else layer.padding] * 4}
            )
            node = helper.make_node(
                "Conv",
                [name, weights],
                [f"out{at}"],
                strides=[layer.stride] * 2,
                dilations=[layer.dilation] * 2,
                **padding,
            )
        nodes.append(node)
        name = f"out{at}"
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, *shape))
    wanted = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [given], [wanted], initializers)
    model = shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]))
    onnx.checker.check_model(model)
    found = {one.name: one for one in (*model.graph.value_info, *model.graph.output)}
    return [
        tuple(axis.dim_value for axis in found[f"out{at}"].type.tensor_type.shape.dim)[1:] for at in range(len(layers))
    ]


@pytest.mark.parametrize("seed", range(60))
def test_shapes_are_those_of_onnx(seed):
    rng = np.random.default_rng(seed)
    layers = random_stack(rng, 3)
    shape = 3, int(rng.integers(20, 50)), int(rng.integers(20, 50))
    try:
        made = shapes(layers, shape)
    except InvalidValueError:
        return  # ONNX's rules round such sizes towards zero, and find a node where there is none.
    assert made == inferred(layers, shape)


@pytest.mark.parametrize("seed", range(12))
def test_receptive_fields_by_brute_force(seed):
    """A node sees exactly the pixels whose change changes it, in a network of positive weights without activations."""
    rng = np.random.default_rng(seed)
    layers = []
    for layer in random_stack(rng, 1, 2):
        if isinstance(layer, PoolLayer):
            layers.append(PoolLayer("average", layer.size, layer.stride))
        else:
            bank = FilterBank.from_arrays(rng.random((1, 1, *layer.bank.size)) + 0.5)
            layers.append(ConvLayer(bank, layer.stride, layer.padding, layer.dilation, "none"))
    height, width = int(rng.integers(14, 22)), int(rng.integers(14, 22))
    try:
        lying = geometries(layers, (1, height, width))
    except InvalidValueError:
        return
    field = field_of(lying)
    assert field == figures(layers, (1, height, width))[-1].field
    # One pass for each pixel: which nodes it reaches.
    reached = {
        (y, x): reference(np.eye(height * width)[y * width + x].reshape(1, height, width), layers)[0] > 0
        for y in range(height)
        for x in range(width)
    }
    rows, columns = lying[-1].output
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)):
        pixels = {place for place, nodes in reached.items() if nodes[row, column]}
        ys, xs = visible_pixels(lying, row, column)
        assert pixels == {(y, x) for y in ys.tolist() for x in xs.tolist()}
        top, left, bottom, right = field.rectangle(row, column)
        assert all(top <= y < bottom and left <= x < right for y, x in pixels)
        if rows // 2 == row and len(ys) and top >= 0 and bottom <= height and left >= 0 and right <= width:
            assert (ys[0], ys[-1], xs[0], xs[-1]) == (top, bottom - 1, left, right - 1)
        assert field.node_at(*field.centre(row, column), (rows, columns)) == (row, column)
        assert field.node(*field.centre(row, column)) == (row, column)


def test_a_worked_receptive_field():
    """Conv 7 × 7 by 2 with 3 zeros, max pooling 3 by 2, conv 3 × 3 with 1 zero: the beginning of ResNet."""
    layers = (conv(1, 1, 7, stride=2, padding=3), PoolLayer("max", 3, 2), conv(1, 1, 3, padding=1))
    made = [one.field for one in figures(layers, (1, 224, 224))]
    assert [one.size[0] for one in made] == [7, 11, 19]
    assert [one.step for one in made] == [2, 4, 4]
    assert [one.origin[0] for one in made] == [-3, -3, -7]
    assert made[2].rectangle(1, 2) == (-3, 1, 16, 20)


def test_costs_of_lenet():
    """Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998: C1 has 156 parameters and
    122,304 connections."""
    (one,) = figures((conv(6, 1, 5),), (1, 32, 32))
    assert one.outputs == (6, 28, 28)
    assert (one.parameters, one.connections, one.multiply_adds) == (156, 122_304, 117_600)


def test_costs_of_a_stack():
    layers = (conv(8, 3, 3), PoolLayer("max", 2, 2), conv(16, 8, (5, 3), padding="same", stride=2))
    first, pool, second = made = figures(layers, (3, 324, 576))
    assert first.parameters == 8 * (3 * 3 * 3 + 1) == 224
    assert first.outputs == (8, 322, 574)
    assert first.connections == 8 * 322 * 574 * 28
    assert (pool.parameters, pool.multiply_adds, pool.connections) == (0, 0, 8 * 161 * 287 * 4)
    assert pool.outputs == (8, 161, 287)
    assert second.outputs == (16, 81, 144)
    assert second.multiply_adds == 16 * 81 * 144 * 8 * 15
    sums = totals(made)
    assert sums.parameters == 224 + 16 * 121
    assert sums.multiply_adds == first.multiply_adds + second.multiply_adds
    off = figures((layers[0], PoolLayer("max", 2, 2, enabled=False), conv(2, 8, 3)), (3, 324, 576))
    assert off[1].outputs == off[1].inputs == (8, 322, 574)
    assert (off[1].geometry, off[1].connections, off[1].field) == (None, 0, off[0].field)


def test_what_does_not_fit_is_named():
    with pytest.raises(InvalidValueError) as caught:
        shapes((conv(4, 1, 5), PoolLayer("max", 3, 3), conv(2, 4, 7)), (1, 20, 30))
    line = "Conv 2: a window of 7 × 7 does not fit an input of 5 × 8: ⌊(5 + 0 − 7) / 1⌋ + 1 = −1 rows"
    assert str(caught.value) == line
