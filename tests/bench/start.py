"""How long the program takes until its first window shows maps, against importing what it is built on.

    python tests/bench/start.py [--repeats N] [--json FILE]

Both are processes of their own and take turns, so that a busy moment of the machine hits both alike. The program's time
runs from the start of the process to the turn of the event loop after the first paint in which every map in sight has
its picture; the yardstick is ``python -c "import PySide6.QtWidgets, pyqtgraph, numpy"`` from start to end. The figures
are medians; one round beforehand compiles modules and warms the disk's cache. Set QT_QPA_PLATFORM=xcb and DISPLAY for a
real window; otherwise it is drawn offscreen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

TARGET = 3.0
"""Most times the yardstick that the program may take."""

YARDSTICK = "import PySide6.QtWidgets, pyqtgraph, numpy"
PROGRAM = """
import os, sys, time
from convexplorer.cli import main
from convexplorer.gui.maps.map_grid import MapGrid
from PySide6.QtCore import QTimer

def shown():
    print(time.time(), flush=True)
    os._exit(0)

def paint(grid, event, draw=MapGrid.paintEvent):
    draw(grid, event)
    visible = grid.visible_indices()
    if visible and all(one.picture is not None for one in grid.cells if one.index in visible):
        QTimer.singleShot(0, shown)

MapGrid.paintEvent = paint
sys.exit(main([]))
"""


def environment(home: str) -> dict[str, str]:
    """A home of its own, so that settings and recovery of the person at the machine play no part.

    Compiled modules are kept there too, as those of an installed program are, whatever the environment says.
    """
    root = str(Path(__file__).parents[2])
    own = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), home)
    xdg = {f"XDG_{name}_HOME": str(Path(home, name.lower())) for name in ("CONFIG", "DATA", "CACHE")}
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = {"PYTHONPATH": root, "PYTHONPYCACHEPREFIX": str(Path(home, "compiled"))}
    return {"QT_QPA_PLATFORM": "offscreen", **given, **own, **xdg, **code}


def seconds(code: str, env: dict[str, str]) -> float:
    """From the start of a Python process to the moment it prints, or to its end."""
    begun = time.time()
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True, timeout=60)
    return (float(done.stdout) if done.stdout else time.time()) - begun


def main() -> int:
    """Print both times and their ratio; with --json, write them too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    times: dict[str, list[float]] = {"program": [], "yardstick": []}
    with tempfile.TemporaryDirectory() as home:
        env = environment(home)
        for turn in range(options.repeats + 1):
            for name, code in (("program", PROGRAM), ("yardstick", YARDSTICK)):
                took = seconds(code, env)
                if turn:
                    times[name].append(took)
    program, yardstick = median(times["program"]), median(times["yardstick"])
    ratio = program / yardstick
    print(f"first window with maps  {program * 1000:6.0f} ms")
    print(f"importing its libraries {yardstick * 1000:6.0f} ms")
    print(f"ratio                   {ratio:6.2f}  (at most {TARGET:g}: {'reached' if ratio <= TARGET else 'missed'})")
    if options.json:
        figures = {"program_s": program, "yardstick_s": yardstick, "ratio": ratio, "target": TARGET, "times_s": times}
        options.json.write_text(json.dumps(figures, indent=1), "utf-8")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
