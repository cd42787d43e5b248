"""Fields for one number that say what is wrong with what is typed and never let it through."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from convexplorer.core.model.numerals import is_unfinished, parse_number
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.nudging import Burst, factor, nudge
from convexplorer.gui.kit.fields.numbers import exact_number_text, number_text
from convexplorer.gui.kit.fields.undo_keys import UndoKeys


class NumberValidator(QValidator):
    """Lets anything be typed; acceptable is what `parse_number` reads."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Judge a text."""
        state = QValidator.State.Intermediate if reason_against(text) else QValidator.State.Acceptable
        return state, text, position


def reason_against(text: str) -> str:
    """Why a text is not taken as a number; empty if it is."""
    try:
        parse_number(text)
    except ConvExplorerError as error:
        return error_text(error)
    return ""


class NumberEdit(QLineEdit):
    """A line editor for a number; it turns red as soon as typing on cannot make a number of it."""

    complained = Signal(str)
    """The reason why the text is not taken, empty when it is mended."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setValidator(NumberValidator(self))
        self.reason = ""
        self._tip = ""
        self.textEdited.connect(self._judge)

    def complain(self) -> None:
        """Turn red if the text is not a number."""
        self._mark(reason_against(self.text()))

    def forgive(self) -> None:
        """Take the complaint back."""
        self._mark("")

    def set_number(self, value: float) -> None:
        """Show a number in full."""
        self.setText(exact_number_text(value))
        self._mark("")

    def number(self) -> float:
        """The number typed.

        Raises
        ------
        InvalidValueError
            If it is none.
        """
        return parse_number(self.text())

    def _judge(self, text: str) -> None:
        self._mark("" if is_unfinished(text) else reason_against(text))

    def _mark(self, reason: str) -> None:
        if reason == self.reason:
            return
        if not self.reason:
            self._tip = self.toolTip()
        self.reason = reason
        self.setToolTip(reason or self._tip)
        self.setProperty("invalid", bool(reason))
        self.style().unpolish(self)
        self.style().polish(self)
        self.complained.emit(reason)


class NumberField(NumberEdit):
    """A number that stands in the window: typed and entered, or nudged with ↑, ↓ and the wheel.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's owner.
    """

    entered = Signal(float)
    """A number was typed and entered."""
    nudged = Signal(float, int)
    """The number it was nudged to, and the number of the burst this belongs to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 0.0
        self._burst = Burst()
        UndoKeys(self)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.returnPressed.connect(self._enter)

    def set_value(self, value: float) -> None:
        """Show the number as it is now, unless it is being typed over."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self._restore()

    def set_tip(self, tip: str) -> None:
        """The tooltip while nothing is wrong."""
        self._tip = tip
        self.setToolTip(tip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """↑ and ↓ nudge, Enter takes, Esc goes back."""
        match event.key():
            case Qt.Key.Key_Up:
                self._nudge(factor(event.modifiers()))
            case Qt.Key.Key_Down:
                self._nudge(-factor(event.modifiers()))
            case Qt.Key.Key_Escape if self.isModified():
                self._restore()
                self.selectAll()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.complain()
                super().keyPressEvent(event)
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nudge, if the field has the focus."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if not self.hasFocus() or not turn:
            event.ignore()
            return
        self._nudge(factor(event.modifiers()) * (1 if turn > 0 else -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the number in full, to be edited."""
        if not self.isModified():
            self.set_number(self._value)
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many digits as there is room for."""
        super().resizeEvent(event)
        self._abbreviate()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what was typed, or go back to what was there."""
        super().focusOutEvent(event)
        if self.isModified() and event.reason() != Qt.FocusReason.PopupFocusReason:
            if self.hasAcceptableInput():
                self._enter()
            else:
                self.complain()
                reason = self.reason
                self._restore()
                self.complained.emit(reason)
        self._abbreviate()

    def _enter(self) -> None:
        value, modified = self.number(), self.isModified()
        self.set_number(value)
        self.setModified(False)
        if modified:
            self.entered.emit(value)

    def _nudge(self, steps: float) -> None:
        step = self._burst.nudge("value", [self._value])
        self.nudged.emit(nudge(self._value, steps, step), self._burst.number)
        self.selectAll()

    def _restore(self) -> None:
        self.set_number(self._value)
        self.setModified(False)
        self._abbreviate()

    def _abbreviate(self) -> None:
        """While it is not edited, round a number that has no room: cut, it would read as another one."""
        if self.hasFocus() or self.isModified():
            return
        room = self.width() - self.sizeHint().width() + self._usual_room()
        texts = [exact_number_text(self._value), *(number_text(self._value, digits) for digits in (7, 6, 5, 4, 3))]
        text = next((one for one in texts if self.fontMetrics().horizontalAdvance(one) <= room), texts[-1])
        if text != self.text():
            self.setText(text)
            self.setModified(False)
        self.setCursorPosition(0)

    def _usual_room(self) -> int:
        """Width that Qt's hint leaves the text of a line: seventeen letters x."""
        return 17 * self.fontMetrics().horizontalAdvance("x")
