"""The Training panel: the controls of a run, and below them the pages that show what it has come to.

It says what is wanted and shows what it is told. `gui.training.dock` makes it, the session that trains, and the
presenter between the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.network import Network
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.project.project import Project
from convexplorer.core.project.training_run import Frozen, Plan
from convexplorer.gui.training.filters_page import FiltersPage
from convexplorer.gui.training.gallery import GalleryPage
from convexplorer.gui.training.jobs import RunProgress
from convexplorer.gui.training.predict_page import PredictPage
from convexplorer.gui.training.run_controls import RunControls
from convexplorer.gui.training.session import TrainingState
from convexplorer.gui.training.settings_page import TrainingSettingsPage
from convexplorer.gui.training.test_page import TestPage
from convexplorer.gui.training.update_page import UpdatePage

DATA_PAGE, UPDATE_PAGE, PREDICT_PAGE = 1, 3, 4
"""Numbers of the pages that show the images, explain one update and ask the network."""


class TrainingPanel(QWidget):
    """Data, run and results of one training session."""

    exportWanted = Signal(object)
    """The file that the timeline is to be written to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self.controls = RunControls(self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("trainingTabs")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.controls)
        column.addWidget(self.tabs, 1)

    def build(self) -> Iterator[None]:
        """Make the pages, one a step: together they would hold the window up; the panel is ready at the end."""
        self.filters = FiltersPage(self)
        self._add(self.filters, self.tr("Learning"))
        yield
        self.gallery = GalleryPage(self)
        self._add(self.gallery, self.tr("Data"))
        self.test = TestPage(self)
        self._add(self.test, self.tr("Test"))
        yield
        self.update_page = UpdatePage(self)
        self._add(self.update_page, self.tr("One update"))
        yield
        self.predict_page = PredictPage(self)
        self._add(self.predict_page, self.tr("Predict"))
        yield
        self.settings = TrainingSettingsPage(self)
        self._add(self.settings, self.tr("Settings"))
        yield
        self.filters.exportWanted.connect(self._export)
        self.update_page.stepped.connect(lambda: self.controls.run("batch"))
        self.tabs.currentChanged.connect(self._fill_page)
        self.show_state("none", ready=False, can_predict=False, frozen=())

    def plan(self, project: Project) -> Plan:
        """What the settings say.

        Raises
        ------
        InvalidValueError
            If a number makes no sense.
        """
        return self.settings.plan(self.controls.data.currentData(), project)

    def _add(self, page: QWidget, title: str) -> None:
        """Add a page; a low window scrolls it instead of growing."""
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self.tabs.addTab(scroll, title)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_run(self, layers: tuple[Layer, ...], frame: RunProgress, classes: Sequence[str], plan: Plan) -> None:
        """Show filters and figures of a network."""
        self.filters.begin(layers, frame, classes, plan.hidden, by_hand=bool(plan.layers))
        self.controls.show_progress(frame)

    def begin(self, data: Dataset, network: Network, frame: RunProgress, plan: Plan) -> None:
        """Begin with a network that stands ready."""
        self.controls.show_note("")
        names = self._begin(data, data.classes, network, frame, plan)
        if frame.test is not None:
            self.test.show_test(frame.batch / frame.per_epoch, frame.test)
        count = len(network.dense)
        dense = [self.tr("Dense {0}").format(number + 1) if count > 1 else self.tr("Dense") for number in range(count)]
        self.update_page.begin(data, [*names, *dense], network.weight_shapes, len(names))
        self._fill_page()

    def begin_watching(self, classes: Sequence[str], network: Network, frame: RunProgress, plan: Plan) -> None:
        """Begin with a network whose images are not there: it can be looked at and asked."""
        self._begin(None, classes, network, frame, plan)
        self._fill_page()

    def _begin(
        self, data: Dataset | None, classes: Sequence[str], network: Network, frame: RunProgress, plan: Plan
    ) -> list[str]:
        """Show what a network needs no images for; returns the names of its convolutions."""
        layers = network.layers
        self.show_run(layers, frame, classes, plan)
        self.test.begin(data)
        self.gallery.begin(data)
        names = [label(layers, at) for at, one in enumerate(layers) if isinstance(one, ConvLayer)]
        self.predict_page.begin(classes, network.shape, data.test if data is not None else None, names)
        return names

    def show_frame(self, frame: RunProgress) -> None:
        """Show what a run has come to."""
        self.filters.add(frame)
        if frame.same is not None and frame.loss is not None:
            self.update_page.show_step(frame.loss, frame.same, frame.now)
        elif frame.loss is not None:
            self.update_page.forget_step()
        if frame.test is not None:
            self.test.show_test(frame.batch / frame.per_epoch, frame.test)
        self.controls.show_progress(frame)
        if self.tabs.currentIndex() == PREDICT_PAGE:
            self.predict_page.ask_again()

    def show_state(self, state: TrainingState, *, ready: bool, can_predict: bool, frozen: Frozen) -> None:
        """Enable what can be done now."""
        self.controls.show_state(state, ready=ready)
        self.update_page.set_ready(ready=ready)
        self.filters.set_ready(ready=ready, frozen=frozen)
        self.predict_page.set_ready(ready=can_predict)
        if ready or state == "watching":
            self._fill_page()

    def _fill_page(self) -> None:
        """Let the page in front show what it shows only while it is looked at."""
        page = self.tabs.currentIndex()
        if page == DATA_PAGE:
            self.gallery.look()
        elif page == UPDATE_PAGE:
            self.update_page.ask()
        elif page == PREDICT_PAGE:
            self.predict_page.ask_again()

    def _export(self) -> None:
        """Ask for a file and save the timeline."""
        kinds = self.tr("Animation (*.gif);;Animation in full colour (*.apng);;Arrays (*.npz)")
        path = QFileDialog.getSaveFileName(self, self.tr("Export timeline"), "filters.gif", kinds)[0]
        if path:
            self.exportWanted.emit(Path(path))
