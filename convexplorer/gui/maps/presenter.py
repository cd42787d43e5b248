"""From the document to the maps: what has changed becomes a job for the worker, what comes back is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from convexplorer.core.engine.live import InputReady, MapEngine, MapPictures, MapsJob, Ranges, Strongest
from convexplorer.core.engine.pictures import InputPicture, Look
from convexplorer.core.engine.statistics import Histogram, MapRange
from convexplorer.core.model.layers import ConvLayer, source
from convexplorer.core.project.change import Change, Kind
from convexplorer.errors import ConvExplorerError, InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.canvas.results import Results
from convexplorer.gui.canvas.shown_layer import ShownLayer
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.kit.deferred import Soon
from convexplorer.gui.kit.worker import Worker
from convexplorer.gui.maps.maps_panel import MapsPanel
from convexplorer.gui.maps.node_values import NodeValues
from convexplorer.gui.maps.screen import Screen, same_job

STALE_AFTER = 150
"""Milliseconds after which a view that is behind looks so; a quicker answer must not flicker."""
PROGRESS_AFTER = 0.5
"""Seconds after which work that still goes on is reported."""
FOLLOWED = ~(Kind.NAME | Kind.TRAINING) & (Kind.ALL)
"""Changes after which other maps are to be seen."""
ARRANGED = Kind.ROWS | Kind.LAYERS | Kind.LAYER_SWITCH | Kind.CURRENT | Kind.INPUT
"""Changes after which what the worker still brings belongs to other rows, layers or pictures."""
MEASURED_ANEW = ARRANGED ^ Kind.ROWS | Kind.LAYING | Kind.KERNEL | Kind.ACTIVATION | Kind.MUTED
"""Changes after which the figures of no map are known."""


class Presenter(QObject):
    """Asks the worker for what is on the screen and shows what comes back. It computes nothing itself.

    Parameters
    ----------
    exploration : Exploration
        What is explored; its `results` are filled here.
    image_view : ImageView
        Shows the input.
    maps : MapsPanel
        Shows the maps.
    parent : QObject, optional
        Qt's owner.
    """

    progressed = Signal(float)
    """Share of the work done, 0 to 1; −1 while it cannot be told; 2 when there is none."""
    failed = Signal(object)
    """An exception that ended a job."""

    def __init__(
        self, exploration: Exploration, image_view: ImageView, maps: MapsPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._selection = exploration.selection
        self._navigator = exploration.navigator
        self._probe = exploration.probe
        self.results: Results = exploration.results
        self._image_view = image_view
        self.maps = self._maps = maps
        self._screen = Screen(exploration, image_view, maps)
        self._node = NodeValues(exploration, maps, self)
        self._valid: WeakSet[MapsJob] = WeakSet()
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
        self._document.changes(FOLLOWED | Kind.NAME).connect(self._follow)
        self._navigator.changed.connect(self.refresh)
        maps.viewChanged.connect(self.refresh)
        self._show_bank()
        self._selection.currentChanged.connect(self._selection_changed)
        self.results.lookChanged.connect(self.refresh)

    # --- what others read ----------------------------------------------------------------------------------------

    @property
    def shown(self) -> ShownLayer:
        """Whose maps are shown."""
        return self.results.shown

    @property
    def look(self) -> Look:
        """How maps are coloured."""
        return self.results.look

    @property
    def planes(self) -> bool:
        """Whether R, G and B are shown apart."""
        return self.results.planes

    @property
    def input(self) -> InputReady | None:
        """The input that came last."""
        return self.results.input

    @property
    def ranges(self) -> dict[int, MapRange]:
        """Figures of whole maps, as far as they are known."""
        return self.results.ranges

    @property
    def settled(self) -> SignalInstance:
        """All that was asked for is shown."""
        return self.results.settled

    @property
    def busy(self) -> bool:
        """Whether something is asked for and not yet shown, or given up."""
        return self._soon.pending or self._ended is not self._last

    @property
    def answered(self) -> bool:
        """Whether the maps on the screen are those asked for last, even if figures of them are still computed."""
        return not self._soon.pending and self._last in (self._drawn, self._ended)

    # --- asking --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is on the screen now, once per turn of the event loop."""
        self._soon.ask()

    def set_look(self, **changes: Any) -> None:
        """Change palettes, theme or the held scale (`Look`'s fields)."""
        self.results.set_look(**changes)

    def set_planes(self, *, apart: bool) -> None:
        """Show R, G and B apart, or as one picture."""
        self.results.set_planes(apart=apart)

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
            self._show_other_bank()
            self.results.lookChanged.emit()

    def _show_bank(self, order: tuple[int | None, ...] | None = None) -> None:
        """Have a cell for each map; those of a pooling under the pictures of the filters whose maps are pooled."""
        self._maps.set_bank(self.shown.layer.bank, self.shown.pooled_filters, order)

    def _show_other_bank(self) -> None:
        self._valid.clear()
        self._show_bank()
        self.refresh()

    @Slot()
    def _selection_changed(self) -> None:
        if self.shown.comparison:
            self._show_other_bank()
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

    @Slot(object)
    def _follow(self, change: Change) -> None:
        after = change.after
        deep = source(after.layers, after.edited_index) is not None
        if self.shown.comparison == "channels" and (deep or after.preparation.grey):
            self.compare("")
        below = any(one.at < len(self.shown.stack[0]) for one in change.layers)
        if change.kinds & ARRANGED or below:
            self._valid.clear()
        self._show_bank(None if self.shown.comparison else self._order(change))
        if change.kinds & MEASURED_ANEW or below:
            self._take_ranges({})
        elif change.kinds & Kind.ROWS and change.rows is not None:
            known = self.results.ranges
            self.results.ranges = {row: known[was] for row, was in enumerate(change.rows) if was in known}
        if change.kinds & FOLLOWED:
            self._node.show()
            self.refresh()

    def _order(self, change: Change) -> tuple[int | None, ...] | None:
        """For each map shown, which one it was; None if they are maps of another layer."""
        return change.rows if not change.kinds & Kind.CURRENT else None

    def _refresh(self) -> None:
        project = self._document.project
        if project.image is None:
            self._show_nothing()
            return
        job = self._screen.job(project.image)
        if same_job(job, self._last) and not self._given_up:
            if self._last is not None:
                self._valid.add(self._last)
            return
        self._given_up = False
        self._last = job
        self._valid.add(job)
        self._started = time.monotonic()
        self._worker.submit(job)
        for timer in (self._stale, self._slow):
            if not timer.isActive():
                timer.start()

    def _show_nothing(self) -> None:
        """There is no picture, so there is none of its maps either."""
        self._worker.cancel()
        self._valid.clear()
        self._last = self._drawn = self._ended = None
        self.results.forget()
        self._image_view.clear()
        self._maps.forget_pictures()
        self._probe.set_placement(None)
        self._take_ranges({})
        self._node.show()
        self.progressed.emit(2.0)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot(object, object)
    def _show(self, job: MapsJob, event: object) -> None:
        if job not in self._valid:
            return
        if isinstance(event, InputReady):
            self._take_input(job, event)
        elif isinstance(event, InputPicture):
            self.results.take_image(job, event.prepared)
            self._navigator.set_size(*event.prepared.shape[1:])
            self._image_view.show_picture(event)
        elif isinstance(event, MapPictures):
            self._maps.show_pictures(event)
            self._drawn = job
            self._node.renew(job, event)
            if job is self._last:
                self._stale.stop()
        elif isinstance(event, Ranges):
            if _are_laid_alike(job.layer, self.shown.layer):
                self._take_ranges(event.ranges)
                self._report(event)
        elif isinstance(event, Histogram):
            self._maps.show_histogram(event)
        elif isinstance(event, Strongest):
            self.results.strongestFound.emit(event if job is self._last else None)

    def _take_input(self, job: MapsJob, event: InputReady) -> None:
        known = self.results.input
        anew = known is None or event.prepared is not known.prepared or event.placement != known.placement
        self.results.take_input(job, event)
        if anew:
            self.results.strongestFound.emit(None)
        self._navigator.set_size(*event.image.shape[1:])
        self._probe.set_placement(event.placement)

    def _take_ranges(self, ranges: dict[int, MapRange]) -> None:
        self.results.ranges = ranges
        self._maps.show_ranges(ranges)
        self.results.rangesChanged.emit(ranges)

    def _report(self, event: Ranges) -> None:
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
        self.results.settled.emit()

    @Slot(object, object)
    def _fail(self, job: MapsJob, error: BaseException) -> None:
        if job is self._last or not isinstance(error, ConvExplorerError):
            self.failed.emit(error)
        if job is self._last and isinstance(error, InvalidValueError):
            # No window fits this input, so its maps are not late: there are none.
            self.results.forget_input()
            self._maps.forget_pictures()
            self._probe.set_placement(None)
            self._node.show()

    def _mark_stale(self) -> None:
        self._maps.set_stale(stale=True)
        if self.results.image is None:
            self._image_view.set_stale(stale=True)

    def _report_slow(self) -> None:
        if self._worker.busy:
            self.progressed.emit(-1.0)


def _timer(parent: QObject, interval: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(slot)
    return timer


def _are_laid_alike(one: ConvLayer, other: ConvLayer) -> bool:
    """Whether two layers differ in their filters at most, so that figures of a filter in one hold in the other."""
    return replace(one, bank=other.bank) == other
