"""Unsaved work after a kill: journalled while it is done, offered at the next start, in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QDateTime, QEvent, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_filter, with_image
from convexplorer.gui.sessions import recovery
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.sessions.recovery import Recovery
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.sessions.journal import DAMAGED, Journal, Note, adopt_abandoned
from convexplorer.io.sessions.load_save import Session, load_session, save_session
from tests.helpers.whole_window import settle, small_picture


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


class Program:
    """A window with its journal, as one running program has them."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.window = MainWindow(with_image(default_project(), small_picture()))
        self.window.show()
        self.recovery = Recovery(self.window, self.window.exploration, self.window.keeper, root)
        self.recovery.start()
        self.qtbot = qtbot
        qtbot.waitUntil(lambda: not self.window.tasks.busy)
        settle(qtbot, self.window)
        self.ended = False

    def edit(self, bias: float) -> None:
        project = self.window.document.project
        self.window.document.apply("Edit bias", with_filter(project, 0, bias=bias))

    def answer(self, name: str) -> None:
        button = self.recovery.bar.findChild(QPushButton, name)
        assert button is not None
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def kill(self) -> None:
        """End as a killed program does: nothing more is written, its lock is free."""
        self.recovery._soon.stop()
        self.end(finished=False)

    def end(self, *, finished: bool = True) -> None:
        if not self.ended:
            self.ended = True
            self.window.keeper.ask = lambda _parent, _name: Answer.DISCARD
            self.window.close()
            self.recovery.close(finished=finished)
            self.window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def start(qtbot: QtBot, root: Path) -> Iterator[Callable[[], Program]]:
    """Starts programs that share one folder of journals."""
    made: list[Program] = []

    def run() -> Program:
        made.append(Program(qtbot, root))
        return made[-1]

    yield run
    for program in made:
        program.end()


@pytest.fixture
def left(root: Path) -> Note:
    """Work of a program that is gone."""
    note = Note("small.png", 14, QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate))
    leave(root, note, 3.0)
    return note


def leave(root: Path, note: Note, bias: float) -> None:
    journal = Journal.create(root)
    project = with_filter(with_image(default_project(), small_picture()), 0, bias=bias)
    journal.write(Session(project), note)
    journal.leave()


def manifests(root: Path) -> list[Path]:
    return sorted(root.glob("*/manifest.json"))


def journalled(root: Path) -> float | None:
    """The first filter's bias as it is in the one journal."""
    found = manifests(root)
    return Journal(found[0].parent, None).load().project.bank[0].bias if found else None  # type: ignore[arg-type]


# --- writing -----------------------------------------------------------------------------------------------------


def test_an_edit_is_journalled_at_once_and_forgotten_when_it_is_undone(
    start: Callable[[], Program], root: Path, qtbot: QtBot
) -> None:
    program = start()
    assert not root.exists()
    program.edit(1.0)
    qtbot.waitUntil(lambda: journalled(root) == 1.0, timeout=1500)
    program.window.document.undo_stack.undo()
    qtbot.waitUntil(lambda: not manifests(root))


def test_what_was_not_yet_written_is_written_at_the_end_unless_the_window_was_closed(
    start: Callable[[], Program], root: Path, qtbot: QtBot
) -> None:
    program = start()
    program.edit(1.0)
    qtbot.waitUntil(lambda: journalled(root) == 1.0)
    program.edit(2.0)  # Within the two seconds: it waits.
    program.end(finished=False)
    assert journalled(root) == 2.0
    [journal] = adopt_abandoned(root)
    journal.close()
    other = start()
    other.edit(4.0)
    other.end(finished=True)
    assert not manifests(root)


def test_edits_in_a_row_are_journalled_every_two_seconds_at_least(
    start: Callable[[], Program], root: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "EVERY", 200)
    program = start()
    seen: set[float | None] = set()
    number = 0
    while len(seen) < 4:  # Nothing, and three states on the way; the edits never rest.
        number += 1
        program.edit(number)
        QCoreApplication.processEvents()
        seen.add(journalled(root))
    qtbot.waitUntil(lambda: journalled(root) == number)


