"""Boxes with arrows for a number, in which it is read and written in one way, whatever the system's locale.

`convexplorer.core.model.numerals` reads it; it is shown with a point. What is typed and is no number within the bounds
is refused beneath the box, not cut to the bounds. The wheel turns a box only while it has the focus, so that scrolling
a page changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from convexplorer.core.model.numerals import (
    MINUS,
    is_unfinished,
    may_be_thousands,
    parse_number,
    parse_whole,
    short_text,
)
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.field_note import FieldNote
from convexplorer.gui.kit.fields.undo_keys import UndoKeys


class WholeBox(QSpinBox):
    """A whole number.

    Parameters
    ----------
    low, high : int
        Bounds, inclusive.
    parent : QWidget
        Qt's owner.
    note : FieldNote, optional
        Where to say why something was not taken; by default a note of its own.
    """

    left = Signal()
    """The keyboard has gone elsewhere."""

    def __init__(self, low: int, high: int, parent: QWidget, note: FieldNote | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        _prepare(self)
        self._refusals = _Refusals(self, note)

    def show_value(self, value: int) -> None:
        """Show a value, which may come from a file and be beyond the bounds; what is being typed is forgotten."""
        with QSignalBlocker(self):
            self.setMaximum(max(self.maximum(), value))
            self.setValue(value)

    def forget_typed(self) -> None:
        """Go back to the number that holds."""
        self.show_value(self.value())

    def valueFromText(self, text: str) -> int:
        """The number in a text that `validate` accepts."""
        return parse_whole(_body(self, text, self.minimum()))

    def textFromValue(self, value: int) -> str:
        """Figures with a true minus sign."""
        return str(value).replace("-", MINUS)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let a number be typed freely; what is out of bounds, or not whole, is not yet acceptable."""
        return _judge(self, text, parse_whole), text, position

    def fixup(self, text: str) -> str:
        """Say what is not taken; the value stays as it was."""
        bounds = QCoreApplication.translate("NumberBox", "{0}: a whole number from {1} to {2}, not “{3}”")
        self._refusals.say(text, bounds)
        return self.textFromValue(self.value())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that an edit has ended."""
        super().focusOutEvent(event)
        self.left.emit()


class NumberBox(QDoubleSpinBox):
    """A number with decimals.

    Parameters
    ----------
    low, high : float
        Bounds, inclusive.
    decimals : int
        Digits behind the point; what is typed beyond them is rounded.
    parent : QWidget
        Qt's owner.
    note : FieldNote, optional
        Where to say why something was not taken; by default a note of its own.
    """

    def __init__(self, low: float, high: float, decimals: int, parent: QWidget, note: FieldNote | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(decimals)
        self.setRange(low, high)
        _prepare(self)
        self._refusals = _Refusals(self, note)

    def show_value(self, value: float) -> None:
        """Show a value; what is being typed is forgotten."""
        with QSignalBlocker(self):
            self.setValue(value)

    def forget_typed(self) -> None:
        """Go back to the number that holds."""
        self.show_value(self.value())

    def valueFromText(self, text: str) -> float:
        """The number in a text that `validate` accepts."""
        return parse_number(_body(self, text, self.minimum()))

    def textFromValue(self, value: float) -> str:
        """Figures with a point and a true minus sign."""
        return f"{value + 0.0:.{self.decimals()}f}".replace("-", MINUS)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let a number be typed freely; what is out of bounds is not yet acceptable."""
        return _judge(self, text, parse_number), text, position

    def fixup(self, text: str) -> str:
        """Say what is not taken; the value stays as it was."""
        bounds = QCoreApplication.translate("NumberBox", "{0}: a number from {1} to {2}, not “{3}”")
        self._refusals.say(text, bounds)
        return f"{self.prefix()}{self.textFromValue(self.value())}{self.suffix()}"

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Refusals:
    """Says beneath a box why something was not taken."""

    def __init__(self, box: WholeBox | NumberBox, note: FieldNote | None) -> None:
        self._box = box
        self._note = note

    def say(self, text: str, bounds: str) -> None:
        box = self._box
        typed = _body(box, text, box.minimum())
        title = box.accessibleName() or box.toolTip()
        line = bounds.format(title, _bound(box.minimum()), _bound(box.maximum()), typed)
        if may_be_thousands(typed) or ("," in typed and "." in typed):
            line = f"{title}: {_reason(typed)}"
        if self._note is None:
            self._note = FieldNote(box)
            box.destroyed.connect(self._note.deleteLater)
        self._note.tell(box, line)


def _prepare(box: QAbstractSpinBox) -> None:
    box.setLocale(QLocale.c())
    box.setKeyboardTracking(False)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    UndoKeys(box.lineEdit())


def _body(box: WholeBox | NumberBox, text: str, lowest: float) -> str:
    """What stands between prefix and suffix; the lowest number for the words that are shown in its place."""
    special = box.specialValueText()
    if special and text.strip().casefold() == special.strip().casefold():
        return f"{lowest:g}"
    plain, suffix = text.strip().removeprefix(box.prefix().strip()).strip(), box.suffix().strip()
    while suffix and plain.endswith(suffix):  # Once the box's own, once what was typed or pasted.
        plain = plain.removesuffix(suffix).strip()
    return plain


def _judge(box: WholeBox | NumberBox, text: str, read: Callable[[str], float]) -> QValidator.State:
    body = _body(box, text, box.minimum())
    try:
        value = read(body)
    except ConvExplorerError:
        return QValidator.State.Intermediate if is_unfinished(body) else QValidator.State.Invalid
    within = box.minimum() <= value <= box.maximum()
    return QValidator.State.Acceptable if within else QValidator.State.Intermediate


def _bound(value: float) -> str:
    return short_text(value) if isinstance(value, float) else str(value).replace("-", MINUS)


def _reason(typed: str) -> str:
    try:
        parse_number(typed)
    except ConvExplorerError as error:
        return error_text(error)
    return ""
