"""What every test gets: no display, a home and settings of its own, and failure where something is left behind.

Warnings are errors (pyproject.toml), so are Qt's (pytest-qt's ``qt_log_level_fail``), and pytest-qt fails a test in
which an exception was raised inside a slot or an event handler.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from convexplorer.gui.sessions import keeper

# A busy machine is no failure, and the same tests are run each time; the thorough profile looks further.
settings.register_profile("usual", deadline=None, derandomize=True)
settings.load_profile("usual")
settings.register_profile("thorough", max_examples=3000, deadline=2000, derandomize=False)


def pytest_collection_finish() -> None:
    """Set aside what exists before the first test, so that looking for leftovers looks at little."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """Collect garbage in the main thread only, between tests.

    Left to itself, Python collects in whichever thread happens to allocate; a window of an earlier test, destroyed in
    a worker thread, takes the process with it. The program has a `gui.window.garbage.Collector` for that.
    """
    gc.disable()
    yield
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            break


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name, folder in {
        "HOME": ".",
        "USERPROFILE": ".",
        "APPDATA": "roaming",
        "LOCALAPPDATA": "local",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(home / "config"))


@pytest.fixture(autouse=True)
def _no_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window with unsaved changes would wait for an answer for ever."""
    for name in ("ask_unsaved", "ask_deleted"):
        monkeypatch.setattr(keeper, name, lambda _parent, _name: keeper.Answer.DISCARD)
    monkeypatch.setattr(keeper, "ask_conflict", lambda _parent, _name, **_: keeper.Conflict.CANCEL)


@pytest.fixture(autouse=True)
def _own_hooks() -> Iterator[None]:
    """The program hooks uncaught exceptions; its hooks end with the test."""
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    if "qapp" not in request.fixturenames:  # Looking at all objects takes longer than most tests without widgets.
        yield
        return
    before = {id(one) for one in _alive()}
    yield
    left = [one for one in _alive() if id(one) not in before]
    if left:
        gc.collect()
        left = [one for one in _alive() if id(one) not in before]
    assert not left, f"left behind by this test: {left}"


def _alive() -> list[QObject]:
    """Top-level widgets, running threads and active timers."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    kinds = QThread, QTimer
    found = [one for one in gc.get_objects() if isinstance(one, kinds)]
    workers = [
        one for one in found if isValid(one) and (one.isRunning() if isinstance(one, QThread) else one.isActive())
    ]
    return [*app.topLevelWidgets(), *workers]
