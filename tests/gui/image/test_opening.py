"""Opening pictures: the newest one does not wait for an older one, and what is opened can be cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from convexplorer.core.model.images import Image
from convexplorer.errors import CancelledError
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.images import apart
from tests.helpers.whole_window import settle

RGB = np.random.default_rng(4).integers(0, 256, (30, 40, 3), dtype=np.uint8)


@pytest.fixture
def decoding(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes a file called "endless" one that is decoded until the reader is told to stop; what was begun and ended."""
    told: list[str] = []
    load = apart.load_image_apart

    def endless(path: Path, should_stop: Callable[[], bool]) -> Image:
        if path.stem != "endless":
            return load(path, should_stop)
        told.append("begun")
        end = time.monotonic() + 60
        while not should_stop() and time.monotonic() < end:
            time.sleep(0.002)
        told.append("stopped" if should_stop() else "never stopped")
        raise CancelledError

    monkeypatch.setattr(apart, "load_image_apart", endless)
    return told


def picture(path: Path) -> Path:
    PILImage.fromarray(RGB).save(path)
    return path


def test_a_newer_picture_does_not_wait(window: MainWindow, qtbot: QtBot, decoding: list[str], tmp_path: Path) -> None:
    window.opener.open_files([picture(tmp_path / "endless.png")])
    qtbot.waitUntil(lambda: decoding == ["begun"])
    window.opener.open_files([picture(tmp_path / "next.png")])
    qtbot.waitUntil(lambda: window.document.project.image.name == "next.png")
    assert decoding == ["begun", "stopped"]
    settle(qtbot, window)


def test_cancel_stops_opening(window: MainWindow, qtbot: QtBot, decoding: list[str], tmp_path: Path) -> None:
    before = window.document.project
    window.opener.open_files([picture(tmp_path / "endless.png")])
    qtbot.waitUntil(lambda: decoding == ["begun"])
    button = window.findChild(QToolButton, "cancelWork")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: decoding == ["begun", "stopped"])
    settle(qtbot, window)
    assert window.document.project is before
    assert not window.opener.busy
    assert not button.isVisible()


def test_the_choice_among_several_pictures_is_said(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "several.tif"
    pages = [PILImage.fromarray(RGB), PILImage.fromarray(255 - RGB)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    window.opener.open_files([path])
    qtbot.waitUntil(lambda: "the first of several pictures" in window.message.text)
    window.opener.open_files([path, picture(tmp_path / "other.png")])
    qtbot.waitUntil(lambda: "1 of 2: the first of several pictures" in window.message.text)
    settle(qtbot, window)
