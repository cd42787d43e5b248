"""The way of a typed weight to its map: which files of the program it passes, in the GUI thread and in the worker's.

    python tests/bench/way_of_a_weight.py [--files] [--repeats N]

A window with the default filters is settled; then a weight is typed into the table and Return is pressed. From that key
event on a profile hook counts the files of `convexplorer` that are entered, and how often the way moves from one to
another: until the new map is handed to its view, without what paints (the way of the weight), and with everything until
all is settled, figures and strongest places too. The time of the edit in the GUI thread is measured without the hook:
processor time of that thread, since other programs may have the machine too; the least of some runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

import convexplorer
from convexplorer.gui.kit import theme
from convexplorer.gui.sessions.keeper import Answer
from convexplorer.gui.window.app import default_project, is_settled, make_application, open_first, wait_until
from convexplorer.gui.window.main_window import MainWindow

HOME = str(Path(convexplorer.__file__).parent)
AT_MOST = 25
"""Files that the way may pass in the GUI thread."""


class Way:
    """Counts the files that the calling thread enters, and the moves between them."""

    def __init__(self) -> None:
        self.files: Counter[str] = Counter()
        self.way: Counter[str] = Counter()
        self.moves = 0
        self.arrived = False
        self._painting = 0
        self._last = ""

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """The profile hook."""
        if event in ("call", "return"):
            if event == "return" and frame.f_code.co_name == "paintEvent" and frame.f_code.co_filename.startswith(HOME):
                self._painting -= 1
            here = frame if event == "call" else frame.f_back
            name = here.f_code.co_filename if here is not None else ""
            if name.startswith(HOME):
                if event == "call":
                    self._painting += frame.f_code.co_name == "paintEvent"
                    self.files[name[len(HOME) + 1 :]] += 1
                    if not self._painting and not self.arrived:
                        self.way[name[len(HOME) + 1 :]] += 1
                if name != self._last:
                    self._last = name
                    self.moves += 1


def type_weight(window: MainWindow, text: str) -> None:
    """Type a number into the first cell of the table, up to the key that takes it."""
    view = window.filters.weight_view
    view.setFocus()
    view.setCurrentIndex(window.filters.weight_model.index_of((0, 0, 0)))
    QTest.keyClicks(view, text[0])
    QTest.keyClicks(QApplication.focusWidget(), text[1:])


def take_it(_window: MainWindow) -> None:
    """Press Return in the cell that is typed into."""
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def settled(window: MainWindow) -> bool:
    """Let the window come to rest."""
    return wait_until(lambda: is_settled(window), 60)


def watched(window: MainWindow, act: Callable[[MainWindow], None]) -> tuple[Way, Way]:
    """The way of an act in the GUI thread and in the maps' worker."""
    mine, worker = Way(), Way()
    rest: list[bool] = []
    run, main = window.presenter._worker._run, threading.get_ident()

    def profiled(*arguments: object) -> object:
        assert threading.get_ident() != main
        sys.setprofile(worker)
        try:
            yield from run(*arguments)  # type: ignore[arg-type]
        finally:
            sys.setprofile(None)

    window.presenter._worker._run = profiled  # type: ignore[assignment]
    take = window.maps.show_pictures

    def arrive(made: object) -> None:
        take(made)  # type: ignore[arg-type]
        mine.arrived = True

    window.maps.show_pictures = arrive  # type: ignore[assignment]
    link = window.presenter.settled.connect(lambda: rest.append(True))
    sys.setprofile(mine)
    try:
        act(window)
        while not rest:
            QApplication.processEvents()
        QApplication.processEvents()
    finally:
        sys.setprofile(None)
        window.presenter._worker._run = run
        window.presenter.settled.disconnect(link)
        window.maps.show_pictures = take  # type: ignore[method-assign]
    return mine, worker


def gui_time(window: MainWindow, act: Callable[[MainWindow], None]) -> tuple[float, float]:
    """Milliseconds of the GUI thread's processor for the key event itself, and until all is settled."""
    start = time.thread_time()
    act(window)
    key = time.thread_time()
    while not is_settled(window):
        QApplication.processEvents()
        time.sleep(0.002)  # Else the loop itself is what is measured.
    return (key - start) * 1000, (time.thread_time() - start) * 1000


def main() -> int:
    """Measure and print; 1 if the way is too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", action="store_true", help="list the files, with the calls into each")
    parser.add_argument("--repeats", type=int, default=15, help="edits whose time is measured")
    arguments = parser.parse_args()
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, tempfile.mkdtemp())
    make_application()
    theme.apply("light")
    window = MainWindow(default_project())
    window.keeper.ask = lambda _window, _name: Answer.DISCARD
    open_first(window, [])
    window.resize(1440, 900)
    window.show()
    assert settled(window)
    type_weight(window, "0.5")  # Once before: what is loaded or made for the first edit is no part of the way.
    take_it(window)
    assert settled(window)
    type_weight(window, "0.25")
    mine, worker = watched(window, take_it)
    times = []
    for at in range(arguments.repeats):
        type_weight(window, f"0.{at + 1}")
        times.append(gui_time(window, take_it))
        assert settled(window)
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    print(f"the way to the map, in the GUI thread: {len(mine.way)} files, {sum(mine.way.values())} calls")
    if arguments.files:
        for file, calls in sorted(mine.way.items()):
            print(f"  {file} {calls}")
    for name, way in (("GUI thread", mine), ("worker", worker)):
        print(f"{name}: {len(way.files)} files, {way.moves} moves, {sum(way.files.values())} calls")
        if arguments.files:
            for file, calls in sorted(way.files.items()):
                print(f"  {file} {calls}")
    key, whole = (min(column) for column in zip(*times, strict=True))
    print(f"GUI thread's time: {key:.2f} ms for the key, {whole:.2f} ms until all is settled (least of {len(times)})")
    return int(len(mine.way) > AT_MOST)


if __name__ == "__main__":
    sys.exit(main())
