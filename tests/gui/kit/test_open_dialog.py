"""Asking which files to open."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit.open_dialog import ask_which


def test_the_folder_is_remembered_and_a_refusal_changes_nothing(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.png").touch()
    parent = QWidget()
    qtbot.addWidget(parent)

    def choose(dialog: QFileDialog) -> bool:
        dialog.selectFile(str(tmp_path / "photo.png"))
        return True

    monkeypatch.setattr(QFileDialog, "exec", lambda _dialog: False)
    assert ask_which(parent, "folders/tried", "Open", ["Pictures (*.png)"], many=True) == []
    assert QSettings().value("folders/tried") is None
    monkeypatch.setattr(QFileDialog, "exec", choose)
    assert ask_which(parent, "folders/tried", "Open", ["Pictures (*.png)"], many=True) == [tmp_path / "photo.png"]
    began: list[str] = []
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: began.append(dialog.directory().absolutePath()))
    ask_which(parent, "folders/tried", "Open", ["Pictures (*.png)"], many=False)
    assert [Path(one) for one in began] == [tmp_path]
