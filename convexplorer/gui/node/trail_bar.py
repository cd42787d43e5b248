"""The way of a trace above the equation: each step a button that goes back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from convexplorer.gui.kit import theme

HEIGHT = 24
_PADDING = 14  # of a button around its text
_ARROW = "›"


@dataclass(frozen=True)
class Crumb:
    """A step of the trace in words.

    Parameters
    ----------
    full, short : str
        With and without what can be spared where room is short.
    tip : str
        All there is to say.
    """

    full: str
    short: str
    tip: str


class TrailBar(QWidget):
    """Shows the steps; the oldest are shortened, then gathered in a menu, where there is no room.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's owner.
    """

    chosen = Signal(int)
    """A step to go back to, counted from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trailBar")
        self.setAccessibleName(self.tr("Trace"))
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._crumbs: list[Crumb] = []
        self._end = ""
        self.back = self._button("trailBack")
        self.back.setIcon(theme.icon("back"))
        self.back.setIconSize(QSize(16, 16))
        self.back.setAccessibleName(self.tr("One step back"))
        self.back.setToolTip(self.tr("Back to the node whose input this is (Alt+Left, Backspace)"))
        self.back.clicked.connect(lambda: self.chosen.emit(len(self._crumbs) - 2))
        self._earlier = self._button("trailEarlier")
        self._earlier.setText("…")
        self._earlier.setAccessibleName(self.tr("Earlier steps"))
        self._earlier.setToolTip(self.tr("Earlier steps of the trace"))
        self._earlier.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._earlier)
        self._earlier.setMenu(self._menu)
        self._buttons: list[QToolButton] = []
        self._arrows: list[QLabel] = []
        self._current = QLabel(self)
        self._current.setObjectName("trailCurrent")
        self._current.setProperty("role", "heading")
        self._current.setContentsMargins(6, 0, 6, 0)
        self._current.setTextFormat(Qt.TextFormat.PlainText)
        self._rest = QLabel(self)
        self._rest.setObjectName("trailRest")
        self._rest.setProperty("tone", "muted")
        self._rest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self._row.setSpacing(2)
        for widget in (self.back, self._earlier, self._current):
            self._row.addWidget(widget)
        self._row.addWidget(self._rest, 1)
        self.show_trail([], "")

    def show_trail(self, crumbs: Sequence[Crumb], end: str) -> None:
        """Show the steps, the last as the one that is looked at.

        Parameters
        ----------
        crumbs : sequence of Crumb
            From the first step on.
        end : str
            What follows them in a muted tone: where it leads to.
        """
        self._crumbs, self._end = list(crumbs), end
        while len(self._buttons) < len(crumbs) - 1:
            self._add_button()
        self._menu.clear()
        for i, crumb in enumerate(self._crumbs[:-1]):
            self._menu.addAction(crumb.full).triggered.connect(partial(self._choose, i))
        self.back.setVisible(len(crumbs) > 1)
        self.setVisible(len(crumbs) > 1)  # One step alone is the node that is shown anyway.
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._fit()

    def _add_button(self) -> None:
        at = len(self._buttons)
        button, arrow = self._button(f"trailStep{at}"), QLabel(_ARROW, self)
        button.clicked.connect(lambda: self.chosen.emit(at))
        arrow.setProperty("tone", "muted")
        for offset, widget in enumerate((button, arrow)):
            self._row.insertWidget(2 + 2 * at + offset, widget)
        self._buttons.append(button)
        self._arrows.append(arrow)

    def _choose(self, at: int, _checked: bool = False) -> None:
        self.chosen.emit(at)

    def _fit(self) -> None:
        """Shorten the oldest steps, then hide them, until the rest fits."""
        texts = [crumb.full for crumb in self._crumbs]
        hidden, at = 0, 0
        while at < len(texts) and self._width(texts[hidden:], hidden) > self.width():
            texts[at] = self._crumbs[at].short
            at += 1
        while hidden < len(texts) - 1 and self._width(texts[hidden:], hidden) > self.width():
            hidden += 1
        self._earlier.setVisible(hidden > 0)
        for i, (button, arrow) in enumerate(zip(self._buttons, self._arrows, strict=True)):
            shown = hidden <= i < len(texts) - 1
            button.setVisible(shown)
            arrow.setVisible(shown)
            if shown:
                button.setText(texts[i])
                button.setToolTip(self.tr("Back to {0}").format(self._crumbs[i].tip))
        self._current.setText(texts[-1] if texts else "")
        self._current.setToolTip(self._crumbs[-1].tip if self._crumbs else "")
        self._rest.setText(f"{_ARROW} {self._end}" if self._end and texts else "")

    def _width(self, texts: list[str], hidden: int) -> int:
        wide = self.fontMetrics().horizontalAdvance
        arrows = (len(texts) - 1) * (wide(_ARROW) + 4)
        fixed = (self.back.sizeHint().width() + 2 if len(self._crumbs) > 1 else 0) + (
            self._earlier.sizeHint().width() + 4 if hidden else 0
        )
        heading = self._current.fontMetrics().horizontalAdvance(texts[-1]) if texts else 0
        rest = wide(f"{_ARROW} {self._end}") if self._end else 0
        return fixed + arrows + heading + min(rest, 60) + 20 + sum(wide(text) + _PADDING for text in texts[:-1])

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setFixedHeight(HEIGHT)
        return button
