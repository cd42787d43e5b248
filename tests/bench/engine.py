"""Times correlation against other libraries: ``python tests/bench/engine.py [CASE …] [--quick] [--json FILE]``.

E1 to E6, RGB64 and G12 are whole maps, F12 the figures of maps that nobody sees; E7 to E9 what an edit costs, while the
others compute their whole pass (`engine_cases`). ``--random 200`` times random layers instead, against ONNX Runtime and
our own FFT. All is float32, "valid" and with ReLU; every result is compared with ours before the clock runs.

Each contender is a process of its own, so that no library's threads or memory are in another's way. They take turns in
an order drawn anew each time; the figure is the least of all turns, since whatever else the machine does only adds to
it. A ratio above 1 means that ours is that many times as fast. What is not installed is left out.

The limit is what no direct convolution could beat on this machine: the larger of the arithmetic at the measured rate of
multiply-adds, and of the traffic at the measured bandwidth of a copy. Winograd's transform and spectra may beat it.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from contenders import Contender
from engine_cases import CASES, random_layers
from peers import PEERS

from convexplorer.core.engine.kernel.library import kernel
from convexplorer.core.runtime.threads_and_device import settings

REST = 0.02
"""Seconds between runs, in which threads of the last one that still spin come to rest."""
BARS = {"E1": 1.7, "E2": 1.7, "E3": 1.7, "E4": 1.3, "E5": 1.7, "E6": 2.0, "RGB64": 1.7, "F12": 3.0}
"""How many times as fast as the fastest library ours is to be."""


def measured(case: str, contenders: Iterable[Contender], rounds: int, seconds: float) -> dict[str, float]:
    """Least milliseconds by contender; of ours first.

    One that has used up its seconds rests after three rounds; one whose first run takes more is not run again.
    """
    there = {one.name: one for one in contenders if one.prepare(case)}
    expected = there["ours"].sample()
    times: dict[str, list[float]] = {name: [] for name in there}
    for name, one in there.items():
        times[name].append(one.run())
        values, bound = one.sample()
        if values.shape == expected[0].shape and np.abs(values - expected[0]).max() > 2 * bound:
            raise SystemExit(f"{name} differs from ours by {np.abs(values - expected[0]).max()}")
    slow = {name for name, some in times.items() if some[0] > seconds}
    rng = np.random.default_rng(0)
    for turn in range(rounds):
        for name in rng.permutation(sorted(there.keys() - slow)).tolist():
            if turn < 3 or sum(times[name]) < seconds:
                time.sleep(REST)
                times[name].append(there[name].run())
    return {name: 1e3 * min(values) for name, values in times.items()}


def machine() -> tuple[float, float]:
    """Multiply-adds of all threads, and bytes read and written by a copy, each a second: the best of many runs."""
    source = np.ones(64 << 20, np.float32)
    target = np.ones_like(source)
    copy = 2 * source.nbytes / min(_seconds(lambda: np.copyto(target, source)) for _ in range(10))
    found = kernel()
    if found is None:
        left, right = np.random.default_rng(0).random((2, 2048, 2048), np.float32)
        return 2048**3 / min(_seconds(lambda: left @ right) for _ in range(10)), copy
    times, lanes = 200_000, {"avx512": 16, "avx2": 8}.get(found.name, 4)
    with ThreadPoolExecutor(settings.threads) as pool:
        least = min(
            _seconds(lambda: list(pool.map(found.multiply_adds, [times] * settings.threads))) for _ in range(20)
        )
    return times * 10 * lanes * settings.threads / least, copy


def _seconds(run: object) -> float:
    started = time.perf_counter()
    run()  # type: ignore[operator]
    return time.perf_counter() - started


def _table(keys: Iterable[str], contenders: list[Contender], rounds: int, seconds: float) -> dict[str, object]:
    speed = machine()
    print(f"multiply-adds {1e-9 * speed[0]:.0f} G/s, copy {1e-9 * speed[1]:.1f} GB/s, load {os.getloadavg()[0]:.1f}")
    print(f"{'case':50}{'ours, ms':>10}{'limit':>8}", *(f"{name:>12}" for name in PEERS), f"{'fastest':>10}{'bar':>6}")
    results: dict[str, object] = {}
    for key in keys:
        results[key] = times = measured(key, contenders, rounds, seconds)
        title, products, numbers = contenders[0].about
        least = 1e3 * max(products / speed[0], 4 * numbers / speed[1]) if products else None
        bound = "–" if least is None else f"{least:.1f}"
        ratios = {name: times[name] / times["ours"] for name in PEERS if name in times}
        shown = (f"×{ratios[name]:.2f}" if name in ratios else "–" for name in PEERS)
        fastest = f"×{min(ratios.values()):.2f}" if ratios else "–"
        bar = f"{BARS[key]:.1f}" if key in BARS else "–"
        line = f"{f'{key} {title}':50}{times['ours']:10.2f}{bound:>8}"
        print(line, *(f"{one:>12}" for one in shown), f"{fastest:>10}{bar:>6}", flush=True)
    return results


def _random(count: int, contenders: list[Contender], rounds: int) -> dict[str, object]:
    """Time random layers; how ours compares with the faster of ONNX Runtime and our own FFT."""
    found = []
    for layer in random_layers(count):
        times = measured(layer, contenders, rounds, 0.5)
        found.append((min(times[name] for name in times if name != "ours") / times["ours"], times, layer))
    found.sort(key=lambda one: one[0])
    ratios = np.array([one[0] for one in found])
    print(f"{count} random layers, load {os.getloadavg()[0]:.1f}: the faster of ONNX Runtime and our FFT takes")
    print(f"×{ratios[0]:.2f} at least, ×{np.median(ratios):.2f} in the middle; {(ratios < 0.95).sum()} below ×0.95")
    for ratio, times, layer in found[:10]:
        print(f"  ×{ratio:.2f}", layer, {name: round(one, 3) for name, one in times.items()})
    return {layer: times for _, times, layer in found}


def main() -> None:
    """Measure the cases asked for and print the table."""
    parser = argparse.ArgumentParser(description="Time correlation against other libraries.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--random", type=int, metavar="N", help="so many random layers instead")
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the least milliseconds")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    rounds, seconds = (5, 1.0) if arguments.quick else (40, 6.0)
    names = ("ours", "onnxruntime", "our FFT") if arguments.random else ("ours", *PEERS)
    contenders = [Contender(name) for name in names]
    if arguments.random:
        results = _random(arguments.random, contenders, 5 if arguments.quick else 15)
    else:
        results = _table(arguments.cases or CASES, contenders, rounds, seconds)
    for one in contenders:
        one.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
