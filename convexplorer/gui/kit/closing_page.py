"""A page that is opened in place of another one, and left by Esc."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class ClosingPage(QWidget):
    """Asks to be closed by Esc, before the window takes that for a shortcut of its own."""

    closed = Signal()
    """What was shown before is to come back."""

    def keeps(self, event: QKeyEvent) -> bool:
        """Whether a key that the window may have a shortcut for is the page's."""
        return event.key() == Qt.Key.Key_Escape

    def event(self, event: QEvent) -> bool:
        """Keep the page's keys from being taken as shortcuts of the window."""
        override = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if override and self.keeps(event):  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
