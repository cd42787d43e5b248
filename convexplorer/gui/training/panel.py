"""The Training panel: choose data, start, and watch filters learn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.network import Frozen, Network
from convexplorer.core.learn.run import Plan
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.model.project import Project
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit import numbers, theme
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.training.filters_page import FiltersPage
from convexplorer.gui.training.gallery import GalleryPage
from convexplorer.gui.training.jobs import Frame, Until
from convexplorer.gui.training.predict_page import PredictPage
from convexplorer.gui.training.presenter import TrainingPresenter
from convexplorer.gui.training.session import State, TrainingSession
from convexplorer.gui.training.settings_page import SettingsPage
from convexplorer.gui.training.test_page import TestPage
from convexplorer.gui.training.update_page import UpdatePage

DATA = (
    ("shapes", "Shapes and edges"),
    ("digits", "Digits"),
    ("faces", "Faces"),
    ("textures", "Coloured textures"),
)
"""Built-in data sets by key; `io.datasets.load.BUILT_IN` makes them."""
DATA_PAGE, UPDATE_PAGE, PREDICT_PAGE = 1, 3, 4
"""Numbers of the pages that show the images, explain one update and ask the network."""


class TrainingPanel(QWidget):
    """Data, run and results of one training session."""

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self._begun: tuple[float, int] | None = None
        self._frame: Frame | None = None
        self.session = TrainingSession(self)
        self.data = QComboBox(self)
        self.data.setObjectName("trainingData")
        self.data.setAccessibleName(self.tr("Data set"))
        self.data.setToolTip(self.tr("What the network learns from"))
        for key, title in DATA:
            self.data.addItem(QCoreApplication.translate("datasets", title), key)
        self.data.addItem(self.tr("Folder of folders…"), "@folder")
        self.data.addItem(self.tr("File (IDX, .npz, .bin)…"), "@file")
        self.data.activated.connect(self._choose)
        self.start = self._button("trainingRun", "play", self.tr("Start"), self.tr("Train to the end, or pause"))
        self.start.clicked.connect(self._start)
        self.stop = self._button("trainingStop", "stop", "", self.tr("End here and try all test images"))
        self.stop.clicked.connect(self.session.stop)
        self.batch = self._button("trainingStepBatch", "step", "", self.tr("Train on one batch"))
        self.batch.clicked.connect(lambda: self._run("batch"))
        self.epoch = self._button("trainingStepEpoch", "next", "", self.tr("Train for one epoch"))
        self.epoch.clicked.connect(lambda: self._run("epoch"))
        self.reset = self._button("trainingReset", "reload", "", self.tr("Begin anew with the present settings"))
        self.reset.clicked.connect(self.prepare)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("trainingProgress")
        self.progress.setAccessibleName(self.tr("Progress of the training"))
        self.text = QLabel(self)
        self.text.setObjectName("trainingText")
        self.text.setProperty("tone", "muted")
        self._note = QLabel(self)
        self._note.setObjectName("trainingNote")
        self._note.setWordWrap(True)
        self._note.hide()
        self.find_folder = self._find_button("trainingFindFolder", self.tr("Show their folder…"))
        self.find_folder.clicked.connect(lambda: self._find("@folder"))
        self.find_file = self._find_button("trainingFindFile", self.tr("Show their file…"))
        self.find_file.clicked.connect(lambda: self._find("@file"))
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("trainingTabs")
        self._lay_out()

    def build(self, document: Document) -> Iterator[None]:
        """Make the pages, one a step: together they would hold the window up; the panel is ready at the end."""
        self.filters = FiltersPage(self)
        self._add(self.filters, self.tr("Filters"))
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
        self.settings = SettingsPage(self)
        self._add(self.settings, self.tr("Settings"))
        yield
        self.presenter = TrainingPresenter(document, self.session, self)
        self.presenter.failed.connect(self.failed)
        self.presenter.said.connect(self.said)
        self.filters.exportWanted.connect(self._export)
        self.update_page.stepped.connect(lambda: self._run("batch"))
        self.tabs.currentChanged.connect(self._page_changed)
        self.show_state("none", ready=False, can_predict=False, frozen=())

    def prepare(self) -> None:
        """Begin anew with what the settings say."""
        self.presenter.prepare()

    def plan(self, project: Project) -> Plan:
        """What the settings say.

        Raises
        ------
        InvalidValueError
            If a number makes no sense.
        """
        return self.settings.plan(self.data.currentData(), project)

    def close_session(self) -> None:
        """Stop for good."""
        self.filters.stop()
        self.session.close()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.data, 1)
        for button in (self.start, self.stop, self.batch, self.epoch, self.reset):
            row.addWidget(button)
        row.addWidget(HelpButton(self._help_text(), "trainingHelp", self))
        top = QVBoxLayout()
        top.setContentsMargins(8, 4, 8, 0)
        top.setSpacing(6)
        top.addLayout(row)
        top.addWidget(self.progress)
        top.addWidget(self.text)
        top.addWidget(self._note)
        find = QHBoxLayout()
        find.addWidget(self.find_folder)
        find.addWidget(self.find_file)
        find.addStretch(1)
        top.addLayout(find)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.tabs, 1)

    def _add(self, page: QWidget, title: str) -> None:
        """Add a page; a low window scrolls it instead of growing."""
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self.tabs.addTab(scroll, title)

    def _help_text(self) -> str:
        return self.tr(
            "In a network filters are not set by hand but learnt. They begin random. For each batch of images the loss "
            "is worked out, −log p of the right class; its gradient comes back through the layers to every weight, and "
            "each weight takes a small step down. Press Start and watch. Test shows images it never learnt from, One "
            "update a single weight's step with its numbers, Predict takes your own picture. Use in explorer lays the "
            "learnt filters over your photograph. All of it can be undone, and is saved with the session."
        )

    def show_note(self, text: str) -> None:
        """Explain what went wrong until the next step; "" takes it away."""
        for button in (self.find_folder, self.find_file):
            button.hide()
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _button(self, name: str, icon: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(theme.icon(icon))
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        if text:
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _find_button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(self.tr("If they are the images that this network learnt from, its training can go on"))
        button.hide()
        return button

    def _choose(self, index: int) -> None:
        """Take a built-in data set at once, or ask for the user's own."""
        key = self.data.itemData(index)
        self._take_data(self._ask_path(key) if key in ("@folder", "@file") else key)

    def _ask_path(self, kind: str) -> str:
        """Ask for the user's own images; "" if they are not shown."""
        if kind == "@folder":
            return QFileDialog.getExistingDirectory(self, self.tr("A folder with a folder for each class"))
        return QFileDialog.getOpenFileName(self, self.tr("Open a data set"))[0]

    def _take_data(self, data: str | None) -> None:
        """Begin with a data set, unless it is the one that is trained on."""
        present = self.session.plan.data
        if data and (data != present or self.session.state in ("none", "watching")):
            self.show_data(data, Path(data).name)
            self.prepare()
            return
        if data and data == present:
            self.said.emit(self.tr("These images are trained on already. Reset begins anew with them."))
        with QSignalBlocker(self.data):
            self.data.setCurrentIndex(self.data.findData(present))

    def _find(self, kind: str) -> None:
        """Let the images of a run be shown again."""
        if path := self._ask_path(kind):
            self.presenter.find_images(path)

    def _start(self) -> None:
        if self.session.state == "running":
            self.session.pause()
        else:
            self._run("end")

    def _run(self, until: Until) -> None:
        self.show_note("")
        self._begun = None
        self.presenter.run(until)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_data(self, data: str | Path | None, title: str) -> None:
        """Name the data set; the user's own, and one that is not there any more, get a line of their own."""
        with QSignalBlocker(self.data):
            known = self.data.findData(data)
            if known < 0:
                known = len(DATA)
                self.data.insertItem(known, title, data)
            self.data.setCurrentIndex(known)

    def show_missing(self, text: str) -> None:
        """Say that the images of a run are not there, why, and that they can be shown again."""
        self.show_note(text)
        for button in (self.find_folder, self.find_file):
            button.show()

    def show_run(self, layers: tuple[Layer, ...], frame: Frame, classes: Sequence[str], plan: Plan) -> None:
        """Show filters and figures of a network."""
        self.filters.begin(layers, frame, classes, plan.hidden, by_hand=bool(plan.layers))
        self._show_progress(frame)

    def begin(self, data: Dataset, network: Network, frame: Frame, plan: Plan) -> None:
        """Begin with a network that stands ready."""
        self.show_note("")
        names = self._begin(data, data.classes, network, frame, plan)
        if frame.test is not None:
            self.test.show_test(frame.batch / frame.per_epoch, frame.test)
        count = len(network.dense)
        dense = [self.tr("Dense {0}").format(number + 1) if count > 1 else self.tr("Dense") for number in range(count)]
        self.update_page.begin(data, [*names, *dense], network.weight_shapes, len(names))
        self._page_changed()

    def begin_watching(self, classes: Sequence[str], network: Network, frame: Frame, plan: Plan) -> None:
        """Begin with a network whose images are not there: it can be looked at and asked."""
        self._begin(None, classes, network, frame, plan)
        self._page_changed()

    def _begin(
        self, data: Dataset | None, classes: Sequence[str], network: Network, frame: Frame, plan: Plan
    ) -> list[str]:
        """Show what a network needs no images for; returns the names of its convolutions."""
        layers = network.layers
        self.show_run(layers, frame, classes, plan)
        self.test.begin(data)
        self.gallery.begin(data)
        names = [label(layers, at) for at, one in enumerate(layers) if isinstance(one, ConvLayer)]
        self.predict_page.begin(classes, network.shape, data.test if data is not None else None, names)
        return names

    def show_frame(self, frame: Frame) -> None:
        """Show what a run has come to."""
        self.filters.add(frame)
        if frame.same is not None and frame.loss is not None:
            self.update_page.show_step(frame.loss, frame.same, frame.now)
        elif frame.loss is not None:
            self.update_page.forget_step()
        if frame.test is not None:
            self.test.show_test(frame.batch / frame.per_epoch, frame.test)
        self._show_progress(frame)

    def show_state(self, state: State, *, ready: bool, can_predict: bool, frozen: Frozen) -> None:
        """Enable what can be done now."""
        running = state == "running"
        self.start.setEnabled(ready or running)
        self._name_start(running=running)
        self.stop.setEnabled(running or (state == "ready" and self._frame is not None and self._frame.batch > 0))
        self.batch.setEnabled(ready)
        self.epoch.setEnabled(ready)
        self.reset.setEnabled(state != "preparing")
        if state == "preparing":
            self.text.setText(self.tr("Making the data set"))
        self.update_page.set_ready(ready=ready)
        self.filters.set_ready(ready=ready, frozen=frozen)
        self.predict_page.set_ready(ready=can_predict)
        if ready or state == "watching":
            if self._frame is not None:
                self._show_progress(self._frame)
            self._page_changed()

    def _name_start(self, *, running: bool) -> None:
        """Call the button what it does: begin, pause, or go on with what has begun."""
        begun = self._frame is not None and self._frame.batch > 0
        self.start.setText(self.tr("Pause") if running else self.tr("Continue") if begun else self.tr("Start"))
        self.start.setIcon(theme.icon("pause" if running else "play"))
        self.start.setToolTip(
            self.tr("Pause after this batch; Continue goes on from there, Reset begins anew")
            if running
            else self.tr("Train up to the last epoch of the settings, or for one more")
        )

    def _show_progress(self, frame: Frame) -> None:
        self._frame = frame
        self._name_start(running=self.session.state == "running")
        total = max(frame.epochs * frame.per_epoch, frame.batch)
        self.progress.setRange(0, total)
        self.progress.setValue(frame.batch)
        now = time.monotonic()
        if self._begun is None:
            self._begun = (now, frame.batch)
        begun, first = self._begun
        done = numbers.fixed(frame.batch / frame.per_epoch, 1)
        begun_text = self.tr("Stopped at epoch {0} of {1}") if frame.what == "stop" else self.tr("Epoch {0} of {1}")
        text = begun_text.format(done, total // frame.per_epoch)
        loss = frame.now.loss if frame.loss is None else frame.loss
        if isfinite(loss):  # There is none before the first step.
            text += self.tr("   loss {0}").format(numbers.fixed(loss, 3))
        right = float(frame.curves.epochs[-1, 4]) if len(frame.curves.epochs) else None
        if frame.what == "stop" and frame.test is not None:
            right = frame.test.accuracy
        if right is not None:
            text += self.tr("   test {0} %").format(numbers.fixed(100 * right, 1))
        if frame.batch > first and frame.batch < total and self.session.state == "running":
            left = (now - begun) / (frame.batch - first) * (total - frame.batch)
            text += self.tr("   {0} s left").format(numbers.fixed(left, 0))
        self.text.setText(text)

    def _page_changed(self) -> None:
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
            self.presenter.export(Path(path))
