"""Typing: which keys are typed, and who gets what is typed.

A field takes its text when it is left, also when it is left because it is hidden: then another layer, or another
filter, has come meanwhile, and would get the number. So commands take the text first.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget


def is_character(event: QKeyEvent) -> bool:
    """Whether a key types a character that can be seen, rather than being a command."""
    modifier = Qt.KeyboardModifier
    plain = not event.modifiers() & (modifier.ControlModifier | modifier.AltModifier | modifier.MetaModifier)
    return plain and event.text().isprintable() and bool(event.text().strip())


def take_typed() -> None:
    """Let the field with the focus take, or refuse, what was typed into it; it keeps the focus."""
    field = QApplication.focusWidget()
    if field is None or not _is_typed_in(field):
        return
    parent = field.parentWidget()
    in_table = parent is not None and isinstance(parent.parentWidget(), QAbstractItemView)
    field.clearFocus()
    if not in_table:  # An editor in a table closes.
        field.setFocus(Qt.FocusReason.OtherFocusReason)


def _is_typed_in(field: QWidget) -> bool:
    edit = field.lineEdit() if isinstance(field, (QAbstractSpinBox, QComboBox)) else field
    return isinstance(edit, QLineEdit) and edit.isModified()
