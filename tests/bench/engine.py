"""Times correlation against other libraries: ``python tests/bench/engine.py [CASE …] [--quick] [--json FILE]``.

E1 to E6 are whole maps; E7 to E9 what an edit costs, while the others compute their whole pass (`engine_cases`). All is
float32, "valid" and with ReLU; every result is compared with ours before the clock runs. Contenders take turns in an
order drawn anew each time, so that a busy moment of the machine and a warm cache serve all alike; the figure is the
median. A ratio above 1 means that ours is that many times as fast. What is not installed is left out.

The limit is what no direct convolution could beat on this machine: the larger of the arithmetic at the measured rate of
a matrix product, and of the traffic at the measured bandwidth of a copy.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from engine_cases import Case, one_weight, preview, whole
from peers import PEERS, Run

CASES = {
    "E1": partial(whole, "grey 1920×1080, 4 of 4×4", (1, 1080, 1920), (4, 1, 4, 4)),
    "E2": partial(whole, "RGB 1920×1080, 8 of 3×3", (3, 1080, 1920), (8, 3, 3, 3)),
    "E3": partial(whole, "RGB 4000×3000, 16 of 5×5", (3, 3000, 4000), (16, 3, 5, 5)),
    "E4": partial(whole, "RGB 512×512, 64 of 7×7", (3, 512, 512), (64, 3, 7, 7)),
    "E5": partial(whole, "64 channels 224×224, 64 of 3×3", (64, 224, 224), (64, 64, 3, 3)),
    "E6": partial(whole, "grey 1920×1080, 4 of 31×31", (1, 1080, 1920), (4, 1, 31, 31)),
    "E7": one_weight,
    "E8": partial(preview, 4000, 3000, edited=1),
    "E8 all": partial(preview, 4000, 3000, edited=16),
    "E9": partial(preview, 8000, 6000, edited=1, peers=False),
    "E9 all": partial(preview, 8000, 6000, edited=16, peers=False),
}


REST = 0.02
"""Seconds between runs, in which threads of the last one that still spin come to rest."""


def measured(case: Case, rounds: int, seconds: float) -> dict[str, float]:
    """Median milliseconds by contender.

    One that has used up its seconds rests after three rounds; one whose first run takes more is not run again.
    """
    runs: dict[str, Run] = {"ours": case.run}
    times: dict[str, list[float]] = {"ours": []}
    expected = case.run().copy()
    for name, prepare in PEERS.items() if case.work is not None else ():
        work = case.work
        bound = 1e-5 * np.abs(work.weights).sum(axis=(1, 2, 3)).max() * np.abs(work.image).max()
        try:
            runs[name] = prepare(work)
        except ImportError:
            continue
        times[name] = []
        started = time.perf_counter()
        maps = runs[name]()
        spent = time.perf_counter() - started
        difference = np.abs(maps[:, :: case.step, :: case.step] - expected).max()
        del maps
        if difference > 2 * bound:
            raise SystemExit(f"{name} differs from ours by {difference}")
        if spent > seconds:
            times[name].append(spent)
            del runs[name]
    del expected
    rng = np.random.default_rng(0)
    for turn in range(rounds):
        for name in rng.permutation(list(runs)).tolist():
            if turn < 3 or sum(times[name]) < seconds:
                time.sleep(REST)
                times[name].append(_seconds(runs[name]))
    return {name: 1e3 * median(values) for name, values in times.items()}


def machine() -> tuple[float, float]:
    """Multiply-adds of a matrix product, and bytes read and written by a copy, each a second: the best of ten."""
    rng = np.random.default_rng(0)
    left, right = rng.random((2048, 2048), np.float32), rng.random((2048, 2048), np.float32)
    source = np.ones(64 << 20, np.float32)
    target = np.ones_like(source)
    return (
        2048**3 / min(_seconds(lambda: left @ right) for _ in range(10)),
        2 * source.nbytes / min(_seconds(lambda: np.copyto(target, source)) for _ in range(10)),
    )


def _seconds(run: Run) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def limit(case: Case, multiplications: float, bandwidth: float) -> float | None:
    """Milliseconds that computing all nodes directly takes at least; None where ours does not compute all."""
    work = case.work
    if work is None or not case.whole:
        return None
    count, height, width = work.shape
    arithmetic = count * height * width * work.weights[0].size / multiplications
    return 1e3 * max(arithmetic, 4 * (work.image.size + count * height * width) / bandwidth)


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
    results = {}
    speed = machine()
    print(f"matrix product {2e-9 * speed[0]:.0f} GFLOP/s, copy {1e-9 * speed[1]:.1f} GB/s")
    print(f"{'case':54}{'ours, ms':>10}{'limit':>8}", *(f"{name:>12}" for name in PEERS))
    for key in arguments.cases or CASES:
        case = CASES[key]()
        results[key] = times = measured(case, rounds, seconds)
        least = limit(case, *speed)
        bound = "–" if least is None else f"{least:.1f}"
        ratios = (f"×{times[name] / times['ours']:.2f}" if name in times else "–" for name in PEERS)
        print(
            f"{f'{key} {case.title}':54}{times['ours']:10.2f}{bound:>8}", *(f"{one:>12}" for one in ratios), flush=True
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
