"""Undo and redo in a field reach the window's as soon as nothing in it is half typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit

_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class UndoKeys(QObject):
    """Keeps a field from taking Ctrl+Z for itself when the last step to take back is the document's.

    A line editor takes these keys even if it has nothing to undo, and what was typed and taken over is undone in
    the document, not in the field.

    Parameters
    ----------
    edit : QLineEdit
        The field, which becomes the owner.
    """

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self._typing = False
        edit.textEdited.connect(self._begin)
        edit.installEventFilter(self)
        owner = edit.focusProxy()  # Of a spin box or a combo box: keys come to it first.
        if owner is not None:
            owner.installEventFilter(self)
        if isinstance(owner, QAbstractSpinBox):
            owner.editingFinished.connect(self._end)
        else:
            edit.editingFinished.connect(self._end)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the keys to the window unless the field is being typed in."""
        if event.type() != QEvent.Type.ShortcutOverride or self._typing or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if not any(event.matches(key) for key in _KEYS):
            return super().eventFilter(watched, event)
        event.ignore()
        return True

    def _begin(self) -> None:
        self._typing = True

    def _end(self) -> None:
        self._typing = False
