"""Files of filters as a person opens them: what else changes is said, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.filters.load_save import save_filters

LEFT = Qt.MouseButton.LeftButton


def press(window: MainWindow, qtbot: QtBot, name: str, text: str) -> None:
    """Press a button of the message bar."""
    button = window.message.findChild(QPushButton, name)
    assert button.text() == text
    qtbot.mouseClick(button, LEFT)


@pytest.fixture
def keras(tmp_path: Path) -> Path:
    """Sobel's filters as Keras keeps them: (rows, columns, channels, filters)."""
    weights = np.zeros((3, 3, 3, 8))
    weights[:, 0], weights[:, 2] = -1, 1
    np.save(tmp_path / "keras.npy", weights)
    return tmp_path / "keras.npy"


def test_axes_that_could_be_meant_otherwise_can_be_read_otherwise(
    window: MainWindow, qtbot: QtBot, keras: Path
) -> None:
    before = window.document.project
    window.files.open_files([keras])
    qtbot.waitUntil(lambda: "3 filters opened" in window.message.text)
    assert "3 filters opened in PyTorch’s order: filters, channels, rows, columns" in window.message.text
    assert window.document.project.bank.weights.shape == (3, 3, 3, 8)
    press(window, qtbot, "messageAction", "Read as Keras")
    qtbot.waitUntil(lambda: "8 filters opened" in window.message.text)
    bank = window.document.project.bank
    np.testing.assert_array_equal(bank.weights, np.load(keras).transpose(3, 2, 0, 1))
    press(window, qtbot, "messageAction", "Read as PyTorch")
    qtbot.waitUntil(lambda: "3 filters opened" in window.message.text)
    assert window.document.undo_stack.count() == 1
    press(window, qtbot, "messageSecond", "Undo")
    assert window.document.project is before


@pytest.mark.parametrize("grey", [True, False])
def test_filters_that_switch_between_grey_and_rgb_say_so(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, grey: bool
) -> None:
    window.actions_by_key["rgb" if grey else "grey"].trigger()
    before = window.document.project
    save_filters(FilterBank.from_arrays(np.ones((2, 1 if grey else 3, 3, 3))), tmp_path / "two.json")
    window.files.open_files([tmp_path / "two.json"])
    what = "one plane, so the picture is grey now" if grey else "three planes, so the picture is RGB now"
    qtbot.waitUntil(lambda: window.message.text == f"2 filters opened. They have {what}")
    assert window.document.project.preparation.grey is grey
    press(window, qtbot, "messageAction", "Undo")
    assert window.document.project is before


def test_undo_in_the_message_takes_back_nothing_else(window: MainWindow, qtbot: QtBot, keras: Path) -> None:
    window.files.open_files([keras])
    qtbot.waitUntil(lambda: "3 filters opened" in window.message.text)
    window.filters.commands.run("addFilter")
    after = window.document.project
    press(window, qtbot, "messageSecond", "Undo")
    assert window.document.project is after


def test_filters_that_fit_are_opened_without_ado(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    save_filters(FilterBank.from_arrays(np.ones((2, 1, 3, 3))), tmp_path / "two.npy")
    window.files.open_files([tmp_path / "two.npy"])
    qtbot.waitUntil(lambda: window.message.text == "2 filters opened")
    assert not any(one.isVisible() for one in window.message.findChildren(QPushButton))
