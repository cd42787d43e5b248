"""The harnesses of tests/bench/robustness in reduced size; each ends with 1 if a figure is not as it must be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="they fork, send signals and look into /proc")
@pytest.mark.parametrize(
    "arguments",
    [
        ("kill_while_saving.py", "--kills", "30"),
        ("kill_while_saving.py", "--kills", "30", "--writer", "naive"),
        ("kill_while_editing.py", "--kills", "1"),
        ("cycles.py", "--cycles", "3", "--warm-up", "1"),
        ("closing.py", "--times", "1", "--size", "small", "--longest", "2000"),
        ("refcount.py", "--signals", "20000"),
    ],
    ids=" ".join,
)
def test_reduced(arguments):
    script = ROOT / "tests" / "bench" / "robustness" / arguments[0]
    done = subprocess.run(
        [sys.executable, script, *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
