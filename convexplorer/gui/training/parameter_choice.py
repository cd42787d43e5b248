"""Chooses one weight or bias of a network by layer, filter or unit, channel, row and column."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from convexplorer.core.learn.one_update import WeightIndex
from convexplorer.core.runtime.types import Values
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.training.weight_picker import WeightPicker

ParameterShape = tuple[int, int, int, int]


class ParameterChoice(QWidget):
    """A plane of weights to click one of, and beside it the same by numbers.

    Attributes
    ----------
    layer : ChoiceBox
        The layers that learn, convolutions first.
    boxes : list of WholeBox
        Filter or unit, channel, row and column, from 1.
    bias : QCheckBox
        Whether the bias is meant instead of a weight.
    """

    changed = Signal()
    """Another weight or bias is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shapes: tuple[ParameterShape, ...] = ()
        self._convolutions = 0
        self.boxes: list[WholeBox] = []
        self._labels: list[QLabel] = []
        self.picker = WeightPicker(self)
        self.picker.chosen.connect(self._pick)
        self.layer = ChoiceBox(self)
        self.layer.setObjectName("updateLayer")
        self.layer.setAccessibleName(self.tr("Layer"))
        self.layer.setToolTip(self.tr("The layer that the weight belongs to; dense layers come last"))
        self.layer.currentIndexChanged.connect(self._tell_choice)
        self.bias = QCheckBox(self.tr("Bias"), self)
        self.bias.setObjectName("updateBias")
        self.bias.setToolTip(self.tr("Explain the bias of the filter or unit instead of a weight"))
        self.bias.toggled.connect(self._tell_choice)
        self._lay_out()
        self._limit()

    def begin(self, names: Sequence[str], shapes: tuple[ParameterShape, ...], convolutions: int) -> None:
        """Begin with a network: its layers' names, the shapes of their weights, and how many are convolutions."""
        self._shapes, self._convolutions = shapes, convolutions
        kept = max(0, self.layer.currentIndex())
        with QSignalBlocker(self.layer):
            self.layer.clear()
            self.layer.addItems(list(names))
            self.layer.setCurrentIndex(min(kept, len(names) - 1))
        self._limit()

    def value(self) -> tuple[int, WeightIndex] | None:
        """The layer and what is chosen in it, from 0; None while there is no network."""
        if not self._shapes:
            return None
        index = tuple(box.value() - 1 for box in self.boxes)
        return self.layer.currentIndex(), index[:1] if self.bias.isChecked() else index

    def show_plane(self, plane: Values) -> None:
        """Show the weights (kh, kw) of the filter in the channel."""
        row, column = (box.value() - 1 for box in self.boxes[2:])
        self.picker.show_plane(plane, None if self.bias.isChecked() else (row, column))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        layer = QLabel(self.tr("Layer"), self)
        layer.setProperty("tone", "muted")
        layer.setBuddy(self.layer)
        grid.addWidget(layer, 0, 0)
        grid.addWidget(self.layer, 0, 1)
        grid.addWidget(self.bias, 0, 3)
        for at, name in enumerate(("Filter", "Channel", "Row", "Column")):
            box = WholeBox(1, 99, self)
            box.setKeyboardTracking(True)
            box.setObjectName(f"update{name}")
            box.valueChanged.connect(self._tell_choice)
            label = QLabel(self)
            label.setProperty("tone", "muted")
            label.setBuddy(box)
            self.boxes.append(box)
            self._labels.append(label)
            grid.addWidget(label, 1 + at % 2, 2 * (at // 2))
            grid.addWidget(box, 1 + at % 2, 2 * (at // 2) + 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.picker)
        row.addLayout(grid, 1)

    def _pick(self, row: int, column: int) -> None:
        with QSignalBlocker(self.bias):
            self.bias.setChecked(False)
        for box, value in zip(self.boxes[2:], (row, column), strict=True):
            with QSignalBlocker(box):
                box.setValue(value + 1)
        self._tell_choice()

    def _tell_choice(self) -> None:
        self._limit()
        self.changed.emit()

    def _limit(self) -> None:
        """Let the boxes reach as far as the layer that is chosen, and call them what they are there."""
        at = self.layer.currentIndex() - self._convolutions
        unit, channel = self.tr("Filter"), self.tr("Channel")
        if self._shapes and at >= 0:
            unit, channel = self.tr("Unit"), self.tr("Input") if at else self.tr("Map")
        titles = (unit, channel, self.tr("Row"), self.tr("Column"))
        for label, box, title in zip(self._labels, self.boxes, titles, strict=True):
            label.setText(title)
            box.setAccessibleName(title)
            box.setToolTip(title)
        for box in self.boxes[1:]:
            box.setEnabled(not self.bias.isChecked())
        if self._shapes:
            for box, most in zip(self.boxes, self._shapes[self.layer.currentIndex()], strict=True):
                with QSignalBlocker(box):
                    box.setMaximum(most)
