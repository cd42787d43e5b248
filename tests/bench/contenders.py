"""One way to correlate, in a process of its own: prepares a case when told to, then runs it once each time it is asked.

The process is this file started as a script; it reads lines and answers with lines, and leaves a sample of its results
in a file of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SAMPLES = 50_000
"""Numbers of a result that are compared."""


class Contender:
    """The parent's end of such a process.

    Parameters
    ----------
    name : str
        "ours", "our FFT", or one of `peers.PEERS`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.about: tuple[str, float, float] = ("", 0, 0)
        """Of the case: its title, its multiply-adds, and the numbers that it reads and writes."""
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / "sample.npz"
        self._process = subprocess.Popen(
            [sys.executable, __file__, name, str(self._file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def prepare(self, case: str) -> bool:
        """Have a case ready and computed once; False if this contender cannot do it, or is not installed."""
        answer = json.loads(self._ask(case))
        if answer is not None:
            self.about = tuple(answer)
        return answer is not None

    def run(self) -> float:
        """Compute the case once more; the seconds that took."""
        return float(self._ask("run"))

    def sample(self) -> tuple[np.ndarray, float]:
        """Some numbers of the result, and what they may be wrong by."""
        with np.load(self._file) as held:
            return held["values"], float(held["bound"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)
        self._folder.cleanup()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended at {line}")
        return answer


def serve(name: str, file: Path) -> None:
    """Answer the lines that come in, until there are no more."""
    run: Callable[[], np.ndarray] | None = None
    for line in sys.stdin:
        if line.strip() == "run":
            assert run is not None
            started = time.perf_counter()
            run()
            print(time.perf_counter() - started, flush=True)
            continue
        run = None  # Let go of the last case before the next is made.
        case = _case(line.strip())
        run = _way(name, case)
        if run is None:
            print("null", flush=True)
            continue
        values = run()
        if name != "ours":
            values = values[..., :: case.step, :: case.step] if values.ndim == 3 else values
        flat = values.ravel()
        np.savez(file, values=flat[:: max(1, flat.size // SAMPLES)], bound=case.bound)
        del values, flat  # Their memory serves the next run.
        print(json.dumps([case.title, case.products, case.numbers]), flush=True)


def _case(key: str) -> Case:
    return CASES[key]() if key in CASES else layer(*json.loads(key))


def _way(name: str, case: Case) -> Callable[[], np.ndarray] | None:
    if name == "ours":
        return case.run
    if case.work is None:
        return None
    if name == "our FFT":
        work = case.work
        return (lambda: by_fft(work)) if suits_fft(work) else None
    try:
        made = PEERS[name](case.work)
    except ImportError:
        return None
    if not case.whole:
        case.run()  # An edit, by which ours is ahead.
    return (lambda: figures_of(made())) if case.figures else made


if __name__ == "__main__":
    from engine_cases import CASES, Case, figures_of, layer
    from peers import PEERS

    from convexplorer.core.engine.routes.fft import by_fft, suits_fft

    serve(sys.argv[1], Path(sys.argv[2]))
