"""What of the window goes into a session: taken off it, and put back."""

from __future__ import annotations

from convexplorer.core.engine.colour import DIVERGING, SEQUENTIAL
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.stack_figures import figures
from convexplorer.errors import InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.maps.presenter import Presenter
from convexplorer.io.sessions.load_save import ViewState

COMPARISONS = ("channels", "flipped")


def capture(exploration: Exploration, presenter: Presenter) -> ViewState:
    """How the project is looked at now."""
    navigator, probe = exploration.navigator, exploration.probe
    return ViewState(
        sequential=presenter.look.sequential,
        diverging=presenter.look.diverging,
        held=presenter.look.held,
        planes=presenter.planes,
        zoom=navigator.zoom,
        centre=navigator.centre,
        comparison=presenter.shown.comparison,
        focused=presenter.maps.focused,
        selected=tuple(exploration.selection.current_first()),
        pinned=probe.node if probe.pinned else None,
    )


def restore(exploration: Exploration, presenter: Presenter, view: ViewState) -> None:
    """Look at the project as it was looked at; what does not fit it, or is unknown here, is left as it is."""
    project = exploration.document.project
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
        exploration.selection.select(rows, rows[0])
    presenter.compare(view.comparison if view.comparison in COMPARISONS else "")
    presenter.maps.show_all()
    if view.focused is not None:
        presenter.maps.focus_map(view.focused)
    _restore_place(exploration, view)
    exploration.possibleChanged.emit()


def _restore_place(exploration: Exploration, view: ViewState) -> None:
    """Pan, zoom and the pinned node: the worker has not yet said how large the input is, but that is known."""
    project, probe = exploration.document.project, exploration.probe
    probe.let_go()
    if project.image is None:
        return
    size = project.preparation.size(project.image.height, project.image.width)
    exploration.navigator.set_size(*size)
    exploration.navigator.show(view.zoom, view.centre)
    if view.pinned is not None:
        try:
            reached = figures(project.layers[: project.shown_index + 1], (project.preparation.channels, *size))
            probe.set_placement(Placement(reached[-1].field, reached[-1].outputs[1:]))
        except InvalidValueError:  # No window fits the input, so there is no node.
            return
        probe.pin(*view.pinned)
