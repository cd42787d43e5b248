"""A file that cannot be opened gives one true line, whatever stands in its way."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from convexplorer.commands.window import check_files
from convexplorer.errors import UnreadableFileError
from convexplorer.io.datasets.load import load_dataset
from convexplorer.io.files import reading as module
from convexplorer.io.files.reading import open_for_reading


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught, open_for_reading(path):
        pass
    return str(caught.value)


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    line = refusal(tmp_path / ("a" * 300 + ".png"))
    assert line.endswith("does not exist: its name is too long")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may enter every folder")
def test_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "a.png").touch()
    (tmp_path / "closed").chmod(0o600)
    try:
        assert refusal(tmp_path / "closed" / "a.png") == "a.png may not be read: permission denied"
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_folder_that_may_not_be_entered_as_the_system_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For root, too, who is never refused."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(module, "_open", refuse)
    monkeypatch.setattr(Path, "is_dir", refuse)
    assert refusal(tmp_path / "a.png") == "a.png may not be read: permission denied"


def test_the_shell_and_data_sets_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("a" * 300)
    for load in (load_dataset, lambda path: check_files([path])):
        with pytest.raises(UnreadableFileError, match="does not exist: its name is too long"):
            load(long)
        with pytest.raises(UnreadableFileError, match=r"^gone\.png does not exist"):
            load(tmp_path / "gone.png")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "lstat", refuse)
    monkeypatch.setattr(os, "stat", refuse)
    for load in (load_dataset, lambda path: check_files([path])):
        with pytest.raises(UnreadableFileError, match=r"^a\.npz may not be read: permission denied"):
            load(tmp_path / "a.npz")
