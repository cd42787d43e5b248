"""Every action of the window is triggered once, in scenes that differ in what there is to act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from convexplorer.core.model.images import Preparation
from convexplorer.core.model.layers import PoolLayer
from convexplorer.core.project.layer_edits import add_layer
from convexplorer.core.project.project import Project, with_filter, with_image, with_preparation
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.filters.load_save import save_filters
from convexplorer.io.sessions.load_save import Session, save_session
from tests.helpers.whole_window import small_picture


def pictured() -> Project:
    return with_image(default_project(), small_picture())


SCENES: dict[str, Callable[[], Project]] = {
    "grey": pictured,
    "rgb": lambda: with_preparation(pictured(), Preparation(grey=False, scale=1.0)),
    "pooling": lambda: add_layer(pictured(), 1, PoolLayer()),
    "no picture": default_project,
}
ALWAYS = {"undo", "saveLayers", "saveFilters", "openSession", "revertSession", "relu", "addFilter", "banks", "negate"}
ALWAYS |= {"addConvolution", "addMaxPooling", "switchLayer", "zoomIn", "training", "settings", "shortcuts", "about"}
"""Actions that are not to be left out by being disabled in any scene."""
LAST = ("openImage", "reloadImage", "openSession", "revertSession", "newProject", "quit")
"""Actions that leave nothing of a scene."""


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """File dialogs answer by themselves: with files that are there, or with the name that they suggest."""
    PILImage.fromarray(small_picture().native).save(tmp_path / "photo.png")
    save_filters(default_project().bank, tmp_path / "filters.json")
    save_session(tmp_path / "session.cvx", Session(pictured()))
    answers = {"images": "photo.png", "filters": "filters.json", "session": "session.cvx"}

    def answer(dialog: QFileDialog) -> bool:
        if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
            dialog.setDirectory(str(tmp_path / "saved"))
        else:
            name = next(file for word, file in answers.items() if word in dialog.windowTitle())
            dialog.selectFile(str(tmp_path / name))
        return True

    (tmp_path / "saved").mkdir()
    monkeypatch.setattr(QFileDialog, "exec", answer)


def rest(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing is under way, and close what was opened beside the window."""
    for other in QApplication.topLevelWidgets():
        if isinstance(other, QDialog | QMenu) and other.isVisible():
            other.grab()  # as if it were seen
            other.close()
    parts = (window.opener, window.tasks, window.presenter)
    qtbot.waitUntil(lambda: not any(part.busy for part in parts), timeout=20_000)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def edit(window: MainWindow) -> None:
    """Change something that can be undone."""
    project = window.document.project
    window.document.apply("Edit", with_filter(project, 0, bias=project.bank[0].bias + 1))


@pytest.mark.usefixtures("dialogs")
@pytest.mark.parametrize("scene", SCENES)
def test_every_action_once(qtbot: QtBot, scene: str) -> None:
    window = MainWindow(SCENES[scene]())
    qtbot.addWidget(window)
    window.show()
    window.presenter.refresh()
    rest(qtbot, window)
    edit(window)
    rest(qtbot, window)
    if window.document.project.image is not None:
        window.probe.pin(3, 4)
    done = set()
    for key in (*(one for one in window.actions_by_key if one not in LAST), *LAST[:-1]):
        if key == "revertSession":
            edit(window)
        qtbot.waitUntil(lambda: not window._actions_soon.isActive())
        before = window.document.undo_stack.index()
        if window.actions_by_key[key].isEnabled():
            done.add(key)
        with qtbot.captureExceptions() as caught:
            window.actions_by_key[key].trigger()
            rest(qtbot, window)
        assert not caught, f"{key}: {caught}"
        assert window.isVisible()
        if key not in (*LAST, "undo", "redo"):
            window.document.undo_stack.setIndex(min(before, window.document.undo_stack.index()))
    assert done >= ALWAYS
    window.actions_by_key["quit"].trigger()
    assert not window.isVisible()
