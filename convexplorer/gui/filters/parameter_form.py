"""Fields for the parameters of presets and banks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QToolButton, QWidget

from convexplorer.core.model.numerals import short_text
from convexplorer.core.model.parameters import Parameter
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.choice_box import FieldSlider
from convexplorer.gui.kit.fields.number_boxes import NumberBox, WholeBox

FIELD_WIDTH = 88
MOST_STEPS = 200
"""A slider with more would be too fine for the mouse."""
LARGEST_DRAWN_SEED = 9999
"""Seeds that the button draws are short enough to be remembered."""


class ParameterForm(QWidget):
    """One row a parameter: its title, a slider where that helps, and its number.

    Parameters
    ----------
    context : str
        Translation context of the titles.
    parent : QWidget, optional
        Qt's owner.
    """

    changed = Signal()
    """A value has changed."""

    def __init__(self, context: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._fields: dict[str, WholeBox | NumberBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_parameters(self, parameters: Sequence[Parameter]) -> None:
        """Make fields anew, at their defaults."""
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._fields = {}
        for row, one in enumerate(parameters):
            self._add(row, one)

    def values(self) -> dict[str, float]:
        """The values by the names of their parameters."""
        return {name: field.value() for name, field in self._fields.items()}

    def field(self, name: str) -> WholeBox | NumberBox:
        """The field of a parameter."""
        return self._fields[name]

    def _add(self, row: int, one: Parameter) -> None:
        title = QCoreApplication.translate(self._context, one.title)
        field = _field_of(one, self)
        field.setObjectName(f"{one.name}Field")
        field.setAccessibleName(title)
        field.setToolTip(
            self.tr("{title}: {low} to {high}").format(title=title, low=short_text(one.low), high=short_text(one.high))
        )
        field.setFixedWidth(FIELD_WIDTH)
        label = QLabel(title, self)
        label.setProperty("tone", "muted")
        label.setBuddy(field)
        self._fields[one.name] = field
        self._grid.addWidget(label, row, 0)
        if one.name == "seed":
            self._grid.addWidget(self._dice(field), row, 1, Qt.AlignmentFlag.AlignRight)
        elif (one.high - one.low) / one.step <= MOST_STEPS:
            self._grid.addWidget(self._slider(one, title, field), row, 1)
        self._grid.addWidget(field, row, 2)
        field.valueChanged.connect(self.changed)

    def _slider(self, one: Parameter, title: str, field: WholeBox | NumberBox) -> QSlider:
        slider = FieldSlider(self)
        slider.setObjectName(f"{one.name}Slider")
        slider.setAccessibleName(title)
        slider.setToolTip(field.toolTip())
        slider.setRange(0, round((one.high - one.low) / one.step))

        def follow() -> None:
            with QSignalBlocker(slider):
                slider.setValue(round((field.value() - one.low) / one.step))

        def lead(step: int) -> None:
            value = one.low + step * one.step
            if isinstance(field, WholeBox):
                field.setValue(round(value))
            else:
                field.setValue(value)

        follow()
        field.valueChanged.connect(follow)
        slider.valueChanged.connect(lead)
        return slider

    def _dice(self, field: WholeBox | NumberBox) -> QToolButton:
        dice = QToolButton(self)
        dice.setObjectName("seedButton")
        dice.setIcon(theme.icon("random"))
        dice.setAccessibleName(self.tr("Another seed"))
        dice.setToolTip(self.tr("Draw another seed; the same seed always gives the same filters"))
        dice.clicked.connect(lambda: field.setValue(secrets.randbelow(LARGEST_DRAWN_SEED + 1)))
        return dice


def _field_of(one: Parameter, parent: QWidget) -> WholeBox | NumberBox:
    if one.whole:
        field = WholeBox(int(one.low), int(one.high), parent)
        field.setKeyboardTracking(True)  # The maps answer every key.
        field.setSingleStep(int(one.step))
        field.setValue(int(one.default))
        return field
    real = NumberBox(one.low, one.high, 2 if one.step < 1 else 0, parent)
    real.setKeyboardTracking(True)
    real.setSingleStep(one.step)
    real.setValue(one.default)
    return real
