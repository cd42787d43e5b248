"""Connects the document, the training session and the Training panel.

The document's project holds the run (`Project.training`), so it is saved, journalled and undone with everything else.
What the session has come to goes there as one step; where the document goes to another run, by undo or a file, the
session takes that one up.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from convexplorer.core.learn.into_project import with_layers
from convexplorer.core.learn.training import DivergedError
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import Project
from convexplorer.core.project.training_run import Frozen
from convexplorer.errors import ConvExplorerError, InvalidValueError, UnavailableError
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.training.jobs import PreparedRun, RunProgress, Until, frame_of_run
from convexplorer.gui.training.live_filters import LiveFilters
from convexplorer.gui.training.prediction_jobs import Picture
from convexplorer.gui.training.session import TrainingSession

if TYPE_CHECKING:
    from convexplorer.core.project.training_run import Plan, Run
    from convexplorer.gui.training.panel import TrainingPanel

LARGE = 1 << 20
"""Bytes of a run beyond which steps in a row are one for undo: each would hold as much."""


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
        # Where the images of runs are that the document does not say it of, and by what they are known again.
        self._places: dict[Hashable, str | Path] = {}
        self._live = LiveFilters(document, panel.filters, self)
        self._connect()

    def _connect(self) -> None:
        """Connect what each of the three tells to what the others do about it."""
        document, session, panel = self._document, self.session, self._panel
        document.changes(Kind.TRAINING | Kind.FILTERS | Kind.STACK).connect(self._follow)
        session.stateChanged.connect(self._refresh)
        session.prepared.connect(self._show_prepared)
        session.progressed.connect(self._take_progress)
        session.failed.connect(self._handle_failure)
        session.exported.connect(lambda path: self.said.emit(self.tr("Saved {0}").format(path.name)))
        session.explained.connect(panel.update_page.show_update)
        session.predicted.connect(panel.predict_page.show_answer)
        self._live.laid.connect(self._show_live)
        self._live.failed.connect(self.failed)
        self._live.said.connect(self.said)
        controls, filters = panel.controls, panel.filters
        controls.dataWanted.connect(self.choose_data)
        controls.imagesShown.connect(self.find_images)
        controls.runWanted.connect(self.run)
        controls.pauseWanted.connect(session.pause)
        controls.stopWanted.connect(session.stop)
        controls.resetWanted.connect(self.prepare)
        panel.exportWanted.connect(self.export)
        panel.update_page.asked.connect(session.explain)
        panel.predict_page.asked.connect(self._predict)
        panel.predict_page.pictureWanted.connect(self._predict_picture)
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

    def choose_data(self, data: str | Path) -> None:
        """Begin with a data set, unless it is the one that is trained on."""
        if data == self.session.plan.data and self.session.state not in ("none", "watching"):
            self.said.emit(self.tr("These images are trained on already. Reset begins anew with them."))
            return
        self._panel.controls.show_data(data, Path(data).name)
        self.prepare()

    def prepare(self) -> None:
        """Begin anew with what the settings say; that ends the document's run, as a step that can be undone."""
        try:
            plan = self._panel.plan(self._document.project)
        except ConvExplorerError as error:
            self.failed.emit(error)
            return
        if plan.data is None:
            self.failed.emit(InvalidValueError("choose a data set first"))
            return
        self._panel.controls.show_data(plan.data, Path(plan.data).name)
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

    def _make(self, plan: Plan, run: Run | None = None, *, reread: bool = False) -> None:
        self._frozen = run.frozen if run is not None else ()
        self.session.prepare(plan, run, reread=reread)

    def _resume(self, run: Run) -> None:
        """Show a run that was put down, at once, and take it up as soon as its data are there."""
        self._shown, self._anew = run, False
        data = run.plan.data or self._places.get(_origin(run))
        plan = replace(run.plan, data=data)
        self._panel.settings.show_plan(plan)
        self._panel.controls.show_data(data, run.title)
        self._panel.show_run(run.layers, frame_of_run(run), run.classes, plan)
        self._make(plan, run)

    def find_images(self, data: str | Path) -> None:
        """Go on with the document's run, whose images are said to be there; another data set is refused."""
        run = self._document.project.training
        if run is not None:
            self._make(replace(run.plan, data=data), run, reread=True)

    @Slot(object)
    def _show_prepared(self, prepared: PreparedRun) -> None:
        panel, data, frame, plan = self._panel, prepared.dataset, prepared.frame, self.session.plan
        self._frozen = prepared.network.frozen
        run = self._document.project.training
        if data is None:
            panel.begin_watching(() if run is None else run.classes, prepared.network, frame, plan)
            self._refresh()
            return
        panel.begin(data, prepared.network, frame, plan)
        self._refresh()
        if run is not None and plan.data is not None and not self._anew:
            self._places[_origin(run)] = plan.data
            panel.controls.show_data(plan.data, run.title)
        notes = [*data.notes]
        if prepared.other_pixels:
            notes.append(
                self.tr("These images are as many and as large as those it learnt from, but not the same; it goes on")
            )
        if notes:
            self.said.emit("; ".join(notes))  # In one, since the bar shows only what was said last.
        anew, self._anew = self._anew, False
        if anew and self._document.project.training is not None and frame.run is not None:
            self._keep(frame.run, self.tr("Begin another training"))

    @Slot(object)
    def _take_progress(self, frame: RunProgress) -> None:
        self._panel.show_frame(frame)
        if frame.what == "stop":
            return  # What it learnt was kept when the last step was done.
        label = {
            "train": self.tr("Train"),
            "exchange": self.tr("Take filters into the training"),
            "freeze": self._freezing,
        }[frame.what]
        merge = self._merge(frame.run) if frame.what == "train" else None
        live = self._live.wanted and frame.loss is not None
        if frame.run is not None:
            project = self._document.project
            self._keep(frame.run, label, merge, self._live.lay(project) if live else project)
        elif live:
            self._live.announce()

    @Slot(object)
    def _show_live(self, project: Project) -> None:
        """Take on the project with learning filters over it; a step with the run that they come of."""
        self._document.apply(self.tr("Train"), project, merge=self._merge(project.training))

    def _merge(self, run: Run | None) -> Hashable:
        """What the steps of a run have in common, those that bring its filters to the picture too."""
        return "large training" if run is not None and run.nbytes > LARGE else ("training", self._runs)

    @Slot(object)
    def _handle_failure(self, error: Exception) -> None:
        run = self._document.project.training
        if self.session.state != "watching" or not isinstance(error, UnavailableError):
            self.failed.emit(error)  # What is missing stands in the panel, with what can be done about it.
        if self.session.state == "watching" and run is not None:
            self._panel.controls.show_data(run.plan.data, run.title)
            self._panel.controls.show_missing(self._missing_text(run, error))
        if self._anew:
            self._anew = False
            self._panel.controls.show_data(self.session.plan.data, "")
            self._frozen = run.frozen if run is not None else ()
            if run is not None and self.session.state == "none":
                self._resume(run)  # It was watched, so the session had no network to go back to.
            self._refresh()
        if isinstance(error, DivergedError):
            self._panel.controls.show_note(
                self.tr(
                    "Diverged: at this learning rate each step goes too far, and the loss grows instead of shrinking."
                    " The last good state is back. Set a lower rate in Settings and press Continue."
                )
            )

    def _missing_text(self, run: Run, error: Exception) -> str:
        """What is missing, and what can be done about it."""
        text = self.tr(
            "A session does not keep the images that “{0}” learnt from. Show them again to train on; until then its"
            " filters can be looked at, and Predict asked."
        ).format(run.title)
        if isinstance(error, UnavailableError):
            return text
        return f"{error_text(error)}. {text}" if isinstance(error, ConvExplorerError) else text

    def _keep(self, run: Run, label: str, merge: Hashable = None, project: Project | None = None) -> None:
        """Make a run the document's, as one step."""
        self._shown = run
        self._live.stop()
        if run.nbytes > LARGE:
            merge = "large training"
        project = self._document.project if project is None else project
        self._document.apply(label, replace(project, training=run), merge=merge)

    @Slot(object)
    def _follow(self, change: Change) -> None:
        """Go with the document where it goes to another run."""
        before, after = change.before, change.after
        self._live.follow(change)
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
        session = self.session
        self._panel.show_state(session.state, ready=session.ready, can_predict=session.can_predict, frozen=self._frozen)

    # --- filters there and back ----------------------------------------------------------------------------------

    def _take(self) -> None:
        """Bring the chosen layer into the explorer: the first one's filters alone, a later one with those before it."""
        number = self._panel.filters.layer.number
        project = self._document.project
        self._live.forget()
        if number == 0:
            self._document.apply(self.tr("Use learnt filters"), self._live.with_first(project))
            return
        layers = self._panel.filters.layers()
        at = [place for place, one in enumerate(layers) if isinstance(one, ConvLayer)][number]
        self._apply_layers(self.tr("Use learnt filters"), layers[: at + 1], at)

    def _take_all(self) -> None:
        self._live.forget()
        self._apply_layers(self.tr("Use learnt layers"), self._panel.filters.layers(), 0)

    def _apply_layers(self, text: str, layers: tuple[Layer, ...], current: int) -> None:
        try:
            project = with_layers(self._document.project, layers)
        except ConvExplorerError as error:
            self.failed.emit(error)
        else:
            self._document.apply(text, replace(project, shown_index=current))

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


def _origin(run: Run) -> Hashable:
    """By what the images of a run are known again."""
    return run.title, run.classes, run.shape, run.images
