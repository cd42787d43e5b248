"""Resident memory of the whole program with a picture of 100 megapixels and 64 filters, stage by stage.

    python tests/bench/memory.py [--megapixels N] [--filters N] [--layers N] [--maps N] [--json FILE]

The program's own window is started in a process of its own, drawn offscreen. It opens an RGB picture from a file, is
given filters 5 × 5 at full size, edits a weight, zooms, pans and scrolls through all maps while full passes run behind,
waits for these, and saves the maps as NumPy arrays (each is deleted as soon as it is there). The peak of each stage is
Linux's VmHWM, set back between stages. The verdict is the largest of them against 2 GB. With more layers, the filters
are those of the last one, behind convolutions with 8 filters 3 × 3 each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LIMIT = 2 << 30
STEPS = 24


def picture(path: Path, megapixels: float) -> None:
    """Write a photograph-like picture, 4 : 3."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(megapixels * 1e6 / height)
    coarse = rng.integers(0, 256, (height // 32 + 1, width // 32 + 1, 3), np.uint8)
    whole = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    whole.save(path, quality=92)


class Stages:
    """Peaks of resident memory, printed as they are known."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float | str]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5")
        start = time.monotonic()
        try:
            yield
        finally:
            status = Path("/proc/self/status").read_text().splitlines()
            numbers = {line.split(":")[0]: int(line.split()[1]) << 10 for line in status if line.endswith(" kB")}
            row = {
                "stage": name,
                "peak": numbers["VmHWM"],
                "after": numbers["VmRSS"],
                "seconds": time.monotonic() - start,
            }
            self.rows.append(row)
            print(f"{name:28} {row['peak'] / 2**20:9.0f} {row['after'] / 2**20:9.0f} {row['seconds']:9.1f}", flush=True)


class Driver:
    """The program's own window, in the process that is measured.

    Parameters
    ----------
    folder : Path
        Where settings and journals go.
    """

    def __init__(self, folder: Path) -> None:
        from convexplorer.background import prepare

        prepare()
        from PySide6.QtCore import QSettings

        from convexplorer.gui.kit import theme
        from convexplorer.gui.sessions.questions import Answer
        from convexplorer.gui.sessions.recovery import Recovery
        from convexplorer.gui.window.app import default_project, make_application
        from convexplorer.gui.window.garbage import Collector
        from convexplorer.gui.window.main_window import MainWindow

        make_application()
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(folder))
        theme.apply("light")
        self.window = window = MainWindow(default_project())
        window.keeper.ask = lambda _window, _name: Answer.DISCARD
        self.failures: list[BaseException] = []
        for signal in (window.presenter.failed, window.opener.failed, window.tasks.failed, window.keeper.failed):
            signal.connect(self.failures.append)
        window.effects.begin()
        self._recovery = Recovery(window, window.exploration, window.keeper, folder / "journals")
        self._recovery.start()
        self._collector = Collector()
        self._collector.start()

    def rest(self, seconds: float) -> None:
        """Let the event loop turn."""
        from convexplorer.gui.window.app import wait_until

        wait_until(lambda: False, seconds)

    def settled(self) -> None:
        """Wait until all is done that was asked for."""
        from convexplorer.gui.window.app import is_settled

        self._wait(lambda: is_settled(self.window))

    def shown(self) -> None:
        """Wait for the maps on the screen, not for the passes behind them."""
        self._wait(lambda: self.window.presenter.answered)

    def close(self) -> None:
        """End the window as the program does."""
        self.window.close()
        self._recovery.close(finished=True)
        self.window.effects.end()
        self.window.deleteLater()
        self.rest(0.1)
        self._collector.stop()

    def _wait(self, condition: Callable[[], bool]) -> None:
        from convexplorer.gui.window.app import wait_until

        done = wait_until(lambda: bool(self.failures) or condition(), 3600)
        if self.failures:
            raise self.failures[0]
        if not done:
            raise TimeoutError


def drive(path: Path, filters: int, layers: int, maps: int) -> list[dict[str, float | str]]:
    """Take the window through all stages."""
    stages, driver = Stages(), Driver(path.parent)
    window = driver.window
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    from convexplorer.gui.window.app import open_first

    with stages.stage("start"):
        window.resize(1440, 900)
        window.show()
        driver.rest(1)
    with stages.stage("open, grey at 30 %"):
        open_first(window, [path])
        driver.settled()
    with stages.stage(f"{filters} filters, RGB, full size"):
        window.document.apply("filters", _project(window.document.project, filters, layers))
        driver.shown()
    grid, navigator, view = window.maps.grid, window.navigator, window.filters.weight_view
    middle = grid.cell_rect(0).center()
    with stages.stage("edit"):
        view.setFocus()
        for _ in range(STEPS):
            QTest.keyClick(view, Qt.Key.Key_Up)
            driver.shown()
    with stages.stage("zoom"):
        for step in range(STEPS):
            navigator.zoom_at(navigator.frame(grid.first_pane()), middle, 1.5 if step < STEPS / 2 else 1 / 1.5)
            driver.shown()
    with stages.stage("pan"):
        navigator.zoom_at(navigator.frame(grid.first_pane()), middle, 4.0)
        for step in range(STEPS):
            navigator.pan(navigator.frame(grid.first_pane()), QPointF(90 if step % 8 < 4 else -90, 40))
            driver.shown()
        navigator.fit()
        driver.shown()
    with stages.stage("scroll"):
        bar = grid.verticalScrollBar()
        for step in range(STEPS + 1):
            bar.setValue(bar.maximum() * step // STEPS)
            driver.shown()
    with stages.stage("full passes"):
        driver.settled()
    with stages.stage("one map large"):
        window.maps.focus_map(0)
        driver.settled()
        window.maps.show_all()
        driver.settled()
    if maps:
        with stages.stage(f"save {maps} maps"), _deleting(path.parent / "maps"):
            chosen = range(min(maps, filters))
            window.saver.write_maps(chosen, path.parent / "maps", "map", "npy", window.presenter.look)
            driver.settled()
    with stages.stage("close"):
        driver.close()
    return stages.rows


def _project(project, filters: int, layers: int):
    """RGB at full size, and random filters."""
    from dataclasses import replace

    import numpy as np

    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.model.images import Preparation
    from convexplorer.core.model.layers import ConvLayer

    rng = np.random.default_rng(1)
    stack, channels = [], 3
    for _ in range(layers - 1):
        stack.append(ConvLayer(FilterBank.from_arrays(rng.normal(size=(8, channels, 3, 3)))))
        channels = 8
    stack.append(ConvLayer(FilterBank.from_arrays(rng.normal(size=(filters, channels, 5, 5)))))
    return replace(project, layers=tuple(stack), preparation=Preparation(grey=False, scale=1.0), shown_index=layers - 1)


@contextmanager
def _deleting(folder: Path) -> Iterator[None]:
    """Delete files as soon as they are whole, so that the disk need not hold them all."""
    done = threading.Event()

    def sweep() -> None:
        while not done.wait(0.5):
            for file in folder.glob("map*.npy") if folder.exists() else ():
                file.unlink()

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main() -> int:
    """Print a table; with --json, write the figures too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--filters", type=int, default=64)
    parser.add_argument("--layers", type=int, default=1, help="convolutions, the last of which is looked at")
    parser.add_argument("--maps", type=int, default=64, help="how many maps are saved")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--drive", type=Path, metavar="PICTURE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        rows = drive(options.drive, options.filters, options.layers, options.maps)
        options.json.write_text(json.dumps(rows))
        return 0
    print(f"{'stage':28} {'peak':>9} {'after':>9} {'':>9}\n{'':28} {'MB':>9} {'MB':>9} {'s':>9}")
    with tempfile.TemporaryDirectory() as folder:
        file, found = Path(folder) / "picture.jpg", Path(folder) / "rows.json"
        picture(file, options.megapixels)
        environment = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"), "HOME": folder}
        arguments = [f"--{key}={getattr(options, key)}" for key in ("filters", "layers", "maps")]
        subprocess.run(
            [sys.executable, __file__, "--drive", str(file), "--json", str(found), *arguments],
            env=environment,
            check=True,
        )
        rows = json.loads(found.read_text())
    peak = max(row["peak"] for row in rows)
    verdict = "within" if peak <= LIMIT else "beyond"
    print(f"peak {peak / 2**20:.0f} MB, {verdict} the limit of {LIMIT >> 20} MB")
    if options.json:
        options.json.write_text(json.dumps({"peak": peak, "limit": LIMIT, "stages": rows}, indent=1))
    return 0 if peak <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
