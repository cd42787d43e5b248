"""Handles the signals by which the system or a terminal ends the program; nothing is lost, and nothing is asked."""

from __future__ import annotations

import contextlib
import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl+C in the terminal, the system shutting down, the terminal closed; as far as the system has them."""


class Interrupts(QObject):
    """Tells of signals in the event loop. Python alone would hear them only when it gets a turn.

    Parameters
    ----------
    parent : QObject, optional
        Qt's owner.
    """

    came = Signal(int)
    """The number of a signal."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ours, self._theirs = socket.socketpair()
        for one in (self._ours, self._theirs):
            one.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)
        self._before_fd = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        # Python writes a signal's number to the socket only if it has a handler; `nohup` has SIGHUP ignored.
        self._before = {
            number: signal.signal(number, lambda *_: None)
            for number in numbers
            if signal.getsignal(number) is not signal.SIG_IGN
        }

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before_fd)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()

    @Slot()
    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in self._ours.recv(64):
                self.came.emit(number)
