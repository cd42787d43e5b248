"""Kills the program with SIGKILL at random moments while it is edited, starts it again, and restores.

    python tests/bench/robustness/kill_while_editing.py

The real program opens a session; edits follow each other at random distances, in bursts and with rests, each told to
this process by its number. After the kill the program is started again and its button "Restore" is clicked. What is
lost must be one edit at most, or not older than five seconds; the session's own file must be as it was.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from program import start, tell, with_window
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.project.project import ConvLayer, Project, with_filter
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window import app
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.sessions.load_save import Session, save_session

LONGEST_LOSS = 5.0
STARTS_WITHIN = 60.0


# --- in the program ----------------------------------------------------------------------------------------------


def edit_for_ever(seed: int) -> Callable[[MainWindow], None]:
    """Edits that tell their number in the bias of the first filter."""
    rng = random.Random(seed)

    def drive(window: MainWindow) -> None:
        count = 0

        def edit() -> None:
            nonlocal count
            count += 1
            document = window.document
            document.apply("Edit", with_filter(document.project, 0, bias=count), merge="drag" if count % 3 else None)
            tell(count, time.monotonic())
            QTimer.singleShot(rng.choice((5, 16, 16, 50, 300, 1500)), edit)

        tell("ready")
        edit()

    return drive


def restore(window: MainWindow) -> None:
    """Click "Restore", if something is offered, tell what is there then, and leave."""
    bar = next(
        one for one in window.findChildren(QPushButton, "messageAction") if one.parent().objectName() == "recoveryBar"
    )
    offered = bar.isVisible()
    if offered:
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton)
    if not app.wait_until(lambda: not window.tasks.busy, STARTS_WITHIN):
        tell("nothing happened")
    tell(int(window.document.project.bank[0].bias), int(offered))
    window.keeper.ask = lambda _parent, _name: Answer.DISCARD
    window.close()


# --- outside -----------------------------------------------------------------------------------------------------


def one_kill(path: Path, home: Path, rng: random.Random) -> tuple[int, int, float]:
    """Edit, kill, restore; returns how many edits there were, how many are lost, and the age of the first lost one."""
    with start(__file__, home, "--mode", "edit", "--file", path, "--seed", rng.randrange(10**6)) as editing:
        assert editing.stdout is not None
        if editing.stdout.readline().strip() != "ready":
            raise RuntimeError("the program did not start")
        time.sleep(rng.choice((rng.uniform(0.0, 0.3), rng.uniform(0.0, 6.0))))
        editing.kill()
        killed = time.monotonic()
        told = dict(line.split() for line in editing.stdout.read().splitlines() if len(line.split()) == 2)
    times = {int(number): float(moment) for number, moment in told.items()}
    with start(__file__, home, "--mode", "restore", "--file", path) as restoring:
        output, _ = restoring.communicate(timeout=STARTS_WITHIN)
    restored, _offered = map(int, output.split())
    last = max(times, default=0)
    age = killed - times[restored + 1] if restored < last else 0.0
    return last, max(0, last - restored), age


def main() -> int:
    """Run it; returns 1 if too much was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", choices=("watch", "edit", "restore"), default="watch", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.mode == "edit":
        return with_window(edit_for_ever(options.seed), [options.file])
    if options.mode == "restore":
        return with_window(restore, [options.file])

    rng = random.Random(options.seed)
    pixels = np.random.default_rng(options.seed).integers(0, 255, (120, 160, 3), np.uint8)
    layer = ConvLayer(FilterBank((Filter(np.eye(3)), Filter(-np.eye(3)))))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        path, home = Path(folder) / "work.cvx", Path(folder) / "home"
        save_session(path, Session(Project((layer,), Image(pixels, "noise"))))
        original = path.read_bytes()
        results = [one_kill(path, home, rng) for _ in range(options.kills)]
        untouched = path.read_bytes() == original
        left = [one.name for one in home.rglob("recovery/*")]
    edits, lost, ages = zip(*results, strict=True)
    bad = [one for one in results if one[1] > 1 and one[2] > LONGEST_LOSS]
    print(
        f"{options.kills} kills after {min(edits)} to {max(edits)} edits: {sum(map(bool, lost))} lost something, "
        f"at most {max(lost)} edits, the oldest {max(ages):.2f} s old (median {statistics.median(ages):.2f} s); "
        f"{len(bad)} beyond one edit and 5 s; session {'untouched' if untouched else 'CHANGED'}; "
        f"{len(left)} journals left"
    )
    return int(bool(bad or left) or not untouched)


if __name__ == "__main__":
    sys.exit(main())
