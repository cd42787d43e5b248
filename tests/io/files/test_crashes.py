"""Traces of crashes: left by processes that died, taken once, and never from those that live."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from convexplorer.io.files.crashes import MAX_TRACE, CrashFile, take_traces
from convexplorer.io.files.locks import FileLock

START = (
    "import sys, pathlib; from convexplorer.io.files.crashes import CrashFile; "
    "one = CrashFile(pathlib.Path(sys.argv[1]));"
)


def run(folder: Path, code: str) -> int:
    command = [sys.executable, "-c", f"{START} one.start('version 3'); {code}", str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


def test_a_full_disk_leaves_nothing_behind_and_ends_well(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def flush(self):
            raise OSError(28, "No space left on device")

        def close(self):
            super().close()
            raise OSError(28, "No space left on device")

    one = CrashFile(tmp_path)
    real = FileLock.acquire

    def acquire(self):
        real(self)
        self.file.close()
        self.file = Full()
        return True

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with pytest.raises(OSError, match="No space left"):
        one.start("head")
    one.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("death", ["import faulthandler; faulthandler._sigsegv()", "import os; os.abort()"])
def test_a_crash_leaves_its_trace(tmp_path, death):
    folder = tmp_path / "not" / "there yet"
    assert run(folder, death) != 0
    (trace,) = take_traces(folder)
    assert trace.startswith("version 3\n\nFatal Python error")
    assert "<string>" in trace
    assert take_traces(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("end", ["one.close()", "import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), 9)"])
def test_other_ends_leave_none(tmp_path, end):
    run(tmp_path, end)
    assert take_traces(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_program_that_runs_is_left_alone(tmp_path):
    command = [sys.executable, "-c", f"{START} one.start('x'); print(flush=True); sys.stdin.read()", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        running.stdout.readline()
        assert take_traces(tmp_path) == []
        assert len(list(tmp_path.iterdir())) == 1
        running.stdin.close()


def test_what_others_put_there(tmp_path):
    assert take_traces(tmp_path / "missing") == []
    (tmp_path / "crash-folder.txt").mkdir()
    (tmp_path / "crash-huge.txt").write_bytes(b"head\n\n" + b"\xff" * 10**6)
    (trace,) = take_traces(tmp_path)
    assert len(trace) <= MAX_TRACE
    assert [path.name for path in tmp_path.iterdir()] == ["crash-folder.txt"]
