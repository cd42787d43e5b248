"""One line of news where the eye is: an error or a hint above the maps, gone by itself or by a click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from convexplorer.gui import theme

LASTS = 8000
"""Milliseconds after which a hint goes; an error stays until it is closed or something newer is said."""


class MessageBar(QFrame):
    """Says one thing at a time, with at most one thing to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("messageText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton(self)
        self._button.setObjectName("messageAction")
        self._button.clicked.connect(self._act)
        self._close = QToolButton(self)
        self._close.setObjectName("messageClose")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setIcon(theme.icon("close"))
        self._close.clicked.connect(self.hide)
        self._action: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LASTS)
        self._timer.timeout.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """What is being said; "" when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, *, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Tell something that went well, or a hint."""
        self._show("info", text, action, run)
        self._timer.start()

    def complain(self, text: str, *, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Tell what went wrong."""
        self._timer.stop()
        self._show("error", text, action, run)

    def _show(self, kind: str, text: str, action: str, run: Callable[[], object] | None) -> None:
        self._icon.setPixmap(theme.icon(kind).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self._text.setText(text)
        self._text.setToolTip(text)
        self._action = run
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.show()

    def _act(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()
