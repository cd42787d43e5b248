"""What has been computed of the present project: one place that every panel reads, and which says what is not known."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import Any

from PySide6.QtCore import QObject, Signal

from convexplorer.core.engine.live_events import InputReady, MapsJob
from convexplorer.core.engine.pictures import Look
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.images import Prepared
from convexplorer.gui.canvas.shown_layer import ShownLayer
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection


class Results(QObject):
    """Holds what the worker found, and how maps are looked at; the maps' presenter alone fills it.

    Parameters
    ----------
    document : Document
        The project.
    selection : Selection
        Its selected filters.
    parent : QObject
        Qt's owner.

    Attributes
    ----------
    look : Look
        Palettes, theme and the held scale.
    planes : bool
        Whether R, G and B are shown apart.
    shown : ShownLayer
        Whose maps are shown.
    input : InputReady or None
        The input that came last; it may be that of another picture or layer (`ready`).
    ranges : dict of int to MapRange
        Figures of whole maps, by row, as far as they are known.
    """

    settled = Signal()
    """All that was asked for is shown."""
    rangesChanged = Signal(object)
    """Figures of whole maps, by index."""
    strongestFound = Signal(object)
    """`Strongest` of the filter that was asked for, or None while it is not known."""
    lookChanged = Signal()
    """Palettes, theme, the held scale, planes apart, or what is compared."""
    nodeChanged = Signal()
    """The node looked at, or its values."""

    def __init__(self, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self.shown = ShownLayer(document, selection, self)
        self.look = Look()
        self.planes = False
        self.input: InputReady | None = None
        self.ranges: dict[int, MapRange] = {}
        self._job: MapsJob | None = None
        self._pictured: tuple[MapsJob, Prepared] | None = None

    @property
    def image(self) -> Prepared | None:
        """The prepared picture, once it is that of the project."""
        if self._pictured is None:
            return None
        job, prepared = self._pictured
        return prepared if self._is_of_present_input(job) else None

    @property
    def ready(self) -> InputReady | None:
        """The input of the layer that is looked at, once it is there and made of the layers before it as they are."""
        if self._job is None or not self._is_of_present_input(self._job):
            return None
        before, made = self.shown.stack[0], self._job.before
        return self.input if len(before) == len(made) and all(map(is_, before, made)) else None

    def _is_of_present_input(self, job: MapsJob) -> bool:
        project = self._document.project
        return job.image is project.image and job.preparation == project.preparation

    def take_input(self, job: MapsJob, event: InputReady) -> None:
        """Take an input as it comes from the worker, and the job it answers."""
        self._job, self.input = job, event
        self._pictured = job, event.image

    def take_image(self, job: MapsJob, prepared: Prepared) -> None:
        """Take the prepared picture, which comes alone where no window fits it."""
        self._pictured = job, prepared

    def forget_input(self) -> None:
        """No window fits the picture, so no layer's input is known."""
        self._job = self.input = None

    def forget(self) -> None:
        """There is no picture, so nothing is known."""
        self.forget_input()
        self._pictured = None
        self.ranges = {}

    def set_look(self, **changes: Any) -> None:
        """Change palettes, theme or the held scale (`Look`'s fields)."""
        self.look = replace(self.look, **changes)
        self.lookChanged.emit()

    def set_planes(self, *, apart: bool) -> None:
        """Show R, G and B apart, or as one picture."""
        if apart != self.planes:
            self.planes = apart
            self.lookChanged.emit()
