"""Two windows on one session, and a session whose file is gone: nothing that was saved is lost unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_filter
from convexplorer.gui.sessions import keeper, questions
from convexplorer.gui.sessions.questions import Answer, Conflict
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.sessions.load_save import load_session, save_session
from tests.helpers.whole_window import settle


def edit(window: MainWindow, filter_: int, bias: float) -> None:
    window.document.apply("Edit bias", with_filter(window.document.project, filter_, bias=bias))


def wait(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.tasks.busy)


def biases(path: Path) -> list[float]:
    return load_session(path).project.bank.bias.tolist()


class Asked:
    """Answers what is asked about files that others changed, and remembers it."""

    def __init__(self, window: MainWindow, answer: Conflict) -> None:
        self.questions: list[tuple[str, bool]] = []
        self.answer = answer
        window.keeper.ask_conflict = self

    def __call__(self, _parent: object, name: str, *, deleted: bool) -> Conflict:
        self.questions.append((name, deleted))
        return self.answer


@pytest.fixture
def path(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Path:
    """A session that is open in the window."""
    found = tmp_path / "s.cvx"
    save_session(found, window.keeper.session())
    window.keeper.open(found)
    qtbot.waitUntil(lambda: window.keeper.path == found)
    wait(window, qtbot)
    return found


@pytest.fixture
def other(path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """A second window on that session."""
    made = MainWindow(default_project())
    made.keeper.open(path)
    qtbot.waitUntil(lambda: made.keeper.path == path)
    settle(qtbot, made)
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("answer", list(Conflict))
def test_what_another_window_saved_is_not_overwritten_unasked(
    window: MainWindow, other: MainWindow, qtbot: QtBot, path: Path, answer: Conflict, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(window, 0, 5.0)
    window.keeper.save()
    wait(window, qtbot)
    elsewhere = path.with_name("mine.cvx")
    monkeypatch.setattr(keeper, "ask_where", lambda _window, _title, _suggested, choices: (elsewhere, choices[0]))
    asked = Asked(other, answer)
    edit(other, 1, 8.0)
    other.keeper.save()
    wait(other, qtbot)
    assert asked.questions == [("s.cvx", False)]
    ours = [0.0, 8.0, 0.0, 0.0]
    if answer is Conflict.OVERWRITE:
        assert biases(path) == ours
        assert other.keeper.path == path
    else:
        assert biases(path) == [5.0, 0.0, 0.0, 0.0]
    assert elsewhere.exists() == (answer is Conflict.SAVE_AS)
    if answer is Conflict.SAVE_AS:
        assert biases(elsewhere) == ours
        assert other.keeper.path == elsewhere
    assert other.keeper.modified == (answer is Conflict.CANCEL)
    if answer is not Conflict.CANCEL:  # What was settled is not asked again.
        edit(other, 1, 9.0)
        other.keeper.save()
        wait(other, qtbot)
        assert len(asked.questions) == 1
        assert not other.keeper.modified


def test_a_window_alone_is_never_asked(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    asked = Asked(window, Conflict.CANCEL)
    for bias in (1.0, 2.0, 3.0):  # The second and third are ordered before the first is told.
        edit(window, 0, bias)
        window.keeper.save()
    wait(window, qtbot)
    edit(window, 0, 4.0)
    window.keeper.revert()
    wait(window, qtbot)
    edit(window, 0, 5.0)
    window.keeper.save()
    wait(window, qtbot)
    assert asked.questions == []
    assert biases(path)[0] == 5.0


@pytest.mark.parametrize("answer", [Conflict.OVERWRITE, Conflict.CANCEL])
def test_a_session_that_was_deleted_is_saved_again_only_if_that_is_wanted(
    window: MainWindow, qtbot: QtBot, path: Path, answer: Conflict
) -> None:
    asked = Asked(window, answer)
    path.unlink()
    edit(window, 0, 5.0)
    window.keeper.save()
    wait(window, qtbot)
    assert asked.questions == [("s.cvx", True)]
    assert path.exists() == (answer is Conflict.OVERWRITE)
    assert window.keeper.modified == (answer is Conflict.CANCEL)


@pytest.mark.parametrize("answer", list(Answer))
def test_closing_asks_for_a_session_whose_file_is_gone(
    window: MainWindow, qtbot: QtBot, path: Path, answer: Answer
) -> None:
    names = []
    window.keeper.ask_deleted = lambda _parent, name: names.append(name) or answer
    path.unlink()
    window.close()
    wait(window, qtbot)
    qtbot.waitUntil(lambda: window.isVisible() == (answer is Answer.CANCEL))
    assert names == ["s.cvx"]
    assert path.exists() == (answer is Answer.SAVE)
    window.keeper.ask_deleted = lambda _parent, _name: Answer.DISCARD


def test_saving_before_closing_asks_too_and_closing_follows(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    save_session(path, window.keeper.session())
    asked = Asked(window, Conflict.OVERWRITE)
    window.keeper.ask = lambda _parent, _name: Answer.SAVE
    edit(window, 0, 5.0)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert asked.questions == [("s.cvx", False)]
    assert biases(path)[0] == 5.0


def test_nothing_is_asked_for_a_session_that_cannot_be_read(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.keeper.ask = lambda _parent, _name: pytest.fail("asked")
    edit(window, 0, 5.0)
    (tmp_path / "bad.cvx").write_bytes(b"PK nothing")
    window.keeper.open(tmp_path / "bad.cvx")
    qtbot.waitUntil(lambda: "bad.cvx" in window.message.text)
    wait(window, qtbot)
    assert window.keeper.modified
    window.keeper.ask = lambda _parent, _name: Answer.DISCARD


@pytest.mark.parametrize("later", [True, False])
def test_recovered_work_does_not_overwrite_what_was_saved_after_it(
    window: MainWindow, qtbot: QtBot, path: Path, later: bool
) -> None:
    asked = Asked(window, Conflict.CANCEL)
    when = path.stat().st_mtime + (-60 if later else 60)
    window.keeper.restore(window.keeper.session(), path, 3, when)
    window.keeper.save()
    wait(window, qtbot)
    assert asked.questions == ([("s.cvx", False)] if later else [])


@pytest.mark.parametrize(
    ("deleted", "button", "answer"),
    [
        (False, "Overwrite", Conflict.OVERWRITE),
        (False, "Save as…", Conflict.SAVE_AS),
        (False, "", Conflict.CANCEL),
        (True, "Save again", Conflict.OVERWRITE),
        (True, "Cancel", Conflict.CANCEL),
    ],
)
def test_the_real_question(window: MainWindow, deleted: bool, button: str, answer: Conflict) -> None:
    def click() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.text().startswith("s.cvx was deleted or moved" if deleted else "s.cvx was changed since")
        if not button:
            QTest.keyClick(box, Qt.Key.Key_Escape)
            return
        [wanted] = [one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == button]
        QTest.mouseClick(wanted, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, click)
    assert questions.ask_conflict(window, "s.cvx", deleted=deleted) is answer


def test_the_real_question_about_a_file_that_is_gone(window: MainWindow) -> None:
    def click() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.text() == "s.cvx was deleted or moved. Save it again?"
        QTest.mouseClick(box.button(QMessageBox.StandardButton.Discard), Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, click)
    assert questions.ask_deleted(window, "s.cvx") is Answer.DISCARD
