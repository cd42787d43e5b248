"""Cancels and closes the real program while it computes: exit code 0, and soon.

    python tests/bench/robustness/closing.py

Each time the program opens a large picture with many filters. While their maps are computed, at a random moment, the
button "Cancel" is clicked, and it is measured how long the worker goes on; then a weight is edited, and at another
random moment the window is closed: measured is how long until all workers have ended, and until the process has.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from program import start, tell, with_window
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QToolButton

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.project.project import with_bank, with_image, with_preparation, with_weights_at
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.main_window import MainWindow

WITHIN = 120.0
SIZES = {"large": (3000, 4000, 64), "small": (600, 800, 64)}
"""Rows, columns and filters."""


class Drive:
    """What happens in the program, step by step."""

    def __init__(self, window: MainWindow, size: str, rng: random.Random) -> None:
        self.window, self.rng = window, rng
        rows, columns, filters = SIZES[size]
        window.keeper.ask = lambda _parent, _name: Answer.DISCARD
        pixels = np.random.default_rng(1).integers(0, 255, (rows, columns, 3), np.uint8)
        weights = np.random.default_rng(2).normal(size=(filters, 3, 5, 5))
        project = window.document.project
        project = with_preparation(project, replace(project.preparation, grey=False, scale=1.0))
        project = with_bank(with_image(project, Image(pixels, "noise")), FilterBank.from_arrays(weights))
        window.document.apply("Open", project)
        self.when_computing(self.cancel)

    @property
    def computing(self) -> bool:
        return self.window.presenter._worker._running

    def when_computing(self, then: Callable[[], object]) -> None:
        """Go on at a random moment while the worker runs."""
        if self.computing:
            QTimer.singleShot(int(self.rng.uniform(0, 400)), lambda: then() if self.computing else self.again(then))
        else:
            QTimer.singleShot(2, lambda: self.when_computing(then))

    def again(self, then: Callable[[], object]) -> None:
        """It was done before the moment came: give it something new."""
        self.edit()
        self.when_computing(then)

    def edit(self) -> None:
        document = self.window.document
        document.apply("Edit", with_weights_at(document.project, 0, 0, 0, 0, self.rng.uniform(-1, 1)))

    def cancel(self) -> None:
        button = self.window.findChild(QToolButton, "cancelWork")
        began = time.monotonic()
        button.click()
        while self.computing:
            time.sleep(0.001)
        tell("cancel", time.monotonic() - began)
        self.edit()
        self.when_computing(self.close)

    def close(self) -> None:
        began = time.monotonic()
        closed = self.window.close()
        tell("close", time.monotonic() - began, began, int(closed))


def once(home: Path, size: str, seed: int) -> tuple[float, float, float, int]:
    """Milliseconds until a cancelled worker is idle, until all have ended, until the process has; and its exit code."""
    with start(__file__, home, "--mode", "program", "--size", size, "--seed", seed) as program:
        out, err = program.communicate(timeout=WITHIN)
        ended = time.monotonic()
    if err:
        raise RuntimeError(err)
    told = {line.split()[0]: [float(one) for one in line.split()[1:]] for line in out.splitlines()}
    return told["cancel"][0] * 1000, told["close"][0] * 1000, (ended - told["close"][1]) * 1000, program.returncode


def main() -> int:
    """Run it; returns 1 if the figures are not as they must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--longest", type=float, default=200.0, metavar="MS", help="most until workers are idle (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", choices=("watch", "program"), default="watch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.mode == "program":
        drives = []  # Kept: nothing else holds it while its timers wait.
        return with_window(lambda window: drives.append(Drive(window, options.size, random.Random(options.seed))))

    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        results = [once(Path(folder) / "home", options.size, rng.randrange(10**6)) for _ in range(options.times)]
    cancels, closes, ends, codes = zip(*results, strict=True)
    bad = sum(code != 0 for code in codes)
    rows, columns, filters = SIZES[options.size]
    print(
        f"{options.times} times, {filters} maps of {columns}×{rows}: idle after Cancel in {_figures(cancels)}, workers "
        f"ended after closing in {_figures(closes)}, the process in {_figures(ends)}; {bad} exit codes other than 0"
    )
    return int(bad > 0 or max(*cancels, *closes) > options.longest)


def _figures(values: tuple[float, ...]) -> str:
    return f"{np.median(values):.0f} ms (at most {max(values):.0f})"


if __name__ == "__main__":
    sys.exit(main())
