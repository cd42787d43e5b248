"""Direct convolution by ONNX Runtime: where the kernel could not be built, and on other devices than the processor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from convexplorer.core.engine.routes import devices
from convexplorer.core.engine.routes.gemm import RUN
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import activate
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.threads_and_device import CPU, settings
from convexplorer.core.runtime.types import Values


def by_onnxruntime(work: Work) -> Values:
    """A Conv node for each run of channels. Its weights are an input of the graph, so an edit needs no new session."""
    work = work.plain()
    channels, kernel = len(work.image), work.geometry.kernel[0] * work.geometry.kernel[1]
    if channels * kernel <= RUN:
        relu = work.activation == "relu"
        maps = _conv(work, work.image, work.weights, work.bias, relu=relu)
        return maps if relu else activate(maps, work.activation)
    terms = _terms(work)
    maps = _conv(work, *next(terms), work.bias)
    for image, weights in terms:
        work.check()
        maps += _conv(work, image, weights, np.zeros_like(work.bias))
    return activate(maps, work.activation)


def _terms(work: Work) -> Iterator[tuple[Values, Values]]:
    """Image and weights as terms of a sum: few channels each, and few rows of the weights that are not zero."""
    _, channels, height, width = work.weights.shape
    depth = max(1, RUN // (height * width))
    rows = max(1, RUN // width) if depth == 1 else height
    for channel, row in product(range(0, channels, depth), range(0, height, rows)):
        part = work.weights[:, channel : channel + depth]
        term = np.zeros_like(part)
        term[:, :, row : row + rows] = part[:, :, row : row + rows]
        yield work.image[channel : channel + depth], term


def _conv(work: Work, image: Values, weights: Values, bias: Values, *, relu: bool = False) -> Values:
    geometry = work.geometry
    maps = results.empty(work.shape)

    def run(device: str) -> None:
        session = _session(geometry.stride, geometry.dilation, geometry.pads, relu, settings.threads, device)
        _run(session, image, weights, bias, maps)

    devices.attempt(run)
    return maps


def _run(session: Any, image: Values, weights: Values, bias: Values, maps: Values) -> None:
    binding = session.io_binding()
    inputs = {name: np.ascontiguousarray(one) for name, one in (("weights", weights), ("bias", bias))}
    inputs["image"] = np.ascontiguousarray(image)[np.newaxis]
    # By address, since arrays as such are copied.
    for name, values in inputs.items():
        binding.bind_input(name, "cpu", 0, np.float32, values.shape, values.ctypes.data)
    # Into an array of ours: else the session's pool would keep the memory of the largest maps for ever.
    binding.bind_output("maps", "cpu", 0, np.float32, (1, *maps.shape), maps.ctypes.data)
    session.run_with_iobinding(binding)


def try_device() -> None:
    """Let the chosen device compute something small, so that one that fails is known before it is needed."""
    image, weights = np.zeros((1, 8, 8), np.float32), np.zeros((1, 1, 3, 3), np.float32)
    by_onnxruntime(Work(image, weights, np.zeros(1, np.float32), Geometry.of((8, 8), (3, 3))))


@lru_cache(maxsize=16)
def _session(stride: int, dilation: int, pads: tuple[int, int, int, int], relu: bool, threads: int, device: str) -> Any:
    """A session of ONNX Runtime for these attributes; shapes stay open."""
    from onnx import TensorProto, helper

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    sums = "sums" if relu else "maps"
    nodes = [
        helper.make_node(
            "Conv", ["image", "weights", "bias"], [sums], strides=[stride] * 2, dilations=[dilation] * 2, pads=pads
        )
    ]
    if relu:
        # `activate` as a node: ONNX Runtime fuses the two, which saves a pass through memory.
        nodes.append(helper.make_node("Relu", [sums], ["maps"]))
    inputs = [tensor("image", 1, "C", "H", "W"), tensor("weights", "O", "C", "kh", "kw"), tensor("bias", "O")]
    graph = helper.make_graph(nodes, "layer", inputs, [tensor("maps", 1, "O", "rows", "columns")])
    # Old versions, which every runtime reads; the operators have not changed since.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7)

    session = devices.open_session(model.SerializeToString(), threads, device)
    if device != CPU:
        size = 16 + 2 * dilation
        geometry = Geometry((size, size), (3, 3), stride, dilation, pads)

        def compute(image: Values, weights: Values, bias: Values) -> Values:
            maps = np.empty((len(weights), *geometry.output), np.float32)
            _run(session, image, weights, bias, maps)
            return maps

        devices.check(compute, geometry, relu=relu)
    return session
