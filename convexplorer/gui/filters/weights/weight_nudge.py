"""Weights changed by steps, of the wheel and of keys; steps in a row are one step of undo."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QModelIndex, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QTableView

from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.kit.fields.nudging import Burst, factor, nudge

NOTCH = 120
"""What Qt calls one notch of a wheel."""
SCROLL_MS = 500
"""Milliseconds that a wheel goes on scrolling, whatever comes under the mouse meanwhile."""


class WeightNudge:
    """Nudges the weights of a table.

    Parameters
    ----------
    model : WeightTableModel
        Whose weights they are.
    view : QTableView
        The table, which may have something to scroll.
    """

    def __init__(self, model: WeightTableModel, view: QTableView) -> None:
        self._weights = model
        self._view = view
        self._burst = Burst()
        self._turn = 0
        self._scrolled = QElapsedTimer()

    def end(self) -> None:
        """Let the next nudge be a step of undo of its own."""
        self._burst.end()

    def nudge(self, index: QModelIndex, steps: float) -> None:
        """Change a cell by so many steps."""
        cell = self._weights.cell(index)
        if cell is None:
            return
        step = self._burst.nudge((self._weights.row, cell), self._weights.weights)
        value = nudge(self._weights.value(cell), steps, step)
        self._weights.write_live(("nudge", cell, self._burst.number), {cell: value})

    def is_meant(self, event: QWheelEvent, index: QModelIndex) -> bool:
        """Whether a turn of the wheel is for the cell under the mouse, and not for scrolling."""
        scrolls = self._view.verticalScrollBar().maximum() > 0
        scrolling = self._scrolled.isValid() and self._scrolled.elapsed() < SCROLL_MS
        elsewhere = scrolls and (index != self._view.currentIndex() or scrolling)
        if not _turn(event) or self._weights.cell(index) is None or elsewhere:
            self._scrolled.start()
            return False
        return True

    def turn(self, event: QWheelEvent, index: QModelIndex) -> None:
        """Change a cell by the notches that the wheel has turned."""
        self._turn += _turn(event)
        notches = int(self._turn / NOTCH)
        self._turn -= notches * NOTCH
        if notches:
            self.nudge(index, notches * factor(event.modifiers()))


def _turn(event: QWheelEvent) -> int:
    # With Alt held, Qt turns a vertical wheel into a horizontal one.
    alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
    return event.angleDelta().y() or (event.angleDelta().x() if alt else 0)
