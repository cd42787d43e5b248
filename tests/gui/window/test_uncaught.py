"""Whatever goes wrong where nobody looked: one line, its details, a log, and a program that goes on."""

from __future__ import annotations

import faulthandler
import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer, qWarning
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.core.engine.tiles import Tiles
from convexplorer.core.project.project import with_filter
from convexplorer.errors import MAX_MESSAGE, InvalidValueError, UnreadableFileError
from convexplorer.gui.kit import error_text as translating
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.message_bar import MessageBar
from convexplorer.gui.kit.tasks import Task
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.gui.window.uncaught import LOG_BYTES, LOGS, Mishaps
from tests.helpers.whole_window import settle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log"


@pytest.fixture
def mishaps(window: MainWindow, folder: Path) -> Iterator[Mishaps]:
    made = Mishaps(folder)
    made.install()
    made.show_in(window)
    yield made
    made.remove()
    faulthandler.enable(sys.__stderr__)  # As pytest had it.


def notice(window: MainWindow) -> MessageBar:
    bar = window.findChild(MessageBar, "mishapBar")
    assert isinstance(bar, MessageBar)
    return bar


def log(folder: Path) -> str:
    return (folder / "convexplorer.log").read_text("utf-8")


def boom() -> None:
    raise ZeroDivisionError("in a test")


class Panic(BaseException):
    """As libraries in Rust raise it."""


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError("not even this")


class Ugly(QWidget):
    painted = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.painted += 1
        boom()


def in_a_slot(_window: MainWindow) -> None:
    QTimer.singleShot(0, boom)


def in_a_task(window: MainWindow) -> None:
    def work(_cancelled: object) -> Iterator[float]:
        yield 0.0
        boom()

    window.tasks.start(Task("A task", work, lambda _: None))


def in_a_thread(_window: MainWindow) -> None:
    thread = threading.Thread(target=boom)
    thread.start()
    thread.join()


def in_a_finalizer(_window: MainWindow) -> None:
    class Dying:
        def __del__(self) -> None:
            boom()

    Dying()
    gc.collect()


@pytest.mark.parametrize("where", [in_a_slot, in_a_task, in_a_thread, in_a_finalizer], ids=lambda one: one.__name__)
def test_an_exception_anywhere_is_one_notice_and_one_entry(
    window: MainWindow, mishaps: Mishaps, folder: Path, qtbot: QtBot, where: Callable[[MainWindow], None]
) -> None:
    where(window)
    qtbot.waitUntil(lambda: notice(window).isVisible())
    assert notice(window).text == "Something went wrong, but the program goes on: ZeroDivisionError: in a test"
    assert log(folder).count("ZeroDivisionError: in a test") == 1
    assert "in boom" in log(folder)
    window.document.apply("Edit", with_filter(window.document.project, 0, bias=0.5))
    settle(qtbot, window)
    qtbot.mouseClick(notice(window).findChild(QPushButton, "messageAction"), Qt.MouseButton.LeftButton)
    details = QGuiApplication.clipboard().text()
    assert "Traceback" in details
    assert "in boom" in details
    assert "Conv Explorer 0" in details
    assert str(folder) in details
    assert notice(window).isHidden()
    assert "clipboard" in window.message.text


def test_an_exception_in_every_paint_does_not_flood(
    window: MainWindow, mishaps: Mishaps, folder: Path, qtbot: QtBot
) -> None:
    ugly = Ugly()
    qtbot.addWidget(ugly)
    ugly.show()

    def painted() -> bool:
        ugly.update()
        return ugly.painted >= 100

    qtbot.waitUntil(painted)
    qtbot.waitUntil(lambda: notice(window).isVisible())
    assert "ZeroDivisionError" in notice(window).text
    assert log(folder).count("Traceback") == 1
    assert log(folder).count("the same again") <= 8
    ugly.hide()


def test_the_first_of_several_is_named_and_all_are_copied(window: MainWindow, mishaps: Mishaps, qtbot: QtBot) -> None:
    for kind in (ZeroDivisionError, KeyError, OSError, KeyError):
        window.complain(kind("told"))
    qtbot.waitUntil(lambda: notice(window).text.startswith("3 thing"))
    assert "ZeroDivisionError" in notice(window).text
    notice(window).findChild(QPushButton, "messageAction").click()
    assert QGuiApplication.clipboard().text().count("told") == 3


ODD = [ValueError("one\ntwo" + "x" * 500), UnspeakableError(), RuntimeError(), Panic("x"), SystemExit(3)]


