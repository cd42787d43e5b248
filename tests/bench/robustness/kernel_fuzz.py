"""Random layers through the kernel under AddressSanitizer, compared with sums in float64.

    python tests/bench/robustness/kernel_fuzz.py
    python tests/bench/robustness/kernel_fuzz.py --layers 20000 --seed 7

It builds the kernel with the sanitizers of addresses and of undefined behaviour (GCC on Linux), and starts itself anew
with it. Shapes, strides, dilations, padding, types and layouts of pixels, parts of maps, blocks of peaks; values with
NaN, infinities, denormal and huge numbers. Every array ends where it ends, so that what reads beyond is caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from convexplorer.core.engine.kernel import call
from convexplorer.core.engine.kernel.call import Found, Order, run, run_winograd
from convexplorer.core.engine.kernel.library import kernels
from convexplorer.core.engine.kernel.source import compilers
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.runtime.threads_and_device import settings
from convexplorer.core.runtime.types import never

ODD = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-42, -1e-45, 0.0, -0.0], np.float32)
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g", "-fno-omit-frame-pointer")


def random_order(rng: np.random.Generator) -> Order:
    """A layer over a picture, and some or all of its nodes."""
    channels, count = (int(2 ** rng.uniform(0, 6)) for _ in range(2))
    kernel = tuple(int(n) for n in 2 ** rng.uniform(0, 5, 2))
    stride, dilation = int(rng.choice([1, 1, 2, 3, 5])), int(rng.choice([1, 1, 2, 4]))
    if rng.random() < 0.3:
        kernel, stride, dilation = (3, 3), 1, 1
    most = max(4, int(3e5 / (channels * kernel[0] * kernel[1])) // 20)
    size = tuple((n - 1) * dilation + 1 + int(rng.integers(0, min(most, 400))) for n in kernel)
    padding = [0, 0, "same", 1, 9][rng.integers(5)]
    geometry = Geometry.of(size, kernel, stride=stride, padding=padding, dilation=dilation)
    nodes = [range(n) for n in geometry.output]
    if rng.random() < 0.5:
        nodes = [range(int(rng.integers(n)), n) for n in geometry.output]
        nodes = [range(a.start, int(rng.integers(a.start, a.stop)) + 1) for a in nodes]
    image, gain = random_image(rng, (channels, *size))
    weights = rng.standard_normal((count, channels, *kernel)).astype(np.float32)
    bias = rng.standard_normal(count).astype(np.float32)
    return Order(image, gain, weights, bias, geometry, nodes[0], nodes[1], bool(rng.integers(2)), never)


def random_image(rng: np.random.Generator, shape: tuple[int, int, int]) -> tuple[np.ndarray, float]:
    """Stored numbers of some type and layout, now and then with odd ones, and their gain."""
    kind = rng.integers(6)
    if kind == 0:
        return rng.integers(0, 256, shape, np.uint8), 1 / 255
    if kind == 1:
        return rng.integers(0, 1 << 16, (shape[1], shape[2], shape[0]), np.uint16).transpose(2, 0, 1), 1 / 65535
    if kind == 2:
        return np.broadcast_to(rng.integers(0, 256, shape[1:], np.uint8), shape), 1.0
    plane = rng.standard_normal(shape).astype(np.float32)
    if kind == 3:
        plane = rng.standard_normal((shape[0], shape[1], 2 * shape[2] + 1)).astype(np.float32)[:, :, 1::2]
    elif kind == 4:
        plane.flat[rng.integers(plane.size, size=3)] = rng.choice(ODD, 3)
    return plane, 1.0


def reference(order: Order) -> np.ndarray:
    """The sums in float64, before ReLU."""
    g = order.geometry
    top, left, bottom, right = g.pads
    padded = np.pad(np.float64(order.image) * order.gain, ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, g.span, axis=(1, 2))
    windows = windows[:, :: g.stride, :: g.stride, :: g.dilation, :: g.dilation]
    windows = windows[:, order.rows.start : order.rows.stop, order.columns.start : order.columns.stop]
    with np.errstate(invalid="ignore"):
        sums = np.tensordot(np.float64(order.weights), windows, axes=((1, 2, 3), (0, 3, 4)))
    return sums + np.float64(order.bias)[:, np.newaxis, np.newaxis]


def worst(order: Order, maps: np.ndarray, exact: np.ndarray) -> float:
    """The largest error, as a part of what is promised; infinite where a number stands for none."""
    finite = np.abs(np.float64(order.image[np.isfinite(order.image)]) * order.gain)
    norms = np.abs(np.float64(order.weights)).sum(axis=(1, 2, 3)) * finite.max(initial=0.0)
    if norms.max() > 1e37:
        return 0.0  # Sums may overflow on the way; `core.engine.overflow` makes weights smaller before.
    with np.errstate(invalid="ignore"):
        if order.relu:
            exact = np.where(exact < 0, 0, exact)
        known = np.isfinite(exact)
        if np.isfinite(maps[~known]).any():
            return np.inf
        bound = (1e-5 * norms + 1e-7 * np.abs(order.bias))[:, np.newaxis, np.newaxis] + 1e-37
        return float((np.abs(maps - exact) / bound)[known].max(initial=0.0))


def check(order: Order, rng: np.random.Generator, kernel: object) -> tuple[float, float]:
    """Compute one order in all ways; the worst errors directly and by Winograd's transform."""
    exact = reference(order)
    maps = np.full(exact.shape, -7, np.float32)
    run(kernel, order, maps)
    errors = worst(order, maps, exact), 0.0
    floors = np.zeros(len(maps), np.float32)
    steps = rng.integers(1, 40, 2).tolist()
    lattice = tuple(
        range(nodes.start + int(rng.integers(4)), nodes.stop + 4, step)
        for nodes, step in zip((order.rows, order.columns), steps, strict=True)
    )
    shape = len(maps), len(lattice[0]), len(lattice[1])
    found = Found(
        np.tile([np.inf, -np.inf, 0.0, 0.0], (len(maps), 1)),
        floors,
        np.full(shape, -np.inf, np.float32),
        np.full(shape, np.inf, np.float32) if rng.integers(2) else None,
        lattice,
    )
    run(kernel, order, None, found)
    numbers = ~np.isnan(maps)
    highs = np.max(maps, axis=(1, 2), where=numbers, initial=-np.inf)
    if not np.array_equal(found.figures[:, 1], highs):
        return np.inf, np.inf
    if order.geometry.kernel == (3, 3) and (order.geometry.stride, order.geometry.dilation) == (1, 1):
        maps = np.full(exact.shape, -7, np.float32)
        if run_winograd(kernel, order, maps):
            errors = errors[0], worst(order, maps, exact)
    return errors


