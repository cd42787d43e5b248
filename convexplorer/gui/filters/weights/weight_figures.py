"""Sums and range of the selected filter's weights, and the line for what is under the mouse or wrong."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from convexplorer.core.model.digits import digits_of
from convexplorer.core.model.filters import Filter


class WeightFigures(QWidget):
    """Two lines of text below the table of weights, and below them why something was not taken."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.total = self._figure("weightSum", self.tr("Sum of the weights"))
        self.magnitude = self._figure("weightMagnitude", self.tr("Sum of the weights' magnitudes"))
        self.range = self._figure("weightRange", self.tr("Smallest and largest weight"))
        self.note = QLabel(self)
        self.note.setObjectName("weightNote")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.note.setProperty("tone", "muted")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = QLabel(self)
        self.problem.setObjectName("weightProblem")
        self.problem.setProperty("tone", "error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._place = ""
        self._rest = ""
        figures = QHBoxLayout()
        figures.setSpacing(12)
        for caption, value in (("Σ", self.total), ("Σ|w|", self.magnitude), (self.tr("Range"), self.range)):
            pair = QHBoxLayout()
            pair.setSpacing(4)
            label = QLabel(caption, self)
            label.setProperty("tone", "muted")
            label.setToolTip(value.toolTip())
            pair.addWidget(label)
            pair.addWidget(value, 1)
            figures.addLayout(pair)
        # What does not fit is cut off here rather than widening the panel.
        self.range.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        figures.setStretch(2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(figures)
        layout.addWidget(self.note)
        layout.addWidget(self.problem)
        self._show_note()

    def show_filter(self, one: Filter | None) -> None:
        """Show the figures of a filter, or none."""
        if one is None:
            for label in (self.total, self.magnitude, self.range):
                label.setText("–")
            return
        weights = one.weights.astype(np.float64)
        write = digits_of(one).weight
        self.total.setText(write(float(weights.sum())))
        self.magnitude.setText(write(float(np.abs(weights).sum())))
        self.range.setText(f"{write(float(weights.min()))} … {write(float(weights.max()))}")

    def show_place(self, text: str) -> None:
        """Say what is under the mouse."""
        self._place = text
        self._show_note()

    def show_rest(self, text: str) -> None:
        """Say something about what is shown, while there is nothing else to say."""
        self._rest = text
        self._show_note()

    def show_problem(self, text: str) -> None:
        """Say why something was not taken, below all else; empty when it no longer holds."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _show_note(self) -> None:
        self.note.setText(self._place or self._rest)
        self.note.setToolTip(self.note.text())

    def _figure(self, name: str, title: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setAccessibleName(title)
        label.setToolTip(title)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
