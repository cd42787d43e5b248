"""The prediction page: draw or drop a picture, and see the probabilities and what caused them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from convexplorer.core.learn.datasets import Examples
from convexplorer.core.runtime.types import Values
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.sessions.drops import accept_copy, acceptable, sort_drop
from convexplorer.gui.training.drive import DriveView
from convexplorer.gui.training.pad import DrawPad
from convexplorer.gui.training.prediction_jobs import Predicted
from convexplorer.gui.training.probability_bars import ProbabilityBars
from convexplorer.gui.training.tiles import Tile, TileGrid, example_image

SURE = 0.5
"""Probability below which an answer is called unsure."""
BARS = 6
"""Most classes whose probability is listed."""


class PredictPage(QWidget):
    """The drawing, the probabilities, the pixels that drove them, and the maps that the network made."""

    asked = Signal(object, object)
    """Values (C, H, W), a file or a picture to be predicted, and the class to be explained or None."""
    pictureWanted = Signal()
    """The explorer's picture is to be predicted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPredictPage")
        self.setAcceptDrops(True)
        self._classes: tuple[str, ...] = ()
        self._samples: Examples | None = None
        self._next = 0
        self._predicted: Predicted | None = None
        self._order: list[int] = []
        # The class that was chosen to be explained; None is the most probable one.
        self._explained: int | None = None
        self.pad = DrawPad(self)
        self.pad.set_hint(self.tr("Draw here, or drop a picture"))
        self.drive = DriveView(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(40)
        self._soon.timeout.connect(self._ask)
        self.pad.drawn.connect(self._soon.start)
        self.clear = self._button("predictClear", self.tr("Clear"), self.tr("Begin with an empty picture"))
        self.clear.clicked.connect(self._clear)
        self.sample = self._button("predictSample", self.tr("Test image"), self.tr("Take the next test image"))
        self.sample.clicked.connect(self._sample)
        self.picture = self._button(
            "predictPicture",
            self.tr("My picture"),
            self.tr("Take the middle of the explorer's picture"),
        )
        self.picture.clicked.connect(self.pictureWanted)
        self.invert = self._button("predictInvert", self.tr("Invert"), self.tr("Swap light and dark"))
        self.invert.clicked.connect(lambda: self._ask_about(1 - self.pad.values))
        self._answer = QLabel(self)
        self._answer.setObjectName("predictAnswer")
        self._answer.setWordWrap(True)
        self._doubt = QLabel(self)
        self._doubt.setObjectName("predictDoubt")
        self._doubt.setWordWrap(True)
        self.bars = ProbabilityBars(self)
        self.bars.chosen.connect(self._explain)
        self._legend = QLabel(self.tr("Red spoke for it, blue against it (gradient × input)"), self)
        self._legend.setProperty("tone", "muted")
        self._legend.setWordWrap(True)
        self.layer = ChoiceBox(self)
        self.layer.setObjectName("predictLayer")
        self.layer.setAccessibleName(self.tr("Layer"))
        self.layer.setToolTip(self.tr("Whose maps are shown below"))
        self.layer.currentIndexChanged.connect(self._show_maps)
        self._heading = QLabel(self)
        self._heading.setProperty("tone", "muted")
        self._heading.setWordWrap(True)
        self.maps = TileGrid(48, self)
        self.maps.setObjectName("predictMaps")
        self.maps.setAccessibleName(self.tr("Maps that the network made"))
        self._lay_out()
        self.set_ready(ready=False)
        self._tell_nothing()

    def begin(
        self, classes: Sequence[str], shape: tuple[int, int, int], samples: Examples | None, layers: list[str]
    ) -> None:
        """Begin with a network: its classes, the shape of its images, some of those, and its convolutions' names."""
        # First: what was answered for other classes must not be shown among these.
        self._tell_nothing()
        self._classes, self._samples, self._next = tuple(classes), samples, 0
        self.layer.clear()
        self.layer.addItems(layers)
        self.layer.setCurrentIndex(len(layers) - 1)
        self.pad.show_values(np.zeros(shape, np.float32))

    def set_ready(self, *, ready: bool) -> None:
        """Whether the network can be asked now."""
        for widget in (self.pad, self.clear, self.picture, self.invert, self.bars):
            widget.setEnabled(ready)
        self.sample.setEnabled(ready and self._samples is not None)
        if self._predicted is None:
            self._answer.setText(
                self.tr("See what the network says to your own picture, and why.")
                if ready
                else self.tr("There is no network to ask yet.")
            )

    def ask_again(self) -> None:
        """Ask about the same image once more: the network has changed."""
        if self._predicted is not None:
            self.asked.emit(self.pad.values, self._explained)

    def show_answer(self, predicted: Predicted) -> None:
        """Show what the network says."""
        classes, prediction = self._classes, predicted.prediction
        if not classes or not (predicted.of_picture or predicted.image is self.pad.values):
            return  # Drawn on since it was asked: the answer to the newer drawing comes.
        self._predicted = predicted
        if predicted.of_picture:
            self._explained = None
            self.pad.show_values(predicted.image)
        self._order = [int(one) for one in np.argsort(-prediction.probabilities, kind="stable")[:BARS]]
        if prediction.asked not in self._order:
            self._order[-1] = prediction.asked
        rows = [(float(prediction.probabilities[one]), classes[one]) for one in self._order]
        self.bars.show_rows(rows, self._order.index(prediction.asked))
        self._answer.setText(
            self.tr("It says “{0}”. What spoke for “{1}”:").format(
                classes[prediction.answer], classes[prediction.asked]
            )
        )
        doubt = self._doubt_about(predicted)
        self._doubt.setText(doubt)
        self._doubt.setVisible(bool(doubt))
        self.drive.show_drive(predicted.image, prediction.drive)
        for widget in (self._legend, self.layer):
            widget.show()
        self._show_maps()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures and their files."""
        if self.pad.isEnabled() and acceptable(event.mimeData()):
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about what was dropped; what is no picture is refused by whoever opens it."""
        found = sort_drop(event.mimeData())
        files = [*found.images, *found.filters, *found.sessions]
        if found.picture is not None:
            self.asked.emit(found.picture.copy(), None)
        elif files:
            self.asked.emit(files[0], None)
        accept_copy(event)

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(8)
        pictures.addWidget(self.pad)
        pictures.addWidget(self.drive)
        pictures.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self.clear, self.sample, self.picture, self.invert):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(pictures)
        column.addWidget(self._legend)
        column.addLayout(buttons)
        column.addWidget(self._answer)
        column.addWidget(self._doubt)
        column.addWidget(self.bars)
        column.addWidget(self.layer)
        column.addWidget(self._heading)
        column.addWidget(self.maps)
        column.addStretch(1)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    def _tell_nothing(self) -> None:
        self._predicted = self._explained = None
        self._answer.setText(self.tr("See what the network says to your own picture, and why."))
        self._doubt.hide()
        self.bars.show_rows([], -1)
        self.drive.show_drive(None, None)
        for widget in (self._legend, self.layer):
            widget.hide()
        self._heading.clear()
        self.maps.show_tiles(())

    def _doubt_about(self, predicted: Predicted) -> str:
        """Why the answer may mean nothing; "" where no reason is seen."""
        if predicted.unlike:
            return self.tr(
                "Perhaps none of its {0} classes is right: this looks unlike the images it learnt from, and it must"
                " name one. (A guess from brightness, contrast, sharpness, colour and structure: of 100 test images, 99"
                " look more alike.)"
            ).format(len(self._classes))
        most = float(predicted.prediction.probabilities.max())
        if most < SURE:
            text = self.tr("It is not sure: even the most probable class has only {0} %.")
            return text.format(numbers.fixed_text(100 * most, 0))
        return ""

    def _show_maps(self) -> None:
        """The maps of the chosen layer; those of the last one by what they add to the logit."""
        predicted, at = self._predicted, self.layer.currentIndex()
        if predicted is None or at < 0:
            return
        prediction = predicted.prediction
        maps, last = prediction.maps[at], at == len(prediction.maps) - 1
        text = self.tr("Its maps, after activation and pooling")
        if last:
            text = self.tr("Its maps, and what each adds to the logit of “{0}”").format(self._classes[prediction.asked])
        self._heading.setText(text)
        low, high = min(0.0, float(maps.min())), float(maps.max())
        ranked = np.argsort(-np.abs(prediction.shares), kind="stable") if last else np.arange(len(maps))
        self.maps.show_tiles(
            [
                Tile(
                    example_image((maps[one][np.newaxis] - low) / ((high - low) or 1.0)),
                    numbers.number_text(float(prediction.shares[one]), 2) if last else "",
                    self.tr("Map {0}: {1} to {2}").format(
                        int(one) + 1,
                        numbers.number_text(float(maps[one].min()), 3),
                        numbers.number_text(float(maps[one].max()), 3),
                    ),
                )
                for one in ranked
            ]
        )

    def _explain(self, row: int) -> None:
        self._explained = self._order[row]
        self.asked.emit(self.pad.values, self._explained)

    def _ask_about(self, values: Values) -> None:
        """Show values on the pad, and ask about what it shows."""
        self.pad.show_values(values)
        self._ask()

    def _ask(self) -> None:
        self._explained = None
        self.asked.emit(self.pad.values, None)

    def _clear(self) -> None:
        self.pad.show_values(np.zeros_like(self.pad.values))
        self._tell_nothing()

    def _sample(self) -> None:
        if self._samples is not None:
            values, _ = self._samples.batch(slice(self._next, self._next + 1))
            self._next = (self._next + 1) % len(self._samples)
            self._ask_about(values[0])
