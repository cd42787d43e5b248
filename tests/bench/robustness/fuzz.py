"""Reads thousands of spoilt files of every format with the program's own loaders.

    python tests/bench/robustness/fuzz.py
    python tests/bench/robustness/fuzz.py --loaders naive

Mutants (tests/mutants.py) are read in child processes, so that a crash or a hang costs one file and is counted. Each
must be read or refused in one short line that names it, within two seconds; Python's warnings count as exceptions. The
naive loaders, which a careless program would have, must be caught by the same harness; that shows that it can.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image as PILImage

sys.path.insert(0, str(Path(__file__).parents[3]))
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image
from tests.helpers import mutants, valid_files

LONGEST = 2.0
HANGS = 20
"""Seconds after which a child is killed."""
BATCH = 1000
"""Files that one child reads."""


def _naive_filters(path: Path) -> FilterBank:
    if path.suffix == ".npy":
        return FilterBank.from_arrays(np.load(path, allow_pickle=True))
    return FilterBank.from_arrays(np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None))


NAIVE = {
    "image": lambda path: Image(np.asarray(PILImage.open(path).convert("RGB")), path.name),
    "filters": _naive_filters,
}


def read_in_child(first: int, count: int, seed: int, *, naive: bool) -> None:
    """Read some mutants; one line of JSON for each before and after."""
    if naive:
        valid_files.LOADERS.update(NAIVE)
    samples = valid_files.samples()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(index) for index in range(len(samples))]
        for folder in folders:
            folder.mkdir()
        for number in range(first, first + count):
            place = number % len(samples)
            spoilt = mutants.mutant(samples[place], samples, random.Random(f"{seed} {number}"))
            print(json.dumps({"number": number, "file": f"{spoilt.loader} {spoilt.entry}"}), flush=True)
            signal.alarm(HANGS)
            print(json.dumps(outcome(spoilt, folders[place])), flush=True)
            signal.alarm(0)
    print(json.dumps({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


def outcome(spoilt: valid_files.Sample, folder: Path) -> dict[str, object]:
    """What became of one."""
    try:
        result = mutants.attempt(spoilt, folder)
        if result.seconds > LONGEST:  # Perhaps only this machine was busy.
            result = min(result, mutants.attempt(spoilt, folder), key=lambda one: one.seconds)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return {"error": f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"[:300]}
    return {"refused": bool(result.refusal), "seconds": result.seconds}


def child(first: int, count: int, options: argparse.Namespace) -> tuple[list[dict[str, object]], int]:
    """Lines that a child wrote, and its exit code."""
    command = [sys.executable, "-W", "error", __file__, "--first", str(first), "--mutants", str(count)]
    command += ["--seed", str(options.seed), "--loaders", options.loaders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode > 0:
        raise RuntimeError(done.stderr)
    return lines, done.returncode


def main() -> int:
    """Run it; returns 1 if the figures are not as they must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loaders", choices=("program", "naive"), default="program")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.first is not None:
        read_in_child(options.first, options.mutants, options.seed, naive=options.loaders == "naive")
        return 0
    problems: list[str] = []
    counts: Counter[str] = Counter()
    longest, most, number = 0.0, 0, 0
    while number < options.mutants:
        lines, code = child(number, min(BATCH, options.mutants - number), options)
        for line in lines:
            if "number" in line:
                number, file = int(str(line["number"])) + 1, line["file"]
            elif "megabytes" in line:
                most = max(most, int(str(line["megabytes"])))
            elif "error" in line:
                counts["uncaught"] += 1
                problems.append(f"{number - 1} {file}: {line['error']}")
            else:
                seconds = float(str(line["seconds"]))
                counts["refused" if line["refused"] else "read"] += 1
                counts["slow"] += seconds > LONGEST
                longest = max(longest, seconds)
        if code:
            counts["hangs" if -code == signal.SIGALRM else "crashes"] += 1
            problems.append(f"{number - 1} {file}: ended by {signal.Signals(-code).name}")
    bad = sum(counts[kind] for kind in ("uncaught", "crashes", "hangs", "slow"))
    print(
        f"{options.mutants} mutants of {len(valid_files.samples())} files, {options.loaders} loaders: {counts['read']} "
        f"read, {counts['refused']} refused, {counts['uncaught']} uncaught exceptions, {counts['crashes']} crashes, "
        f"{counts['hangs']} hangs, {counts['slow']} longer than {LONGEST:.0f} s (the longest {longest:.2f} s); "
        f"at most {most} MB of memory"
    )
    for problem in problems[:5]:
        print(f"  {problem}")
    return int(bad > 0 if options.loaders == "program" else bad == 0)


if __name__ == "__main__":
    sys.exit(main())
