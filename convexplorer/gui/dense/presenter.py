"""From the document to the panel "Dense or convolutional", and from its shift test to the worker and back."""

from __future__ import annotations

from operator import is_

from PySide6.QtCore import QObject, Signal, Slot

from convexplorer.core.explain.dense_comparison import compare, with_last_on
from convexplorer.core.model.layers import ConvLayer, Layer, label, maps_of
from convexplorer.core.model.stack_figures import MapShape, figures
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import Project
from convexplorer.errors import ConvExplorerError, InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.dense.panel import ComparePanel
from convexplorer.gui.dense.shift_jobs import CompareSession, ShiftJob
from convexplorer.gui.kit.deferred import Soon
from convexplorer.gui.kit.error_text import error_text

_Shown = tuple[tuple[Layer, ...], MapShape, int, str]
"""Layers, shape of the image, map and title."""


class ComparePresenter(QObject):
    """Keeps the panel up to date while it can be seen."""

    failed = Signal(object)
    """An error that nobody foresaw."""
    worked = Signal(str)
    """What takes long, or "" when nothing does."""

    def __init__(
        self,
        exploration: Exploration,
        panel: ComparePanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._selection = exploration.selection
        self._panel = panel
        self._shown: _Shown | None = None
        self.session = CompareSession(self)
        self._soon = Soon(self._show, self)
        self._document.changes(Kind.ALL & ~Kind.TRAINING).connect(self._ask)
        self._selection.currentChanged.connect(self._ask)
        self._results.lookChanged.connect(self._ask)
        panel.looked.connect(self._soon.ask)
        panel.shift.changed.connect(self._soon.ask)
        self.session.made.connect(panel.shift.show_test)
        self.session.refused.connect(self._refuse)
        self.session.failed.connect(self.failed)
        self.session.staleChanged.connect(lambda stale: panel.shift.set_stale(stale=stale))
        self.session.busyChanged.connect(lambda busy: self.worked.emit(self.tr("Shift test") if busy else ""))

    @property
    def busy(self) -> bool:
        """Whether something is asked for and not yet shown."""
        return self._soon.pending or self.session.busy

    def close(self) -> None:
        """Stop for good."""
        self._soon.forget()
        self.session.close()

    @Slot()
    def _ask(self) -> None:
        """Follow while the panel can be seen; it asks itself when it is shown."""
        if self._panel.isVisible():
            self._soon.ask()

    def _show(self) -> None:
        project, panel = self._document.project, self._panel
        if not panel.isVisible():
            return
        shape = project.input_shape
        if shape is None or project.image is None:
            panel.show_problem(self.tr("Open a picture, and its layers are compared here."))
            return
        before = project.layers[: project.shown_index + 1]
        layers = with_last_on(before)
        index = self._index(project, layers[-1], shape[0])
        if index is None:
            panel.show_problem(self.tr("Add a filter to this layer, and it is compared with a dense one here."))
            return
        try:
            made, one = compare(layers, shape), figures(layers, shape)[-1]
        except InvalidValueError as error:
            panel.show_problem(error_text(error))
            return
        name, layer = label(project.layers, project.shown_index), layers[-1]
        weights, title = None, name
        if isinstance(layer, ConvLayer):
            weights = layer.kernels([index])[0]
            title = self.tr("{0} · {1}").format(name, layer.bank[index].name)
        if not panel.compares or self._shown is None or not _same(self._shown, (before, shape, index, title)):
            self._shown = before, shape, index, title
            panel.show_layer(title, name, made, one, weights)
        panel.shift.suggest(shape[2])
        if panel.tests:
            self.session.ask(
                ShiftJob(
                    project.image,
                    project.preparation,
                    before,
                    index,
                    panel.shift.shift,
                    panel.shift.seed,
                    self._results.look,
                )
            )

    def _index(self, project: Project, layer: Layer, channels: int) -> int | None:
        """The map that is looked at: the selected filter's, or the first."""
        for one in project.layers[: project.shown_index + 1]:
            if one.enabled:
                channels = maps_of(one, channels)
        count = maps_of(layer, channels)
        row = self._selection.current
        return None if not count else row if 0 <= row < count else 0

    @Slot(object)
    def _refuse(self, error: ConvExplorerError) -> None:
        self._panel.shift.show_problem(error_text(error))


def _same(one: _Shown, other: _Shown) -> bool:
    """Whether they look the same; a pan or zoom of the maps, say, changes nothing here."""
    return one[1:] == other[1:] and len(one[0]) == len(other[0]) and all(map(is_, one[0], other[0]))