def test_saving_empties_the_journal_and_leaving_removes_it(
    start: Callable[[], Program], root: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    program = start()
    program.edit(1.0)
    qtbot.waitUntil(lambda: bool(manifests(root)))
    program.window.keeper.path = tmp_path / "mine.cvx"
    program.window.keeper.save()
    qtbot.waitUntil(lambda: not manifests(root))
    program.edit(2.0)
    program.end()
    assert list(root.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_once(
    start: Callable[[], Program], root: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "EVERY", 0)
    root.write_text("in the way")
    program = start()
    program.edit(1.0)
    qtbot.waitUntil(lambda: program.window.message.text.startswith("Unsaved work is not kept: "))
    program.window.message.hide()
    with qtbot.waitSignal(program.recovery._worker.finished):
        program.edit(2.0)
    assert program.window.message.text == ""


# --- bringing back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["", "yesterday", "2026-13-45T99:00:00"])
def test_a_time_that_makes_no_sense_is_not_shown(when: str) -> None:
    assert recovery._moment(when) == "at an unknown time"


def test_nothing_is_offered_when_nothing_was_left(start: Callable[[], Program]) -> None:
    assert start().recovery.bar.text == ""


def test_what_a_killed_program_had_not_saved_is_restored(
    start: Callable[[], Program], root: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    first = start()
    original = tmp_path / "mine.cvx"
    save_session(original, first.window.keeper.session())
    first.window.keeper.open(original)
    qtbot.waitUntil(lambda: first.window.keeper.path == original)
    saved = original.read_bytes()
    for bias in (1.0, 2.0, 3.0):
        first.edit(bias)
    first.window.navigator.show(2.0, (0.5, 0.5))
    qtbot.waitUntil(lambda: journalled(root) == 3.0)
    first.kill()

    second = start()
    assert second.recovery.bar.text.startswith("Work that was not saved: mine.cvx, 3 edits, ")
    second.answer("messageAction")
    qtbot.waitUntil(lambda: second.window.document.project.bank[0].bias == 3.0)
    assert second.recovery.bar.text == ""
    assert second.window.windowTitle().startswith("mine.cvx[*]")
    assert second.window.isWindowModified()
    assert second.window.keeper.edits == 3
    assert second.window.document.project.image is not None
    assert np.array_equal(second.window.document.project.image.native, small_picture().native)
    assert original.read_bytes() == saved
    qtbot.waitUntil(lambda: len(manifests(root)) == 1)
    second.edit(4.0)
    assert second.window.keeper.edits == 4
    second.window.keeper.save()
    qtbot.waitUntil(lambda: not second.window.keeper.modified)
    assert load_session(original).project.bank[0].bias == 4.0
    second.end()
    assert list(root.iterdir()) == []


def test_restored_work_outlives_the_next_kill(
    start: Callable[[], Program], root: Path, qtbot: QtBot, left: Note
) -> None:
    program = start()
    program.answer("messageAction")
    qtbot.waitUntil(lambda: program.window.document.project.bank[0].bias == 3.0)
    program.kill()
    again = start()
    assert again.recovery.bar.text.startswith("Work that was not saved: small.png, 14 edits")


def test_discarding(start: Callable[[], Program], root: Path, qtbot: QtBot, left: Note) -> None:
    program = start()
    before = program.window.document.project
    program.answer("messageSecond")
    qtbot.waitUntil(lambda: not manifests(root))
    assert program.window.document.project is before
    assert program.recovery.bar.text == ""


def test_what_is_not_answered_is_offered_again(start: Callable[[], Program], root: Path, left: Note) -> None:
    start().end()
    assert start().recovery.bar.text


def test_one_offer_after_the_other(start: Callable[[], Program], root: Path, qtbot: QtBot) -> None:
    today = QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate)
    leave(root, Note("older", 1, "2024-05-01T08:12:00"), 1.0)
    leave(root, Note("newer", 2, today), 2.0)
    program = start()
    assert "newer, 2 edits" in program.recovery.bar.text
    program.answer("messageAction")
    qtbot.waitUntil(lambda: "older, 1 edit, " in program.recovery.bar.text)
    assert "24" in program.recovery.bar.text.rpartition("edit,")[2]  # The date, since it is not today's.
    program.window.keeper.ask = lambda _parent, _name: Answer.CANCEL
    program.answer("messageAction")
    assert "older" in program.recovery.bar.text
    assert program.window.document.project.bank[0].bias == 2.0
    program.window.keeper.ask = lambda _parent, _name: Answer.DISCARD
    program.answer("messageAction")
    qtbot.waitUntil(lambda: program.window.document.project.bank[0].bias == 1.0)


@pytest.mark.parametrize("spoil", ["manifest", "pixels"])
def test_a_damaged_journal_is_one_line_and_set_aside(
    start: Callable[[], Program], root: Path, qtbot: QtBot, left: Note, spoil: str
) -> None:
    (manifest,) = manifests(root)
    spoilt = manifest if spoil == "manifest" else max(manifest.parent.iterdir(), key=lambda path: path.stat().st_size)
    spoilt.write_bytes(spoilt.read_bytes()[:-1])
    program = start()
    before = program.window.document.project
    if spoil == "pixels":
        program.answer("messageAction")
    qtbot.waitUntil(lambda: program.recovery.bar.text.startswith("unsaved work is damaged and cannot be restored; it"))
    assert len(program.recovery.bar.text) <= 120
    assert program.window.document.project is before
    assert (root / DAMAGED / manifest.parent.name / "manifest.json").exists()
    program.answer("messageAction")
    assert program.recovery.bar.text == ""
    program.end()
    assert start().recovery.bar.text == ""


def test_two_programs_do_not_fight(start: Callable[[], Program], root: Path, qtbot: QtBot, left: Note) -> None:
    first = start()
    assert first.recovery.bar.text
    second = start()
    assert second.recovery.bar.text == ""
    first.edit(1.0)
    second.edit(2.0)
    qtbot.waitUntil(lambda: len(manifests(root)) == 3)
    first.end()
    assert len(manifests(root)) == 2
    second.kill()
    third = start()
    assert len(third.recovery._offers) == 2
    assert adopt_abandoned(root) == []
