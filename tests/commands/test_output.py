"""Streams that are closed, full, or that nobody reads: the work is done, and at most one line is said."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer import cli
from convexplorer.commands import apply, output
from convexplorer.core.model.filters import FilterBank
from convexplorer.io import load_stack, save_filters

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a picture and four filters are."""
    monkeypatch.chdir(tmp_path)
    PILImage.new("L", (24, 18), 90).save("photo.png")
    save_filters(FilterBank.from_arrays(np.ones((4, 1, 3, 3))), "edges.json")
    return tmp_path


def test_work_goes_on_when_nobody_reads_any_more(folder):
    np.savez("two.npz", x=np.arange(12 * 24 * 24, dtype=np.uint8).reshape(12, 24, 24), y=np.arange(12) % 2)
    line = shlex.split("train --data two.npz --epochs 3 --out learnt.json --log log.csv")
    command = [sys.executable, "-m", "convexplorer", *line]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=ENVIRONMENT) as program:
        program.stdout.close()  # Every epoch's line is flushed.
        err = program.stderr.read()
    assert (program.returncode, err) == (0, b"")
    assert len(load_stack("learnt.json"))
    assert len(Path("log.csv").read_text("utf-8").splitlines()) == 4


UNHEARD = "convexplorer: error: standard output cannot be written: "


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
@pytest.mark.parametrize(
    "line",
    ["filters edges.json", "apply photo.png --filters edges.json --out maps", "--help", "--version", "apply --help"],
)
@pytest.mark.parametrize("how", ["full", "closed"])
def test_output_that_cannot_be_written_is_one_line_and_the_work_is_done(folder, line, how):
    command = f"{shlex.quote(sys.executable)} -m convexplorer {line} {'>/dev/full' if how == 'full' else '>&-'}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    reason = "No space left on device" if how == "full" else "it is closed"
    assert (done.returncode, done.stderr) == (1, f"{UNHEARD}{reason}\n")
    if line.startswith("apply photo"):
        assert len(list(Path("maps").iterdir())) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
@pytest.mark.parametrize("where", [">/dev/full", "2>&-", "2>/dev/full", "<&-", ">&- 2>&- <&-"])
def test_complaints_that_cannot_be_written_change_nothing(folder, where):
    command = f"{shlex.quote(sys.executable)} -m convexplorer filters nothing.json {where}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_messages_never_end_in_a_file_that_is_being_written(folder):
    """With standard error closed, the next file that is opened would be the one that libraries complain to."""
    code = (
        "import os, sys\nfrom convexplorer.commands.output import hold_descriptors\n"
        "hold_descriptors()\nfile = open('new', 'wb')\nassert file.fileno() > 2\nos.write(2, b'complaint')"
    )
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} 2>&- >&-"
    subprocess.run(["/bin/sh", "-c", command], check=True, env=ENVIRONMENT)
    assert Path("new").read_bytes() == b""


def test_the_system_at_its_limits_is_one_line(folder, monkeypatch, capsys):
    for error, line in (
        (OSError(24, "Too many open files"), "the system refuses: Too many open files"),
        (MemoryError(), "there is not enough memory"),
    ):

        def fail(_path, error=error):
            raise error

        monkeypatch.setattr(apply, "_load", fail)
        assert cli.main(shlex.split("apply photo.png --filters edges.json --out maps")) == 2
        assert capsys.readouterr().err == f"convexplorer: error: {line}\n"


def test_progress_is_shown_on_a_terminal_only_and_wiped_away(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(output, "SHOWN_AFTER", 0.0)
    monkeypatch.setattr(output, "_EVERY", 0.001)
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with output.ProgressBar("Computing maps") as progress:
            progress.share = 0.25
            while stream.isatty() and "25%" not in stream.getvalue():
                time.sleep(0.001)
        shown = stream.getvalue()
        assert shown.endswith("\x1b[K") if stream.isatty() else not shown
    assert output.ProgressBar("Reading").line() == "Reading (0 s)"
