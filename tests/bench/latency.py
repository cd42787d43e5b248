"""How long after an event its picture is on the screen, in a real window with real key, wheel and mouse events.

    python tests/bench/latency.py [--quick] [--scene NAME] [--gaps] [--json FILE]

Scenes: 12 megapixels in RGB with 16 filters 5 × 5 (E8), 24 with 64, 12 with 256; in each a weight is nudged by a key,
then image and maps are zoomed and panned, and the grid is scrolled. Given are milliseconds from the event to the end
of the paint that shows what follows from it (edits: the edited map, exact), and the gaps between two turns of the
event loop: while the figures of all maps are computed at first, during edits, and while those of the edited map are;
and how long a full pass takes to come to rest when it is cancelled.
Set QT_QPA_PLATFORM=xcb and DISPLAY for a real window; otherwise it is drawn offscreen.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import ConvLayer, Project, with_layer
from convexplorer.gui.kit import theme
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.app import is_settled, make_application, wait_until
from convexplorer.gui.window.garbage import Collector
from convexplorer.gui.window.main_window import MainWindow

SCENES = {"12 MP, 16 filters": (12, 16), "24 MP, 64 filters": (24, 64), "12 MP, 256 filters": (12, 256)}
PATIENCE = 10.0
CANCELS = 10
IDLE = 3.0
"""Seconds for which gaps are measured while nothing is computed: what the machine itself does."""


class Turns(QObject):
    """Gaps between turns of the event loop, by a timer that is due every millisecond.

    On a machine that others use too, a thread that is ready may have to wait for a processor; on Linux, the kernel
    counts for how long. That is no fault of the program, so gaps are given without it as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.own: list[float] = []
        self._queue = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last, self._waited = time.perf_counter(), 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)

    def begin(self) -> None:
        """Forget what was, and watch."""
        self.gaps, self.own = [], []
        self._last, self._waited = time.perf_counter(), self._wait()
        self._timer.start(1)

    def end(self) -> list[float]:
        """Stop watching; the gaps in milliseconds."""
        self._timer.stop()
        return self.gaps

    def _turn(self) -> None:
        now, waited = time.perf_counter(), self._wait()
        gap = (now - self._last) * 1000
        self.gaps.append(gap)
        self.own.append(max(0.0, gap - (waited - self._waited)))
        self._last, self._waited = now, waited

    def _wait(self) -> float:
        """Milliseconds for which this thread has waited for a processor so far."""
        return int(self._queue.read_text().split()[1]) / 1e6 if self._queue.exists() else 0.0


class Painted(QObject):
    """Tells when a window has shown a paint of one of its widgets that fulfils a condition.

    A window paints what is out of date in one go, and then shows it (`QEvent.UpdateRequest`).
    """

    def __init__(self, window: QWidget, widget: QWidget) -> None:
        super().__init__()
        self._window = window
        self._condition: Callable[[], bool] | None = None
        self._fulfilled = False
        self.at: float | None = None
        self._waker = QTimer(self)
        window.installEventFilter(self)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched is not self._window:
            self._fulfilled = self._condition is not None and self._condition()
        elif event.type() == QEvent.Type.UpdateRequest and watched is self._window:
            watched.event(event)
            if self._fulfilled:
                self._fulfilled, self._condition, self.at = False, None, time.perf_counter()
            return True
        return False

    def after(self, act: Callable[[], None], condition: Callable[[], bool]) -> float:
        """Milliseconds from an event to the paint that fulfils a condition."""
        self.at, self._condition, self._fulfilled = None, condition, False
        start = time.perf_counter()
        act()
        # Waiting for events would be for ever if none came.
        self._waker.start(int(PATIENCE * 1000))
        while self.at is None and time.perf_counter() < start + PATIENCE:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self._waker.stop()
        if self.at is None:
            raise TimeoutError
        return (self.at - start) * 1000


def scene(megapixels: int, filters: int) -> Project:
    """A photograph-like picture and random filters, at full size."""
    import numpy as np  # Not before the window's package, as in the program.

    rng = np.random.default_rng(0)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    coarse = rng.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
    native = np.repeat(np.repeat(coarse, 16, axis=0), 16, axis=1)[:height, :width]
    native = np.ascontiguousarray(native ^ rng.integers(0, 16, native.shape, np.uint8))
    bank = FilterBank.from_arrays(rng.normal(size=(filters, 3, 5, 5)))
    return Project((ConvLayer(bank),), Image(native, "scene"), Preparation(grey=False, scale=1.0))


