"""What of the window goes into a session: taken off it, and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.core.engine.colour import DIVERGING, SEQUENTIAL
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.stack_figures import figures
from convexplorer.errors import InvalidValueError
from convexplorer.io.sessions.load_save import ViewState

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

COMPARISONS = ("channels", "flipped")


def capture(window: MainWindow) -> ViewState:
    """How the project is looked at now."""
    presenter, navigator = window.presenter, window.navigator
    return ViewState(
        sequential=presenter.look.sequential,
        diverging=presenter.look.diverging,
        held=presenter.look.held,
        planes=presenter.planes,
        zoom=navigator.zoom,
        centre=navigator.centre,
        comparison=presenter.shown.comparison,
        focused=window.maps.focused,
        selected=tuple(window.selected()),
        pinned=window.probe.node if window.probe.pinned else None,
    )


def restore(window: MainWindow, view: ViewState) -> None:
    """Look at the project as it was looked at; what does not fit it, or is unknown here, is left as it is."""
    presenter, project = window.presenter, window.document.project
    look: dict[str, object] = {
        key: name
        for key, name, known in (
            ("sequential", view.sequential, SEQUENTIAL),
            ("diverging", view.diverging, DIVERGING),
        )
        if name in known
    }
    held = view.held if view.held is not None and view.held[0] <= view.held[1] else None
    presenter.set_look(held=held, **look)
    presenter.set_planes(apart=view.planes)
    rows = [row for row in view.selected if 0 <= row < len(project.bank)]
    if rows:
        window.filters.commands.select(rows)
    presenter.compare(view.comparison if view.comparison in COMPARISONS else "")
    window.maps.show_all()
    if view.focused is not None:
        window.maps.focus_map(view.focused)
    _restore_place(window, view)
    window.refresh_actions()


def _restore_place(window: MainWindow, view: ViewState) -> None:
    """Pan, zoom and the pinned node: the worker has not yet said how large the input is, but that is known."""
    project = window.document.project
    window.probe.let_go()
    if project.image is None:
        return
    size = project.preparation.size(project.image.height, project.image.width)
    window.navigator.set_size(*size)
    window.navigator.show(view.zoom, view.centre)
    if view.pinned is not None:
        try:
            reached = figures(project.layers[: project.current + 1], (project.preparation.channels, *size))
            window.probe.set_placement(Placement(reached[-1].field, reached[-1].outputs[1:]))
        except InvalidValueError:  # No window fits the input, so there is no node.
            return
        window.probe.pin(*view.pinned)
