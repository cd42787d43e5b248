"""What the house promises: which layer loads what, clean code, and resources that are found."""

from __future__ import annotations

import importlib.util
import json
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import convexplorer.core
import convexplorer.io
from convexplorer import resources

ROOT = Path(__file__).parents[1]
QT = {"PySide6", "shiboken6", "pyqtgraph"}
HEAVY = {"onnxruntime", "onnx", "openjpeg", "scipy", "skimage", "tifffile", "pyqtgraph"}


def loaded_by(code: str) -> set[str]:
    """Names of all modules that are loaded after some code."""
    code += "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout))


def packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def imports(package) -> str:
    found = (one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
    return "\n".join(f"import {name}" for name in found)


def test_core_loads_no_qt():
    assert not packages(loaded_by(imports(convexplorer.core))) & QT


def test_io_loads_no_widgets():
    loaded = loaded_by(imports(convexplorer.io))
    assert not loaded & {"PySide6.QtWidgets", "pyqtgraph"}
    assert not {name for name in loaded if name.startswith("convexplorer.gui")}


def test_core_does_not_know_io():
    assert not {name for name in loaded_by(imports(convexplorer.core)) if name.startswith("convexplorer.io")}


def test_a_script_loads_only_what_it_uses():
    loaded = packages(loaded_by("from convexplorer.core import FilterBank, correlate"))
    assert not loaded & (HEAVY | QT)
    loaded = packages(loaded_by("from convexplorer.io import load_filters, load_image, save_filters"))
    assert not loaded & (HEAVY | QT)


def test_help_loads_nothing_large():
    assert not packages(loaded_by("import convexplorer.cli")) & (HEAVY | QT | {"numpy", "PIL"})


def test_the_first_window_with_its_maps_loads_nothing_large():
    loaded = loaded_by(
        "from convexplorer.gui.kit import theme\n"
        "from convexplorer.gui.window import app\n"
        "application = app.make_application()\n"
        "theme.apply('light')\n"
        "window = app.MainWindow(app.default_project())\n"
        "app.open_first(window, [])\n"
        "window.show()\n"
        "assert app.wait_until(lambda: app.is_settled(window), 60)\n"
        "window.close()\n"
        "window.deleteLater()\n"
        "application.processEvents()"
    )
    # SciPy comes after the maps, for the marks at the strongest places.
    assert not packages(loaded) & (HEAVY - {"scipy"})


def test_resources_are_found_in_a_checkout_and_in_a_wheel(tmp_path):
    assert resources.ROOT == ROOT / "resources"
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert built["force-include"] == {"resources": "convexplorer/_resources"}
    installed = tmp_path / "convexplorer" / "resources.py"
    (tmp_path / "convexplorer" / "_resources").mkdir(parents=True)
    installed.write_bytes(Path(resources.__file__).read_bytes())
    spec = importlib.util.spec_from_file_location("installed_resources", installed)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.resource("icons", "open.svg") == tmp_path / "convexplorer" / "_resources" / "icons" / "open.svg"


def test_its_licence_and_its_types_are_handed_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n\nCopyright (c) 2026 Conv Explorer authors\n")
    # PEP 561: without this file type checkers take nothing of the package's annotations.
    assert (ROOT / "convexplorer" / "py.typed").read_bytes() == b""


@pytest.mark.parametrize(
    "check",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)],
    ids=["lint", "format", "types"],
)
def test_the_code_is_clean(check):
    done = subprocess.run(
        [sys.executable, "-m", *check], capture_output=True, text=True, check=False, cwd=ROOT, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
