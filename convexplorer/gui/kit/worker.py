"""Work off the GUI thread: jobs are generators, run one at a time in one long-lived thread."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from convexplorer.background import give_way
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError

RunJob = Callable[[Any, ShouldStop, ShouldStop], Iterator[object]]
"""``run(job, cancelled, superseded)`` yields what it has so far."""


class Worker(QObject):
    """Runs jobs in a thread and hands back what they yield.

    Parameters
    ----------
    run : callable
        What is done with a job; called in the thread.
    newest_wins : bool
        Keep at most one job waiting, a newer one replacing it; otherwise jobs wait in line.
    parent : QObject, optional
        Qt's owner.
    """

    produced = Signal(object, object)
    """A job and something it yielded."""
    finished = Signal(object)
    """A job that ran to its end, failed, or was stopped."""
    failed = Signal(object, object)
    """A job and the exception that ended it; being cancelled is no failure."""

    def __init__(self, run: RunJob, *, newest_wins: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._newest_wins = newest_wins
        self._waiting: deque[object] = deque()
        self._wake = threading.Condition()
        self._cancel = threading.Event()
        self._closing = False
        self._running = False
        self._thread = _Loop(self._loop, self)
        self._thread.start(QThread.Priority.LowPriority)

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        with self._wake:
            return self._running or bool(self._waiting)

    def submit(self, job: object) -> None:
        """Take on a job; returns at once."""
        with self._wake:
            if self._closing:
                return
            if self._newest_wins:
                self._waiting.clear()
            self._waiting.append(job)
            self._wake.notify()

    def cancel(self) -> int:
        """Stop what runs, soon, and drop what waits; returns how many jobs were dropped and will not be told of."""
        with self._wake:
            dropped = len(self._waiting)
            self._waiting.clear()
            if self._running:
                self._cancel.set()
            return dropped

    def stop(self) -> None:
        """Stop for good, soon; nothing is signalled after that."""
        with self._wake:
            self._closing = True
            self._waiting.clear()
            self._cancel.set()
            self._wake.notify()

    def close(self) -> None:
        """Stop for good and wait for the thread."""
        self.stop()
        self._thread.wait()

    def _is_superseded(self) -> bool:
        return self._cancel.is_set() or (self._newest_wins and bool(self._waiting))

    def _loop(self) -> None:
        give_way()
        while not self._closing:
            try:
                self._turns()
            except BaseException:
                sys.excepthook(*sys.exc_info())

    def _turns(self) -> None:
        while True:
            with self._wake:
                self._running = False
                self._wake.wait_for(lambda: self._closing or self._waiting)
                if self._closing:
                    return
                job = self._waiting.popleft()
                self._cancel.clear()
                self._running = True
            self._work(job)

    def _work(self, job: object) -> None:
        try:
            for result in self._run(job, self._cancel.is_set, self._is_superseded):
                if self._cancel.is_set():
                    break
                self.produced.emit(job, result)
        except CancelledError:
            pass
        except BaseException as error:
            # Of any kind: the panic of a library in Rust, say, is no Exception, but the thread must outlive it.
            self.failed.emit(job, error)
        finally:
            with self._wake:
                self._running = False
            if not self._closing:
                self.finished.emit(job)


class _Loop(QThread):
    """A thread that runs one function; stack traces in it are the function's own."""

    def __init__(self, target: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._target = target

    def run(self) -> None:
        """Called by Qt in the new thread."""
        self._target()
