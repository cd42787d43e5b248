"""Garbage is collected in the GUI thread, whoever made it."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from convexplorer.gui.window.garbage import Collector


def circle() -> QObject:
    one = QObject()
    one.itself = one
    return one


def test_worker_threads_collect_nothing(qtbot: QtBot) -> None:
    collector = Collector()
    collector.start()
    where: list[int] = []
    weakref.finalize(circle(), lambda: where.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    thread.start()
    thread.join()
    assert where == []
    kept = [[] for _ in range(2000)]
    qtbot.waitUntil(lambda: where == [threading.get_ident()])
    assert len(kept) == 2000
    collector.stop()
    assert gc.isenabled()
    gc.freeze()  # As conftest.py has it.
