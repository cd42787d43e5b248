"""Nothing is told to anybody: with a home that was empty, only the program's own files are written, and no address is
asked for, however the program is used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFUSING = """
import sys

def refuse(event, arguments):
    asked = event.startswith(("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostby", "socket.send"))
    if asked or event.startswith("urllib."):
        print("ASKED", event, file=sys.stderr)
        raise OSError("there is no network")

sys.addaudithook(refuse)
"""
"""Put before what a child process does: Python tells of every address that is asked for."""
CORE = """
import numpy as np
from convexplorer.core import FilterBank, correlate
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.geometry import Geometry

bank = FilterBank.from_arrays(np.ones((2, 1, 3, 3), np.float32))
assert correlate(np.ones((1, 9, 9), np.float32), bank.weights).shape == (2, 7, 7)
work = Work(np.ones((1, 9, 9), np.float32), bank.weights, bank.bias, Geometry.of((9, 9), (3, 3)))
assert (by_onnxruntime(work) == 9).all()
"""
EVERYTHING = (
    CORE
    + """
from pathlib import Path
from convexplorer.core.learn.datasets import split
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.training import Training, fit
from convexplorer.core.project.training_settings import TrainingSettings
from convexplorer.core.model.images import Preparation
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.project.project import Project
from convexplorer.io import load_filters, load_image, save_filters
from convexplorer.io.filters.onnx_export import export_onnx
from convexplorer.io.sessions.load_save import Session, load_session, save_session

layers = (ConvLayer(bank),)
images = np.random.default_rng(0).random((12, 1, 8, 8)).astype(np.float32)
data = split("Made", ("a", "b"), images, np.arange(12) % 2)
assert list(fit(Training(Network(layers, data.shape, 2), data, TrainingSettings(epochs=1))))
home = Path.home()
save_filters(bank, home / "own.json")
load_filters(home / "own.json")
image = load_image(home / "own.png")
export_onnx(layers, Preparation(), home / "own.onnx")
save_session(home / "own.cvx", Session(Project(layers, image)))
load_session(home / "own.cvx")
"""
)
SHELL = """
import numpy as np
from pathlib import Path
from convexplorer.cli import main

home = Path.home()
(home / "own.txt").write_text("1 0\\n0 -1\\n")
filters = ["--filters", str(home / "own.txt")]
assert main(["apply", str(home / "own.png"), *filters, "--out", str(home / "own-maps"), "--format", "npy"]) == 0
assert main(["figure", str(home / "own.png"), *filters, "--out", str(home / "own.svg")]) == 0
pictures, labels = np.random.default_rng(0).integers(0, 255, (12, 24, 24), np.uint8), np.arange(12) % 2
np.savez(home / "own.npz", x=pictures, y=labels)
assert main(["train", "--data", str(home / "own.npz"), "--epochs", "1", "--out", str(home / "own.json")]) == 0
"""


def fresh(home: Path) -> dict[str, str]:
    """The environment of a person who has never started the program, nor refused anything by themselves."""
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    own = {"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(home.parent), "QT_QPA_PLATFORM": "offscreen"}
    return {**environment, **own, "PYTHONPATH": str(ROOT)}


def strangers(home: Path) -> list[str]:
    """Files below a home that the program did not mean to write."""
    found = (str(one.relative_to(home)) for one in home.rglob("*") if one.is_file())
    # Fontconfig and Mesa belong to the system: any program with a window has them write their caches.
    return sorted(one for one in found if not re.match(r"own|\.cache/(fontconfig|mesa)", one))


@pytest.mark.parametrize("code", [CORE, EVERYTHING, SHELL], ids=["core", "everything", "shell"])
def test_only_own_files_are_written_and_no_address_is_asked_for(tmp_path, code):
    from PIL import Image

    environment = fresh(tmp_path / "home")
    Image.new("L", (40, 30), 90).save(tmp_path / "home" / "own.png")
    command, trace = [sys.executable, "-c", REFUSING + code], tmp_path / "trace"
    strace = shutil.which("strace")
    if strace:
        watched = [strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=socket,connect", "-o", str(trace)]
        if subprocess.run([*watched, "true"], capture_output=True, check=False).returncode == 0:
            command = [*watched, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert strangers(tmp_path / "home") == []
    asked = trace.read_text("utf-8").splitlines() if trace.exists() else []
    assert [one for one in asked if "AF_INET" in one] == []


def test_it_is_refused_before_the_library_is_loaded_and_whatever_was_said_before():
    code = (
        "import os\nfor name in ('ORT_DISABLE_TELEMETRY', 'ORT_TELEMETRY_DISABLED'): os.environ[name] = '0'\n"
        "import convexplorer, sys\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == os.environ['ORT_TELEMETRY_DISABLED'] == '1'\n"
        "import convexplorer.privacy as privacy, onnxruntime\n"
        "said = []\nonnxruntime.disable_telemetry_events = lambda: said.append(1)\n"
        "assert privacy.onnxruntime() is onnxruntime and said"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