def measure(project: Project, repeats: int, *, only_gaps: bool = False) -> dict[str, list[float]]:
    """Latencies and gaps of one scene, in milliseconds."""
    window = MainWindow(project)
    window.keeper.ask = lambda _window, _name: Answer.DISCARD
    window.resize(1440, 900)
    window.show()
    window.presenter.refresh()
    painted, turns = Painted(window, window.maps.grid.viewport()), Turns()
    results: dict[str, list[float]] = {}
    if not wait_until(lambda: window.presenter.answered and window.presenter.input is not None, 60):
        raise TimeoutError
    turns.begin()
    if not wait_until(lambda: is_settled(window), 600):
        raise TimeoutError
    results["gap, all maps"], results["… without waiting"] = turns.end(), turns.own
    turns.begin()
    wait_until(lambda: False, IDLE)
    results["gap, idle"], results["…  without waiting"] = turns.end(), turns.own
    results["cancel"] = [cancelled(window) for _ in range(CANCELS)]
    if only_gaps:
        close(window)
        return results
    cells, grid, navigator = window.maps.grid.cells, window.maps.grid, window.navigator

    def edited() -> bool:
        picture = cells[0].picture
        return picture is not None and picture.tile.filter is window.document.project.bank[0]

    view = window.filters.weight_view
    view.setFocus()
    turns.begin()
    results["edit"] = [painted.after(lambda: QTest.keyClick(view, Qt.Key.Key_Up), edited) for _ in range(repeats)]
    results["gap, editing"] = turns.end()
    turns.begin()
    wait_until(lambda: is_settled(window), 120)
    results["gap, one map"] = turns.end()
    middle = grid.cell_rect(0).center()

    def wheel(delta: int, modifier: Qt.KeyboardModifier) -> None:
        event = QWheelEvent(
            middle,
            QPointF(grid.viewport().mapToGlobal(middle.toPoint())),
            QPoint(),
            QPoint(0, delta),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(grid.viewport(), event)

    control, none = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
    results["zoom"] = [
        painted.after(lambda i=i: wheel(120 if i % 16 < 8 else -120, control), lambda: True) for i in range(repeats)
    ]
    navigator.zoom_at(navigator.frame(grid.first_pane()), middle, 4.0)
    results["pan"] = [
        painted.after(
            lambda i=i: navigator.pan(navigator.frame(grid.first_pane()), QPointF(6 if i % 20 < 10 else -6, 3)),
            lambda: True,
        )
        for i in range(repeats)
    ]
    navigator.fit()
    bar, down = grid.verticalScrollBar(), True

    def scroll() -> None:
        nonlocal down
        if bar.value() in (bar.minimum(), bar.maximum()):
            down = bar.value() == bar.minimum()
        wheel(-120 if down else 120, none)

    if bar.maximum():
        results["scroll"] = [painted.after(scroll, lambda: True) for _ in range(repeats)]
    wait_until(lambda: is_settled(window), 300)
    close(window)
    return results


def cancelled(window: MainWindow) -> float:
    """Milliseconds from cancelling the full passes of all maps to a worker that rests."""
    layer = window.document.project.edited_layer
    other = "none" if layer.activation == "relu" else "relu"
    window.document.apply("activation", with_layer(window.document.project, activation=other))
    wait_until(lambda: window.presenter.answered, PATIENCE)
    wait_until(lambda: False, 0.4 + random.random() / 5)
    start = time.perf_counter()
    window.presenter.cancel()
    while window.presenter.busy and time.perf_counter() < start + PATIENCE:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
    return (time.perf_counter() - start) * 1000


def close(window: MainWindow) -> None:
    """End a window."""
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def main() -> int:
    """Print a table; with --json, write all figures too."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few repeats, the first scene only")
    parser.add_argument("--scene", choices=SCENES, help="this one only")
    parser.add_argument("--gaps", action="store_true", help="gaps while all maps are computed, and nothing else")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    make_application()
    collector = Collector()
    collector.start()
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, folder)
        theme.apply("light")
        names = [options.scene] if options.scene else list(SCENES)[:1] if options.quick else list(SCENES)
        figures: dict[str, dict[str, dict[str, float]]] = {}
        print(
            f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors" if hasattr(os, "getloadavg") else ""
        )
        print(f"{'scene':20} {'what':20} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}  ms")
        for name in names:
            results = measure(scene(*SCENES[name]), 20 if options.quick else 100, only_gaps=options.gaps)
            figures[name] = {}
            for what, values in results.items():
                p50, p95, p99, most = (float(v) for v in np.percentile(values, [50, 95, 99, 100]))
                figures[name][what] = {"p50": p50, "p95": p95, "p99": p99, "max": most}
                print(f"{name:20} {what:20} {p50:7.1f} {p95:7.1f} {p99:7.1f} {most:7.1f}", flush=True)
    collector.stop()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
