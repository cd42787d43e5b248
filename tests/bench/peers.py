"""The libraries that ours is measured against: each takes `Work` and gives a function that computes its maps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convexplorer.core.engine.routes.work import Work
from convexplorer.core.runtime.threads_and_device import settings

Run = Callable[[], np.ndarray]


def onnxruntime_alone(work: Work) -> Run:
    """ONNX Runtime with its own defaults and weights as an input of the graph."""
    import onnxruntime
    from onnx import TensorProto, helper

    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in "xwy"]
    nodes = [helper.make_node("Conv", ["x", "w"], ["z"]), helper.make_node("Relu", ["z"], ["y"])]
    graph = helper.make_graph(nodes, "layer", tensors[:2], tensors[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = {"x": work.image[np.newaxis], "w": work.weights}
    return lambda: session.run(None, inputs)[0][0]


def opencv(work: Work) -> Run:
    """filter2D of every channel, summed."""
    import cv2

    _, height, width = work.shape

    def run() -> np.ndarray:
        maps = np.empty(work.shape, np.float32)
        for one, weights in zip(maps, work.weights, strict=True):
            total = None
            for plane, kernel in zip(work.image, weights, strict=True):
                answer = cv2.filter2D(plane, cv2.CV_32F, kernel, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
                total = answer if total is None else cv2.add(total, answer, dst=total)
            cv2.max(total[:height, :width], 0.0, dst=one)
        return maps

    return run


def torch(work: Work) -> Run:
    """conv2d, and ReLU in place."""
    import torch as library

    image, weights = library.from_numpy(work.image[np.newaxis]), library.from_numpy(work.weights)
    conv = library.nn.functional.conv2d

    def run() -> np.ndarray:
        with library.inference_mode():
            return conv(image, weights).relu_()[0].numpy()

    return run


def scipy_fft(work: Work) -> Run:
    """Whole-image transforms, those of the channels shared by all filters."""
    from scipy import fft

    _, height, width = work.shape
    size = [fft.next_fast_len(n, real=True) for n in work.image.shape[1:]]

    def run() -> np.ndarray:
        inputs = fft.rfft2(work.image, size, workers=settings.threads)
        maps = np.empty(work.shape, np.float32)
        for one, weights in zip(maps, work.weights, strict=True):
            product = (inputs * fft.rfft2(weights, size, workers=settings.threads).conj()).sum(axis=0)
            answer = fft.irfft2(product, size, workers=settings.threads)
            np.maximum(answer[:height, :width], 0, out=one)
        return maps

    return run


def scipy_ndimage(work: Work) -> Run:
    """A correlate of every channel, summed."""
    from scipy.ndimage import correlate

    _, height, width = work.shape
    kh, kw = work.geometry.kernel
    inner = slice(kh // 2, kh // 2 + height), slice(kw // 2, kw // 2 + width)

    def run() -> np.ndarray:
        maps = np.empty(work.shape, np.float32)
        for one, weights in zip(maps, work.weights, strict=True):
            total = sum(correlate(plane, kernel) for plane, kernel in zip(work.image, weights, strict=True))
            np.maximum(total[inner], 0, out=one)
        return maps

    return run


PEERS: dict[str, Callable[[Work], Run]] = {
    "onnxruntime": onnxruntime_alone,
    "opencv": opencv,
    "torch": torch,
    "scipy.fft": scipy_fft,
    "ndimage": scipy_ndimage,
}
