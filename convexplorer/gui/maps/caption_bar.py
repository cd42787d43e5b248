"""One line above the maps that says what is shown instead of all filters, with a cross to go back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from convexplorer.gui.kit import theme


class CaptionBar(QWidget):
    """Hidden while it has nothing to say."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("captionBar")
        self._text = QLabel(self)
        self._text.setObjectName("captionText")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        close = QToolButton(self)
        close.setObjectName("captionClose")
        close.setIcon(theme.icon("close"))
        close.setAutoRaise(True)
        close.setToolTip(self.tr("Show all filters again"))
        close.setAccessibleName(self.tr("Show all filters again"))
        close.clicked.connect(self.closed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 0)
        layout.addWidget(self._text, 1)
        layout.addWidget(close)
        self.hide()

    def set_text(self, text: str) -> None:
        """Say something, or hide."""
        self._text.setText(text)
        self._text.setToolTip(text)
        self.setVisible(bool(text))