def fuzz(library: Path, layers: int, seed: int) -> int:
    """Go through random layers; returns 1 if one is not as promised."""
    rng = np.random.default_rng(seed)
    call.THREAD_WORK = 1
    found = kernels(library)
    worst_errors = [0.0, 0.0]
    for number in range(layers):
        settings.threads = int(rng.integers(1, 4))
        errors = check(random_order(rng), rng, found[number % len(found)])
        worst_errors = [max(pair) for pair in zip(worst_errors, errors, strict=True)]
        if max(errors) > 1:
            print(f"layer {number} of seed {seed}: {errors} of what is promised")
            return 1
    print(f"{layers} layers, {', '.join(one.name for one in found)}: no access beyond an array, nothing undefined")
    print(f"worst error {worst_errors[0]:.3f} of what is promised, by Winograd's transform {worst_errors[1]:.3f}")
    return 0


def sanitized(options: argparse.Namespace) -> int:
    """Build with the sanitizers, and start anew with them loaded first."""
    gcc = shutil.which("gcc") or "gcc"
    runtime = subprocess.run([gcc, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / compilers.file_name()
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "LD_PRELOAD": runtime.stdout.strip()}
        sources = [str(path) for path in sorted(compilers.SOURCE.glob("*.c"))]
        stamp = f'-DSTAMP="{compilers.stamp()}"'
        command = [
            "gcc",
            *compilers.FLAGS,
            *SANITIZERS,
            "-O1",
            "-fPIC",
            "-pthread",
            stamp,
            "-o",
            str(library),
            *sources,
        ]
        subprocess.run(command, check=True)
        again = [sys.executable, __file__, "--library", str(library)]
        again += ["--layers", str(options.layers), "--seed", str(options.seed)]
        return subprocess.run(again, env=environment, check=False).returncode


def main() -> int:
    """Run it; returns 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--library", type=Path, help="this one, as it was built")
    options = parser.parse_args()
    return sanitized(options) if options.library is None else fuzz(options.library, options.layers, options.seed)


if __name__ == "__main__":
    sys.exit(main())
