"""What is on the screen, as an order for the worker: which maps, which nodes of them, which pixels of the input."""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapsJob
from convexplorer.core.engine.pictures import InputView
from convexplorer.core.model.images import Image
from convexplorer.core.model.stack_figures import figures
from convexplorer.errors import InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.canvas.navigator import Frame
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.maps.maps_panel import MapsPanel


class Screen:
    """Looks at the views of a window and says what they show.

    Parameters
    ----------
    exploration : Exploration
        The project, pan and zoom, and how maps are looked at.
    image_view : ImageView
        Shows the input.
    maps : MapsPanel
        Shows the maps.
    """

    def __init__(self, exploration: Exploration, image_view: ImageView, maps: MapsPanel) -> None:
        self._exploration = exploration
        self._image_view = image_view
        self._maps = maps

    def job(self, image: Image) -> MapsJob:
        """The order for all that can be seen now."""
        project, results = self._exploration.document.project, self._exploration.results
        size = project.preparation.size(image.height, image.width)
        look = replace(results.look, common=results.shown.comparison == "channels")
        before, layer = results.shown.stack
        return MapsJob(image, project.preparation, before, layer, self._view(size), self._input_view(size), look)

    def _view(self, size: tuple[int, int]) -> View:
        """Which nodes of which maps can be seen."""
        indices = self._maps.visible_indices()
        project = self._exploration.document.project
        try:
            field = figures(project.layers[: project.shown_index + 1], (project.preparation.channels, *size))[-1].field
        except InvalidValueError:
            return View()
        frame = self._exploration.navigator.frame(self._maps.pane(), size)
        step = self._step(frame.scale * field.step)
        top, left = field.node(frame.rows[0], frame.columns[0])
        bottom, right = field.node(frame.rows[1], frame.columns[1])
        rows, columns = _widen((top, bottom), step), _widen((left, right), step)
        return View(indices, rows, columns, step, self._maps.focused, self._sought())

    def _sought(self) -> int | None:
        """The filter whose strongest places are looked for: the current one, if it has a map."""
        row, bank = self._exploration.selection.current, self._exploration.results.shown.layer.bank
        return (
            row
            if not self._exploration.results.shown.comparison and 0 <= row < len(bank) and bank[row].enabled
            else None
        )

    def _input_view(self, size: tuple[int, int]) -> InputView:
        """Which pixels of the input can be seen."""
        apart = self._exploration.results.planes and not self._exploration.document.project.preparation.grey
        pane = self._image_view.panes(3 if apart else 1, size)[0]
        frame: Frame = self._exploration.navigator.frame(pane, size)
        step = self._step(frame.scale)
        return InputView(_widen(frame.rows, step), _widen(frame.columns, step), step, apart)

    def _step(self, scale: float) -> int:
        """Every how many-th value has a pixel of its own on the screen."""
        return max(1, int(1 / (scale * self._maps.devicePixelRatioF())))


def same_job(one: MapsJob, other: MapsJob | None) -> bool:
    """Whether two jobs ask for the same."""
    return (
        other is not None
        and one.image is other.image
        and one.layer.bank is other.layer.bank
        and len(one.before) == len(other.before)
        and all(map(is_, one.before, other.before))
        and (one.preparation, one.layer, one.view, one.input_view, one.look)
        == (other.preparation, other.layer, other.view, other.input_view, other.look)
    )


def _widen(span: tuple[float, ...], step: int) -> tuple[int, int]:
    """A span with a margin, on round numbers, so that small pans find their pictures already there."""
    reach = max(1.0, span[1] - span[0])
    unit = max(step * 16, int(reach / 4) // step * step, 1)
    return max(0, int((span[0] - reach / 8) // unit) * unit), int(-(-(span[1] + reach / 8) // unit)) * unit
