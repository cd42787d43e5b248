"""The program in a Linux desktop's menu, and its sessions on a double click."""

from __future__ import annotations

import configparser
import re
import shutil
import sys
from pathlib import Path

import pytest

from convexplorer import cli
from convexplorer.errors import UnavailableError, UnwritableFileError
from convexplorer.io.files import desktop
from convexplorer.io.files.desktop import command_line, data_home, register, unregister
from convexplorer.io.sessions.load_save import SESSION_SUFFIX

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops")


def words(line: str) -> list[str]:
    """Take a command line of a desktop entry apart as the specification says."""
    line = re.sub(r"\\(.)", r"\1", line)  # the file's own escapes
    found = re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', line)
    return [re.sub(r"\\(.)", r"\1", quoted).replace("%%", "%") if quoted else plain for quoted, plain in found]


@linux
def test_all_is_there_and_goes_again():
    files = register()
    assert all(path.is_relative_to(data_home()) for path in files)
    entry = configparser.RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment]
    entry.read(data_home() / "applications" / "convexplorer.desktop", "utf-8")
    section = entry["Desktop Entry"]
    *command, last = words(section["Exec"])
    assert last == "%F"
    assert Path(command[0]).is_file()
    described = (data_home() / "mime" / "packages" / "convexplorer.xml").read_text("utf-8")
    [kind], [pattern] = (
        re.findall('<mime-type type="(.*)">', described),
        re.findall('<glob pattern="(.*)"/>', described),
    )
    assert section["MimeType"] == f"{kind};"
    assert pattern == f"*{SESSION_SUFFIX}"
    if shutil.which("update-mime-database"):
        assert f":{kind}:{pattern}" in (data_home() / "mime" / "globs2").read_text("utf-8")
    assert register() == files
    assert set(unregister()) == set(files)
    assert not any(path.exists() for path in files)
    assert unregister() == []


@linux
@pytest.mark.parametrize("folder", ["a b", 'q"uote', "back\\slash", "$HOME`x`", "100%", "ä'"])
def test_every_path_is_quoted_so_that_it_comes_back(tmp_path, monkeypatch, folder):
    python = tmp_path / folder / "python"
    python.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(python))
    assert words(command_line()) == [str(python), "-m", "convexplorer"]
    python.with_name("convexplorer").touch()
    assert words(command_line()) == [str(python.with_name("convexplorer"))]


@linux
def test_a_relative_data_home_is_not_followed(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_home() == tmp_path / ".local" / "share"


@linux
def test_a_place_that_cannot_be_written_is_one_line(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(UnwritableFileError, match="cannot be made: Not a directory"):
        register()
    assert cli.main(["register"]) == 2
    assert capsys.readouterr().err.startswith("convexplorer: error: ")


def test_elsewhere_it_is_said_plainly(monkeypatch):
    monkeypatch.setattr(desktop.sys, "platform", "win32")
    with pytest.raises(UnavailableError, match="Linux only; here, choose the program"):
        register()


@linux
def test_from_the_shell(capsys):
    assert cli.main(["register"]) == 0
    assert "convexplorer.desktop" in capsys.readouterr().out
    assert cli.main(["register", "--remove"]) == 0
    assert "convexplorer.desktop" in capsys.readouterr().out
