"""Garbage collection in the GUI thread only.

Python collects in whichever thread happens to allocate. A widget or timer in a reference cycle, destroyed in a worker
thread, takes the process with it; so automatic collection is switched off, and a timer of the GUI thread does it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY = 250
"""Milliseconds between two looks at how much there is to collect."""


class Collector(QObject):
    """Collects until it is stopped.

    Parameters
    ----------
    parent : QObject, optional
        Qt's owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.collect)
        self._all_loaded = False

    def start(self) -> None:
        """Take over; what exists now stays as long as the program and is not looked at again."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Let Python collect again where it likes."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def collect(self) -> None:
        """Collect the generations whose thresholds are passed, as Python would."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                break
        if generation == 2 and not self._all_loaded:
            # Libraries that came after the start are not looked at again either: that takes tens of milliseconds.
            self._all_loaded = True
            gc.freeze()
