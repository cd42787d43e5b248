"""One line of news where the eye is: an error or a hint above the maps, gone by itself or by a click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from convexplorer.gui.kit import theme

LASTS = 8000
"""Milliseconds after which a hint goes; an error stays until it is closed or something newer is said."""

AnswerButton = tuple[str, Callable[[], object]]


class MessageBar(QFrame):
    """Says one thing at a time, with at most two things to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("messageText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = [QPushButton(self), QPushButton(self)]
        for number, (button, name) in enumerate(zip(self._buttons, ("messageAction", "messageSecond"), strict=True)):
            button.setObjectName(name)
            button.clicked.connect(lambda _checked=False, number=number: self._act(number))
        self._close = QToolButton(self)
        self._close.setObjectName("messageClose")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setIcon(theme.icon("close"))
        self._close.clicked.connect(self.hide)
        self._answers: tuple[AnswerButton, ...] = ()
        self._kind = "info"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LASTS)
        self._timer.timeout.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        for button in self._buttons:
            layout.addWidget(button)
        layout.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """What is being said; "" when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, *, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Tell something that went well, or a hint."""
        self._show("info", text, _answers(action, run))
        self._timer.start()

    def complain(self, text: str, *, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Tell what went wrong."""
        self._timer.stop()
        self._show("error", text, _answers(action, run))

    def offer(self, text: str, *answers: AnswerButton) -> None:
        """Tell something, and what can be done about it, at most two things; with any, it stays until it is closed."""
        self._show("info", text, answers)
        if answers:
            self._timer.stop()
        else:
            self._timer.start()

    def ask(self, text: str, first: AnswerButton, second: AnswerButton) -> None:
        """Ask something that waits for an answer: what a button says, and what is done then."""
        self._timer.stop()
        self._show("info", text, (first, second))

    def _show(self, kind: str, text: str, answers: tuple[AnswerButton, ...]) -> None:
        self._kind = kind
        self._draw_icon()
        self._text.setText(text)
        self._text.setToolTip(text)
        self._answers = answers
        for number, button in enumerate(self._buttons):
            button.setText(answers[number][0] if number < len(answers) else "")
            button.setVisible(number < len(answers))
        self.show()

    def _draw_icon(self) -> None:
        self._icon.setPixmap(theme.icon(self._kind).pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _act(self, number: int) -> None:
        self.hide()
        self._answers[number][1]()


def bar_above(window: QMainWindow, name: str) -> MessageBar:
    """Make a bar above all that a window shows, for what must stay while other news come and go."""
    bar = MessageBar(window)
    bar.setObjectName(name)
    centre = window.centralWidget()
    layout = centre.layout() if centre else None
    if isinstance(layout, QBoxLayout):
        layout.insertWidget(0, bar)
    return bar


def _answers(action: str, run: Callable[[], object] | None) -> tuple[AnswerButton, ...]:
    return ((action, run),) if action and run is not None else ()
