"""The dialog that asks where to save: what is typed and what is chosen go together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QFileDialog, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit.save_dialog import Choice, ask_where

CHOICES = [
    Choice("json", ".json", "Readable"),
    Choice("npy", ".npy", "NumPy array"),
    Choice("txt", ".txt", "Text"),
    Choice("imagej", ".txt", "ImageJ kernel"),
]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def answer(window: QWidget, act: Callable[[QFileDialog, QLineEdit], None]) -> tuple[Path, Choice] | None:
    """Ask, do something in the dialog, and press Return."""

    def fill() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        name = dialog.findChild(QLineEdit)
        act(dialog, name)
        if dialog.isVisible():
            QTest.keyClick(name, Qt.Key.Key_Return)

    QTimer.singleShot(0, fill)
    return ask_where(window, "Save", "filters.json", CHOICES)


def choose(dialog: QFileDialog, number: int) -> None:
    """Choose a format as a person does in the list below the name."""
    box = dialog.findChild(QComboBox, "fileTypeCombo")
    for _ in range(number):
        QTest.keyClick(box, Qt.Key.Key_Down)


@pytest.mark.parametrize(
    ("chosen", "typed", "saved", "key"),
    [
        (0, "f", "f.json", "json"),
        (0, "f.npy", "f.npy", "npy"),
        (1, "f.json", "f.json", "json"),
        (0, "f.NPY", "f.NPY", "npy"),
        (0, "f.txt", "f.txt", "txt"),
        (3, "f.txt", "f.txt", "imagej"),
        (3, "f", "f.txt", "imagej"),
        (1, "version 1.2", "version 1.2.npy", "npy"),
        (0, "f.png", "f.png.json", "json"),
    ],
)
def test_the_typed_suffix_is_followed(
    window: QWidget, tmp_path: Path, chosen: int, typed: str, saved: str, key: str
) -> None:
    def act(dialog: QFileDialog, name: QLineEdit) -> None:
        choose(dialog, chosen)
        name.setText(str(tmp_path / typed))

    path, choice = answer(window, act) or pytest.fail("nothing was chosen")
    assert (path, choice.key) == (tmp_path / saved, key)


def test_the_name_follows_the_format_that_is_chosen(window: QWidget, tmp_path: Path) -> None:
    def act(dialog: QFileDialog, name: QLineEdit) -> None:
        dialog.setDirectory(str(tmp_path))
        choose(dialog, 1)
        assert name.text() == "filters.npy"

    assert answer(window, act) == (tmp_path / "filters.npy", CHOICES[1])


@pytest.mark.parametrize(("typed", "there"), [("f.npy", "f.npy"), ("f", "f.json"), ("f.png", "f.png.json")])
def test_a_file_of_the_final_name_is_not_replaced_unasked(
    window: QWidget, tmp_path: Path, typed: str, there: str
) -> None:
    (tmp_path / there).touch()
    asked: list[str] = []

    def refuse() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(QMessageBox.StandardButton.No).click()

    def act(dialog: QFileDialog, name: QLineEdit) -> None:
        name.setText(str(tmp_path / typed))
        QTimer.singleShot(0, refuse)
        QTest.keyClick(name, Qt.Key.Key_Return)
        assert dialog.isVisible()
        dialog.done(QDialog.DialogCode.Rejected)

    assert answer(window, act) is None
    assert len(asked) == 1
    assert there in asked[0]
