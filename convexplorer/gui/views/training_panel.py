"""The Training panel: choose data, start, and watch filters learn."""

from __future__ import annotations

import time
from collections.abc import Hashable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.filters import FilterBank
from convexplorer.core.learner import Stage
from convexplorer.core.learnt import with_stages
from convexplorer.core.project import with_bank
from convexplorer.errors import ConvExplorerError
from convexplorer.gui import numbers, theme
from convexplorer.gui.document import Document
from convexplorer.gui.training_session import Frame, Prepared, TrainingSession
from convexplorer.gui.views.training_filters_page import FiltersPage
from convexplorer.gui.views.training_predict_page import PredictPage
from convexplorer.gui.views.training_settings_page import SettingsPage
from convexplorer.gui.views.training_test_page import TestPage
from convexplorer.gui.views.training_tiles import Tile, Tiles, example_image
from convexplorer.gui.views.training_update_page import UpdatePage

DATA = (
    ("shapes", "Shapes and edges"),
    ("digits", "Digits"),
    ("faces", "Faces"),
    ("textures", "Coloured textures"),
)
"""Built-in data sets by key; `io.datasets.BUILT_IN` makes them."""
SAMPLES = 18
"""Images of each class in the gallery."""
UPDATE_PAGE = 3
"""Number of the page that explains one update."""


