"""The folder of temporary files: there while the program is, gone afterwards, and swept when it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from convexplorer.errors import UnwritableFileError
from convexplorer.io.files.locks import FileLock
from convexplorer.io.files.scratch import PREFIX, scratch_folder, sweep


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def program(place: Path, end: str) -> subprocess.CompletedProcess[bytes]:
    code = f"import os, signal, convexplorer.io.files.scratch as one; (one.scratch_folder() / 'a').touch(); {end}"
    return subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ, "TMPDIR": str(place)})


def old(folder: Path) -> None:
    os.utime(folder, (1e9, 1e9))


def test_it_goes_with_the_program(place):
    assert program(place, "").returncode == 0
    assert not list(place.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_what_a_kill_left_is_swept_by_the_next_one(place):
    assert program(place, "os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL
    [left] = place.iterdir()
    program(place, "")
    assert left.exists(), "its program may just be starting"
    old(left)
    program(place, "")
    assert not list(place.iterdir())


def test_a_folder_that_another_clock_dated_in_the_future_is_swept_too(tmp_path):
    folder = tmp_path / f"{PREFIX}later"
    folder.mkdir()
    (folder / "lock").touch()
    os.utime(folder, (time.time() + 86_400,) * 2)
    sweep(tmp_path)
    assert not folder.exists()


def test_what_is_in_use_or_not_ours_is_left_alone(tmp_path):
    used, other, link = (tmp_path / f"{PREFIX}{name}" for name in ("used", "other", "link"))
    target = tmp_path / "target"
    for folder in (used, other, target):
        folder.mkdir()
        (folder / "a").touch()
    (target / "lock").touch()
    link.symlink_to(target)
    lock = FileLock(used / "lock")
    assert lock.acquire()
    for folder in (used, other, target):
        old(folder)
    sweep(tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {used.name, other.name, link.name, "target"}
    assert (target / "a").exists()
    lock.release()
    sweep(tmp_path)
    assert not used.exists()


def test_without_room_there_is_one_line(monkeypatch):
    scratch_folder.cache_clear()
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(UnwritableFileError, match="no room for temporary files: No such file"):
        scratch_folder()
