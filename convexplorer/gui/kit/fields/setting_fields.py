"""The field for a padding, which says what is wrong with a value instead of quietly taking another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from convexplorer.core.model.geometry import Padding
from convexplorer.core.model.numerals import parse_whole
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.undo_keys import UndoKeys


class PaddingBox(ChoiceBox):
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
            self.setEditText(self.itemText(at) if at >= 0 else str(value))
            line = self.lineEdit()
            if line is not None and not line.hasFocus():
                line.setCursorPosition(0)  # At its end, the cursor pushes the first letter out of sight.

    def forget_typed(self) -> None:
        """Go back to the padding that holds."""
        self.show_value(self._value)

    def _zeros(self, text: str) -> int | None:
        try:
            zeros = parse_whole(text)
        except ConvExplorerError:
            return None
        return zeros if 0 <= zeros <= self._most else None

    def _take(self, text: str) -> None:
        plain = text.strip().casefold()
        value: Any = self._named.get(plain)
        if value is None:
            value = self._zeros(plain)
        if value == self._value:
            self.show_value(self._value)
        elif value is None:
            self.show_value(self._value)
            self.complained.emit(text.strip())
        else:
            self.picked.emit(value)
