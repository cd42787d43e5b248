"""Times training against torch: ``python tests/bench/training.py [--torch PYTHON] [--json FILE]``.

The network is conv 8@5×5, ReLU, pool, conv 16@5×5, ReLU, pool, dense 10; a step is forward, backward and SGD on 64
images of 28 × 28, float32. torch runs in an interpreter of its own (``--torch``, by default this one), with the same
weights and images. First ten steps of both are compared, loss by loss, in float64; then rounds of steps take turns, so
that a busy moment of the machine hits both alike. Figures are images per second, the median of all rounds and the best
one, and where our own time goes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from convexplorer.core.learn import convolution, dense_and_activation, pooling
from convexplorer.core.learn.loss import cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.optimisers import advance
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.training_run import OptimiserState
from convexplorer.core.project.training_settings import Rule

BATCH, RATE, STEPS, ROUNDS = 64, 0.05, 60, 12

THEIRS = """
import sys, time, numpy as np, torch
given = np.load(sys.argv[1])
F = torch.nn.functional
y = torch.from_numpy(given["y"])
def network(dtype):
    x, *p = (torch.from_numpy(given[name]).to(dtype) for name in ("x", "p0", "p1", "p2", "p3", "p4", "p5"))
    optimiser = torch.optim.SGD([one.requires_grad_() for one in p], lr=float(given["rate"]))
    def step():
        optimiser.zero_grad()
        z = F.max_pool2d(F.relu(F.conv2d(x, p[0], p[1])), 2)
        z = F.max_pool2d(F.relu(F.conv2d(z, p[2], p[3])), 2)
        loss = F.cross_entropy(F.linear(z.flatten(1), p[4], p[5]), y)
        loss.backward()
        optimiser.step()
        return loss.item()
    return step
exact, step = network(torch.float64), network(torch.float32)
print(torch.__version__, torch.get_num_threads(), *(exact() for _ in range(10)), flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    for _ in range(int(line)):
        step()
    print(time.perf_counter() - begun, flush=True)
"""


class Ours:
    """The same network, one step at a time."""

    def __init__(self, dtype: type = np.float32) -> None:
        generator = np.random.default_rng(0)
        self.images = generator.random((BATCH, 1, 28, 28), dtype=np.float32)
        self.labels = generator.integers(0, 10, BATCH)
        self.network = Network(random_layers(1, 0), (1, 28, 28), 10, dtype=dtype)
        self.rule, self.state = Rule("sgd", RATE), OptimiserState.of(self.network.values)

    def arrays(self) -> dict[str, np.ndarray]:
        """Images, labels and weights, the dense layer's inputs in torch's order: channels, rows, columns."""
        found = [array for conv in self.network.convolutions for array in (conv.weights, conv.bias)]
        dense = self.network.dense[0]
        order = dense.weights.reshape(10, 4, 16, 4).transpose(0, 2, 1, 3).reshape(10, 256)
        found += [order, dense.bias]
        weights = {f"p{number}": array.copy() for number, array in enumerate(found)}
        return {"x": self.images, "y": self.labels, "rate": np.array(RATE), **weights}

    def step(self) -> float:
        """Forward, backward, SGD."""
        network = self.network
        loss = cross_entropy(network.forward(self.images), self.labels)
        network.backward(loss.delta)
        network.values -= advance(self.rule, self.state, network.values, network.gradient, network.decays)
        return loss.mean

    def timed(self, steps: int) -> float:
        """Seconds that some steps take."""
        begun = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begun


def shares(ours: Ours) -> dict[str, float]:
    """Where a step's time goes, by layer and direction, in parts of all."""
    spent: dict[str, float] = {}

    def watched(name, method):
        def call(*arguments, **options):
            begun = time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                spent[name] = spent.get(name, 0) + time.perf_counter() - begun

        return call

    numbers: dict[str, int] = {}
    for layer in ours.network._layers:
        kind = {
            convolution.Conv: "conv",
            pooling.MaxPool: "pool",
            dense_and_activation.Activate: "ReLU",
            dense_and_activation.Dense: "dense",
        }[type(layer)]
        numbers[kind] = numbers.get(kind, 0) + 1
        for way in ("forward", "backward"):
            setattr(layer, way, watched(f"{kind} {numbers[kind]} {way}", getattr(layer, way)))
    total = ours.timed(200)
    return {**{name: value / total for name, value in spent.items()}, "rest": 1 - sum(spent.values()) / total}


def main() -> None:
    """Compare, then time in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", default=sys.executable, help="Python that has torch (default this one)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    ours = Ours()
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "given.npz"), **ours.arrays())
        command = [options.torch, "-c", THEIRS, str(Path(folder, "given.npz"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin
            assert other.stdout
            version, threads, *losses = other.stdout.readline().split()
            exact = Ours(np.float64)
            apart = max(abs(exact.step() - float(theirs)) for theirs in losses)
            rates: dict[str, list[float]] = {"ours": [], "torch": []}
            for _ in range(ROUNDS):
                other.stdin.write(f"{STEPS}\n")
                other.stdin.flush()
                rates["torch"].append(BATCH * STEPS / float(other.stdout.readline()))
                rates["ours"].append(BATCH * STEPS / ours.timed(STEPS))
            other.stdin.close()
    print(f"torch {version}, {threads} threads; losses of ten steps differ by at most {apart:.1e}")
    for name, values in rates.items():
        print(f"{name:5}  median {median(values):8.0f}  best {max(values):8.0f} images/s")
    ratio = median(rates["ours"]) / median(rates["torch"])
    print(f"ours / torch  {ratio:.2f}")
    parts = shares(ours)
    print(
        "of our time:  "
        + ", ".join(f"{name} {value:.0%}" for name, value in sorted(parts.items(), key=lambda x: -x[1]))
    )
    if options.json:
        options.json.write_text(json.dumps({"rates": rates, "ratio": ratio, "shares": parts}, indent=1))


if __name__ == "__main__":
    main()
