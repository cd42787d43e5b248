"""Whatever is in the settings file, the program starts, and settings can be made again."""

from __future__ import annotations

import os
import random
import stat
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit import theme
from convexplorer.gui.kit.settings import SETTINGS, THEME, Settings
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window import app
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle

NONSENSE = (
    "abc",
    "@ByteArray(abc)",
    "@Variant(\\0\\0\\0\\x9\\0\\0\\0\\x1)",
    "@Invalid()",
    "7, 8",
    "@Size(1 1)",
    "1e999",
)
KEYS = (
    *(one.key for one in SETTINGS),
    *("window/geometry", "window/state", "recent/files", "folders/images", "folders/filters", "folders/sessions"),
)


def ini(value: str) -> bytes:
    """A file in which every setting has this value."""
    groups: dict[str, list[str]] = {}
    for key in KEYS:
        group, _, name = key.rpartition("/")
        groups.setdefault(group or "General", []).append(f"{name}={value}")
    return "\n".join(f"[{group}]\n" + "\n".join(lines) for group, lines in groups.items()).encode()


def settings_file() -> Path:
    app.make_application()
    return Path(QSettings().fileName())


@pytest.mark.skipif(not hasattr(os, "mkfifo") or sys.platform == "darwin", reason="settings are files elsewhere")
@pytest.mark.parametrize("name", ["Conv Explorer/Conv Explorer.conf", "Conv Explorer.conf"])
def test_a_pipe_in_the_place_of_settings_holds_nothing_up(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    app.make_application()
    assert app.avoid_obstacle() is None
    pipe = Path(os.environ["XDG_CONFIG_HOME"], name)
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    said: list[str] = []

    def look() -> None:
        for one in QApplication.topLevelWidgets():
            if isinstance(one, MainWindow) and one.message.text:
                said.append(one.message.text)
                Settings().set(THEME, "dark")
                one.close()
                timer.stop()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(10)
    assert app.run([]) == 0
    assert len(said) == 1
    assert said[0].startswith("settings are not kept: ")
    assert said[0].endswith(" is not an ordinary file")
    assert QSettings().value(THEME.key) == "dark"  # In this run it holds.
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.qt_log_ignore("QVariant::load|QIODevice|QDataStream")
@pytest.mark.parametrize(
    "data",
    [
        *map(ini, NONSENSE),
        *(b"", bytes(5000), b"[[[[\n===\n%", b"\xff\xfe" * 500, b"[General]\n" + b"x" * 10**6, b"[General\ntheme=dark"),
        *(random.Random(seed).randbytes(3000) for seed in range(3)),
    ],
    ids=[*NONSENSE, "empty", "zeros", "brackets", "binary", "long", "cut", *"123"],
)
def test_the_program_starts(qtbot: QtBot, data: bytes) -> None:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    theme.apply(Settings().get(THEME))
    window = MainWindow(app.default_project())
    app.open_first(window, [])
    window.show()
    settle(qtbot, window)
    assert window.width() >= window.minimumWidth()
    for one in window.recent.paths():
        assert isinstance(one, Path)
    window.keeper.ask = lambda _parent, _name: Answer.DISCARD
    window.close()
    window.deleteLater()
    Settings().set(THEME, "dark")
    QSettings().sync()
    assert Settings().get(THEME) == "dark"
    theme.apply("light")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX file types")
def test_settings_that_are_no_file(qtbot: QtBot) -> None:
    path = settings_file()
    path.mkdir(parents=True)
    window = MainWindow(app.default_project())
    window.close()
    window.deleteLater()
    assert path.is_dir()
