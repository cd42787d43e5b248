"""Fields of a layer's settings that say what is wrong with a value instead of quietly taking another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QFocusEvent, QValidator
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from convexplorer.core.model.geometry import Padding
from convexplorer.gui.kit.undo_keys import UndoKeys


class SettingSpin(QSpinBox):
    """A whole number; what is typed beyond the bounds is refused, not cut to them.

    Parameters
    ----------
    low, high : int
        Bounds, inclusive.
    parent : QWidget
        Qt's owner.
    """

    complained = Signal(str)
    """What was typed and is no number within the bounds."""
    left = Signal()
    """The keyboard has gone elsewhere."""

    def __init__(self, low: int, high: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        UndoKeys(self.lineEdit())

    def show_value(self, value: int) -> None:
        """Show a value, which may come from a file and be beyond the bounds."""
        with QSignalBlocker(self):
            self.setMaximum(max(self.maximum(), value))
            self.setValue(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let digits be typed freely; what is out of bounds is not yet acceptable."""
        digits = text.strip()
        if digits.isdecimal() and self.minimum() <= int(digits) <= self.maximum():
            return QValidator.State.Acceptable, text, position
        plain = digits in ("", "-", "−") or digits.removeprefix("-").removeprefix("−").isdecimal()
        return (QValidator.State.Intermediate if plain else QValidator.State.Invalid), text, position

    def fixup(self, text: str) -> str:
        """Say what is not taken; the value stays as it was."""
        self.complained.emit(text.strip())
        return str(self.value())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that an edit has ended."""
        super().focusOutEvent(event)
        self.left.emit()


class PaddingBox(QComboBox):
    """Valid, same, or a number of zeros that is typed or picked."""

    picked = Signal(object)
    """A padding: "valid", "same" or a whole number."""
    complained = Signal(str)
    """What was typed and is no padding."""

    def __init__(self, named: Sequence[tuple[str, str]], most: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._named = {text.casefold(): key for text, key in named}
        self._value: Padding = "valid"
        self._most = most
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]
        for text, key in named:
            self.addItem(text, key)
        for zeros in range(1, 11):
            self.addItem(str(zeros), zeros)
        self.textActivated.connect(self._take)
        line = self.lineEdit()
        if line is not None:  # An editable box has one.
            line.editingFinished.connect(lambda: self._take(self.currentText()))
            UndoKeys(line)

    def show_value(self, value: Padding) -> None:
        """Show a padding."""
        self._value = value
        with QSignalBlocker(self):
            at = self.findData(value)
            if at >= 0:
                self.setCurrentIndex(at)
            else:
                self.setEditText(str(value))

    def _take(self, text: str) -> None:
        plain = text.strip().casefold()
        value: Any = self._named.get(plain)
        if value is None and plain.isdecimal() and int(plain) <= self._most:
            value = int(plain)
        if value == self._value:
            self.show_value(self._value)
        elif value is None:
            self.show_value(self._value)
            self.complained.emit(text.strip())
        else:
            self.picked.emit(value)
