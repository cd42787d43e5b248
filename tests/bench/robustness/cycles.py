"""Opens, edits and closes a whole window again and again: memory must not grow, and nothing may be left behind.

    python tests/bench/robustness/cycles.py

A cycle opens a picture, edits weights, filters and layers, takes some of it back, pins a node, shows a map large, opens
the Training panel and other docks, changes the theme, saves and closes, as a person would. The slope of memory over
the cycles is fitted by Theil and Sen's median of slopes, which single jumps do not move: of what the process holds
(resident memory, after what is free was given back to the system), and of what it has asked for (heap). Qt keeps
pixmaps (up to 10 MB) and the rules of the style sheet (until the theme changes) in caches of its own; they are
emptied in each cycle, so that they do not look like growth.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image as PILImage
from program import own_home
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from convexplorer.core.project.project import with_filter, with_weights_at
from convexplorer.gui.kit import theme
from convexplorer.gui.sessions.questions import Conflict
from convexplorer.gui.sessions.recovery import Recovery, journals_folder
from convexplorer.gui.window import app
from convexplorer.gui.window.main_window import MainWindow

MOST_GROWTH = 20.0
"""KB a cycle."""
ENOUGH = 40
"""Cycles from which on memory is judged; over fewer, what is loaded late looks like growth."""
LATE = 200
"""Python objects that may come late: what is imported or remembered once."""
WITHIN = 30.0


@dataclass(frozen=True)
class Look:
    """What there is after a cycle."""

    objects: Counter[str]
    """Python objects by type."""
    left: Counter[str]


class _Mallinfo(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


class Memory:
    """What the process holds, on Linux with glibc."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._libc.mallinfo2.restype = _Mallinfo

    def resident(self) -> int:
        """KB of resident memory, without what is free."""
        self._libc.malloc_trim(0)
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGESIZE") // 1024

    def heap(self) -> int:
        """KB that were asked for and not given back."""
        used = self._libc.mallinfo2()
        return int(used.uordblks + used.hblkhd) // 1024


def settle(window: MainWindow) -> None:
    if not app.wait_until(lambda: app.is_settled(window), WITHIN):
        raise RuntimeError("the window did not settle")


def cycle(picture: Path, session: Path, *, dark: bool) -> None:
    """Open a window, edit, save and close."""
    theme.apply("dark" if dark else "light")
    window = MainWindow(app.default_project())
    app.open_first(window, [picture])
    recovery = Recovery(window, window.exploration, window.keeper, journals_folder())
    recovery.start()
    window.show()
    settle(window)
    _edit(window)
    window.keeper.path = session
    window.keeper.ask_conflict = lambda *_about, **_more: Conflict.OVERWRITE  # It is not there yet.
    done = []
    window.keeper.save(lambda: done.append(True))
    if not app.wait_until(lambda: bool(done), WITHIN):
        raise RuntimeError("the session was not saved")
    if not window.close():
        raise RuntimeError("the window did not close")
    recovery.close(finished=True)
    window.deleteLater()


def _edit(window: MainWindow) -> None:
    document = window.document
    for step in range(4):
        document.apply("Edit weight", with_weights_at(document.project, 0, 0, step, 0, 0.5), merge="drag")
    document.apply("Edit bias", with_filter(document.project, 1, bias=0.5))
    for key in ("addFilter", "negate", "undo", "redo", "duplicateFilters", "addConvolution", "addMaxPooling", "undo"):
        window.actions_by_key[key].trigger()
    settle(window)
    window.probe.pin(3, 4)
    window.maps.focus_map(0)
    settle(window)
    window.maps.show_all()
    for key in ("training", "networkTable", "rgb", "undo"):
        window.actions_by_key[key].trigger()
    settle(window)


def clear() -> None:
    """Let everything go that was given up."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    gc.collect()
    QPixmapCache.clear()


def look(home: Path) -> Look:
    """See what there is."""
    objects = gc.get_objects()
    kinds = Counter(type(one).__name__ for one in objects)
    timers = sum(isinstance(one, QTimer) and isValid(one) and one.isActive() for one in objects)
    left = Counter(
        windows=len(QApplication.topLevelWidgets()),
        threads=threading.active_count() + len(list(Path("/proc/self/task").iterdir())),
        timers=timers,
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
    )
    # Copies of icons in the theme's tones stay as long as the program.
    left.update(f"file {one.name}" for one in home.rglob("*") if one.is_file() and one.parent.name != "icons")
    return Look(kinds, left)


def slope(values: list[int]) -> float:
    """Theil and Sen's slope: the median of the slopes between all pairs of points."""
    y, x = np.array(values, float), np.arange(len(values))
    first, second = np.triu_indices(len(y), 1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))


def run(cycles: int, warm_up: int) -> bool:
    """Go through the cycles and print the figures; whether they are as they must be."""
    memory, first = Memory(), None
    resident, heap, faults = [], [], []
    sys.excepthook = lambda *error: faults.append(error) or sys.__excepthook__(*error)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        os.environ.update(own_home(home))
        tempfile.tempdir = None
        picture, session = Path(name) / "noise.png", Path(name) / "noise.cvx"
        pixels = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
        PILImage.fromarray(pixels).save(picture)
        app.make_application()
        gc.disable()  # The program collects in the GUI thread only.
        began = time.perf_counter()
        for count in range(-warm_up, cycles):
            cycle(picture, session, dark=bool(count % 2))
            clear()
            if count == 0:
                first = look(home)
            if count >= 0:
                resident.append(memory.resident())
                heap.append(memory.heap())
            if heap and len(heap) % 50 == 0:
                print(f"{len(heap)} cycles, {resident[-1] / 1024:.0f} MB", file=sys.stderr, flush=True)
        seconds = (time.perf_counter() - began) / (warm_up + cycles)
        last = look(home)
    growth, asked = slope(resident), slope(heap)
    more, objects = last.left - first.left, last.objects - first.objects
    print(
        f"{cycles} cycles of {seconds:.1f} s, {warm_up} more to warm up: resident memory {growth:+.1f} KB a cycle, "
        f"heap {asked:+.1f} KB (at most {MOST_GROWTH:.0f}); {objects.total()} more Python objects in all; left: "
        f"{', '.join(f'{count} {kind}' for kind, count in more.items()) or 'no window, thread, timer or file'}; "
        f"{len(faults)} exceptions"
    )
    many = objects.total() > LATE + cycles
    if many:
        print(f"  {objects.most_common(8)}")
    grows = cycles >= ENOUGH and max(growth, asked) > MOST_GROWTH
    return not (grows or many or more or faults)


def main() -> int:
    """Run it; returns 1 if the figures are not as they must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--warm-up", type=int, default=20)
    options = parser.parse_args()
    return int(not run(options.cycles, options.warm_up))


if __name__ == "__main__":
    sys.exit(main())
