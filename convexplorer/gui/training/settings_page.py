"""The form of a run's settings: optimiser, learning rate, epochs, initial filters."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from convexplorer.core.project.project import Project
from convexplorer.core.project.training_run import Plan
from convexplorer.core.project.training_settings import DEFAULT_RATES, METHODS, Rule, TrainingSettings
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.number_boxes import NumberBox, WholeBox
from convexplorer.gui.kit.fields.number_edit import NumberEdit
from convexplorer.gui.kit.fields.undo_keys import UndoKeys

_NAMES = {"sgd": "SGD", "momentum": "Momentum", "adam": "Adam"}


class TrainingSettingsPage(QWidget):
    """A form; the rule and the epochs take effect with the next step, all else with Reset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingSettingsPage")
        default = TrainingSettings()
        self.rate = _edit(self)
        self.method = ChoiceBox(self)
        for method in METHODS:
            self.method.addItem(_NAMES[method], method)
        self.method.currentIndexChanged.connect(self._take_method)
        self.momentum = NumberBox(0, 0.999, 3, self)
        self.momentum.setSingleStep(0.05)
        self.decay = _edit(self)
        self.batch = self._number(1, 4096, default.batch)
        self.epochs = self._number(1, 1000, default.epochs)
        self.seed = self._number(0, 2**31 - 1, default.seed)
        self.hidden = self._number(0, 4096, 0)
        self.hidden.setSpecialValueText(self.tr("none"))
        self.start = ChoiceBox(self)
        self.start.addItem(self.tr("Random filters (8 and 16 of 5 × 5)"), False)
        self.start.addItem(self.tr("The explorer's layers, hand-made"), True)
        rows = (
            ("trainingMethod", self.tr("Optimiser"), self.method, self.tr("What becomes of a gradient")),
            ("trainingRate", self.tr("Learning rate"), self.rate, self.tr("How far a step goes along the gradient")),
            ("trainingMomentum", self.tr("Momentum"), self.momentum, self.tr("How much of the last step goes on")),
            ("trainingDecay", self.tr("Weight decay"), self.decay, self.tr("How strongly weights are drawn to zero")),
            ("trainingBatch", self.tr("Batch size"), self.batch, self.tr("Images of a step")),
            ("trainingEpochs", self.tr("Epochs"), self.epochs, self.tr("How often every image is seen")),
            ("trainingSeed", self.tr("Seed"), self.seed, self.tr("The same seed gives the same run")),
            ("trainingHidden", self.tr("Hidden units"), self.hidden, self.tr("A dense layer before the last one")),
            ("trainingStart", self.tr("Start from"), self.start, self.tr("What the first epoch begins with")),
        )
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, title, field, tip in rows:
            field.setObjectName(name)
            field.setAccessibleName(title)
            field.setToolTip(tip)
            form.addRow(title, field)
        note = QLabel(
            self.tr("Optimiser, its numbers and epochs count from the next step on, all else after Reset."), self
        )
        note.setProperty("tone", "muted")
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(form)
        column.addWidget(note)
        column.addStretch(1)
        self._show_rule(default.rule)

    def plan(self, data: str | Path, project: Project) -> Plan:
        """What the form says.

        Raises
        ------
        InvalidValueError
            If a number makes no sense.
        """
        rule = Rule(
            self.method.currentData(),
            self.rate.number(),
            self.momentum.value(),
            self.decay.number(),
        )
        settings = TrainingSettings(rule, self.batch.value(), self.epochs.value(), self.seed.value())
        hidden = (self.hidden.value(),) if self.hidden.value() else ()
        layers = project.layers if self.start.currentData() else ()
        return Plan(data, settings, hidden, layers)

    def show_plan(self, plan: Plan) -> None:
        """Put into the form what a run was planned with."""
        settings = plan.settings
        self._show_rule(settings.rule)
        units = plan.hidden[0] if plan.hidden else 0
        for box, value in (
            (self.batch, settings.batch),
            (self.epochs, settings.epochs),
            (self.seed, settings.seed),
            (self.hidden, units),
        ):
            # A session may hold numbers that are beyond the form, and beyond what Qt takes.
            box.setValue(min(value, box.maximum()))
        self.start.setCurrentIndex(1 if plan.layers else 0)

    def start_from_explorer(self) -> None:
        """Choose the hand-made filters."""
        self.start.setCurrentIndex(1)

    def _show_rule(self, rule: Rule) -> None:
        self.method.setCurrentIndex(METHODS.index(rule.method))
        self._take_method()
        self.rate.setText(numbers.exact_number_text(rule.rate))
        self.momentum.setValue(rule.momentum)
        self.decay.setText(numbers.exact_number_text(rule.decay))

    def _take_method(self) -> None:
        """Offer the method's own rate, and momentum only where it counts."""
        method = self.method.currentData()
        self.rate.setText(numbers.exact_number_text(DEFAULT_RATES[method]))
        counts = method == "momentum"
        self.momentum.setEnabled(counts)
        self.momentum.setToolTip(
            self.tr("How much of the last step goes on") if counts else self.tr("Only the optimiser Momentum uses it")
        )

    def _number(self, low: int, high: int, value: int) -> WholeBox:
        box = WholeBox(low, high, self)
        box.setValue(value)
        return box


def _edit(parent: QWidget) -> NumberEdit:
    edit = NumberEdit(parent)
    UndoKeys(edit)
    return edit
