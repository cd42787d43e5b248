"""The real program in a process of its own: painted, closed, ended by signals; nothing is said and nothing left."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

sys.path.insert(0, str(Path(__file__).parent / "bench" / "robustness"))
from program import hear_signals, own_home, start, tell, with_window

from convexplorer.core.engine.routes.devices import available
from convexplorer.core.project.project import with_filter
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.sessions.journal import adopt_abandoned

WITHIN = 60
CACHES = {("cache", "fontconfig"), ("cache", "mesa_shader_cache"), ("cache", "qtshadercache")}


# --- in the program ----------------------------------------------------------------------------------------------


def close(window: MainWindow) -> None:
    available()  # Loads ONNX Runtime, as larger filters would.
    cells = window.maps.grid.cells
    picture = window.maps.grid.grab().toImage()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    tell(len(cells), any(one.raster() is not None for one in cells), len(colours) > 50)
    window.close()


def edit(window: MainWindow) -> None:
    window.document.apply("Edit", with_filter(window.document.project, 0, bias=3.5))
    tell("edited")


def full(window: MainWindow) -> None:
    logging.getLogger("convexplorer").error("told to a full disk")
    tell("logged")
    window.close()


def wait(_window: MainWindow) -> None:
    tell("ready")


def stay(_window: MainWindow) -> None:
    """Be there for signals that do not end it, and say so."""
    timer = QTimer(_window)
    timer.timeout.connect(lambda: tell("still here"))
    timer.start(100)


# --- outside -----------------------------------------------------------------------------------------------------


def files(home: Path) -> list[str]:
    """What is left, but settings, log, and what the system's libraries for windows keep in the folder for caches."""
    found = [one.relative_to(home) for one in home.rglob("*") if one.is_file() and one.suffix not in (".conf", ".log")]
    return sorted(str(one) for one in found if one.parts[:2] not in CACHES)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_it_paints_its_maps_and_closes(home):
    with start(__file__, home, "close") as program:
        out, err = program.communicate(timeout=WITHIN)
    assert (program.returncode, out, err) == (0, "4 True True\n", "")
    assert files(home) == []
    assert list((home / "tmp").iterdir()) == []
    [log] = home.rglob("convexplorer.log")
    assert all(" INFO " in line for line in log.read_text("utf-8").splitlines())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_home_costs_the_log_and_nothing_else(home):
    folder = home / "data" / "Conv Explorer" / "Conv Explorer" / "log"
    folder.mkdir(parents=True)
    (folder / "convexplorer.log").symlink_to("/dev/full")
    with start(__file__, home, "full") as program:
        out, err = program.communicate(timeout=WITHIN)
    assert (program.returncode, out, err) == (0, "logged\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_too_few_files_at_once_are_one_line(home):
    command = f"ulimit -n 12; exec {sys.executable} -m convexplorer"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, env=own_home(home))
    line = "only 12 files may be open at once, a window needs 64; ulimit -n allows more"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"convexplorer: error: {line}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("drive", "name"), [("edit", "SIGTERM"), ("edit", "SIGINT"), ("wait", "SIGHUP")])
def test_a_signal_ends_it_at_once_and_the_work_is_kept(home, drive, name):
    number = signal.Signals[name]
    with start(__file__, home, drive) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(number)
        out, err = program.communicate(timeout=WITHIN)
    assert (program.returncode, out, err) == (128 + number, "", "")
    assert list((home / "tmp").iterdir()) == []
    if drive == "wait":
        assert files(home) == []
        return
    [recovery] = home.rglob("recovery")
    [journal] = adopt_abandoned(recovery)
    assert journal.note().edits == 1
    assert journal.load().project.bank[0].bias == 3.5
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_under_nohup_it_outlives_its_terminal(home):
    with start(__file__, home, "stay", "under nohup") as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(signal.SIGHUP)
        for _ in range(3):
            assert program.stdout.readline() == "still here\n"
        program.send_signal(signal.SIGTERM)
        _, err = program.communicate(timeout=WITHIN)
    assert (program.returncode, err) == (128 + signal.SIGTERM, "")


if __name__ == "__main__":
    if sys.argv[2:] == ["under nohup"]:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    else:
        hear_signals()
    sys.exit(with_window({one.__name__: one for one in (close, edit, full, wait, stay)}[sys.argv[1]]))
