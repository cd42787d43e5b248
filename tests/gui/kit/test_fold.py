"""A fold: one line, unfolded by a click and remembered."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit.fold import Fold


def make(qtbot: QtBot) -> tuple[Fold, QLabel]:
    content = QLabel("fields")
    fold = Fold("things", "What things are", content)
    qtbot.addWidget(fold)
    fold.set_line("one → two")
    fold.show()
    return fold, content


def test_it_is_a_line_until_it_is_clicked(qtbot: QtBot) -> None:
    fold, content = make(qtbot)
    low = fold.sizeHint().height()
    assert not content.isVisible()
    assert fold.line.text() == "one → two"
    with qtbot.waitSignal(fold.toggled):
        qtbot.mouseClick(fold.button, Qt.MouseButton.LeftButton)
    assert content.isVisible()
    assert fold.sizeHint().height() > low
    qtbot.keyClick(fold.button, Qt.Key.Key_Space)
    assert not content.isVisible()


def test_it_is_remembered(qtbot: QtBot) -> None:
    first, _ = make(qtbot)
    first.set_open(on=True)
    _, content = make(qtbot)
    assert content.isVisible()


def test_it_is_read_aloud(qtbot: QtBot) -> None:
    fold, _ = make(qtbot)
    assert fold.button.accessibleName() == "What things are"
    assert fold.button.accessibleDescription() == "one → two"
