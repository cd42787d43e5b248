"""A worker in the middle of a long pass comes to rest after a strip or two, when cancelled, superseded or closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from convexplorer.core.engine import conv
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapsJob, Ranges
from convexplorer.core.engine.pictures import InputView, Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer
from convexplorer.gui.kit.worker import Worker

FILTERS = 40
MOST = 3
"""Strips that may still come: the one on its way, and what the signals' queue holds."""


@pytest.fixture
def strips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of the strips that were begun; a whole pass over all filters would be thousands of them."""
    begun: list[int] = []
    block = conv.input_block

    def counted(prepared, geometry, rows, columns):
        begun.append(rows[0])
        return block(prepared, geometry, rows, columns)

    monkeypatch.setattr(conv, "input_block", counted)
    monkeypatch.setattr(conv, "STRIP_BYTES", 4 * 3 * 1200 * 10)
    monkeypatch.setattr("convexplorer.core.engine.live.REST", 0.0)
    return begun


def job(step: int = 8) -> MapsJob:
    rng = np.random.default_rng(0)
    image = Image(rng.integers(0, 256, (900, 1200, 3), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(rng.normal(size=(FILTERS, 3, 5, 5))))
    return MapsJob(
        image, Preparation(grey=False, scale=1.0), (), layer, View((0, 1, 2), step=step), InputView(), Look()
    )


@pytest.fixture
def busy(qtbot: QtBot, strips: list[int]) -> Iterator[Worker]:
    """A worker in its first pass through whole maps."""
    worker = Worker(MapEngine().run, newest_wins=True)
    done: list[float] = []
    worker.produced.connect(lambda _job, event: done.append(event.done) if isinstance(event, Ranges) else None)
    worker.submit(job())
    qtbot.waitUntil(lambda: bool(done) and done[-1] > 0, timeout=20_000)
    yield worker
    worker.close()
    QCoreApplication.processEvents()


def rests(qtbot: QtBot, worker: Worker, strips: list[int], act: Callable[[], object]) -> None:
    act()
    begun = len(strips)
    qtbot.waitUntil(lambda: not worker.busy, timeout=20_000)
    assert len(strips) - begun <= MOST
    assert len(strips) < FILTERS * 90 / 2


def test_cancelling(qtbot: QtBot, busy: Worker, strips: list[int]) -> None:
    rests(qtbot, busy, strips, busy.cancel)


def test_closing(qtbot: QtBot, busy: Worker, strips: list[int]) -> None:
    begun = len(strips)
    busy.close()
    assert not busy.busy
    assert len(strips) - begun <= MOST


def test_a_newer_job(qtbot: QtBot, busy: Worker, strips: list[int]) -> None:
    ended: list[object] = []
    busy.finished.connect(ended.append)
    newer = job(step=4)
    busy.submit(newer)
    begun = len(strips)
    qtbot.waitUntil(lambda: len(ended) == 1, timeout=20_000)
    assert ended[0] is not newer
    assert len(strips) - begun <= MOST
    busy.cancel()
