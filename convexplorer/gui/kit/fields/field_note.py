"""Why a field does not take a value, said beneath the field itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget
from shiboken6 import isValid

LASTS = 12_000
"""Milliseconds after which a note goes by itself."""
WIDEST = 440
"""Pixels from which on a note takes several lines."""
GAP = 4
"""Pixels between a field and its note."""


class FieldNote(QLabel):
    """One line or two over whatever lies below the field, until a click on it, Esc, or the next value.

    The field is outlined in the tone of errors as long, and its accessible description is the note.

    Parameters
    ----------
    parent : QWidget
        Its fields' parent.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("fieldNote")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()
        self._field: QWidget | None = None
        self._described = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LASTS)
        self._timer.timeout.connect(self.clear)

    @property
    def field(self) -> QWidget | None:
        """The field it stands beneath now."""
        return self._field

    def tell(self, field: QWidget, text: str) -> None:
        """Say why a field's value was not taken."""
        self.clear()
        window = field.window()
        self.setParent(window)
        self._field, self._described = field, field.accessibleDescription()
        _mark(field, text, text)
        field.installEventFilter(self)
        self.setText(text)
        self.setWordWrap(False)
        if self.sizeHint().width() > WIDEST:
            self.setWordWrap(True)
            self.setFixedWidth(WIDEST)
        else:
            self.setFixedWidth(self.sizeHint().width())
        self.setFixedHeight(self.heightForWidth(self.width()) if self.wordWrap() else self.sizeHint().height())
        at = field.mapTo(window, QPoint(0, field.height() + GAP))
        self.move(max(GAP, min(at.x(), window.width() - self.width() - GAP)), at.y())
        self.raise_()
        self.show()
        self._timer.start()

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self._timer.stop()
        self.hide()
        if self._field is not None and isValid(self._field):  # It hears of a field's end too.
            self._field.removeEventFilter(self)
            _mark(self._field, "", self._described)
        self._field = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click takes it away."""
        event.accept()
        self.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It goes with its field: when that is hidden, left, or Esc is pressed in it."""
        gone = event.type() in (QEvent.Type.Hide, QEvent.Type.FocusOut)
        escaped = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape  # type: ignore[attr-defined]
        if gone or escaped:
            self.clear()
        return bool(escaped) or super().eventFilter(watched, event)


def _mark(field: QWidget, reason: str, description: str) -> None:
    field.setProperty("invalid", bool(reason))
    field.setAccessibleDescription(description)
    field.style().unpolish(field)
    field.style().polish(field)
