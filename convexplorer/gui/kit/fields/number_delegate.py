"""Editing numbers in place, in lists and tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from convexplorer.gui.kit.fields.model_index import Index
from convexplorer.gui.kit.fields.number_edit import NumberEdit

EDITOR_WIDTH = 88
"""Narrowest editor, so that a full float32 can be read in it."""
_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class NumberDelegate(QStyledItemDelegate):
    """Opens a `NumberEdit` in a cell and lets only numbers leave it.

    Parameters
    ----------
    parent : QWidget
        The view.
    subject : callable
        Says whose numbers the view shows now; what was typed for others is dropped.
    """

    complained = Signal(str)
    """Why what is being typed is not taken; empty when it is mended."""
    left = Signal(int, Qt.KeyboardModifier)
    """The key with which an editor was left, its number taken, and the modifiers."""

    def __init__(self, parent: QWidget, subject: Callable[[], Hashable]) -> None:
        super().__init__(parent)
        self._subject = subject
        self._typed_for: Hashable = None

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Make the field."""
        self._typed_for = self._subject()
        editor = NumberEdit(parent)
        editor.setObjectName("numberEditor")
        editor.setAlignment(Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole)))
        editor.setFrame(False)
        editor.complained.connect(self.complained)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Fill the field with the number in full, unless it is being typed in."""
        if isinstance(editor, NumberEdit) and not (editor.isModified() and self._typed_for == self._subject()):
            editor.forgive()
            editor.setText(index.data(Qt.ItemDataRole.EditRole))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Hand over what was typed, to what it was typed for."""
        if isinstance(editor, NumberEdit) and self._typed_for == self._subject():
            model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        """Cover the cell, wider than a narrow one, inside the view."""
        rect = QRect(option.rect)
        view = editor.parentWidget()
        if rect.width() < EDITOR_WIDTH and view is not None:
            rect.setX(max(0, min(rect.x(), view.width() - EDITOR_WIDTH)))
            rect.setWidth(EDITOR_WIDTH)
        editor.setGeometry(rect)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Tab take the number at once; with a bad one they stay. Esc forgets it."""
        if isinstance(watched, NumberEdit):
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._answer(watched, event):
                return True
            if isinstance(event, QFocusEvent) and _is_left(event) and not watched.hasAcceptableInput():
                # What is typed is handed over to be refused, so that the cell itself can say why.
                self.commitData.emit(watched)
        return super().eventFilter(watched, event)

    def _answer(self, editor: NumberEdit, event: QKeyEvent) -> bool:
        """Whether a key was for this delegate and not for the field."""
        key, modifiers = event.key(), event.modifiers()
        if key == Qt.Key.Key_Escape:
            editor.forgive()
        if key not in _LEAVING:
            return False
        editor.complain()
        if not editor.reason:
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
            self.left.emit(key, modifiers)
        return True


def _is_left(event: QFocusEvent) -> bool:
    return event.lostFocus() and event.reason() != Qt.FocusReason.PopupFocusReason
