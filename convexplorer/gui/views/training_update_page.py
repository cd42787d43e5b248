"""One update by hand: the gradient of one weight as a sum, and the step that follows from it."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from convexplorer.core.datasets import Dataset
from convexplorer.core.images import Values
from convexplorer.core.one_update import Answer, Step, Update
from convexplorer.gui import numbers
from convexplorer.gui.numbers import shown
from convexplorer.gui.views.training_tiles import Tile, Tiles, example_image


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
        self.boxes: list[QSpinBox] = []
        row = self._choice()
        self._text = QLabel(self)
        self._text.setObjectName("updateText")
        self._text.setWordWrap(True)
        self.terms = Tiles(48, self)
        self.terms.setObjectName("updateTerms")
        self.terms.setAccessibleName(self.tr("Windows with the largest terms"))
        self._softmax = QLabel(self)
        self._softmax.setObjectName("updateSoftmax")
        self._softmax.setWordWrap(True)
        self._effect = QLabel(self)
        self._effect.setObjectName("updateEffect")
        self._effect.setProperty("tone", "muted")
        self._effect.setWordWrap(True)
        self.step = QPushButton(self.tr("Take this step"), self)
        self.step.setObjectName("updateStep")
        self.step.setToolTip(self.tr("Train on this batch: all weights take their step"))
        self.step.clicked.connect(self.stepped)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._text)
        column.addWidget(self.terms)
        column.addWidget(self._softmax)
        column.addWidget(self.step)
        column.addWidget(self._effect)
        column.addStretch(1)
        self.set_ready(ready=False)

    def _choice(self) -> QHBoxLayout:
        """Boxes for layer, filter, channel, row and column."""
        titles = (
            ("Layer", self.tr("Layer")),
            ("Filter", self.tr("Filter")),
            ("Channel", self.tr("Channel")),
            ("Row", self.tr("Row")),
            ("Column", self.tr("Column")),
        )
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, title in titles:
            box = QSpinBox(self)
            box.setObjectName(f"update{name}")
            box.setAccessibleName(title)
            box.setToolTip(title)
            box.setMinimum(1)
            box.valueChanged.connect(self._chosen)
            self.boxes.append(box)
            label = QLabel(title, self)
            label.setProperty("tone", "muted")
            part = QVBoxLayout()
            part.setSpacing(2)
            part.addWidget(label)
            part.addWidget(box)
            row.addLayout(part)
        return row

    def begin(self, dataset: Dataset, shapes: tuple[tuple[int, int, int, int], ...]) -> None:
        """Begin with a network: the shapes (O, C, kh, kw) of its layers."""
        self._dataset, self._shapes = dataset, shapes
        self._effect.clear()
        self.boxes[0].setMaximum(len(shapes))
        self._limit()

    def set_ready(self, *, ready: bool) -> None:
        """Whether a weight can be explained now."""
        for widget in (*self.boxes, self.step):
            widget.setEnabled(ready)
        if not ready:
            self._text.setText(self.tr("Reset or pause the training to see what its next step does to one weight."))
            self._softmax.clear()
            self.terms.show_tiles(())

    def ask(self) -> None:
        """Ask for the weight that is chosen."""
        if self._shapes and self.step.isEnabled():
            layer, *index = (box.value() - 1 for box in self.boxes)
            self.asked.emit(layer, tuple(index))

    def show_update(self, update: Update) -> None:
        """Show the sum, its largest terms, the softmax of the first image, and the step."""
        data = self._dataset
        if data is None:
            return
        largest = sum(term.product for term in update.terms)
        lines = [
            self.tr("<b>Gradient</b> ∂L/∂w = Σ input · error over {0} nodes and images = <b>{1}</b>").format(
                update.count, shown(update.gradient, 6)
            ),
            self.tr("The {0} largest terms, below, are {1} of it.").format(len(update.terms), shown(largest, 4)),
            *self._step_lines(update.step),
            self.tr("Loss of this batch: {0}").format(shown(update.loss, 6)),
        ]
        self._text.setText("<br>".join(lines))
        self.terms.show_tiles(
            [Tile(example_image(_stretched(term.patch)), shown(term.product, 2)) for term in update.terms]
        )
        self._softmax.setText(self._softmax_text(update.answers[0], data.classes))

    def show_step(self, before: float, after: float) -> None:
        """Tell what a step made of the loss of its own batch."""
        self._effect.setText(
            self.tr("The last step took the loss of its batch from {0} to {1}").format(
                shown(before, 6), shown(after, 6)
            )
        )

    def _step_lines(self, step: Step) -> list[str]:
        rate, weight, gradient = shown(step.rule.rate, 4), shown(step.weight, 6), shown(step.decayed, 6)
        lines = []
        if step.rule.decay:
            lines.append(self.tr("With weight decay: g + {0} · w = {1}").format(shown(step.rule.decay, 3), gradient))
        if step.rule.method == "sgd":
            lines.append(f"w − η·g = {weight} − {rate} · ({gradient}) = <b>{shown(step.new_weight, 6)}</b>")
        elif step.rule.method == "momentum":
            old, new = shown(step.before[0], 4), shown(step.after[0], 6)
            lines.append(f"v = μ·v + g = {shown(step.rule.momentum, 3)} · ({old}) + ({gradient}) = {new}")
            lines.append(f"w − η·v = {weight} − {rate} · ({new}) = <b>{shown(step.new_weight, 6)}</b>")
        else:
            first, second = (shown(one, 5) for one in step.corrected)
            lines.append(self.tr("Adam, step {0}: m̂ = {1}, v̂ = {2}").format(step.count, first, second))
            change, after = shown(step.change, 4), shown(step.new_weight, 6)
            lines.append(f"w − η·m̂/(√v̂ + ε) = {weight} − ({change}) = <b>{after}</b>")
        return lines

    def _softmax_text(self, answer: Answer, classes: tuple[str, ...]) -> str:
        rows = [
            self.tr("<b>Softmax</b> of the batch's first image, a “{0}”: −log p = {1}").format(
                escape(classes[answer.label]), numbers.fixed(answer.loss, 4)
            ),
            "<table cellspacing=4><tr>"
            + "".join(f"<td align=right>{title}</td>" for title in ("", self.tr("logit"), "p", "p − y"))
            + "</tr>",
        ]
        for number, title in enumerate(classes):
            cells = (answer.logits[number], answer.probabilities[number], answer.error[number])
            bold = ("<b>", "</b>") if number == answer.label else ("", "")
            figures = "".join(
                f"<td align=right>{bold[0]}{numbers.fixed(float(value), 4)}{bold[1]}</td>" for value in cells
            )
            rows.append(f"<tr><td>{bold[0]}{escape(title)}{bold[1]}</td>{figures}</tr>")
        return "".join(rows) + "</table>"

    def _chosen(self) -> None:
        self._limit()
        self.ask()

    def _limit(self) -> None:
        """Let the boxes reach as far as the layer that is chosen."""
        if self._shapes:
            shape = self._shapes[min(self.boxes[0].value(), len(self._shapes)) - 1]
            for box, most in zip(self.boxes[1:], shape, strict=True):
                box.setMaximum(most)


def _stretched(patch: Values) -> Values:
    """A window for the eye: its one or three channels, or the mean of more, from its least to its largest value."""
    planes = patch if len(patch) in (1, 3) else patch.mean(axis=0, keepdims=True)
    low, high = float(planes.min()), float(planes.max())
    stretched: Values = ((planes - low) / ((high - low) or 1)).astype(np.float32)
    return stretched
