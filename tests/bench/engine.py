"""Times whole-map correlation against other libraries: ``python tests/bench/engine.py [--quick] [--json FILE]``.

Everything is float32, "valid" and with ReLU; every result is compared with ours before the clock runs. Contenders take
turns, so that a busy moment of the machine hits all alike; the figure is the median. A ratio above 1 means that ours is
that many times as fast. What is not installed is left out.

ONNX Runtime alone keeps the memory of its last result for the next one; ours gives it back, and pays for fresh pages.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from convexplorer.core.geometry import Geometry
from convexplorer.core.routes import Work, choose, settings

CASES = {
    "E1": ("grey 1920×1080, 4 of 4×4", (1, 1080, 1920), (4, 1, 4, 4)),
    "E2": ("RGB 1920×1080, 8 of 3×3", (3, 1080, 1920), (8, 3, 3, 3)),
    "E3": ("RGB 4000×3000, 16 of 5×5", (3, 3000, 4000), (16, 3, 5, 5)),
    "E4": ("RGB 512×512, 64 of 7×7", (3, 512, 512), (64, 3, 7, 7)),
    "E5": ("64 channels 224×224, 64 of 3×3", (64, 224, 224), (64, 64, 3, 3)),
    "E6": ("grey 1920×1080, 4 of 31×31", (1, 1080, 1920), (4, 1, 31, 31)),
}

Run = Callable[[], np.ndarray]


def ours(work: Work) -> Run:
    """What the program does, choice of the route included."""
    return lambda: choose(work)(work)


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


CONTENDERS: dict[str, Callable[[Work], Run]] = {
    "ours": ours,
    "onnxruntime": onnxruntime_alone,
    "opencv": opencv,
    "torch": torch,
    "scipy.fft": scipy_fft,
    "ndimage": scipy_ndimage,
}


def measured(work: Work, rounds: int, seconds: float) -> dict[str, float]:
    """Median milliseconds by contender.

    One that has used up its seconds rests after three rounds; one whose first run takes more is not run again.
    """
    runs: dict[str, Run] = {}
    times: dict[str, list[float]] = {}
    expected = ours(work)()
    bound = 1e-5 * np.abs(work.weights).sum(axis=(1, 2, 3)).max() * np.abs(work.image).max()
    for name, prepare in CONTENDERS.items():
        try:
            runs[name] = prepare(work)
        except ImportError:
            continue
        times[name] = []
        started = time.perf_counter()
        difference = np.abs(runs[name]() - expected).max()
        if difference > 2 * bound:
            raise SystemExit(f"{name} differs from ours by {difference}")
        if time.perf_counter() - started > seconds:
            times[name].append(time.perf_counter() - started)
            del runs[name]
    for turn in range(rounds):
        for name, run in runs.items():
            if turn < 3 or sum(times[name]) < seconds:
                started = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - started)
    return {name: 1e3 * median(values) for name, values in times.items()}


def main() -> None:
    """Measure the cases asked for and print the table."""
    parser = argparse.ArgumentParser(description="Time correlation against other libraries.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the medians in milliseconds")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    rounds, seconds = (5, 1.0) if arguments.quick else (25, 6.0)
    rng = np.random.default_rng(0)
    results = {}
    print(f"{'case':36}{'route':>16}{'ours, ms':>10}", *(f"{name:>12}" for name in list(CONTENDERS)[1:]))
    for key in arguments.cases or CASES:
        title, image, weights = CASES[key]
        work = Work(
            rng.random(image, np.float32),
            rng.standard_normal(weights, np.float32),
            np.zeros(weights[0], np.float32),
            Geometry.of(image[1:], weights[2:]),
            "relu",
        )
        results[key] = times = measured(work, rounds, seconds)
        ratios = (f"×{times[name] / times['ours']:.2f}" if name in times else "–" for name in list(CONTENDERS)[1:])
        route = choose(work).__name__.removeprefix("by_")
        print(f"{key + ' ' + title:36}{route:>16}{times['ours']:10.1f}", *(f"{one:>12}" for one in ratios), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
