"""Sessions in the window: saved, opened, reverted, and changes that are not lost unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_filter
from convexplorer.gui.kit.settings import EMBED
from convexplorer.gui.sessions import keeper
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.app import default_project, open_first, show_something
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.images.samples import load_sample
from convexplorer.io.sessions.load_save import load_session, save_session
from tests.helpers.whole_window import settle, small_picture

REAL_DIALOG = keeper.ask_unsaved


class Asked:
    """Answers what is asked about changes, and counts."""

    def __init__(self, window: MainWindow, answer: Answer) -> None:
        self.names: list[str] = []
        self.answer = answer
        window.keeper.ask = self

    def __call__(self, _parent: object, name: str) -> Answer:
        self.names.append(name)
        return self.answer


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file dialog says that a session is to be saved."""
    path = tmp_path / "mine.cvx"
    monkeypatch.setattr(keeper, "ask_where", lambda _window, _title, _suggested, choices: (path, choices[0]))
    return path


@pytest.fixture
def fresh(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window as the program starts, still without a picture."""
    made = MainWindow(default_project())
    yield made
    made.close()
    made.deleteLater()


def edit(window: MainWindow, bias: float = 0.5) -> None:
    window.document.apply("Edit bias", with_filter(window.document.project, 0, bias=bias))


def save(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.keeper.saved):
        window.actions_by_key["saveSession"].trigger()


def trigger(window: MainWindow, qtbot: QtBot, key: str) -> None:
    qtbot.waitUntil(window.actions_by_key[key].isEnabled)
    window.actions_by_key[key].trigger()


def wait(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.tasks.busy)


# --- saving ------------------------------------------------------------------------------------------------------


def test_the_mark_of_changes_goes_with_saving_and_with_undoing(window: MainWindow, qtbot: QtBot, target: Path) -> None:
    assert not window.isWindowModified()
    edit(window)
    assert window.isWindowModified()
    trigger(window, qtbot, "undo")
    assert not window.isWindowModified()
    trigger(window, qtbot, "redo")
    save(window, qtbot)
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine.cvx[*] — ")
    assert "Saved to mine.cvx" in window.message.text
    trigger(window, qtbot, "undo")
    assert window.isWindowModified()
    trigger(window, qtbot, "redo")
    assert not window.isWindowModified()
    assert load_session(target).project.bank[0].bias == 0.5


def test_ctrl_s_asks_for_a_file_once(window: MainWindow, qtbot: QtBot, target: Path, monkeypatch) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(window, qtbot)
    monkeypatch.setattr(keeper, "ask_where", lambda *_: pytest.fail("asked again"))
    edit(window)
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(window, qtbot)
    assert load_session(target).project.bank[0].bias == 0.5
    assert window.recent.paths()[0] == target


def test_the_real_file_dialog(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    def fill() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        name = dialog.findChild(QLineEdit)
        assert name is not None
        assert name.text() == "small.cvx"
        name.setText(str(tmp_path / "typed"))
        QTest.keyClick(name, Qt.Key.Key_Return)

    QTimer.singleShot(0, fill)
    with qtbot.waitSignal(window.keeper.saved):
        window.actions_by_key["saveSessionAs"].trigger()
    assert (tmp_path / "typed.cvx").exists()
    assert window.keeper.path == tmp_path / "typed.cvx"


def test_an_edit_while_saving_stays_unsaved(window: MainWindow, qtbot: QtBot, target: Path) -> None:
    edit(window, 1.0)
    with qtbot.waitSignal(window.keeper.saved):
        window.actions_by_key["saveSession"].trigger()
        edit(window, 2.0)
    assert window.keeper.modified
    assert load_session(target).project.bank[0].bias == 1.0


def test_a_file_that_cannot_be_written_is_one_line_and_changes_stay(
    window: MainWindow, qtbot: QtBot, target: Path
) -> None:
    target.mkdir()
    edit(window)
    window.actions_by_key["saveSession"].trigger()
    qtbot.waitUntil(lambda: window.message.text == "mine.cvx is a folder")
    assert window.keeper.modified
    assert window.keeper.path is None


# --- opening -----------------------------------------------------------------------------------------------------


def test_everything_comes_back(window: MainWindow, qtbot: QtBot, target: Path) -> None:
    qtbot.mouseClick(window.preparation.rgb, Qt.MouseButton.LeftButton)
    edit(window)
    window.presenter.set_look(sequential="viridis", diverging="blue–gold")
    window.actions_by_key["planes"].trigger()
    window.filters.commands.select([2, 1])
    settle(qtbot, window)
    window.actions_by_key["holdScale"].trigger()
    window.probe.pin(4, 7)
    window.navigator.show(3.0, (0.5, 0.75))
    window.maps.focus_map(2)
    settle(qtbot, window)
    before, view = window.document.project, window.keeper.session().view
    save(window, qtbot)
    saved = target.read_bytes()

    other = MainWindow(default_project())
    other.show()
    open_first(other, [target])
    settle(qtbot, other)
    assert other.document.project.edited_layer == before.edited_layer
    assert other.document.project.preparation == before.preparation
    assert other.document.project.image is not None
    assert np.array_equal(other.document.project.image.native, small_picture().native)
    assert other.keeper.session().view == view
    assert other.windowTitle().startswith("mine.cvx[*] — ")
    assert not other.keeper.modified
    assert not other.document.undo_stack.canUndo()
    save(other, qtbot)
    assert target.read_bytes() == saved
    other.close()
    other.deleteLater()


@pytest.mark.parametrize("way", ["drop", "recent", "paste"])
def test_every_way_in(window: MainWindow, qtbot: QtBot, target: Path, way: str) -> None:
    edit(window)
    save(window, qtbot)
    trigger(window, qtbot, "undo")
    Asked(window, Answer.DISCARD)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(target))])
    if way == "drop":
        action, button, modifier = (
            Qt.DropAction.CopyAction,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        enter = QDragEnterEvent(QPoint(20, 300), action, data, button, modifier)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted()
        window.dropEvent(QDropEvent(QPointF(20, 300), action, data, button, modifier))
    elif way == "paste":
        QApplication.clipboard().setMimeData(data)
        window.actions_by_key["pasteImage"].trigger()
        QApplication.clipboard().clear()  # what Python made must not outlive it: that ends the process by a fault
    else:
        window.files.open_files([window.recent.paths()[0]])
    qtbot.waitUntil(lambda: window.document.project.bank[0].bias == 0.5)
    assert not window.keeper.modified


def test_a_relative_path_is_remembered_as_a_whole(
    window: MainWindow, qtbot: QtBot, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(window, qtbot)
    monkeypatch.chdir(target.parent)
    window.keeper.path = None
    window.keeper.open(Path("mine.cvx"))
    qtbot.waitUntil(lambda: window.keeper.path == target)
    assert window.recent.paths()[0] == target


def test_a_damaged_session_is_one_line_and_changes_nothing(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "bad.cvx").write_bytes(b"PK\x03\x04 and no more")
    before, title = window.document.project, window.windowTitle()
    window.keeper.open(tmp_path / "bad.cvx")
    qtbot.waitUntil(lambda: "bad.cvx: this is not a session, or it is cut off" in window.message.text)
    assert window.document.project is before
    assert window.windowTitle() == title


def test_a_picture_that_is_still_being_decoded_does_not_come_into_the_session(
    window: MainWindow, qtbot: QtBot, target: Path, tmp_path: Path
) -> None:
    save(window, qtbot)
    PILImage.new("RGB", (4000, 4000)).save(tmp_path / "large.png")
    window.keeper.open(target)
    window.opener.open_files([tmp_path / "large.png"])
    wait(window, qtbot)
    settle(qtbot, window)
    assert window.document.project.image is not None
    assert window.document.project.image.name == "small.png"
    assert not window.keeper.modified


def test_a_session_whose_picture_is_gone_opens_without_touching_its_file(
    window: MainWindow, qtbot: QtBot, target: Path
) -> None:
    window.settings.set(EMBED, 0)
    picture = target.with_name("large.png")
    PILImage.fromarray(small_picture().native).save(picture)
    window.files.open_files([picture])
    qtbot.waitUntil(lambda: "large.png" in window.windowTitle())
    edit(window, 3.0)
    save(window, qtbot)
    picture.unlink()
    stand_in = window.document.project.image
    edit(window, 4.0)
    Asked(window, Answer.DISCARD)
    window.keeper.open(target)
    line = "large.png does not exist; the session was opened without its picture"
    qtbot.waitUntil(lambda: window.message.text == line)
    assert window.document.project.bank[0].bias == 3.0
    assert window.document.project.image is stand_in
    assert not window.keeper.modified
    assert window.keeper.path is None


# --- reverting ---------------------------------------------------------------------------------------------------


def test_reverting_is_a_step_that_can_be_undone(window: MainWindow, qtbot: QtBot, target: Path) -> None:
    save(window, qtbot)
    settle(qtbot, window)
    assert not window.actions_by_key["revertSession"].isEnabled()
    edit(window, 7.0)
    trigger(window, qtbot, "revertSession")
    qtbot.waitUntil(lambda: window.document.project.bank[0].bias == 0.0)
    assert not window.keeper.modified
    trigger(window, qtbot, "undo")
    assert window.document.project.bank[0].bias == 7.0
    assert window.keeper.modified


# --- leaving -----------------------------------------------------------------------------------------------------


def test_nothing_is_asked_when_nothing_was_edited(window: MainWindow) -> None:
    asked = Asked(window, Answer.CANCEL)
    window.navigator.show(3.0, (0.5, 0.5))
    assert window.close()
    assert asked.names == []


def test_what_the_program_starts_with_is_no_change(
    fresh: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convexplorer.io.filters.load_save import save_filters

    save_filters(default_project().bank.with_size(3, 3), tmp_path / "three.json")
    PILImage.fromarray(small_picture().native).save(tmp_path / "photo.png")
    fresh.show()
    open_first(fresh, [tmp_path / "photo.png", tmp_path / "three.json"])
    settle(qtbot, fresh)
    qtbot.waitUntil(lambda: fresh.document.project.bank.size == (3, 3))
    wait(fresh, qtbot)
    assert not fresh.keeper.modified
    edit(fresh)
    assert fresh.keeper.modified
    assert fresh.keeper.edits == 1


def test_the_default_picture_is_no_change(fresh: MainWindow, qtbot: QtBot) -> None:
    fresh.show()
    open_first(fresh, [])
    settle(qtbot, fresh)
    assert fresh.windowTitle().startswith("Motorcycle[*] — ")
    assert not fresh.keeper.modified
    assert load_sample("motorcycle").name == fresh.keeper.name


@pytest.mark.parametrize("name", ["broken.png", "broken.cvx"])
def test_what_cannot_be_opened_at_the_start_leaves_its_line_over_the_sample(
    name: str, fresh: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"no picture and no session")
    fresh.show()
    show_something(fresh)
    open_first(fresh, [tmp_path / name])
    settle(qtbot, fresh)
    assert fresh.document.project.image is not None
    assert fresh.document.project.image.name == load_sample("motorcycle").name
    assert fresh.message.isVisible()
    assert name in fresh.message.text


def test_an_edit_before_the_first_picture_is_one(fresh: MainWindow, qtbot: QtBot) -> None:
    edit(fresh)
    fresh.opener.open_sample("impulse", "Impulse")
    settle(qtbot, fresh)
    assert fresh.keeper.modified


@pytest.mark.parametrize("answer", list(Answer))
def test_closing_with_changes_asks(window: MainWindow, qtbot: QtBot, target: Path, answer: Answer) -> None:
    edit(window)
    asked = Asked(window, answer)
    window.close()
    assert asked.names == ["small.png"]
    if answer is Answer.CANCEL:
        assert window.isVisible()
        asked.answer = Answer.DISCARD
    elif answer is Answer.SAVE:
        assert window.isVisible()
        qtbot.waitUntil(lambda: not window.isVisible())
        assert load_session(target).project.bank[0].bias == 0.5
    assert target.exists() == (answer is Answer.SAVE)


def test_the_window_stays_when_saving_before_closing_fails(window: MainWindow, qtbot: QtBot, target: Path) -> None:
    target.mkdir()
    edit(window)
    asked = Asked(window, Answer.SAVE)
    window.close()
    qtbot.waitUntil(lambda: window.message.text == "mine.cvx is a folder")
    wait(window, qtbot)
    assert window.isVisible()
    target.rmdir()
    save(window, qtbot)
    assert window.isVisible()
    assert asked.names == ["small.png"]


def test_the_window_stays_when_no_file_is_chosen(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ask_where", lambda *_: None)
    edit(window)
    asked = Asked(window, Answer.SAVE)
    assert not window.close()
    assert window.isVisible()
    asked.answer = Answer.DISCARD


def test_closing_while_saving_waits_for_the_file_and_asks_nothing(
    window: MainWindow, qtbot: QtBot, target: Path
) -> None:
    edit(window)
    asked = Asked(window, Answer.CANCEL)
    window.actions_by_key["saveSession"].trigger()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert asked.names == []
    assert load_session(target).project.bank[0].bias == 0.5


@pytest.mark.parametrize("answer", list(Answer))
def test_opening_another_session_with_changes_asks(
    window: MainWindow, qtbot: QtBot, target: Path, tmp_path: Path, answer: Answer
) -> None:
    other = tmp_path / "other.cvx"
    edit(window, 9.0)
    save_session(other, window.keeper.session())
    edit(window, 1.0)
    asked = Asked(window, answer)
    window.keeper.open(other)
    if answer is Answer.CANCEL:
        wait(window, qtbot)
        assert window.document.project.bank[0].bias == 1.0
    else:
        qtbot.waitUntil(lambda: window.document.project.bank[0].bias == 9.0)
        assert window.keeper.path == other
    assert asked.names == ["small.png"]
    assert target.exists() == (answer is Answer.SAVE)
    asked.answer = Answer.DISCARD


@pytest.mark.parametrize(
    ("button", "answer"),
    [("Save", Answer.SAVE), ("Discard", Answer.DISCARD), ("Cancel", Answer.CANCEL), ("", Answer.CANCEL)],
)
def test_the_real_question(window: MainWindow, button: str, answer: Answer) -> None:
    def click() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.text() == "Save the changes to mine.cvx?"
        if not button:
            QTest.keyClick(box, Qt.Key.Key_Escape)
            return
        (wanted,) = [one for one in box.findChildren(QPushButton) if button in one.text().replace("&", "")]
        QTest.mouseClick(wanted, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))

    QTimer.singleShot(0, click)
    assert REAL_DIALOG(window, "mine.cvx") is answer
