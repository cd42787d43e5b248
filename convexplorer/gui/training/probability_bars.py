"""A bar chart of the most probable classes."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers


class ProbabilityBars(QWidget):
    """A bar for each of the most probable classes; a click, or arrows, choose the one that is explained."""

    chosen = Signal(int)
    """A row's number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictBars")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(self.tr("Click a class to see what spoke for it"))
        self.rows: list[tuple[float, str]] = []
        self.current = -1
        self.show_rows([], -1)

    def show_rows(self, rows: list[tuple[float, str]], current: int) -> None:
        """Take probabilities from 0 to 1 and the classes' names, and which of them is explained."""
        self.rows, self.current = rows, current
        self.setAccessibleName("; ".join(f"{text} {numbers.fixed_text(100 * share, 1)} %" for share, text in rows))
        self.setFixedHeight(len(rows) * self._step)
        self.update()

    @property
    def _step(self) -> int:
        return self.fontMetrics().height() + 4

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a class."""
        row = int(event.position().y()) // self._step
        if 0 <= row < len(self.rows):
            self.chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the class above or below."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and 0 <= self.current + step < len(self.rows):
            self.chosen.emit(self.current + step)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, bar and number of each."""
        painter, look, metrics = QPainter(self), theme.current(), self.fontMetrics()
        step = self._step
        names = min(120, 4 + max((metrics.horizontalAdvance(text) for _, text in self.rows), default=0))
        figures = metrics.horizontalAdvance("100.0 %")
        room = max(0, self.width() - names - figures - 24)
        for number, (share, text) in enumerate(self.rows):
            top = number * step
            if number == self.current:
                painter.fillRect(QRect(0, top, self.width(), step), QColor(look.selected))
            painter.setPen(QColor(look.text))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, names)
            painter.drawText(QRect(4, top, names, step), Qt.AlignmentFlag.AlignVCenter, elided)
            painter.fillRect(QRect(names + 12, top + 4, max(1, round(room * share)), step - 8), QColor(look.accent))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            box = QRect(self.width() - figures - 4, top, figures, step)
            painter.drawText(box, right, f"{numbers.fixed_text(100 * share, 1)} %")
