"""Doing something once when the present event has been dealt with, before anything is painted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Soon(QObject):
    """Calls a function once, however often it was asked for meanwhile.

    It comes by a queued signal: Qt paints only when such events are dealt with, but before timers, even of 0 ms. So
    the worker can compute while the window is being painted.

    Parameters
    ----------
    function : callable
        What to do.
    parent : QObject
        Qt's owner.
    """

    _due = Signal()

    def __init__(self, function: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._function = function
        self.pending = False
        self._due.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def ask(self) -> None:
        """Call the function soon."""
        if not self.pending:
            self.pending = True
            self._due.emit()

    def forget(self) -> None:
        """Do not call it after all."""
        self.pending = False

    @Slot()
    def _run(self) -> None:
        if self.pending:
            self.pending = False
            self._function()