@pytest.mark.parametrize("error", ODD, ids=lambda one: type(one).__name__)
def test_every_kind_is_one_short_line_and_the_worker_lives_on(
    window: MainWindow, mishaps: Mishaps, qtbot: QtBot, error: BaseException
) -> None:
    def work(_cancelled: object) -> Iterator[float]:
        yield 0.0
        raise error

    def next_work(_cancelled: object) -> Generator[float, None, str]:
        yield 0.0
        return "done"

    results: list[str] = []
    window.tasks.start(Task("A task", work, lambda _: None))
    window.tasks.start(Task("The next", next_work, results.append))
    qtbot.waitUntil(lambda: notice(window).isVisible() and results == ["done"])
    assert type(error).__name__ in notice(window).text
    assert len(notice(window).text) <= MAX_MESSAGE
    assert notice(window).text.isprintable()


def test_memory_that_is_lacking_leaves_the_project_as_it_was(
    window: MainWindow, mishaps: Mishaps, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Tiles, "_sums", lacking)
        edited = with_filter(window.document.project, 0, bias=0.5)
        window.document.apply("Edit", edited)
        qtbot.waitUntil(lambda: notice(window).isVisible())
    assert (
        notice(window).text == "There is not enough memory for this. The project is as it was; try a smaller image size"
    )
    assert "MemoryError" in log(folder)
    assert window.document.project is edited
    assert window.maps.grid.cells[0].is_behind()
    window.document.undo_stack.undo()
    settle(qtbot, window)
    assert not window.maps.grid.cells[0].is_behind()


def test_a_fault_is_told_though_something_newer_was_asked_for(
    window: MainWindow, mishaps: Mishaps, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def faulty(*_: object) -> Iterator[object]:
        begun.set()
        gate.wait(5)
        raise ZeroDivisionError
        yield

    with monkeypatch.context() as patch:
        patch.setattr(window.presenter._worker, "_run", faulty)
        window.document.apply("Edit", with_filter(window.document.project, 0, bias=0.5))
        qtbot.waitUntil(begun.is_set)  # A worker is busy, too, while a job only waits.
        window.document.apply("Edit", with_filter(window.document.project, 0, bias=0.25))
        qtbot.waitUntil(lambda: bool(window.presenter._worker._waiting))
    gate.set()
    qtbot.waitUntil(lambda: "ZeroDivisionError" in notice(window).text)
    settle(qtbot, window)


def test_what_qt_says_is_logged(mishaps: Mishaps, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    qWarning("a word from Qt")
    assert "WARNING MainThread: default: a word from Qt" in log(folder)
    assert "a word from Qt" in capfd.readouterr().err


def test_the_log_begins_anew_before_it_is_long(window: MainWindow, mishaps: Mishaps, folder: Path) -> None:
    for number in range(LOG_BYTES * (LOGS + 2) // 10_000):
        window.complain(ValueError(f"{number}" + "x" * 10_000))
    files = list(folder.glob("convexplorer.log*"))
    assert len(files) == LOGS + 1
    assert all(path.stat().st_size <= LOG_BYTES for path in files)


def test_without_a_place_for_the_log_there_is_still_a_notice(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("no folder")
    made = Mishaps(tmp_path / "data" / "log")
    made.install()
    made.show_in(window)
    in_a_slot(window)
    qtbot.waitUntil(lambda: notice(window).isVisible())
    made.remove()
    faulthandler.enable(sys.__stderr__)
    assert "in boom" in capfd.readouterr().err


def test_a_crash_is_told_at_the_next_start_and_once(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    code = (
        "import sys, pathlib, faulthandler; from convexplorer.io.files.crashes import CrashFile\n"
        "CrashFile(pathlib.Path(sys.argv[1])).start('Conv Explorer 0.0')\n"
        "def crashing():\n    faulthandler._sigsegv()\ncrashing()"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False, stderr=subprocess.DEVNULL).returncode
    first, second = Mishaps(folder), Mishaps(folder)
    first.show_in(window)
    assert notice(window).text == "The program ended unexpectedly last time"
    qtbot.mouseClick(notice(window).findChild(QPushButton, "messageAction"), Qt.MouseButton.LeftButton)
    details = QGuiApplication.clipboard().text()
    assert details.startswith("Conv Explorer 0.0")
    assert "Segmentation fault" in details
    assert "in crashing" in details
    second.show_in(window)
    assert all(bar.isHidden() for bar in window.findChildren(MessageBar, "mishapBar"))


def test_quoted_errors_are_translated_too(monkeypatch: pytest.MonkeyPatch) -> None:
    korean = {"{file}: {problem}": "{file} 파일: {problem}", "filter {number} is odd": "필터 {number} 이상"}

    class Translator:
        @staticmethod
        def translate(context: str, text: str) -> str:
            assert context == "errors"
            return korean[text]

    monkeypatch.setattr(translating, "QCoreApplication", Translator)
    inner = InvalidValueError("filter {number} is odd", number=3)
    assert (
        error_text(UnreadableFileError("{file}: {problem}", file="a.json", problem=inner)) == "a.json 파일: 필터 3 이상"
    )
