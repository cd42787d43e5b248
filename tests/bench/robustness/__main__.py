"""All harnesses one after the other, and one table of their figures and verdicts.

    python tests/bench/robustness
    python tests/bench/robustness --share 0.05 --json figures.json

The whole takes about half an hour on two quiet cores; `--share` runs a part of each. Under other load, the times
of closing say little.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Harness:
    """One script: how often it does something, and arguments besides."""

    script: str
    option: str
    times: int
    more: tuple[str, ...] = ()

    def command(self, share: float) -> list[str]:
        return [
            sys.executable,
            str(HERE / self.script),
            self.option,
            str(max(1, round(self.times * share))),
            *self.more,
        ]


HARNESSES = (
    Harness("kill_while_saving.py", "--kills", 200),
    Harness("kill_while_saving.py", "--kills", 200, ("--writer", "naive")),
    Harness("kill_while_editing.py", "--kills", 50),
    Harness("undo.py", "--edits", 10_000),
    Harness("fuzz.py", "--mutants", 20_000),
    Harness("fuzz.py", "--mutants", 2_000, ("--loaders", "naive")),
    Harness("kernel_fuzz.py", "--layers", 2_000),
    Harness("cycles.py", "--cycles", 500),
    Harness("closing.py", "--times", 100),
    Harness("refcount.py", "--signals", 100_000),
)


@dataclass(frozen=True)
class Result:
    """What a harness said, and whether its figures are as they must be."""

    name: str
    good: bool
    seconds: float
    figures: list[str]


def run(harness: Harness, share: float) -> Result:
    """Run one; its last lines are its figures."""
    began = time.perf_counter()
    done = subprocess.run(harness.command(share), capture_output=True, text=True, check=False)
    said = done.stdout.splitlines() or done.stderr.splitlines()[-3:]
    name = " ".join((harness.script.removesuffix(".py").replace("_", " "), *harness.more[1:]))
    return Result(name, done.returncode == 0, time.perf_counter() - began, said)


def main() -> int:
    """Run them; returns 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="part of kills, edits, files, cycles … (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    options = parser.parse_args()
    results = []
    for harness in HARNESSES:
        result = run(harness, options.share)
        results.append(result)
        verdict = "good" if result.good else "FAILED"
        for number, line in enumerate(result.figures):
            head = f"{result.name:24} {verdict:6} {result.seconds:6.0f} s" if number == 0 else " " * 40
            print(f"{head}  {line}", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n", "utf-8")
    return int(not all(one.good for one in results))


if __name__ == "__main__":
    sys.exit(main())
