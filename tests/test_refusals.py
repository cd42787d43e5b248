"""What a person reads when a file is not what it should be: one short line, with the file's name and the reason.

    python tests/test_refusals.py

prints every line once, so that it can be read as a user would read it.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from convexplorer.errors import MAX_MESSAGE, UnreadableFileError
from tests.helpers.malformed import EVIL, SUFFIXES, Case, cases
from tests.helpers.valid_files import LOADERS, Sample, samples

# --- judging -----------------------------------------------------------------------------------------------------

_ACTS = ("subprocess.", "socket.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "pickle.find_class", "urllib.")
_OURS = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]), os.devnull)
_watched: list[tuple[Path, list[str]]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Python tells of everything that reaches out of it."""
    if not _watched:
        return
    folder, acts = _watched[-1]
    if event.startswith(_ACTS):
        acts.append(event)
    elif event == "open" and isinstance(arguments[0], str | bytes):
        path = os.fsdecode(arguments[0])
        if not path.startswith((str(folder), *_OURS)):
            acts.append(f"open {path}")


sys.addaudithook(_watch)


@contextmanager
def nothing_else_touched(folder: Path) -> Iterator[None]:
    """No process, address or file outside of a folder may be touched meanwhile, and nothing in it changed."""
    acts: list[str] = []
    there = sorted(folder.rglob("*"))
    _watched.append((folder, acts))
    try:
        yield
    finally:
        _watched.pop()
    assert not acts
    assert sorted(folder.rglob("*")) == there


def judged(case: Case, folder: Path) -> str:
    """The line that refuses a file, or "" if it can be read.

    Raises
    ------
    AssertionError
        If the line is not as it must be.
    """
    path = case.put(folder)
    began = time.perf_counter()
    try:
        with nothing_else_touched(folder):
            LOADERS[case.loader](path)
    except UnreadableFileError as error:
        line = str(error)
        assert len(line) <= MAX_MESSAGE
        assert line.isprintable()
        names = [_shown(one.name) for one in (path, *folder.iterdir())]  # Or the file of labels beside it.
        assert any(line.startswith(one if len(one) < 60 else one[:20]) for one in names), line
        assert str(folder) not in line
    else:
        line = ""
    assert time.perf_counter() - began < 5
    return line


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in name)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types and names")
@pytest.mark.parametrize("loader", SUFFIXES)
def test_every_refusal_is_one_line_about_the_file(tmp_path: Path, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = [one for one in cases() if one.loader == loader]
    lines = [judged(one, tmp_path / str(number)) for number, one in enumerate(chosen)]
    # Text that is cut between two numbers, or a picture of several behind the first, cannot be told from a whole one.
    assert sum(not line for line in lines) < 0.03 * len(lines) + 1
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda _folder: subprocess.run([sys.executable, "-c", ""], check=True),
        lambda folder: (folder.parent / "elsewhere").open("w").close(),
        lambda folder: (folder / "new").touch(),
        lambda _folder: pickle.loads(pickle.dumps(EVIL)),  # noqa: S301
        lambda _folder: socket.socket().close(),
    ],
    ids=["process", "file elsewhere", "new file", "pickle", "address"],
)
def test_the_watch_sees_what_careless_programs_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inside").mkdir()
    with pytest.raises(AssertionError), nothing_else_touched(tmp_path / "inside"):
        act(tmp_path / "inside")


@pytest.mark.parametrize("one", samples(), ids=lambda one: f"{one.loader} {one.entry}")
def test_reading_touches_nothing_else(tmp_path: Path, one: Sample) -> None:
    for name, data in one.files.items():
        (tmp_path / name).write_bytes(data)
    with nothing_else_touched(tmp_path):
        LOADERS[one.loader](tmp_path / one.entry)


def main() -> None:
    """Print all lines, each with how often it comes."""
    found: dict[str, int] = defaultdict(int)
    with TemporaryDirectory() as name:
        for number, one in enumerate(cases()):
            line = judged(one, Path(name) / str(number)) or "(read)"
            found[f"{one.loader:8} {line.replace(one.name, '…')}"] += 1
    for line, count in sorted(found.items()):
        print(f"{count:4} × {line}")


if __name__ == "__main__":
    main()
