"""Between the document, the training session and the Training panel: what was asked for is done, what came is shown.

The document's project holds the run (`Project.training`), so it is saved, journalled and undone with everything else.
What the session has come to goes there as one step; where the document goes to another run, by undo or a file, the
session takes that one up.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from convexplorer.core.learn.into_project import with_layers
from convexplorer.core.learn.network import Frozen
from convexplorer.core.learn.training import DivergedError
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.model.project import Project, with_bank
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.training.jobs import Frame, Picture, Prepared, Until, frame_of_run
from convexplorer.gui.training.session import TrainingSession

if TYPE_CHECKING:
    from convexplorer.core.learn.run import Plan, Run
    from convexplorer.gui.training.panel import TrainingPanel

LARGE = 1 << 20
"""Bytes of a run beyond which steps in a row are one for undo: each would hold as much."""

LIVE_AFTER = 120
"""Milliseconds from a picture of a run until its filters are laid over the explorer's picture."""


class TrainingPresenter(QObject):
    """Connects document, session and panel."""

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""

    def __init__(self, document: Document, session: TrainingSession, panel: TrainingPanel) -> None:
        super().__init__(panel)
        self._document, self.session, self._panel = document, session, panel
        self._frozen: Frozen = ()
        self._shown: Run | None = None
        self._runs = 0
        self._anew = False
        self._freezing = ""
        # Neither in the same turn of the event loop as the panel, nor as often: all that shows filters follows.
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(LIVE_AFTER)
        self._live.timeout.connect(self._show_live)
        document.changed.connect(self._follow)
        session.stateChanged.connect(self._refresh)
        session.prepared.connect(self._prepared)
        session.progressed.connect(self._progressed)
        session.failed.connect(self._failed)
        session.exported.connect(lambda path: self.said.emit(self.tr("Saved {0}").format(path.name)))
        session.explained.connect(panel.update_page.show_update)
        session.predicted.connect(panel.predict_page.show_answer)
        panel.update_page.asked.connect(session.explain)
        panel.predict_page.asked.connect(self._predict)
        panel.predict_page.pictureWanted.connect(self._predict_picture)
        filters = panel.filters
        filters.taken.connect(self._take)
        filters.allTaken.connect(self._take_all)
        filters.wanted.connect(self._give)
        filters.startWanted.connect(self._start_from_explorer)
        filters.layer.lockToggled.connect(self._toggle_lock)
        filters.layer.layerLocked.connect(self._lock_layer)

    # --- what the panel asks for ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Take up the document's run, or make the first data set and a network at its start."""
        run = self._document.project.training
        if run is None:
            self.prepare()
        else:
            self._resume(run)

    def prepare(self) -> None:
        """Begin anew with what the settings say; that ends the document's run, as a step that can be undone."""
        try:
            plan = self._panel.plan(self._document.project)
        except ConvExplorerError as error:
            self.failed.emit(error)
            return
        self._anew, self._frozen = True, ()
        self.session.prepare(plan, or_former=True)

    def run(self, until: Until) -> None:
        """Train for a batch, an epoch or to the end, at the rate that the settings say now."""
        try:
            settings = self._panel.settings.plan(self.session.plan.data or "", self._document.project).settings
        except ConvExplorerError as error:
            self.failed.emit(error)
            return
        self._runs += 1
        self.session.run(until, settings)

    def export(self, path: Path) -> None:
        """Write the timeline of the layer that is shown."""
        filters = self._panel.filters
        self.session.export(filters.timeline, path, filters.layer.number)

    # --- what the session tells ----------------------------------------------------------------------------------

    def _make(self, plan: Plan, run: Run | None = None) -> None:
        self._frozen = run.frozen if run is not None else ()
        self.session.prepare(plan, run)

    def _resume(self, run: Run) -> None:
        """Show a run that was put down, at once, and take it up as soon as its data are there."""
        self._shown, self._anew = run, False
        self._panel.settings.show_plan(run.plan)
        self._panel.show_data(run.plan.data, run.title)
        self._panel.show_run(run.layers, frame_of_run(run), run.classes, run.plan)
        self._make(run.plan, run)

    @Slot(object)
    def _prepared(self, prepared: Prepared) -> None:
        panel, data, frame = self._panel, prepared.dataset, prepared.frame
        panel.begin(data, prepared.training.network, frame, self.session.plan)
        self._frozen = prepared.training.network.frozen
        self._refresh()
        if data.notes:
            self.said.emit("; ".join(data.notes))  # In one, since the bar shows only what was said last.
        anew, self._anew = self._anew, False
        if anew and self._document.project.training is not None and frame.run is not None:
            self._keep(frame.run, self.tr("Begin another training"))

    @Slot(object)
    def _progressed(self, frame: Frame) -> None:
        self._panel.show_frame(frame)
        if frame.what == "stop":
            return  # What it learnt was kept when the last step was done.
        label = {
            "train": self.tr("Train"),
            "exchange": self.tr("Take filters into the training"),
            "freeze": self._freezing,
        }[frame.what]
        merge = self._merge(frame.run) if frame.what == "train" else None
        live = self._panel.filters.live.isChecked() and frame.loss is not None
        if frame.run is not None:
            project = self._document.project
            self._keep(frame.run, label, merge, self._with_first(project) if live else project)
        elif live and not self._live.isActive():
            self._live.start()

    def _show_live(self) -> None:
        """Lay the learning filters over the picture; a step with the run that they come of."""
        project = self._with_first(self._document.project)
        self._document.apply(self.tr("Train"), project, merge=self._merge(project.training))

    def _merge(self, run: Run | None) -> Hashable:
        """What the steps of a run have in common, those that bring its filters to the picture too."""
        return "large training" if run is not None and run.nbytes > LARGE else ("training", self._runs)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self.failed.emit(error)
        if self._anew:
            self._anew = False
            self._panel.show_data(self.session.plan.data, "")
            run = self._document.project.training
            self._frozen = run.frozen if run is not None else ()
            self._refresh()
        if isinstance(error, DivergedError):
            self._panel.show_note(
                self.tr(
                    "Diverged: at this learning rate each step goes too far, and the loss grows instead of shrinking."
                    " The last good state is back. Set a lower rate in Settings and press Start: it goes on from here."
                )
            )

    def _keep(self, run: Run, label: str, merge: Hashable = None, project: Project | None = None) -> None:
        """Make a run the document's, as one step."""
        self._shown = run
        self._live.stop()
        if run.nbytes > LARGE:
            merge = "large training"
        project = self._document.project if project is None else project
        self._document.apply(label, replace(project, training=run), merge=merge)

    @Slot(object, object)
    def _follow(self, before: Project, after: Project) -> None:
        """Go with the document where it goes to another run."""
        run = after.training
        if run is before.training or run is self._shown:
            return
        self._live.stop()
        if run is not None:
            self._resume(run)
        else:
            # Before its first step there was a network at its start, by the same plan.
            self._shown, self._anew = None, False
            self._make(self.session.plan)

    @Slot()
    def _refresh(self) -> None:
        self._panel.show_state(self.session.state, ready=self.session.ready, frozen=self._frozen)

    # --- filters there and back ----------------------------------------------------------------------------------

    def _with_first(self, project: Project) -> Project:
        """The project with the first layer's filters as they are shown."""
        bank = self._panel.filters.first_bank()
        try:
            return project if bank is None else with_bank(project, bank)
        except ConvExplorerError as error:
            self._panel.filters.live.setChecked(False)
            self.failed.emit(error)
            return project

    def _take(self) -> None:
        """Bring the chosen layer into the explorer: the first one's filters alone, a later one with those before it."""
        number = self._panel.filters.layer.number
        project = self._document.project
        if number == 0:
            self._document.apply(self.tr("Use learnt filters"), self._with_first(project))
            return
        layers = self._panel.filters.layers()
        at = [place for place, one in enumerate(layers) if isinstance(one, ConvLayer)][number]
        self._apply_layers(self.tr("Use learnt filters"), layers[: at + 1], at)

    def _take_all(self) -> None:
        self._apply_layers(self.tr("Use learnt layers"), self._panel.filters.layers(), 0)

    def _apply_layers(self, text: str, layers: tuple[Layer, ...], current: int) -> None:
        try:
            project = with_layers(self._document.project, layers)
        except ConvExplorerError as error:
            self.failed.emit(error)
        else:
            self._document.apply(text, replace(project, current=current))

    def _give(self) -> None:
        """Go on with the explorer's filters in the chosen layer."""
        self.session.exchange(self._panel.filters.layer.number, self._document.project.bank)

    def _start_from_explorer(self) -> None:
        self._panel.settings.start_from_explorer()
        self.prepare()
        project = self._document.project
        convolutions = [at for at, one in enumerate(project.layers) if isinstance(one, ConvLayer) and one.enabled]
        names = ", ".join(label(project.layers, at) for at in convolutions)
        self.said.emit(self.tr("A new training begins with the explorer's {0}").format(names))

    def _predict(self, picture: Picture, asked: int | None = None) -> None:
        """Ask the network about a picture, which becomes grey as the explorer's does."""
        self.session.predict(picture, asked, self._document.project.preparation.grey_method)

    def _predict_picture(self) -> None:
        """Ask the network about the explorer's picture."""
        image = self._document.project.image
        if image is not None:
            self._predict(image)

    # --- freezing ------------------------------------------------------------------------------------------------

    def _toggle_lock(self, layer: int, unit: int) -> None:
        self._freeze(layer, self._of_layer(layer) ^ {unit})

    def _lock_layer(self, layer: int, on: bool) -> None:
        units = range(len(self._panel.filters.layer.names(layer)))
        self._freeze(layer, frozenset(units) if on else frozenset())

    def _of_layer(self, layer: int) -> frozenset[int]:
        return self._frozen[layer] if layer < len(self._frozen) else frozenset()

    def _freeze(self, layer: int, units: frozenset[int]) -> None:
        if not self.session.ready:
            return
        more = len(units) > len(self._of_layer(layer))
        self._freezing = self.tr("Freeze filters") if more else self.tr("Let filters learn")
        count = max(layer + 1, len(self._frozen))
        self._frozen = tuple(units if at == layer else self._of_layer(at) for at in range(count))
        self._refresh()
        self.session.freeze(self._frozen)
