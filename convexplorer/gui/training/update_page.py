"""Explains one update: the gradient of one weight or bias as a sum, and the optimiser's step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.one_update import Update
from convexplorer.core.project.training_run import Snapshot
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.kit.fields.numbers import number_text
from convexplorer.gui.training.parameter_choice import ParameterChoice, ParameterShape
from convexplorer.gui.training.terms import TermList
from convexplorer.gui.training.tiles import example_image
from convexplorer.gui.training.update_text import gradient_text, softmax_table, step_lines


class UpdatePage(QWidget):
    """Choose a weight, see where its gradient comes from, and take the step."""

    asked = Signal(int, object)
    """A layer and in it a weight's or bias's index (`core.learn.one_update.WeightIndex`) to be explained."""
    stepped = Signal()
    """The step is to be taken."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingUpdatePage")
        self._dataset: Dataset | None = None
        self._last = -1
        self._shown: Update | None = None
        self._taken: Update | None = None
        self.choice = ParameterChoice(self)
        self.choice.changed.connect(self.ask)
        self._intro = self._label("updateIntro", "muted")
        self._gradient = self._label("updateGradient")
        self.terms = TermList(self)
        self._text = self._label("updateText")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.step = QPushButton(self.tr("Take this step"), self)
        self.step.setObjectName("updateStep")
        self.step.setToolTip(self.tr("Train on this batch: all weights take their step"))
        self.step.clicked.connect(self.stepped)
        self._effect = self._label("updateEffect", "muted")
        self.image = WholeBox(1, 99, self)
        self.image.setObjectName("updateImage")
        self.image.setAccessibleName(self.tr("Image of the batch"))
        self.image.setToolTip(self.tr("Image of the batch"))
        self.image.setKeyboardTracking(True)
        self.image.valueChanged.connect(self._show_answer)
        self._picture = QLabel(self)
        self._about = self._label("updateAnswer")
        self._softmax = self._label("updateSoftmax")
        self._lay_out()
        self.set_ready(ready=False)

    def begin(
        self, dataset: Dataset, layers: Sequence[str], shapes: tuple[ParameterShape, ...], convolutions: int
    ) -> None:
        """Begin with a network: the names and weights' shapes of its layers, of which some are convolutions."""
        self._dataset, self._shown, self._last = dataset, None, len(shapes) - 1
        self.forget_step()
        self.choice.begin(layers, shapes, convolutions)

    def set_ready(self, *, ready: bool) -> None:
        """Whether a weight can be explained now."""
        for widget in (self.choice, self.step, self.image):
            widget.setEnabled(ready)
        self._intro.setText(
            self.tr("What the next step does to one weight or bias. Click a weight, or choose it by numbers.")
            if ready
            else self.tr("Reset or pause the training to see what its next step does to one weight.")
        )
        if not ready:
            self._taken, self._shown = self._shown or self._taken, None
            for label in (self._gradient, self._text, self._about, self._softmax):
                label.clear()
            self._picture.clear()
            self.terms.show_update(None, None)

    def ask(self) -> None:
        """Ask for the weight that is chosen."""
        chosen = self.choice.value()
        if chosen is not None and self.step.isEnabled():
            self.asked.emit(*chosen)

    def show_update(self, update: Update) -> None:
        """Show the sum, its largest terms, the step, and the softmax of an image."""
        data = self._dataset
        if data is None:
            return
        self._shown = update
        self.choice.show_plane(update.plane)
        unit = data.classes[update.index[0]] if update.layer == self._last else ""
        self._gradient.setText(gradient_text(update, unit))
        self.terms.show_update(update, data)
        lines = [
            self.tr("<b>2 Step.</b> The loss of this batch is {0}.").format(number_text(update.loss, 6)),
            *step_lines(update.step),
        ]
        self._text.setText("<br>".join(lines))
        with QSignalBlocker(self.image):
            self.image.setMaximum(len(update.answers))
        self._show_answer()

    def forget_step(self) -> None:
        """More than one step was taken since a weight was explained."""
        self._taken = None
        self._effect.clear()

    def show_step(self, before: float, after: float, now: Snapshot) -> None:
        """Tell what a step made of the loss of its own batch, and of the weight that was looked at."""
        text = self.tr("That step took the loss of its batch from {0} to {1}").format(
            number_text(before, 6), number_text(after, 6)
        )
        update, self._taken = self._taken, None
        if update is not None and update.layer < len(now.weights):
            kept = now.weights if len(update.index) > 1 else now.biases
            weight = float(kept[update.layer][update.index])
            text += self.tr(", and the weight from {0} to {1}, as worked out").format(
                number_text(update.step.weight, 6), number_text(weight, 6)
            )
        self._effect.setText(text + ".")

    def _lay_out(self) -> None:
        answer = QHBoxLayout()
        answer.addWidget(self._picture)
        answer.addWidget(self._about, 1)
        answer.addWidget(self.image)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._intro)
        column.addWidget(self.choice)
        for widget in (self._gradient, self.terms, self._text, self.step, self._effect):
            column.addWidget(widget)
        column.addLayout(answer)
        column.addWidget(self._softmax)
        column.addStretch(1)

    def _label(self, name: str, tone: str = "") -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setWordWrap(True)
        if tone:
            label.setProperty("tone", tone)
        return label

    def _show_answer(self) -> None:
        """The softmax for one image of the batch."""
        data, update = self._dataset, self._shown
        if data is None or update is None:
            return
        answer = update.answers[min(self.image.value(), len(update.answers)) - 1]
        picture = example_image(data.train.images[answer.image])
        side = QSize(40, 40) * self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(picture.scaled(side, Qt.AspectRatioMode.KeepAspectRatio))
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(pixmap)
        self._about.setText(
            self.tr("<b>3 Softmax</b> of an image of the batch, a “{0}”: −log p = {1}").format(
                data.classes[answer.label], numbers.fixed_text(answer.loss, 4)
            )
        )
        self._softmax.setText(softmax_table(answer, data.classes))
