"""Drops and pastes into the real window of what is no proper file: opened rightly, or one line and no change."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.project.project import with_filter
from convexplorer.errors import MAX_MESSAGE
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.files import reading
from convexplorer.io.filters.load_save import save_filters
from convexplorer.io.sessions.load_save import Session, save_session
from tests.helpers.malformed import as_json, cases
from tests.helpers.valid_files import png_chunk, samples
from tests.helpers.whole_window import settle
from tests.test_refusals import judged

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types and names")

VALID = {(one.loader, one.entry): one.files[one.entry] for one in samples()}


def as_urls(*paths: Path | str) -> QMimeData:
    """As a file manager says it: the bytes of each name, with a percent sign where they are not plain."""
    data = QMimeData()
    lines = (one if isinstance(one, str) else f"file://{quote_from_bytes(os.fsencode(one))}" for one in paths)
    data.setData("text/uri-list", "\r\n".join(lines).encode())
    return data


def drop(window: MainWindow, data: QMimeData) -> bool:
    """Drag something onto the window and let it go, as the system does; whether it was welcome."""
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(20, 300), action, data, button, keys)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(window, QDropEvent(QPointF(20, 300), action, data, button, keys))
    return True


def picture(path: Path) -> Path:
    PILImage.fromarray(np.random.default_rng(3).integers(0, 255, (40, 50, 3), np.uint8)).save(path, "PNG")
    return path


def refused(window: MainWindow, qtbot: QtBot, act: Callable[[], object], reason: str) -> str:
    """Do something that must end in one line; the project stays, and the window goes on."""
    before = window.document.project
    window.message.hide()
    act()
    qtbot.waitUntil(lambda: reason in window.message.text)
    settle(qtbot, window)
    line = window.message.text
    assert len(line) <= MAX_MESSAGE
    assert line.isprintable()
    assert window.document.project is before
    window.document.apply("Edit", with_filter(before, 0, bias=before.bank[0].bias + 1))
    settle(qtbot, window)
    assert not window.maps.grid.cells[0].is_behind()
    window.document.undo_stack.undo()
    settle(qtbot, window)
    return line


def no_file(folder: Path, name: str) -> Path:
    """Something of a name that is no ordinary file."""
    kind, path = name.partition(".")[0], folder / name
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "zero" | "tty" | "null":
            path.symlink_to(f"/dev/{kind}")
        case "circle":
            path.symlink_to(path)
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("folder", "is a folder"),
        *((kind, "is not an ordinary file") for kind in ("pipe", "zero", "tty", "null")),
        ("circle", "cannot be read"),
        ("vanished", "does not exist"),
    ],
)
def test_what_is_no_file(window: MainWindow, qtbot: QtBot, tmp_path: Path, kind: str, reason: str) -> None:
    for suffix in (".png", ".json", ".npz", ".cvx", ".unknown"):
        data = as_urls(no_file(tmp_path, f"{kind}{suffix}"))
        line = refused(window, qtbot, lambda data=data: drop(window, data), reason)
        assert line.startswith(f"{kind}{suffix}")


@pytest.mark.parametrize("name", ["noise.png", "edges.json", "work.cvx"])
def test_a_file_that_may_not_be_read(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def forbid(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / name).write_bytes(b"secret")
    monkeypatch.setattr(reading, "_open", forbid)
    refused(window, qtbot, lambda: drop(window, as_urls(tmp_path / name)), f"{name} may not be read: permission denied")


def test_a_file_that_goes_while_it_is_read(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = picture(tmp_path / "gone.png"), reading._open

    def open_and_cut(name: str, flags: int) -> int:
        descriptor = opened(name, flags)
        path.write_bytes(path.read_bytes()[:500])
        path.unlink()
        return descriptor

    monkeypatch.setattr(reading, "_open", open_and_cut)
    refused(window, qtbot, lambda: drop(window, as_urls(path)), "gone.png: the picture is cut off")


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.png", "ä%20#?.png".encode(), b"a\nb.png", b"x" * 240 + b".png", b"{0} %s.png", b"-rf.png"]
)
def test_odd_names_are_opened(window: MainWindow, qtbot: QtBot, tmp_path: Path, name: bytes) -> None:
    path = picture(tmp_path / os.fsdecode(name))
    before = window.document.project.image
    assert drop(window, as_urls(path))
    qtbot.waitUntil(lambda: window.document.project.image is not before)
    settle(qtbot, window)
    image = window.document.project.image
    assert image is not None
    assert image.path == path
    assert image.native.shape == (40, 50, 3)


@pytest.mark.parametrize("machine", ["localhost", "LOCALHOST", socket.gethostname()])
def test_the_name_of_this_machine_is_no_part_of_a_path(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, machine: str
) -> None:
    for path in (picture(tmp_path / "a b.png"), picture(tmp_path / os.fsdecode(b"\xff.png"))):
        assert drop(window, as_urls(f"file://{machine}{quote_from_bytes(os.fsencode(path))}"))
        qtbot.waitUntil(lambda path=path: window.document.project.image.path == path)
        settle(qtbot, window)


def test_a_name_that_is_too_long(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    data = as_urls(tmp_path / ("x" * 300 + ".png"))
    refused(window, qtbot, lambda: drop(window, data), "its name is too long")


def test_addresses_elsewhere_are_not_welcome_and_never_asked(window: MainWindow, qtbot: QtBot) -> None:
    data = as_urls("http://localhost:1/a.png", "ftp://localhost/b.cvx")
    assert not drop(window, data)
    assert window.message.text == ""
    QGuiApplication.clipboard().setMimeData(as_urls("http://localhost:1/a.png"))
    refused(window, qtbot, window.actions_by_key["pasteImage"].trigger, "Only files on this computer are opened")


def png_of(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", bytes(50)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)


@pytest.mark.qt_log_ignore("QImageIOHandler|Rejecting image|libpng|PngHandler|qt.gui.imageio")
@pytest.mark.parametrize("data", [png_of(60_000, 60_000), b"no picture", b""], ids=["huge", "text", "empty"])
@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_that_is_none(window: MainWindow, qtbot: QtBot, data: bytes, way: str) -> None:
    mime = QMimeData()
    mime.setData("image/png", data)
    mime.setData("application/x-qt-image", data)
    if way == "drop":
        refused(window, qtbot, lambda: drop(window, mime), "picture cannot be read")
    else:
        QGuiApplication.clipboard().setMimeData(mime)
        refused(window, qtbot, window.actions_by_key["pasteImage"].trigger, "picture cannot be read")


@pytest.mark.parametrize(
    "text", ["1 " * 1_000_000, "1\n" * 1_000_000, "[" * 100_000, "1e999", "nan", "\0", "x" * 10**7]
)
def test_hostile_text_is_no_filter(window: MainWindow, qtbot: QtBot, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    refused(window, qtbot, window.actions_by_key["pasteFilters"].trigger, "")
    assert window.message.text
    QGuiApplication.clipboard().clear()


def test_a_session_is_opened_before_all_else_and_it_is_said(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    project = with_filter(window.document.project, 0, bias=7)
    save_session(tmp_path / "work.cvx", Session(project))
    (tmp_path / "edges.json").write_bytes(as_json())
    files = picture(tmp_path / "a.png"), tmp_path / "edges.json", tmp_path / "work.cvx"
    window.document.apply("Edit", with_filter(window.document.project, 0, bias=1))
    asked: list[str] = []

    def answer(_parent: object, name: str) -> Answer:
        asked.append(name)
        return Answer.CANCEL if len(asked) == 1 else Answer.DISCARD

    window.keeper.ask = answer
    drop(window, as_urls(*files))
    assert window.document.project.bank[0].bias == 1
    drop(window, as_urls(*files))
    qtbot.waitUntil(lambda: window.document.project.bank[0].bias == 7)
    assert len(asked) == 2
    assert window.message.text == "Only the session work.cvx is opened: it holds picture and filters"


def test_pictures_and_filters_together(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    save_filters(FilterBank((Filter(np.eye(3)),)), tmp_path / "one.npy")
    (tmp_path / "two.json").write_bytes(as_json())
    (tmp_path / "bad.png").write_bytes(b"no picture")
    before = window.document.project
    drop(window, as_urls(tmp_path / "one.npy", tmp_path / "two.json", tmp_path / "bad.png"))
    qtbot.waitUntil(lambda: len(window.document.project.bank) == 1)
    settle(qtbot, window)
    assert window.document.project.image is before.image
    assert np.array_equal(window.document.project.bank.weights[0, 0], np.eye(3))


def test_a_stack_and_what_only_looks_like_one(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "net.json").write_bytes(VALID["layers", "stack.json"])
    (tmp_path / "short.json").write_bytes(VALID["layers", "stack.json"][:-9])
    refused(window, qtbot, lambda: drop(window, as_urls(tmp_path / "short.json")), "short.json: not valid JSON at line")
    drop(window, as_urls(tmp_path / "net.json"))
    qtbot.waitUntil(lambda: len(window.document.project.layers) == 3)
    settle(qtbot, window)


def test_every_tenth_malformed_file_leaves_the_window_as_it_was(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    before = window.document.project
    chosen = [one for one in cases() if one.loader in ("filters", "layers", "session")][::10]
    for number, one in enumerate(chosen):
        if not judged(one, tmp_path / f"{number} read"):
            continue
        path = one.put(tmp_path / str(number))
        window.message.hide()
        drop(window, as_urls(path))
        qtbot.waitUntil(lambda: not window.tasks.busy and not window.opener.busy)
        assert window.document.project is before, path.name
        assert window.message.text.isprintable()
        assert 0 < len(window.message.text) <= MAX_MESSAGE


def test_what_holds_nothing_to_open(window: MainWindow, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("some words")
    refused(window, qtbot, window.actions_by_key["pasteImage"].trigger, "There is no picture and no file to open")
    # A program that ends right after the mouse was let go takes what it gave along.
    refused(window, qtbot, lambda: window.files.take_data(QMimeData()), "There is no picture and no file to open")
