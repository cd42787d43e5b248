"""Changing a weight by dragging sideways."""

from __future__ import annotations

from itertools import count

from PySide6.QtCore import Qt

from convexplorer.gui.filters.weights.clipboard_blocks import WeightCell
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.kit.fields.nudging import PIXELS_PER_STEP, factor, nudge, step_of

THRESHOLD = 3
"""Pixels the mouse has to go before a click becomes a drag."""


class Scrub:
    """One drag at a time; each is one undo step."""

    def __init__(self, model: WeightTableModel) -> None:
        self._model = model
        self._runs = count()
        self._run = 0
        self._x = 0.0
        self._value = 0.0
        self._step = 0.0
        self.cell: WeightCell | None = None
        self.active = False

    def press(self, cell: WeightCell, x: float) -> None:
        """Take hold of a cell."""
        self.cell, self.active, self._x = cell, False, x
        self._run = next(self._runs)
        self._value, self._step = self._model.value(cell), step_of(self._model.weights)

    def move(self, x: float, modifiers: Qt.KeyboardModifier) -> bool:
        """Follow the mouse; whether this is a drag by now."""
        if self.cell is None:
            return False
        if not self.active:
            if abs(x - self._x) < THRESHOLD:
                return False
            self.active = True
        steps = int((x - self._x) / PIXELS_PER_STEP)
        if steps:
            self._x += steps * PIXELS_PER_STEP
            self._value = nudge(self._value, steps * factor(modifiers), self._step)
            self._model.write_live(("scrub", self._run), {self.cell: self._value})
        return True

    def release(self) -> bool:
        """Let go; whether it was a drag."""
        was_drag, self.cell, self.active = self.active, None, False
        return was_drag

    def cancel(self) -> None:
        """Let go and take the drag back."""
        if self.release():
            self._model.revert_live()
