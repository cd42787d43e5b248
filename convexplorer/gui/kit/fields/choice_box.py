"""What one chooses from or slides along: keys and the wheel reach it, and nothing else, while it has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QListWidget, QSlider, QWidget

from convexplorer.gui.kit.fields.typed_text import is_character


class ChoiceBox(QComboBox):
    """A combo box; without the focus, the wheel is for the page that it stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceList(QListWidget):
    """A list in which typing looks for an entry, so that letters are no shortcuts of the window."""

    def event(self, event: QEvent) -> bool:
        """Keep the letters."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and is_character(event):
            event.accept()
            return True
        return super().event(event)


class FieldSlider(QSlider):
    """A horizontal slider beside a field; without the focus, the wheel is for the page that it stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
