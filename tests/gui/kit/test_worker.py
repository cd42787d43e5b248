"""The worker: newest wins, a drag never starves, cancelling and closing are quick, failures are told."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from convexplorer.errors import CancelledError
from convexplorer.gui.kit.worker import Worker

Stop = Callable[[], bool]


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


def finish(worker: Worker) -> None:
    worker.close()
    QCoreApplication.processEvents()


def test_the_newest_job_replaces_those_that_wait(qtbot: QtBot, gate: threading.Event) -> None:
    started: list[object] = []

    def run(job: object, _cancelled: Stop, _superseded: Stop) -> Iterator[object]:
        started.append(job)
        gate.wait(5)
        yield job

    worker = Worker(run, newest_wins=True)
    done: list[object] = []
    worker.finished.connect(done.append)
    for job in range(10):
        worker.submit(job)
        if job == 0:
            qtbot.waitUntil(lambda: started == [0])
    gate.set()
    qtbot.waitUntil(lambda: done == [0, 9])
    finish(worker)
    assert started == [0, 9]


def test_jobs_wait_in_line_when_none_may_be_lost(qtbot: QtBot) -> None:
    def run(job: object, _cancelled: Stop, _superseded: Stop) -> Iterator[object]:
        yield job

    worker = Worker(run, newest_wins=False)
    results: list[object] = []
    worker.produced.connect(lambda _job, result: results.append(result))
    for job in range(20):
        worker.submit(job)
    qtbot.waitUntil(lambda: results == list(range(20)))
    finish(worker)


def test_a_drag_that_never_rests_is_seen_to_move(qtbot: QtBot) -> None:
    def run(job: object, _cancelled: Stop, superseded: Stop) -> Iterator[object]:
        time.sleep(0.01)
        yield job
        while not superseded():
            time.sleep(0.001)
        raise CancelledError

    worker = Worker(run, newest_wins=True)
    seen: list[object] = []
    worker.produced.connect(lambda job, _result: seen.append(job))
    for job in range(60):
        worker.submit(job)
        qtbot.wait(5)
    assert len(seen) >= 10
    worker.cancel()
    finish(worker)


def test_cancelling_stops_what_runs_and_drops_what_waits(qtbot: QtBot) -> None:
    ended: list[object] = []

    def run(job: object, cancelled: Stop, _superseded: Stop) -> Iterator[object]:
        yield job
        while not cancelled():
            time.sleep(0.001)
        ended.append(job)
        raise CancelledError

    worker = Worker(run, newest_wins=False)
    with qtbot.waitSignal(worker.produced):
        worker.submit("first")
        worker.submit("second")
    with qtbot.waitSignal(worker.finished, timeout=1000):
        worker.cancel()
    qtbot.waitUntil(lambda: not worker.busy)
    assert ended == ["first"]
    finish(worker)


def test_a_failure_is_told_and_the_next_job_runs(qtbot: QtBot) -> None:
    def run(job: str, _cancelled: Stop, _superseded: Stop) -> Iterator[object]:
        if job == "bad":
            raise ValueError(job)
        yield job

    worker = Worker(run, newest_wins=False)
    failures: list[Exception] = []
    results: list[object] = []
    worker.failed.connect(lambda _job, error: failures.append(error))
    worker.produced.connect(lambda _job, result: results.append(result))
    worker.submit("bad")
    worker.submit("good")
    qtbot.waitUntil(lambda: results == ["good"])
    assert [str(error) for error in failures] == ["bad"]
    finish(worker)


def test_closing_a_busy_worker_is_quick_and_silent(qtbot: QtBot) -> None:
    def run(job: object, cancelled: Stop, _superseded: Stop) -> Iterator[object]:
        yield job
        while not cancelled():
            time.sleep(0.001)
        raise CancelledError

    worker = Worker(run, newest_wins=True)
    with qtbot.waitSignal(worker.produced):
        worker.submit(1)
    heard: list[object] = []
    worker.finished.connect(heard.append)
    finish(worker)
    assert heard == []
    assert not worker.busy


def test_a_thread_that_cannot_even_tell_goes_on(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def lack(_job: object) -> None:
        raise MemoryError

    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: told.append(kind))
    worker = Worker(lambda job, *_: iter([job]), newest_wins=True)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_work", lack)
        worker.submit("lost")
        qtbot.waitUntil(lambda: told == [MemoryError] and not worker.busy)
    with qtbot.waitSignal(worker.produced) as produced:
        worker.submit("next")
    assert produced.args == ["next", "next"]
    finish(worker)
