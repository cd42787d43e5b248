"""Reading and writing files without keeping the window waiting: one task after the other, with progress."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from convexplorer.core.runtime.types import ShouldStop
from convexplorer.gui.kit.worker import Worker

SHOWN_AFTER = 500
"""Milliseconds after which a task that still runs is shown."""

TaskSteps = Callable[[ShouldStop], Generator[float, None, object]]
"""``work(cancelled)`` does something in steps, each yielding the share done, 0 to 1; it may return a result."""


@dataclass(frozen=True, eq=False)
class Task:
    """Something to do with files.

    Parameters
    ----------
    label : str
        What the status line says meanwhile.
    work : callable
        A generator function, called in the worker's thread.
    done : callable
        Called in the GUI thread with what `work` returned.
    """

    label: str
    work: TaskSteps
    done: Callable[[Any], object]


@dataclass(frozen=True, eq=False)
class _Result:
    value: Any


class Tasks(QObject):
    """The line of tasks."""

    progressed = Signal(str, float)
    """Label and share done of a task that takes a while; an empty label when there is none."""
    failed = Signal(object)
    """The exception that ended a task."""
    idle = Signal()
    """Nothing is left to do."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker(_run, newest_wins=False, parent=self)
        self._worker.produced.connect(self._take)
        self._worker.failed.connect(lambda _task, error: self.failed.emit(error))
        self._worker.finished.connect(self._finish)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SHOWN_AFTER)
        self._patience.timeout.connect(self._report)
        self._label, self._share = "", 0.0
        self._shown = False
        self._open = 0

    def start(self, task: Task) -> None:
        """Do a task when those before it are done."""
        self._label, self._share = task.label, 0.0
        self._open += 1
        self._patience.start()
        self._worker.submit(task)

    def cancel(self) -> None:
        """Stop the task that runs, and drop those that wait."""
        self._open -= self._worker.cancel()

    @property
    def busy(self) -> bool:
        """Whether a task runs or waits, or its end is still to be told."""
        return self._open > 0

    def close(self) -> None:
        """Stop for good."""
        self._patience.stop()
        self._worker.close()

    @Slot(object, object)
    def _take(self, task: Task, event: object) -> None:
        if isinstance(event, _Result):
            task.done(event.value)
        elif isinstance(event, float):
            self._label, self._share = task.label, event
            if self._shown:
                self._report()

    @Slot(object)
    def _finish(self, _task: Task) -> None:
        self._open -= 1
        if not self._open:
            self._patience.stop()
            self._shown = False
            self.progressed.emit("", 1.0)
            self.idle.emit()

    def _report(self) -> None:
        self._shown = True
        self.progressed.emit(self._label, self._share)


def _run(task: Any, cancelled: ShouldStop, _superseded: ShouldStop) -> Iterator[object]:
    result = yield from task.work(cancelled)
    yield _Result(result)
