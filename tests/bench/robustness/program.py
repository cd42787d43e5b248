"""The real program in a process of its own, driven from inside and watched from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from convexplorer import cli
from convexplorer.gui.window import app
from convexplorer.gui.window.main_window import MainWindow

ROOT = Path(__file__).parents[3]


def tell(*words: object) -> None:
    """Say something to the process that watches."""
    print(*words, flush=True)


def with_window(drive: Callable[[MainWindow], object], arguments: Sequence[object] = ()) -> int:
    """Run the program as from the shell, and drive its window as soon as it is there and settled."""
    app.make_application()
    timer = QTimer()

    def look() -> None:
        for one in QApplication.topLevelWidgets():
            if isinstance(one, MainWindow) and app.is_settled(one):
                timer.stop()
                drive(one)

    timer.timeout.connect(look)
    timer.start(20)
    return cli.main([str(one) for one in arguments])


def hear_signals() -> None:
    """Hear the signals of a terminal, as from a terminal's foreground.

    Who starts this under ``nohup``, or in the background of a script, hands on that SIGHUP or SIGINT is ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def own_home(home: Path) -> dict[str, str]:
    """An environment in which the program keeps everything in one folder, and needs no display."""
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "HOME": str(home)}
    environment |= {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {**environment, "TMPDIR": str(temporary)}


@contextmanager
def start(script: str, home: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script that runs the program; it has ended, or is killed, when the ``with`` block is left."""
    command = [sys.executable, "-W", "error", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=own_home(home)) as program:
        try:
            yield program
        except BaseException:
            program.kill()
            raise
