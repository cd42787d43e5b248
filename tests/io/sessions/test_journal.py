"""The journal: what it remembers can be read at any moment, and by one program only."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.project.project import ConvLayer, Project, remove_filters, with_filter
from convexplorer.errors import MAX_MESSAGE, CancelledError, UnreadableFileError, UnwritableFileError
from convexplorer.io.files import atomic
from convexplorer.io.sessions.journal import DAMAGED, Journal, Note, adopt_abandoned
from convexplorer.io.sessions.load_save import Session, ViewState
from convexplorer.io.sessions.parts import arrays as arrays_module

NOTE = Note("motorcycle", 14, "2024-05-01T08:12:00", "/home/someone/motorcycle.cvx")


def example(seed=0) -> Session:
    pixels = np.random.default_rng(seed).integers(0, 255, (20, 30, 3), np.uint8)
    bank = FilterBank((Filter(np.eye(3), 0.5, "One"), Filter(-np.eye(3), 0.0, "Two", enabled=False)))
    return Session(Project((ConvLayer(bank),), Image(pixels, "photo.png")), ViewState(zoom=2.0))


@pytest.fixture
def root(tmp_path):
    return tmp_path / "recovery"


@pytest.fixture
def left(root):
    """A journal with work, whose program is gone."""
    journal = Journal.create(root)
    journal.write(example(), NOTE)
    journal.leave()
    return journal


def test_work_comes_back(root, left):
    (found,) = adopt_abandoned(root)
    assert found.note() == NOTE
    session = found.load()
    assert session.project.edited_layer == example().project.edited_layer
    assert np.array_equal(session.project.image.native, example().project.image.native)
    assert session.view == ViewState(zoom=2.0)
    found.close()
    assert not list(root.iterdir())


def test_an_edit_writes_what_it_changed_and_nothing_is_left_of_what_is_gone(root):
    journal = Journal.create(root)
    session = example()
    journal.write(session, NOTE)
    before = {path.name: path.stat().st_mtime_ns for path in journal.folder.iterdir()}
    edited = replace(session, project=with_filter(session.project, 0, bias=1.0))
    journal.write(edited, replace(NOTE, edits=15))
    after = {path.name: path.stat().st_mtime_ns for path in journal.folder.iterdir()}
    assert len(after) == len(before) == 5
    same = {name for name in before if before[name] == after.get(name)}
    assert len(same) == 3  # Lock, picture and weights.
    assert journal.load().project.bank[0].bias == 1.0
    journal.write(replace(session, project=remove_filters(session.project, [0, 1])), NOTE)
    assert len(journal.load().project.bank) == 0
    journal.clear()
    assert [path.name for path in journal.folder.iterdir()] == ["lock"]
    journal.close()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"name": "two\nlines\u202e.cvx", "when": "now\r\n"}, {"name": "two�lines�.cvx", "when": "now��"}),
        ({"name": "x" * 5000}, {"name": f"{'x' * 79}…{'x' * 40}"}),
        ({"edits": -3}, {"edits": 0}),
        ({"edits": 2**40}, {"edits": 10**9}),
    ],
)
def test_what_a_journal_says_of_itself_fits_into_one_line(root, written, read):
    journal = Journal.create(root)
    journal.write(example(), replace(NOTE, **written))
    assert journal.note() == replace(NOTE, **read)
    assert journal.load().project.bank == example().project.bank
    journal.close()


def test_a_killed_write_leaves_what_was_remembered_before(root, monkeypatch):
    journal = Journal.create(root)
    journal.write(example(), NOTE)

    publish = atomic._publish

    def killed(temporary, target, *args, **options):
        if target.name == "manifest.json":
            raise KeyboardInterrupt
        publish(temporary, target, *args, **options)

    monkeypatch.setattr(atomic, "_publish", killed)
    with pytest.raises(KeyboardInterrupt):
        journal.write(example(1), replace(NOTE, edits=15))
    assert journal.note() == NOTE
    assert np.array_equal(journal.load().project.image.native, example().project.image.native)
    journal.close()


def test_a_write_that_is_called_off_leaves_what_was_remembered_before(root, monkeypatch):
    monkeypatch.setattr(arrays_module, "_PIECE", 100)
    journal = Journal.create(root)
    journal.write(example(), NOTE)
    for turns in (0, 3, 9):
        asked = iter([False] * turns)
        with pytest.raises(CancelledError):
            journal.write(example(1), replace(NOTE, edits=15), lambda asked=asked: next(asked, True))
        assert journal.note() == NOTE
        assert journal.load().project.image.native.tobytes() == example().project.image.native.tobytes()
    journal.write(example(1), replace(NOTE, edits=15))
    assert journal.note().edits == 15
    assert len(list(journal.folder.iterdir())) == 2 + 3
    journal.close()


def test_a_journal_in_use_is_not_taken(root):
    journal = Journal.create(root)
    journal.write(example(), NOTE)
    assert adopt_abandoned(root) == []
    journal.leave()
    (taken,) = adopt_abandoned(root)
    assert adopt_abandoned(root) == []
    taken.leave()


def test_the_journal_of_a_killed_process_is_free_at_once(root):
    code = (
        "import sys; from pathlib import Path; from convexplorer.io.sessions.journal import Journal\n"
        "journal = Journal.create(Path(sys.argv[1])); print(journal.folder.name, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        name = process.stdout.readline().strip()
        (root / name / "manifest.json").touch()
        assert adopt_abandoned(root) == []
        process.kill()
        process.wait()
    (found,) = adopt_abandoned(root)
    assert found.folder.name == name
    found.leave()


def test_the_newest_work_comes_first_and_empty_journals_go(root):
    for seed in range(3):
        journal = Journal.create(root)
        journal.write(example(), replace(NOTE, edits=seed))
        os.utime(journal.folder / "manifest.json", (seed, seed))
        journal.leave()
    young, old = Journal.create(root), Journal.create(root)
    young.leave()
    old.leave()
    os.utime(old.folder, (1, 1))
    found = adopt_abandoned(root)
    assert [one.note().edits for one in found] == [2, 1, 0]
    assert young.folder.exists()
    assert not old.folder.exists()
    for one in found:
        one.leave()


@pytest.mark.parametrize("spoil", ["manifest", "empty", "array", "gone", "field"])
def test_a_damaged_journal_is_refused_and_set_aside(root, left, spoil):
    manifest = left.folder / "manifest.json"
    array = next(path for path in left.folder.iterdir() if path.suffix == ".raw")
    if spoil == "manifest":
        manifest.write_bytes(manifest.read_bytes()[:-10])
    elif spoil == "empty":
        manifest.write_bytes(b"")
    elif spoil == "array":
        array.write_bytes(array.read_bytes()[:-1] + b"?")
    elif spoil == "gone":
        array.unlink()
    else:
        manifest.write_text(manifest.read_text().replace('"edits"', '"edit"'))
    (found,) = adopt_abandoned(root)
    with pytest.raises(UnreadableFileError, match="unsaved work cannot be restored") as caught:
        found.load()
    assert len(str(caught.value)) <= MAX_MESSAGE
    assert found.set_aside() == root / DAMAGED / left.folder.name
    assert adopt_abandoned(root) == []
    assert (root / DAMAGED / left.folder.name / "lock").exists()


def test_a_root_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        Journal.create(tmp_path / "file")
    assert adopt_abandoned(tmp_path / "nowhere") == []