class TrainingPanel(QWidget):
    """Data, run and results of one training session."""

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self._document = document
        self._begun: tuple[float, int] | None = None
        self._runs = 0
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
        self.filters = FiltersPage(self)
        self.gallery = Tiles(32, self)
        self.gallery.setObjectName("trainingGallery")
        self.gallery.setAccessibleName(self.tr("Training images by class"))
        self.test = TestPage(self)
        self.update_page = UpdatePage(self)
        self.predict_page = PredictPage(self)
        self.settings = SettingsPage(self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("trainingTabs")
        self._lay_out()
        self._connect()
        self._refresh()

    def prepare(self) -> None:
        """Make the data set and a network at its start."""
        try:
            plan = self.settings.plan(self.data.currentData(), self._document.project)
        except ConvExplorerError as error:
            self.failed.emit(error)
            return
        self.session.prepare(plan)

    def close_session(self) -> None:
        """Stop for good."""
        self.filters.stop()
        self.session.close()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.data, 1)
        for button in (self.start, self.batch, self.epoch, self.reset):
            row.addWidget(button)
        gallery = QWidget(self)
        held = QVBoxLayout(gallery)
        held.setContentsMargins(8, 8, 8, 8)
        held.addWidget(self.gallery)
        held.addStretch(1)
        for page, title in (
            (self.filters, self.tr("Filters")),
            (gallery, self.tr("Data")),
            (self.test, self.tr("Test")),
            (self.update_page, self.tr("One update")),
            (self.predict_page, self.tr("Predict")),
            (self.settings, self.tr("Settings")),
        ):
            # A low window scrolls the pages instead of growing.
            scroll = QScrollArea(self)
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(page)
            self.tabs.addTab(scroll, title)
        top = QVBoxLayout()
        top.setContentsMargins(8, 4, 8, 0)
        top.setSpacing(6)
        top.addLayout(row)
        top.addWidget(self.progress)
        top.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.tabs, 1)

    def _connect(self) -> None:
        session = self.session
        session.stateChanged.connect(self._refresh)
        session.prepared.connect(self._prepared)
        session.progressed.connect(self._progressed)
        session.explained.connect(self.update_page.show_update)
        session.failed.connect(self.failed)
        session.predicted.connect(self.predict_page.show_answer)
        self.filters.taken.connect(self._take)
        self.filters.allTaken.connect(self._take_all)
        self.filters.exportWanted.connect(self._export)
        session.exported.connect(lambda path: self.said.emit(self.tr("Saved {0}").format(path.name)))
        self.filters.wanted.connect(lambda: session.load(self._document.project.bank))
        self.predict_page.asked.connect(session.predict)
        self.predict_page.pictureWanted.connect(self._predict_picture)
        self.update_page.asked.connect(session.explain)
        self.update_page.stepped.connect(lambda: self._run("batch"))
        self.tabs.currentChanged.connect(self._page_changed)

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

    def _choose(self, index: int) -> None:
        """Take a built-in data set at once, or ask for the user's own."""
        key = self.data.itemData(index)
        if key == "@folder":
            self._take_path(QFileDialog.getExistingDirectory(self, self.tr("A folder with a folder for each class")))
        elif key == "@file":
            self._take_path(QFileDialog.getOpenFileName(self, self.tr("Open a data set"))[0])
        else:
            self.prepare()

    def _take_path(self, path: str) -> None:
        with QSignalBlocker(self.data):
            if not path:
                self.data.setCurrentIndex(self.data.findData(str(self.session.plan.data)))
                return
            known = self.data.findData(path)
            if known < 0:
                known = len(DATA)
                self.data.insertItem(known, Path(path).name, path)
            self.data.setCurrentIndex(known)
        self.prepare()

    def _start(self) -> None:
        if self.session.state == "running":
            self.session.pause()
        else:
            self._run("end")

    def _run(self, until: str) -> None:
        self._begun = None
        self._runs += 1
        self.session.run(until)  # type: ignore[arg-type]

    def _prepared(self, prepared: Prepared) -> None:
        data, network = prepared.dataset, prepared.training.network
        self.filters.begin(network.stages, prepared.frame)
        self.test.begin(data)
        self.predict_page.begin(data)
        self.update_page.begin(data, tuple(conv.weights.shape for conv in network.convolutions))
        tiles: list[Tile] = []
        for label, title in enumerate(data.classes):
            tiles.append(Tile(None, title))
            tiles += [Tile(example_image(data.train.images[one])) for one in data.train.of_class(label, SAMPLES)]
        self.gallery.show_tiles(tiles)
        for note in data.notes:
            self.said.emit(note)
        self._show_progress(prepared.frame)
        self._page_changed()

    def _progressed(self, frame: Frame) -> None:
        self.filters.add(frame)
        if self.filters.live.isChecked():
            bank = self.filters.bank()
            if bank is not None and frame.batches:
                self._take(bank, merge=("training", self._runs))
        if frame.same is not None and frame.batches:
            self.update_page.show_step(frame.batches[-1].loss, frame.same)
        if frame.epoch is not None:
            self.test.show_epoch(frame.epoch)
        self._show_progress(frame)

    def _show_progress(self, frame: Frame) -> None:
        epochs = self.session.plan.settings.epochs
        total = max(epochs * frame.per_epoch, frame.batch)
        self.progress.setRange(0, total)
        self.progress.setValue(frame.batch)
        now = time.monotonic()
        if self._begun is None:
            self._begun = (now, frame.batch)
        begun, first = self._begun
        done = numbers.fixed(frame.batch / frame.per_epoch, 1)
        text = self.tr("Epoch {0} of {1}").format(done, total // frame.per_epoch)
        if frame.batches:
            text += self.tr("   loss {0}").format(numbers.fixed(frame.batches[-1].loss, 3))
        if frame.batch > first and frame.batch < total and self.session.state == "running":
            left = (now - begun) / (frame.batch - first) * (total - frame.batch)
            text += self.tr("   {0} s left").format(numbers.fixed(left, 0))
        self.text.setText(text)

    def _refresh(self) -> None:
        state = self.session.state
        ready, running = state in ("ready", "finished"), state == "running"
        self.start.setEnabled(ready or running)
        self.start.setText(self.tr("Pause") if running else self.tr("Start"))
        self.start.setIcon(theme.icon("pause" if running else "play"))
        self.batch.setEnabled(ready)
        self.epoch.setEnabled(ready)
        self.reset.setEnabled(state != "preparing")
        if state == "preparing":
            self.text.setText(self.tr("Making the data set"))
        self.update_page.set_ready(ready=ready)
        self.filters.set_ready(ready=ready)
        self.predict_page.set_ready(ready=ready)
        if ready:
            self._page_changed()

    def _page_changed(self) -> None:
        if self.tabs.currentIndex() == UPDATE_PAGE:
            self.update_page.ask()

    def _predict_picture(self) -> None:
        """Ask the network about the explorer's picture."""
        image = self._document.project.image
        if image is not None:
            self.session.predict(image)

    def _export(self) -> None:
        """Ask for a file and save the timeline."""
        kinds = self.tr("Animation (*.gif);;Animation in full colour (*.apng);;Arrays (*.npz)")
        path = QFileDialog.getSaveFileName(self, self.tr("Export timeline"), "filters.gif", kinds)[0]
        if path:
            self.session.export(self.filters.timeline, Path(path))

    def _take(self, bank: FilterBank, merge: Hashable = None) -> None:
        """Lay the learnt filters over the explorer's picture; all of a run together are one step."""
        try:
            project = with_bank(self._document.project, bank)
            self._document.apply(self.tr("Use learnt filters"), project, merge=merge)
        except ConvExplorerError as error:
            self.failed.emit(error)

    def _take_all(self, stages: tuple[Stage, ...]) -> None:
        """Take the network's layers in the place of the explorer's."""
        try:
            self._document.apply(self.tr("Use learnt layers"), with_stages(self._document.project, stages))
        except ConvExplorerError as error:
            self.failed.emit(error)
