"""The contract of the house: which room may import which, imports for typing included.

A room is a folder. Rooms stand in an order, and a module imports from its own room and from rooms before it only. The
wings of the window know nothing of each other, but for the arrows written down here. Rooms and modules stay so small
that they can be looked over.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "convexplorer"

ORDER = (
    *("core.runtime", "core.model", "core.project"),
    *("core.engine.kernel.source", "core.engine.kernel", "core.engine.routes", "core.engine"),
    *("core.explain", "core.learn"),
    *("io.files", "io.arrays", "io.images", "io.filters.formats", "io.filters", "io.maps", "io.figures"),
    *("io.datasets.formats", "io.datasets", "io.sessions.parts", "io.sessions"),
    *(
        "gui.kit",
        "gui.kit.fields",
        "gui.document",
        "gui.canvas",
        "gui.filters.weights",
        "WINGS",
        "gui.window",
        "commands",
    ),
)
"""Rooms from the ground up."""

WINGS = {
    *("gui.image", "gui.maps", "gui.filters", "gui.node", "gui.layers"),
    *("gui.flow", "gui.dense", "gui.training", "gui.sessions"),
}
"""Rooms of the window, one for each feature."""

ARROWS = {
    ("gui.maps", "gui.image"): "the presenter of maps prepares the picture that the image panel shows",
    ("gui.node", "gui.maps"): "the strongest places of a map are ringed on it",
    ("gui.node", "gui.image"): "what drove a node lies over the image",
    ("gui.flow", "gui.node"): "a click in the network goes the same way as one in the equation",
    ("gui.layers", "gui.dense"): "the comparison is opened from the layers",
    ("gui.sessions", "gui.image"): "a session's picture is opened like any other",
    ("gui.sessions", "gui.maps"): "maps are saved in the colours in which they are seen",
    ("gui.training", "gui.sessions"): "a picture dropped on a page is judged like one dropped on the window",
}
"""What one wing may know of another, and why."""

GROUND = {"errors", "resources", "background", "privacy", "cli", "__main__", "__init__"}
"""Modules of the package itself; anybody may import the first four."""

MOST_FILES = 26
MOST_LINES = 350
LONGER = {"gui/filters/weights/weight_view.py": 370}
"""What is longer still: it holds the keys and the mouse of one table."""


def room(module: str) -> str:
    """Folder of a module, by its name without the package's."""
    found = PACKAGE.joinpath(*module.split("."))
    return module if found.is_dir() else module.rpartition(".")[0]


@cache
def imports() -> list[tuple[str, str]]:
    """All imports between modules of the package, wherever they stand in a module."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("convexplorer"):
                within = node.module.removeprefix("convexplorer").lstrip(".")
                for alias in node.names:
                    named = f"{within}.{alias.name}".lstrip(".")
                    place = PACKAGE.joinpath(*named.split("."))
                    known = place.is_dir() or place.with_suffix(".py").is_file()
                    found.append((module, named if known else within))
            elif isinstance(node, ast.Import):
                names = [one.name for one in node.names if one.name.startswith("convexplorer.")]
                found += [(module, name.removeprefix("convexplorer.")) for name in names]
    return found


def storey(name: str) -> int:
    return ORDER.index("WINGS" if name in WINGS else name)


def is_allowed(importer: str, imported: str) -> bool:
    """Whether a module of one room may import from another room."""
    if importer in {"", "core", "io", "gui"} or imported in {"", "core", "io", "gui"}:
        return True  # The package's own modules, and what a tier offers under its name.
    if importer == imported or (importer, imported) in ARROWS:
        return True
    return storey(imported) < storey(importer)


def test_every_room_has_its_place():
    rooms = {room(module) for module, _ in imports()} - {"", "core", "io", "gui"}
    assert rooms <= {*ORDER, *WINGS}, f"say where they stand: {sorted(rooms - {*ORDER, *WINGS})}"
    assert {path.stem for path in PACKAGE.glob("*.py")} <= GROUND


def test_rooms_import_only_what_the_contract_allows():
    broken = [
        f"{importer} imports {imported}"
        for importer, imported in imports()
        if not is_allowed(room(importer), room(imported))
    ]
    assert not broken, "\n".join(sorted(set(broken)))


@pytest.mark.parametrize(("importer", "imported"), sorted(ARROWS))
def test_every_allowed_arrow_is_used(importer, imported):
    assert any((room(one), room(other)) == (importer, imported) for one, other in imports())


@pytest.mark.parametrize("tier", ["core", "io"])
def test_a_tier_imports_nothing_above_it(tier):
    above = {"core": ("io", "gui", "commands"), "io": ("gui", "commands")}[tier]
    broken = [pair for pair in imports() if pair[0].split(".")[0] == tier and pair[1].split(".")[0] in above]
    assert not broken


def test_the_contract_can_be_broken():
    assert not is_allowed("core.model", "core.learn")
    assert not is_allowed("gui.kit", "gui.maps")
    assert not is_allowed("gui.image", "gui.maps")
    assert not is_allowed("gui.node", "gui.window")
    assert not is_allowed("io.files", "io.images")
    assert is_allowed("gui.window", "gui.node")


def test_no_room_is_crowded():
    files = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    assert not {folder: count for folder, count in files.items() if count > MOST_FILES}


def test_no_module_is_long():
    lines = {
        path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8").count("\n") for path in PACKAGE.rglob("*.py")
    }
    assert not {name: count for name, count in lines.items() if count > LONGER.get(name, MOST_LINES)}
