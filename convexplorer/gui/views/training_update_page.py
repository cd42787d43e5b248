"""One update by hand: the gradient of one weight as a sum, and the step that follows from it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from convexplorer.core.datasets import Dataset
from convexplorer.core.one_update import Update
from convexplorer.core.timeline import Snapshot
from convexplorer.gui import numbers
from convexplorer.gui.numbers import shown
from convexplorer.gui.views.training_terms import TermList
from convexplorer.gui.views.training_tiles import example_image
from convexplorer.gui.views.training_update_text import softmax_table, step_lines
from convexplorer.gui.views.training_weight_picker import WeightPicker


class UpdatePage(QWidget):
    """Choose a weight, see where its gradient comes from, and take the step."""

    asked = Signal(int, object)
    """A layer and a weight's (filter, channel, row, column) to be explained."""
    stepped = Signal()
    """The step is to be taken."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingUpdatePage")
        self._dataset: Dataset | None = None
        self._shapes: tuple[tuple[int, int, int, int], ...] = ()
        self._shown: Update | None = None
        self._taken: Update | None = None
        self.boxes: list[QSpinBox] = []
        self.picker = WeightPicker(self)
        self.picker.chosen.connect(self._pick)
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
        self.image = self._box("Image", self.tr("Image of the batch"))
        self.image.valueChanged.connect(self._show_answer)
        self._picture = QLabel(self)
        self._about = self._label("updateAnswer")
        self._softmax = self._label("updateSoftmax")
        self._lay_out()
        self.set_ready(ready=False)

    def begin(self, dataset: Dataset, shapes: tuple[tuple[int, int, int, int], ...]) -> None:
        """Begin with a network: the shapes (O, C, kh, kw) of its convolutions."""
        self._dataset, self._shapes, self._shown = dataset, shapes, None
        self.forget_step()
        with QSignalBlocker(self.boxes[0]):
            self.boxes[0].setMaximum(len(shapes))
        self._limit()

    def set_ready(self, *, ready: bool) -> None:
        """Whether a weight can be explained now."""
        for widget in (*self.boxes, self.picker, self.step, self.image):
            widget.setEnabled(ready)
        self._intro.setText(
            self.tr("What the next step does to one weight. Click a weight, or choose it by numbers.")
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
        if self._shapes and self.step.isEnabled():
            layer, *index = (box.value() - 1 for box in self.boxes)
            self.asked.emit(layer, tuple(index))

    def show_update(self, update: Update) -> None:
        """Show the sum, its largest terms, the step, and the softmax of an image."""
        data = self._dataset
        if data is None:
            return
        self._shown = update
        _, _, row, column = update.index
        self.picker.show_plane(update.plane, (row, column))
        self._gradient.setText(
            self.tr(
                "<b>1 Gradient.</b> The weight is used at {0} nodes of {1} images. Its gradient is the sum, over all of"
                " them, of the input that it met (framed) times the node’s error δ. The largest terms: class · image ·"
                " (row, column) of the node, input · δ = product."
            ).format(update.by_node.size, len(update.by_image))
        )
        self.terms.show_update(update, data)
        lines = [
            self.tr("<b>2 Step.</b> The loss of this batch is {0}.").format(shown(update.loss, 6)),
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
        text = self.tr("That step took the loss of its batch from {0} to {1}").format(shown(before, 6), shown(after, 6))
        update, self._taken = self._taken, None
        if update is not None and now.weights[update.layer].shape == self._shapes[update.layer]:
            weight = float(now.weights[update.layer][update.index])
            text += self.tr(", and the weight from {0} to {1}, as worked out").format(
                shown(update.step.weight, 6), shown(weight, 6)
            )
        self._effect.setText(text + ".")

    def _lay_out(self) -> None:
        titles = (
            ("Layer", self.tr("Layer")),
            ("Filter", self.tr("Filter")),
            ("Channel", self.tr("Channel")),
            ("Row", self.tr("Row")),
            ("Column", self.tr("Column")),
        )
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, (name, title) in enumerate(titles):
            box = self._box(name, title)
            box.valueChanged.connect(self._chosen)
            self.boxes.append(box)
            label = QLabel(title, self)
            label.setProperty("tone", "muted")
            label.setBuddy(box)
            grid.addWidget(label, number % 3, 2 * (number // 3))
            grid.addWidget(box, number % 3, 2 * (number // 3) + 1)
        choice = QHBoxLayout()
        choice.setSpacing(12)
        choice.addWidget(self.picker)
        choice.addLayout(grid, 1)
        answer = QHBoxLayout()
        answer.addWidget(self._picture)
        answer.addWidget(self._about, 1)
        answer.addWidget(self.image)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._intro)
        column.addLayout(choice)
        for widget in (self._gradient, self.terms, self._text, self.step, self._effect):
            column.addWidget(widget)
        column.addLayout(answer)
        column.addWidget(self._softmax)
        column.addStretch(1)

    def _box(self, name: str, title: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setObjectName(f"update{name}")
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.setMinimum(1)
        return box

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
                data.classes[answer.label], numbers.fixed(answer.loss, 4)
            )
        )
        self._softmax.setText(softmax_table(answer, data.classes))

    def _pick(self, row: int, column: int) -> None:
        for box, value in zip(self.boxes[3:], (row, column), strict=True):
            with QSignalBlocker(box):
                box.setValue(value + 1)
        self.ask()

    def _chosen(self) -> None:
        self._limit()
        self.ask()

    def _limit(self) -> None:
        """Let the boxes reach as far as the layer that is chosen."""
        if self._shapes:
            shape = self._shapes[min(self.boxes[0].value(), len(self._shapes)) - 1]
            for box, most in zip(self.boxes[1:], shape, strict=True):
                with QSignalBlocker(box):
                    box.setMaximum(most)
