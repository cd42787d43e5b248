"""Exports a stack of layers as an ONNX model, with which ONNX Runtime and others compute the same maps.

The graph takes ``image``, (N, C, H, W) float32 of any size, prepared as in the program (values in [0, 1] unless that
step is off), and gives ``maps``, (N, O, rows, columns). Its tensors are named ``conv1.weight``, ``conv1.bias``, ….
Layers that are off are left out; muted channels, and maps of filters that are off, are left out by zero weights in what
reads them. Names of the filters are in the metadata.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convexplorer.core.model.activations import LEAK, Activation
from convexplorer.core.model.filters import Weights
from convexplorer.core.model.images import Preparation
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, check_depths
from convexplorer.core.model.preparation import grey_weights
from convexplorer.errors import InvalidValueError, UnwritableFileError
from convexplorer.io.files.atomic import atomic_file

if TYPE_CHECKING:
    from onnx import ModelProto

ONNX_SUFFIX = ".onnx"
OPSET = 14
"""Version of the operators: an old one, which every runtime reads; these have not changed since."""

_ACTIVATIONS: dict[Activation, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAK}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
}


def export_onnx(
    layers: Sequence[Layer], preparation: Preparation, path: str | os.PathLike[str], *, overwrite: bool = True
) -> None:
    """Write a stack as an ONNX model, whole or not at all.

    Parameters
    ----------
    layers : sequence of Layer
        The stack, from the image on; at least one convolution that is on, each with at least one filter.
    preparation : Preparation
        How the image is prepared; told in the metadata, not done by the model.
    path : path-like
        The file; its name ends in `ONNX_SUFFIX`.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    UnwritableFileError
        If the stack cannot be exported, or the file cannot be written; what stood there is intact.
    """
    path = Path(path)
    if path.suffix.lower() != ONNX_SUFFIX:
        raise UnwritableFileError(
            "{file} was not saved: its name must end in {suffix}", file=path.name, suffix=ONNX_SUFFIX
        )
    try:
        data = onnx_model(layers, preparation).SerializeToString()
        with atomic_file(path, overwrite=overwrite) as file:
            file.write(data)
    except InvalidValueError as error:
        raise UnwritableFileError("{file} was not saved: {problem}", file=path.name, problem=error) from error


def onnx_model(layers: Sequence[Layer], preparation: Preparation) -> ModelProto:
    """Make the model.

    Raises
    ------
    InvalidValueError
        If no convolution is on, one that is has no filters, or the layers do not fit each other.
    """
    from onnx import TensorProto, helper, numpy_helper

    check_depths(layers, preparation.channels)
    on = [layer for layer in layers if layer.enabled]
    if not any(isinstance(layer, ConvLayer) for layer in on):
        raise InvalidValueError("there is no convolution that is on")
    nodes, tensors, names = [], [], {}
    value, number, arriving = "image", 0, [True] * preparation.channels
    for at, layer in enumerate(on):
        after = "maps" if at == len(on) - 1 else f"layer{at + 1}"
        if isinstance(layer, PoolLayer):
            kind = {"max": "MaxPool", "average": "AveragePool"}[layer.kind]
            sizes = {"kernel_shape": [layer.size] * 2, "strides": [layer.stride] * 2}
            nodes.append(helper.make_node(kind, [value], [after], **sizes))
        else:
            if not layer.bank:
                raise InvalidValueError("a convolution without filters has no maps")
            number += 1
            weight, bias = f"conv{number}.weight", f"conv{number}.bias"
            weights, attributes = _conv_parts(layer, _weights(layer, arriving))
            tensors += [numpy_helper.from_array(weights, weight), numpy_helper.from_array(layer.bank.bias, bias)]
            sums = after if layer.activation == "none" else f"sums{number}"
            nodes.append(helper.make_node("Conv", [value, weight, bias], [sums], **attributes))
            if layer.activation != "none":
                operator, attributes = _ACTIVATIONS[layer.activation]
                nodes.append(helper.make_node(operator, [sums], [after], **attributes))
            names[f"conv{number}"] = list(layer.bank.names)
            arriving = [one.enabled for one in layer.bank]
        value = after
    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, ("N", preparation.channels, "H", "W"))
    made = helper.make_tensor_value_info("maps", TensorProto.FLOAT, ("N", len(arriving), "rows", "columns"))
    graph = helper.make_graph(nodes, "stack", [given], [made], tensors)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=7, producer_name="Conv Explorer"
    )
    props = {
        "filters": json.dumps(names),
        "colour": "grey" if preparation.grey else "RGB",
        "size": f"{preparation.scale:g}",
        "values in [0, 1]": str(preparation.unit_range),
    }
    if preparation.grey:
        props["grey weights"] = json.dumps(grey_weights(preparation.grey_method))
    helper.set_model_props(model, props)
    return model


def _weights(layer: ConvLayer, arriving: Sequence[bool]) -> Weights:
    """Weights (O, C, kh, kw) with zeros for channels that are muted, or whose filter is off."""
    weights = layer.kernels(range(len(layer.bank)))
    weights[:, ~np.array(arriving, np.bool_)] = 0.0
    return weights


def _conv_parts(layer: ConvLayer, weights: Weights) -> tuple[Weights, dict[str, Any]]:
    """Weights and attributes of a Conv node.

    How many zeros "same" needs depends on the size of the input where the stride is not 1. ONNX Runtime works that out
    itself, but not with a dilation; then zeros between the weights stand for it.
    """
    dilation = layer.dilation
    if layer.padding == "same" and layer.stride > 1:
        spread = np.zeros((*weights.shape[:2], *((size - 1) * dilation + 1 for size in layer.bank.size)), np.float32)
        spread[:, :, ::dilation, ::dilation] = weights
        return spread, {"strides": [layer.stride] * 2, "auto_pad": "SAME_UPPER"}
    if layer.padding == "same":
        totals = [(size - 1) * dilation for size in layer.bank.size]
        pads = [total // 2 for total in totals] + [total - total // 2 for total in totals]
    else:
        pads = [0 if layer.padding == "valid" else layer.padding] * 4
    return weights, {"strides": [layer.stride] * 2, "dilations": [dilation] * 2, "pads": pads}
