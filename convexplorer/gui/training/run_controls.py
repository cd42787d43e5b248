"""The controls above the training pages: data set, run buttons, progress and notes."""

from __future__ import annotations

import time
from math import isfinite
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.training.jobs import RunProgress
from convexplorer.gui.training.session import TrainingState

DATA = (
    ("shapes", "Shapes and edges"),
    ("digits", "Digits"),
    ("faces", "Faces"),
    ("textures", "Coloured textures"),
)
"""Built-in data sets by key; `io.datasets.load.BUILT_IN` makes them."""


class RunControls(QWidget):
    """Says what is wanted of a run, and shows how it stands; what is wanted is done elsewhere."""

    dataWanted = Signal(object)
    """A built-in data set's key or a path to begin with."""
    imagesShown = Signal(str)
    """Where the images of the run are that are not there."""
    runWanted = Signal(str)
    """Train for a "batch", an "epoch" or to the "end"."""
    pauseWanted = Signal()
    stopWanted = Signal()
    resetWanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingControls")
        self._since: tuple[float, int] | None = None
        self._frame: RunProgress | None = None
        self._state: TrainingState = "none"
        self._present: str | Path | None = None
        self.data = ChoiceBox(self)
        self.data.setObjectName("trainingData")
        self.data.setAccessibleName(self.tr("Data set"))
        self.data.setToolTip(self.tr("What the network learns from"))
        for key, title in DATA:
            self.data.addItem(QCoreApplication.translate("datasets", title), key)
        self.data.addItem(self.tr("Folder of folders…"), "@folder")
        self.data.addItem(self.tr("File (IDX, .npz, .bin)…"), "@file")
        self.data.activated.connect(self._choose)
        self.start = self._button("trainingRun", "play", self.tr("Start"), self.tr("Train to the end, or pause"))
        self.start.clicked.connect(self._start_or_pause)
        self.stop = self._button("trainingStop", "stop", "", self.tr("End here and try all test images"))
        self.stop.clicked.connect(self.stopWanted)
        self.batch = self._button("trainingStepBatch", "step", "", self.tr("Train on one batch"))
        self.batch.clicked.connect(lambda: self.run("batch"))
        self.epoch = self._button("trainingStepEpoch", "next", "", self.tr("Train for one epoch"))
        self.epoch.clicked.connect(lambda: self.run("epoch"))
        self.reset = self._button("trainingReset", "reload", "", self.tr("Begin anew with the present settings"))
        self.reset.clicked.connect(self.resetWanted)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("trainingProgress")
        self.progress.setAccessibleName(self.tr("Progress of the training"))
        self.text = QLabel(self)
        self.text.setObjectName("trainingText")
        self.text.setProperty("tone", "muted")
        self.note = QLabel(self)
        self.note.setObjectName("trainingNote")
        self.note.setWordWrap(True)
        self.note.hide()
        self.find_folder = self._find_button("trainingFindFolder", self.tr("Show their folder…"), "@folder")
        self.find_file = self._find_button("trainingFindFile", self.tr("Show their file…"), "@file")
        self._lay_out()

    def run(self, until: str) -> None:
        """Ask for a batch, an epoch, or all up to the end."""
        self.show_note("")
        self._since = None
        self.runWanted.emit(until)

    def show_data(self, data: str | Path | None, title: str) -> None:
        """Name the data set; the user's own, and one that is not there any more, get a line of their own."""
        self._present = data
        with QSignalBlocker(self.data):
            known = self.data.findData(data)
            if known < 0:
                known = len(DATA)
                self.data.insertItem(known, title, data)
            self.data.setCurrentIndex(known)

    def show_note(self, text: str) -> None:
        """Explain what went wrong until the next step; "" takes it away."""
        for button in (self.find_folder, self.find_file):
            button.hide()
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_missing(self, text: str) -> None:
        """Say that the images of a run are not there, why, and that they can be shown again."""
        self.show_note(text)
        for button in (self.find_folder, self.find_file):
            button.show()

    def show_state(self, state: TrainingState, *, ready: bool) -> None:
        """Enable what can be done now."""
        self._state = state
        running = state == "running"
        self.start.setEnabled(ready or running)
        self._name_start()
        self.stop.setEnabled(running or (state == "ready" and self._frame is not None and self._frame.batch > 0))
        self.batch.setEnabled(ready)
        self.epoch.setEnabled(ready)
        self.reset.setEnabled(state != "preparing")
        if state in ("preparing", "none"):
            self.text.setText(self.tr("Making the data set") if state == "preparing" else "")
        elif (ready or state == "watching") and self._frame is not None:
            self.show_progress(self._frame)

    def show_progress(self, frame: RunProgress) -> None:
        """Show how far a run is."""
        self._frame = frame
        self._name_start()
        total = max(frame.epochs * frame.per_epoch, frame.batch)
        self.progress.setRange(0, total)
        self.progress.setValue(frame.batch)
        self.text.setText(self._progress_text(frame, total))

    def _progress_text(self, frame: RunProgress, total: int) -> str:
        now = time.monotonic()
        if self._since is None:
            self._since = (now, frame.batch)
        since, first = self._since
        text = self.tr("Stopped at epoch {0} of {1}") if frame.what == "stop" else self.tr("Epoch {0} of {1}")
        text = text.format(numbers.fixed_text(frame.batch / frame.per_epoch, 1), total // frame.per_epoch)
        loss = frame.now.loss if frame.loss is None else frame.loss
        if isfinite(loss):  # There is none before the first step.
            text += self.tr("   loss {0}").format(numbers.fixed_text(loss, 3))
        right = float(frame.curves.epochs[-1, 4]) if len(frame.curves.epochs) else None
        if frame.what == "stop" and frame.test is not None:
            right = frame.test.accuracy
        if right is not None:
            text += self.tr("   test {0} %").format(numbers.fixed_text(100 * right, 1))
        if first < frame.batch < total and self._state == "running":
            left = (now - since) / (frame.batch - first) * (total - frame.batch)
            text += self.tr("   {0} s left").format(numbers.fixed_text(left, 0))
        return text

    def _name_start(self) -> None:
        """Call the button what it does: begin, pause, or go on with what has begun."""
        running = self._state == "running"
        begun = self._frame is not None and self._frame.batch > 0
        self.start.setText(self.tr("Pause") if running else self.tr("Continue") if begun else self.tr("Start"))
        self.start.setIcon(theme.icon("pause" if running else "play"))
        self.start.setToolTip(
            self.tr("Pause after this batch; Continue goes on from there, Reset begins anew")
            if running
            else self.tr("Train up to the last epoch of the settings, or for one more")
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.data, 1)
        for button in (self.start, self.stop, self.batch, self.epoch, self.reset):
            row.addWidget(button)
        row.addWidget(HelpButton(self._help_text(), "trainingHelp", self))
        find = QHBoxLayout()
        find.addWidget(self.find_folder)
        find.addWidget(self.find_file)
        find.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.text)
        column.addWidget(self.note)
        column.addLayout(find)

    def _help_text(self) -> str:
        return self.tr(
            "In a network filters are not set by hand but learnt. They begin random. For each batch of images the loss "
            "is worked out, −log p of the right class; its gradient comes back through the layers to every weight, and "
            "each weight takes a small step down. Press Start and watch. Test shows images it never learnt from, One "
            "update a single weight's step with its numbers, Predict takes your own picture. Use in explorer lays the "
            "learnt filters over your photograph. All of it can be undone, and is saved with the session."
        )

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

    def _find_button(self, name: str, text: str, kind: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(self.tr("If they are the images that this network learnt from, its training can go on"))
        button.clicked.connect(lambda: self._find(kind))
        button.hide()
        return button

    def _start_or_pause(self) -> None:
        if self._state == "running":
            self.pauseWanted.emit()
        else:
            self.run("end")

    def _choose(self, index: int) -> None:
        """Take a built-in data set at once, or ask for the user's own."""
        key = self.data.itemData(index)
        wanted = self._ask_path(key) if key in ("@folder", "@file") else key
        with QSignalBlocker(self.data):  # Until it is told what is taken.
            self.data.setCurrentIndex(self.data.findData(self._present))
        if wanted:
            self.dataWanted.emit(wanted)

    def _find(self, kind: str) -> None:
        """Let the images of a run be shown again."""
        if path := self._ask_path(kind):
            self.imagesShown.emit(path)

    def _ask_path(self, kind: str) -> str:
        """Ask for the user's own images; "" if they are not shown."""
        if kind == "@folder":
            return QFileDialog.getExistingDirectory(self, self.tr("A folder with a folder for each class"))
        return QFileDialog.getOpenFileName(self, self.tr("Open a data set"))[0]
