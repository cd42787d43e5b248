"""How far a number goes when it is scrubbed, nudged or wheeled, and which nudges belong together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import Qt

from convexplorer.gui.kit.fields.numbers import exact

PIXELS_PER_STEP = 4
"""How far the mouse goes for one step of a scrub, in device-independent pixels."""
BURST_SECONDS = 1.0
"""Nudges that follow each other this quickly are one undo step."""


def step_of(values: ArrayLike) -> float:
    """A sensible step for numbers of this size.

    1 for whole numbers that reach beyond ±1, as in most integer kernels; 0.05 for numbers about 1, and
    proportionately less or more by powers of ten.
    """
    array = np.asarray(values, np.float64)
    reach = float(np.abs(array).max(initial=0.0))
    if reach > 1.0 and bool((array == np.rint(array)).all()):
        return 1.0
    if reach == 0.0:
        return 0.05
    return float(f"5e{math.floor(math.log10(reach / 0.5)) - 2}")


def nudge(value: float, steps: float, step: float) -> float:
    """``value + steps · step`` of the decimal number a float32 stands for, without the noise of binary fractions."""
    return round(float(exact(value)) + steps * step, 7 - math.floor(math.log10(step)))


def factor(modifiers: Qt.KeyboardModifier) -> float:
    """10 with Shift; 0.1 with Alt, or with Ctrl where the window manager keeps Alt for itself."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return 10.0
    fine = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
    return 0.1 if modifiers & fine else 1.0


class Burst:
    """Nudges of one thing in quick succession: they keep their step and become one undo step."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._what: Hashable = None
        self._last = -math.inf
        self.number = 0
        self.step = 0.0

    def nudge(self, what: Hashable, values: ArrayLike) -> float:
        """Note a nudge of `what`; its step, which is that of `values` where a new burst begins."""
        now = self._clock()
        if what != self._what or now - self._last > BURST_SECONDS:
            self._what, self.number, self.step = what, self.number + 1, step_of(values)
        self._last = now
        return self.step

    def end(self) -> None:
        """The next nudge begins a new burst."""
        self._last = -math.inf
