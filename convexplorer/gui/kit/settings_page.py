"""Fields with their names beside them and a line below that says what they do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

FIELD_WIDTH = 208
NOTE_WIDTH = 384


class SettingsPage(QWidget):
    """Sections of fields, one below the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.notes: dict[QWidget, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 8, 16, 8)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def add_heading(self, text: str) -> None:
        """Begin a section."""
        heading = QLabel(text, self)
        heading.setProperty("role", "heading")
        heading.setContentsMargins(0, 12 if self._grid.count() else 4, 0, 4)
        self._grid.addWidget(heading, self._grid.rowCount(), 0, 1, 2)

    def add(self, title: str, field: QWidget, note: str) -> None:
        """Add a field with its note."""
        row = self._grid.rowCount()
        label = QLabel(title, self)
        label.setBuddy(field)
        field.setAccessibleName(title)
        field.setFixedWidth(FIELD_WIDTH)
        below = QLabel(self)
        below.setProperty("tone", "muted")
        below.setProperty("role", "small")
        below.setWordWrap(True)
        below.setMinimumWidth(NOTE_WIDTH)
        below.setContentsMargins(0, 0, 0, 8)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(below, row + 1, 1)
        self.notes[field] = below
        self.explain(field, note)

    def explain(self, field: QWidget, note: str) -> None:
        """Say what a field does: below it, in its tool tip, and to screen readers."""
        self.notes[field].setText(note)
        field.setToolTip(note)
        field.setAccessibleDescription(note)
