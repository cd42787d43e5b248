"""A part of a panel behind one line that says what is in it: a click unfolds it, and it is remembered."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from convexplorer.gui.kit.elided_label import ElidedLabel


class Fold(QWidget):
    """Shows a line, and below it a widget if it is unfolded.

    Parameters
    ----------
    name : str
        Key of the settings file under which it is remembered, and its object name.
    title : str
        What is in it, for tooltips and screen readers.
    content : QWidget
        What is folded.
    parent : QWidget, optional
        Qt's owner.
    """

    toggled = Signal(bool)
    """It was unfolded, or folded."""

    def __init__(self, name: str, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._content = content
        self.button = QToolButton(self)
        self.button.setObjectName(f"{name}Button")
        self.button.setAutoRaise(True)
        self.button.setCheckable(True)
        self.button.setAccessibleName(title)
        self.button.setToolTip(title)
        self.button.toggled.connect(self._toggle)
        self.line = ElidedLabel(self)
        self.line.setProperty("tone", "muted")
        head = QHBoxLayout()
        head.setContentsMargins(8, 2, 8, 2)
        head.setSpacing(4)
        head.addWidget(self.line, 1)
        head.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button.setChecked(QSettings().value(f"folds/{name}", "false") in (True, "true"))
        self._toggle(self.button.isChecked())

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded."""
        return self.button.isChecked()

    def set_open(self, *, on: bool) -> None:
        """Unfold it, or fold it."""
        self.button.setChecked(on)

    def set_line(self, text: str) -> None:
        """Say in a line what is in it."""
        self.line.setText(text)
        self.button.setAccessibleDescription(text)

    def _toggle(self, on: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._content.setVisible(on)
        QSettings().setValue(f"folds/{self.objectName()}", on)
        self.updateGeometry()
        self.toggled.emit(on)
