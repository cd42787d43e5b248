"""What training reaches: ``python tests/bench/learning.py [--json FILE]``.

Digits and shapes are learnt with the settings that ``convexplorer train`` has, several seeds each; the figures are test
accuracies, seconds, and how many filters of the first layer are oriented: those whose correlation with some oriented
edge or bar of the kernel's size (every 7.5°, at several places and widths, soft as a pixel) is at least 0.8. The same
is counted before training, for random filters match some template now and then.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import product
from pathlib import Path

import numpy as np

from convexplorer.core.learn.network import Network
from convexplorer.core.learn.training import EpochDone, Training, fit
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.training_settings import Rule, TrainingSettings
from convexplorer.io.datasets.load import load_dataset

ORIENTED = 0.8


def templates(size: int) -> np.ndarray:
    """Edges and bars of all directions, (n, size²), zero mean and length 1."""
    at = np.arange(size) - (size - 1) / 2
    found = []
    for angle, shift in product(np.deg2rad(np.arange(0, 360, 7.5)), np.arange(-1.5, 1.6, 0.5)):
        across = at * np.sin(angle) + at[:, np.newaxis] * np.cos(angle) - shift
        found.append(np.clip(across, -0.5, 0.5))
        found += [np.clip(0.5 + half - np.abs(across), 0, 1) for half in (0.5, 0.75, 1.0)]
    flat = np.stack(found).reshape(len(found), -1)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def orientedness(weights: np.ndarray) -> np.ndarray:
    """Best correlation of every filter (O, C, k, k), channels averaged, with a template of either sign."""
    flat = weights.mean(axis=1).reshape(len(weights), -1).astype(float)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    return np.abs(flat @ templates(weights.shape[-1]).T).max(axis=1)


def run(name: str, epochs: int, seed: int) -> dict[str, object]:
    """Train once."""
    data = load_dataset(name, seed)
    layers = random_layers(data.shape[0], seed)
    training = Training(
        Network(layers, data.shape, len(data.classes), seed=seed),
        data,
        TrainingSettings(Rule("adam", 0.002), 64, epochs, seed),
    )
    begun = time.perf_counter()
    for done in fit(training):
        if isinstance(done, EpochDone):
            accuracy = done.test.accuracy
    seconds = time.perf_counter() - begun
    first = training.timeline.snapshots[0].weights[0]
    last = training.network.convolutions[0].weights
    return {
        "data": name,
        "seed": seed,
        "epochs": epochs,
        "test accuracy": accuracy,
        "seconds": round(seconds, 1),
        "oriented before": int((orientedness(first) >= ORIENTED).sum()),
        "oriented": int((orientedness(last) >= ORIENTED).sum()),
        "filters": len(last),
        "correlations": [round(float(one), 2) for one in orientedness(last)],
    }


def main() -> None:
    """Train on both data sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each data set (default 3)")
    options = parser.parse_args()
    results = []
    for (name, epochs), seed in product((("digits", 8), ("shapes", 12)), range(options.seeds)):
        done = run(name, epochs, seed)
        print("  ".join(f"{key} {value}" for key, value in done.items()), flush=True)
        results.append(done)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
