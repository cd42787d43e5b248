"""Ctrl+Z in a field takes the last edit back, as it does everywhere else; while typing, it takes back what is typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle

FIELDS: dict[str, tuple[Callable[[MainWindow], QWidget], str]] = {
    "stride": (lambda window: window.layer_settings.stride, "2"),
    "padding": (lambda window: window.layer_settings.padding, "3"),
    "size": (lambda window: window.preparation.scale, "50"),
    "bias": (lambda window: window.filters.fields.bias, "0.25"),
    "name": (lambda window: window.filters.fields.name, "Mine"),
}


def line_of(field: QWidget) -> QLineEdit:
    line = field.lineEdit() if isinstance(field, QAbstractSpinBox | QComboBox) else field
    assert isinstance(line, QLineEdit)
    return line


def undo_key(field: QWidget) -> None:
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize("name", FIELDS)
def test_what_was_entered_is_undone_in_the_document(window: MainWindow, qtbot: QtBot, name: str) -> None:
    find, typed = FIELDS[name]
    window.preparation.resize_box.click()
    settle(qtbot, window)
    field, before = find(window), window.document.project
    window.activateWindow()
    field.setFocus()
    line_of(field).selectAll()
    QTest.keyClicks(field, typed)
    undo_key(field)
    assert window.document.project is before  # It was the field's own step.
    line_of(field).selectAll()
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.document.project != before
    undo_key(field)
    settle(qtbot, window)
    assert window.document.project == before
