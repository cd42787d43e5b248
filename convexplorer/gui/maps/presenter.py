"""From the document to the views: what has changed becomes a job, what comes back is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QObject, QTimer, Signal, Slot

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.conv import activate
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import InputReady, MapEngine, MapPictures, MapsJob, Ranges, Strongest
from convexplorer.core.engine.noise import quiet_sums
from convexplorer.core.engine.pictures import InputPicture, InputView, Look
from convexplorer.core.engine.statistics import Histogram, MapRange
from convexplorer.core.engine.windows import window_at
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, source
from convexplorer.core.model.project import Project
from convexplorer.core.model.stack_figures import figures
from convexplorer.errors import ConvExplorerError, InvalidValueError
from convexplorer.gui.canvas.navigator import Frame, Navigator
from convexplorer.gui.canvas.probe import Probe
from convexplorer.gui.document.document import Document
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.kit.deferred import Soon
from convexplorer.gui.kit.worker import Worker
from convexplorer.gui.maps.maps_panel import MapsPanel
from convexplorer.gui.maps.shown_layer import ShownLayer

STALE_AFTER = 150
"""Milliseconds after which a view that is behind looks so; a quicker answer must not flicker."""
PROGRESS_AFTER = 0.5
"""Seconds after which work that still goes on is reported."""


class Presenter(QObject):
    """Keeps the views up to date. It computes nothing itself."""

    progressed = Signal(float)
    """Share of the work done, 0 to 1; −1 while it cannot be told; 2 when there is none."""
    settled = Signal()
    """All that was asked for is shown."""
    failed = Signal(object)
    """An exception that ended a job."""
    rangesChanged = Signal(object)
    """Figures of whole maps, by index."""
    strongestFound = Signal(object)
    """`Strongest` of the filter that was asked for, or None while it is not known."""
    lookChanged = Signal()
    """Palettes, theme or the held scale."""
    nodeChanged = Signal()
    """The node looked at, or its values."""

    def __init__(
        self,
        document: Document,
        navigator: Navigator,
        probe: Probe,
        image_view: ImageView,
        maps: MapsPanel,
        selection: QItemSelectionModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._navigator = navigator
        self._probe = probe
        self._image_view = image_view
        self._maps = maps
        self.shown = ShownLayer(document, lambda: selection.currentIndex().row(), self)
        self.look = Look()
        self.planes = False
        self._strongest: int | None = None
        self.ranges: dict[int, MapRange] = {}
        self.input: InputReady | None = None
        self._depth = -1
        self._node_of: tuple[ConvLayer | None, Prepared | None] = (None, None)
        self._node_scales: list[Scale] = []
        self._last: MapsJob | None = None
        self._drawn: MapsJob | None = None
        self._ended: MapsJob | None = None
        self._given_up = False
        self._started = 0.0
        self._worker = Worker(MapEngine().run, newest_wins=True, parent=self)
        self._worker.produced.connect(self._show)
        self._worker.finished.connect(self._finish)
        self._worker.failed.connect(self._fail)
        self._soon = Soon(self._refresh, self)
        self._stale = _timer(self, STALE_AFTER, self._mark_stale)
        self._slow = _timer(self, int(PROGRESS_AFTER * 1000), self._report_slow)
        document.changed.connect(self._project_changed)
        navigator.changed.connect(self.refresh)
        probe.changed.connect(self._show_node)
        maps.viewChanged.connect(self.refresh)
        maps.set_bank(document.project.bank)
        selection.currentChanged.connect(self._selection_changed)

    # --- asking --------------------------------------------------------------------------------------------------

    @property
    def ready(self) -> InputReady | None:
        """The input of the layer that is looked at now, once it is there; `input` may be that of another."""
        return self.input if self._depth == len(self.shown.stack[0]) else None

    def refresh(self) -> None:
        """Ask for what is on the screen now, once per turn of the event loop."""
        self._soon.ask()

    def set_look(self, **changes: Any) -> None:
        """Change palettes, theme or the held scale (`Look`'s fields)."""
        self.look = replace(self.look, **changes)
        self.lookChanged.emit()
        self.refresh()

    def set_planes(self, *, apart: bool) -> None:
        """Show R, G and B apart, or as one picture."""
        self.planes = apart
        self.refresh()

    def seek_strongest(self, row: int | None) -> None:
        """Look for the strongest places of a filter's map from now on."""
        if row != self._strongest:
            self._strongest = row
            self.strongestFound.emit(None)
            self.refresh()

    def compare(self, what: str) -> None:
        """Show the selected filter's channels apart, or the filter beside its mirror image, or all filters again.

        Parameters
        ----------
        what : "channels", "flipped" or ""
            As `ShownLayer.comparison`.
        """
        if what != self.shown.comparison:
            self.shown.comparison = what
            self._maps.set_comparison(self.shown.caption())
            self._show_bank()
            self.refresh()

    def _show_bank(self) -> None:
        """Have a cell for each map; those of a pooling under the pictures of the filters whose maps are pooled."""
        self._maps.set_bank(self.shown.layer.bank, self.shown.pooled_filters)

    @Slot()
    def _selection_changed(self) -> None:
        if self.shown.comparison:
            self._show_bank()
            self.refresh()

    def cancel(self) -> None:
        """Stop what is being computed; what is on the screen stays and says that it is behind."""
        self._given_up = True
        if self._worker.cancel():
            self._ended = self._last
            self._mark_stale()

    def close(self) -> None:
        """Stop for good."""
        self._soon.forget()
        for timer in (self._stale, self._slow):
            timer.stop()
        self._worker.close()

    @property
    def busy(self) -> bool:
        """Whether something is asked for and not yet shown, or given up."""
        return self._soon.pending or self._ended is not self._last

    @property
    def answered(self) -> bool:
        """Whether the maps on the screen are those asked for last, even if figures of them are still computed."""
        return not self._soon.pending and self._last in (self._drawn, self._ended)

    @Slot(object, object)
    def _project_changed(self, before: Project, after: Project) -> None:
        deep = source(after.layers, after.edited) is not None
        if self.shown.comparison == "channels" and (deep or after.preparation.grey):
            self.compare("")
        if before.layer is not after.layer or before.shown is not after.shown:
            self._show_bank()
            self._show_node()
        self.refresh()

    def _refresh(self) -> None:
        project = self._document.project
        if project.image is None:
            return
        size = project.preparation.size(project.image.height, project.image.width)
        look = replace(self.look, common=self.shown.comparison == "channels")
        before, layer = self.shown.stack
        job = MapsJob(project.image, project.preparation, before, layer, self._view(size), self._input_view(size), look)
        if _same(job, self._last) and not self._given_up:
            return
        self._given_up = False
        self._last = job
        self._started = time.monotonic()
        self._worker.submit(job)
        for timer in (self._stale, self._slow):
            if not timer.isActive():
                timer.start()

    def _view(self, size: tuple[int, int]) -> View:
        """Which nodes of which maps can be seen."""
        indices = self._maps.visible_indices()
        project = self._document.project
        try:
            field = figures(project.layers[: project.current + 1], (project.preparation.channels, *size))[-1].field
        except InvalidValueError:
            return View()
        frame = self._navigator.frame(self._maps.pane(), size)
        step = self._step(frame.scale * field.step)
        top, left = field.node(frame.rows[0], frame.columns[0])
        bottom, right = field.node(frame.rows[1], frame.columns[1])
        rows, columns = _widened((top, bottom), step), _widened((left, right), step)
        return View(
            indices, rows, columns, step, self._maps.focused, None if self.shown.comparison else self._strongest
        )

    def _input_view(self, size: tuple[int, int]) -> InputView:
        """Which pixels of the input can be seen."""
        apart = self.planes and not self._document.project.preparation.grey
        pane = self._image_view.panes(3 if apart else 1, size)[0]
        frame: Frame = self._navigator.frame(pane, size)
        step = self._step(frame.scale)
        return InputView(_widened(frame.rows, step), _widened(frame.columns, step), step, apart)

    def _step(self, scale: float) -> int:
        """Every how many-th value has a pixel of its own on the screen."""
        return max(1, int(1 / (scale * self._maps.devicePixelRatioF())))

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot(object, object)
    def _show(self, job: MapsJob, event: object) -> None:
        if not self._is_wanted(job):
            return
        if isinstance(event, InputReady):
            self._depth = len(job.before)
            self._take_input(event)
        elif isinstance(event, InputPicture):
            self._image_view.show_picture(event)
        elif isinstance(event, MapPictures):
            self._maps.show_pictures(event)
            self._drawn = job
            self._renew_node(job, event)
            if job is self._last:
                self._stale.stop()
        elif isinstance(event, Ranges):
            self._take_ranges(event)
        elif isinstance(event, Histogram):
            self._maps.show_histogram(event)
        elif isinstance(event, Strongest):
            self.strongestFound.emit(event if job is self._last else None)

    def _is_wanted(self, job: MapsJob) -> bool:
        """Whether what a job brings belongs to the picture and the layer that are looked at now."""
        project = self._document.project
        same_input = job.image is project.image and job.preparation == project.preparation
        return same_input and len(job.before) == len(self.shown.stack[0])

    def _take_input(self, event: InputReady) -> None:
        known = self.input
        if known is None or event.prepared is not known.prepared or event.placement != known.placement:
            self.strongestFound.emit(None)
        self.input = event
        self._navigator.set_size(*event.image.shape[1:])
        self._probe.set_placement(event.placement)

    def _take_ranges(self, event: Ranges) -> None:
        self.ranges = event.ranges
        self._maps.show_ranges(event.ranges)
        self.rangesChanged.emit(event.ranges)
        if time.monotonic() - self._started > PROGRESS_AFTER and event.done < event.total:
            self.progressed.emit(event.done / event.total)

    @Slot(object)
    def _finish(self, job: MapsJob) -> None:
        if job is not self._last:
            return
        self._ended = job
        self._slow.stop()
        self._stale.stop()
        if self._drawn is not job:
            self._mark_stale()
        self.progressed.emit(2.0)
        self.settled.emit()

    @Slot(object, object)
    def _fail(self, job: MapsJob, error: BaseException) -> None:
        if job is self._last or not isinstance(error, ConvExplorerError):
            self.failed.emit(error)

    def _mark_stale(self) -> None:
        self._maps.set_stale(stale=True)
        if self._drawn is None or self._last is None or self._drawn.preparation != self._last.preparation:
            self._image_view.set_stale(stale=True)

    def _report_slow(self) -> None:
        if self._worker.busy:
            self.progressed.emit(-1.0)

    # --- the cursor's node ---------------------------------------------------------------------------------------

    def _renew_node(self, job: MapsJob, made: MapPictures) -> None:
        """Show the node again if what it follows from has changed, or the colours of the maps."""
        scales = [picture.scale for picture in made.pictures]
        known = None if self.input is None else self.input.prepared
        layer, prepared = self._node_of
        if layer is not job.layer or prepared is not known or scales != self._node_scales:
            self._node_scales = scales
            self._show_node()

    @Slot()
    def _show_node(self) -> None:
        values: dict[int, float] = {}
        node, layer = self._probe.node, self.shown.layer
        self._node_of = layer, None if self.input is None else self.input.prepared
        ready = self.ready
        if node is not None and ready is not None and len(layer.bank):
            prepared, geometry = ready.prepared, ready.geometry
            if (prepared.shape[0], *geometry.kernel) == layer.bank.shape:
                weights = layer.kernels(range(len(layer.bank)))
                sums = quiet_sums(window_at(prepared, geometry, *node), weights, layer.bank.bias, prepared.noise)
                values = dict(enumerate(activate(sums, layer.activation).tolist()))
        self._maps.show_node(values)
        self.nodeChanged.emit()


def _timer(parent: QObject, interval: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(slot)
    return timer


def _same(one: MapsJob, other: MapsJob | None) -> bool:
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


def _widened(span: tuple[float, ...], step: int) -> tuple[int, int]:
    """A span with a margin, on round numbers, so that small pans find their pictures already there."""
    reach = max(1.0, span[1] - span[0])
    unit = max(step * 16, int(reach / 4) // step * step, 1)
    return max(0, int((span[0] - reach / 8) // unit) * unit), int(-(-(span[1] + reach / 8) // unit)) * unit
