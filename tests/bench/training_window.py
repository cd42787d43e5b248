"""How fluid the window is while filters learn: ``python tests/bench/training_window.py [--seconds S] [--json FILE]``.

Given are the gaps between two turns of the event loop, in milliseconds, in four situations: at rest; while the Training
panel is opened for the first time; while the shapes are trained on; and while the learning filters are laid over the
picture as well ("live"). Set QT_QPA_PLATFORM=xcb and DISPLAY for a real window; otherwise it is drawn offscreen.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from latency import Turns
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from convexplorer.gui.kit import theme
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.app import default_project, make_application, open_first, wait_until
from convexplorer.gui.window.garbage import Collector
from convexplorer.gui.window.main_window import MainWindow


def live(seconds: float) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def measured(seconds: float) -> dict[str, float]:
    """Gaps while the event loop runs for some time."""
    import numpy as np  # Not before the window's package, as in the program.

    turns = Turns()
    turns.begin()
    live(seconds)
    gaps = np.array(turns.end())
    return {
        "turns": len(gaps),
        "p50": float(np.percentile(gaps, 50)),
        "p99": float(np.percentile(gaps, 99)),
        "longest": float(gaps.max()),
    }


def main() -> None:
    """Open the window, train, and print the gaps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long each situation lasts (default 10)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, folder)
        figures = run(options.seconds)
    for name, one in figures.items():
        print(f"{name:20} p50 {one['p50']:6.1f}   p99 {one['p99']:6.1f}   longest {one['longest']:6.1f} ms")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def run(seconds: float) -> dict[str, dict[str, float]]:
    """Figures of all situations by name."""
    make_application()
    theme.apply("light")
    collector = Collector()
    collector.start()
    window = MainWindow(default_project())
    window.keeper.ask = lambda *_: Answer.DISCARD
    window.resize(1280, 720)
    window.show()
    open_first(window, [])
    live(3)
    figures = {"at rest": measured(seconds)}
    QTimer.singleShot(0, window.training.open)
    figures["opening the panel"] = measured(3)
    panel, session = window.training.panel, window.training.session
    assert panel is not None
    assert session is not None
    wait_until(lambda: session.ready, 60)
    panel.settings.epochs.setValue(1000)
    panel.controls.start.click()
    live(1)
    figures["training"] = measured(seconds)
    panel.filters.live.setChecked(True)
    live(1)
    figures["training, live maps"] = measured(seconds)
    session.pause()
    wait_until(lambda: session.ready, 60)
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    collector.stop()
    return figures


if __name__ == "__main__":
    main()
