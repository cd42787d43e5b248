"""What drove the pinned node: asked of a worker whenever something has changed, and laid over the image."""

from __future__ import annotations

from collections.abc import Iterator
from operator import is_
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from convexplorer.core.explain.attribution import Attribution, AttributionJob, attribute
from convexplorer.core.model.layers import PoolLayer, label
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.kit.worker import Worker
from convexplorer.gui.node.attribution_legend import AttributionLegend
from convexplorer.gui.node.contributions_model import map_title
from convexplorer.gui.node.tracer import Tracer


class Attributor(QObject):
    """Switches the shares on and off, and keeps them those of the pinned node.

    Parameters
    ----------
    exploration : Exploration
        What is explored.
    tracer : Tracer
        Knows which node is pinned.
    image : ImageView
        What the shares are laid over.
    legend : AttributionLegend
        Explains them.
    parent : QObject
        Qt's owner.
    """

    switched = Signal(bool)
    """The shares are shown from now on, or no longer."""
    failed = Signal(object)
    """An exception that ended the work."""

    def __init__(
        self,
        exploration: Exploration,
        tracer: Tracer,
        image: ImageView,
        legend: AttributionLegend,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._tracer = tracer
        self._image = image
        self._legend = legend
        self._worker: Worker | None = None
        self._last: AttributionJob | None = None
        self.on = False
        self.shown: Attribution | None = None
        tracer.changed.connect(self.refresh)
        self._results.lookChanged.connect(self.refresh)
        legend.closed.connect(lambda: self.switch(on=False))
        legend.zoomRequested.connect(tracer.zoom_to_field)

    def switch(self, *, on: bool) -> None:
        """Show what drove the pinned node, or no longer."""
        if on != self.on:
            self.on = on
            self._last = None
            self._take(None)
            self.switched.emit(on)
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask for the shares of the node that is pinned now, unless they are there or on their way."""
        if not self.on:
            return
        job = self._job()
        if job is None:
            self._last = None
            self._take(None)
        elif not _same(job, self._last):
            if self._last is None or job.image is not self._last.image:
                self._take(None)
            self._last = job
            self._work().submit(job)

    def close(self) -> None:
        """Stop for good."""
        self.on = False
        if self._worker is not None:
            self._worker.close()

    def _job(self) -> AttributionJob | None:
        project, place, image = self._document.project, self._tracer.trail.node, self._results.image
        if place is None or image is None or not self._tracer.pinned:
            return None
        layer = project.layers[place.layer]
        if isinstance(layer, PoolLayer) and not layer.enabled:
            return None
        return AttributionJob(project.layers[: place.layer + 1], image, place, self._results.look.diverging)

    def _work(self) -> Worker:
        """The worker, once it is needed."""
        if self._worker is None:
            self._worker = Worker(_run, newest_wins=True, parent=self)
            self._worker.produced.connect(self._receive)
            self._worker.failed.connect(self._fail)
        return self._worker

    @Slot(object, object)
    def _receive(self, job: AttributionJob, found: Attribution) -> None:
        if self.on and job is self._last:
            self._take(found)

    @Slot(object, object)
    def _fail(self, job: AttributionJob, error: BaseException) -> None:
        """Tell what was not foreseen; a window that does not fit is told of by the maps."""
        if job is self._last:
            self._take(None)
        if not isinstance(error, ConvExplorerError):
            self.failed.emit(error)

    def _take(self, found: Attribution | None) -> None:
        self.shown = found
        self._image.set_attribution(found)
        name, pooled = "", False
        if found is not None:
            layers, place = self._document.project.layers, found.place
            layer = layers[place.layer]
            pooled = isinstance(layer, PoolLayer)
            names = self._tracer.sources(place.layer).names if isinstance(layer, PoolLayer) else layer.bank.names
            name = f"{label(layers, place.layer)} · {map_title(place.map, names)} ({place.row}, {place.column})"
        self._legend.show_attribution(found, name, pooled=pooled)


def _run(job: Any, cancelled: ShouldStop, _superseded: ShouldStop) -> Iterator[object]:
    yield attribute(job, cancelled)


def _same(one: AttributionJob, other: AttributionJob | None) -> bool:
    """Whether two orders ask for the same."""
    return (
        other is not None
        and one.image is other.image
        and len(one.layers) == len(other.layers)
        and all(map(is_, one.layers, other.layers))
        and (one.place, one.diverging) == (other.place, other.diverging)
    )
