"""What every panel of a window says, compared with what its project holds; and random hands that try to part them."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QLabel

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.engine.strongest import strongest
from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import PoolLayer
from convexplorer.core.model.stack_figures import shapes
from convexplorer.core.project.change import Change
from convexplorer.core.project.project import with_image, with_weights_at
from convexplorer.errors import InvalidValueError
from convexplorer.gui.filters.list_model import FILTER_ROLE
from convexplorer.gui.window.main_window import MainWindow

MOST_LAYERS = 4
MOST_FILTERS = 10
MARKED = 8
"""Strongest places that are marked, where no others equal the last."""


def picture(seed: int, size: tuple[int, int] = (40, 52)) -> Image:
    """A small colour picture."""
    rng = np.random.default_rng(seed)
    return Image(rng.integers(0, 256, (*size, 3), np.uint8), f"picture {seed}.png")


def check_panels(window: MainWindow) -> None:
    """Compare what can be told at once, before anything is computed.

    Raises
    ------
    AssertionError
        If a panel shows another filter, layer or picture than is selected.
    """
    project, selection = window.document.project, window.exploration.selection
    shown, filters = window.presenter.shown, window.filters
    bank, row = project.bank, selection.current
    assert (row == -1) == (len(bank) == 0)
    one = bank[row] if len(bank) else None
    assert row < len(bank)
    assert list(selection.rows) == sorted({*selection.rows})
    assert selection.rows or not len(bank)
    # The list.
    model = filters.selection_model
    rows = [filters.list_model.index(at, 0) for at in range(filters.list_model.rowCount())]
    assert [row.data(FILTER_ROLE) for row in rows] == list(bank)
    assert model.currentIndex().row() == row
    assert sorted(index.row() for index in model.selectedRows()) == list(selection.rows)
    # The weights, and the filter's fields.
    assert filters.weight_model.row == row
    assert filters.weight_model.weights.tobytes() == (b"" if one is None else one.weights.tobytes())
    plane = filters.weight_model.plane
    assert plane is None or (one is not None and plane < one.channels)
    # The node's header.
    maker = shown.maker(row) if 0 <= row < len(shown.bank) else None
    name = window.findChild(QLabel, "nodeFilter")
    assert isinstance(name, QLabel)
    assert name.toolTip() == ("" if maker is None else maker.name)
    # The maps: a cell for each filter that is on; the large one is the current filter's.
    layer = shown.layer
    cells = window.maps.grid.cells
    assert [cell.index for cell in cells] == [at for at, on in enumerate(layer.bank) if on.enabled]
    assert all(cell.filter is layer.bank[cell.index] for cell in cells)
    focused = window.maps.focused
    if focused is not None:
        assert window.maps.large.canvas.cell in cells
        assert window.maps.large.canvas.cell.index == focused
        if window.maps.grid.selectable and 0 <= row < len(layer.bank) and layer.bank[row].enabled:
            assert focused == row
    ringed = [cell.index for cell in cells if cell.places]
    assert ringed in ([], [shown.cell_of(row)])
    if 0 <= row < len(shown.bank) and not shown.bank[row].enabled and not shown.comparison:
        assert not window.image._places
    # The layers, the preparation, the title.
    chips = window.layer_strip.chips
    assert [chip.isChecked() for chip in chips] == [at == project.shown_index for at in range(len(project.layers))]
    assert window.preparation.grey.isChecked() == project.preparation.grey
    assert window.keeper.name in window.windowTitle()
    # The trace and the contributions.
    for step in window.tracer.trail.steps:
        assert step.layer < len(project.layers)


def check_results(window: MainWindow) -> None:
    """Compare what has been computed, once the window is settled.

    Raises
    ------
    AssertionError
        If a map, a figure, a ring or a caption is not that of the project as it is.
    """
    check_panels(window)
    project, shown = window.document.project, window.presenter.shown
    cells, places = window.maps.grid.cells, window.node.places
    try:
        sizes = shapes(project.layers[: project.shown_index + 1], project.input_shape or (1, 1, 1))
        shown.stack[1].geometry(*(sizes[-2] if len(sizes) > 1 else project.input_shape or (1, 1, 1))[1:])
    except InvalidValueError:
        assert all(cell.picture is None for cell in cells)
        return
    assert window.image._picture is not None
    assert window.image._picture.prepared is window.exploration.results.image
    assert not window.image._stale
    if shown.comparison:
        return
    visible = set(window.maps.visible_indices())
    rows = [cell.index for cell in cells]
    before, layer = shown.stack  # A pooling that is off hands on what reaches it, here too.
    assert project.image is not None
    read = Stack().through(project.image.prepare(project.preparation), before)
    maps = dict(zip(rows, feature_maps(read, layer, rows), strict=True)) if rows else {}
    for cell in cells:
        values = maps[cell.index]
        if cell.index in visible:
            assert cell.picture is not None
            assert not cell.is_behind()
            lattice = cell.picture.tile.lattice
            if lattice[0].step == 1:
                cut = values[lattice[0].start : lattice[0].stop, lattice[1].start : lattice[1].stop]
                np.testing.assert_allclose(cell.picture.tile.values, cut, atol=1e-3, rtol=1e-3)
        assert cell.figures is not None
        np.testing.assert_allclose(
            (cell.figures.low, cell.figures.high), (values.min(), values.max()), atol=1e-3, rtol=1e-3
        )
    row = window.exploration.selection.current
    count = places._list.count()
    if row in maps and not window.presenter._given_up:
        expected = strongest(maps[row], MARKED)
        assert bool(count) == bool(expected) or float(maps[row].max()) < 1e-3
        assert len(window.image._places) == count
        if expected and count:
            best = max(float(maps[row][place]) for place in window.image._places)
            np.testing.assert_allclose(best, maps[row].max(), atol=1e-3, rtol=1e-3)
    else:
        assert not count


def acts(window: MainWindow, rng: random.Random) -> dict[str, Callable[[], object]]:
    """What random hands may do next, by its name."""
    project, commands = window.document.project, window.filters.commands
    count = len(project.bank)
    action = window.actions_by_key

    def trigger(key: str) -> Callable[[], object]:
        return lambda: action[key].trigger() if action[key].isEnabled() else None

    able: dict[str, Callable[[], object]] = {
        "undo": window.document.undo_stack.undo,
        "redo": window.document.undo_stack.redo,
        "previous layer": trigger("previousLayer"),
        "next layer": trigger("nextLayer"),
        "switch layer": trigger("switchLayer"),
        "picture": lambda: window.document.apply(
            "Open", with_image(window.document.project, picture(rng.randrange(3)))
        ),
        "grey": window.preparation.grey.click,
        "rgb": window.preparation.rgb.click,
        "large": trigger("focusMap"),
        "split": trigger("splitChannels"),
        "flipped": trigger("showFlipped"),
        "relu": trigger("relu"),
        "pin": lambda: window.probe.pin(rng.randrange(30), rng.randrange(40)),
        "let go": window.probe.let_go,
        "remove layer": trigger("removeLayer"),
        "move layer": trigger(rng.choice(("moveLayerBack", "moveLayerOn"))),
    }
    if count < MOST_FILTERS:
        able |= {key: lambda key=key: commands.run(key) for key in ("addFilter", "duplicateFilters")}  # type: ignore[misc]
    if len(project.layers) < MOST_LAYERS:
        able |= {key: trigger(key) for key in ("addConvolution", "addMaxPooling")}
    if count:
        rows = rng.sample(range(count), rng.randint(1, min(2, count)))
        cell = rng.randrange(count), rng.randrange(project.bank.channels), 0, 0
        value = round(rng.uniform(-2, 2), 2)
        keys = ("deleteFilters", "moveFiltersUp", "moveFiltersDown", "toggleFilters", "moveFiltersDown")
        able |= {f"{key} {at}": lambda key=key: commands.run(key) for at, key in enumerate(keys)}  # type: ignore[misc]
        able |= {
            "select": lambda: commands.select(rows),
            "click a map": lambda: window.maps.grid._choose(rng.choice(range(count))),
            "weight": lambda: window.document.apply("Edit", with_weights_at(window.document.project, *cell, value)),
        }
    return able


def random_hands(window: MainWindow, seed: int, steps: int, settle: Callable[[], None], every: int = 8) -> list[str]:
    """Do random things to a window and check its panels after each, and what is computed now and then.

    Returns
    -------
    list of str
        What was done.

    Raises
    ------
    AssertionError
        If a panel says something else than the project; the message tells what was done.
    """
    rng, done = random.Random(seed), list[str]()
    changes: list[Change] = []
    window.document.changed.connect(changes.append)
    for step in range(steps):
        able = acts(window, rng)
        name = rng.choice(sorted(able))
        done.append(name)
        try:
            able[name]()
            check_panels(window)
            if step % every == every - 1:
                settle()
                check_results(window)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {step}: {', '.join(done)}: {error}") from error
    pooled = isinstance(window.document.project.shown_layer, PoolLayer)
    return [*done, "pooled"] if pooled else done


def main() -> int:
    """Try many seeds: ``python -m tests.helpers.panels [first] [seeds] [steps]``."""
    import os
    import sys
    import tempfile
    import traceback

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from convexplorer.gui.kit import theme
    from convexplorer.gui.sessions.keeper import Answer
    from convexplorer.gui.window.app import default_project, is_settled, make_application, wait_until

    first, seeds, steps = (int(one) for one in (*sys.argv[1:], "1000", "20", "200")[:3] or (0,))
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, tempfile.mkdtemp())
    make_application()
    theme.apply("light")
    failed = 0
    for seed in range(first, first + seeds):
        window = MainWindow(with_image(default_project(), picture(0)))
        window.keeper.ask = lambda _window, _name: Answer.DISCARD
        window.resize(1280, 800)
        window.show()
        window.presenter.refresh()

        def settle(window: MainWindow = window) -> None:
            assert wait_until(lambda: is_settled(window), 60), "never settled"

        settle()
        try:
            random_hands(window, seed, steps, settle)
        except AssertionError as error:
            failed += 1
            cause = error.__cause__ or error
            where = traceback.extract_tb(cause.__traceback__)[-1]
            print(f"{error} ({where.name}: {where.line})")
        window.close()
        window.deleteLater()
        QApplication.processEvents()
    print(f"{seeds} seeds of {steps} steps, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
