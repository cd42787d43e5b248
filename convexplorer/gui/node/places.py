"""The strongest places of a map: steps from one to the next, and pictures of what the filter finds there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.engine.colour import packed
from convexplorer.core.engine.strongest import Place
from convexplorer.core.model.digits import USUAL, Digits, digits_of
from convexplorer.core.model.filters import Filter
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.picture_button import PictureButton
from convexplorer.gui.canvas.thumbnails import pattern, thumbnail_icon
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.io.arrays.qimages import to_qimage

MOST_PICTURES = 5
"""Patches that have room beside the filter's pattern."""
WIDE = 328
"""Width in pixels that is enough to say everything."""
STEPS = 252
"""Least width in pixels of the list with its buttons."""
_AROUND = 112  # pixels beside the list's text, with the buttons
_GAP = 16
SIDE = 48
"""Side of a picture in pixels."""


class NodePlaces(QWidget):
    """The filter beside the patches that it answers to most; `steps` lists the strongest places and steps through them.

    The steps stand wherever they are put; the pictures only where there is room.
    """

    placeChosen = Signal(int, int)
    """Row and column of a place to go to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodePlaces")
        self._places: list[Place] = []
        self._current: tuple[int, int] | None = None
        self._filter: Filter | None = None
        self._list = ChoiceBox(self)
        self._list.setObjectName("nodeStrongest")
        self._list.setAccessibleName(self.tr("Strongest places"))
        self._list.setToolTip(self.tr("Peaks of the map, strongest first, by row and column; equal ones all count"))
        self._list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._list.activated.connect(self._choose)
        self._back = self._button("nodeStronger", "chevron-left", self.tr("The next stronger place"), -1)
        self._on = self._button("nodeWeaker", "chevron-right", self.tr("The next weaker place"), 1)
        self._pattern = QLabel(self)
        self._pattern.setObjectName("nodePattern")
        self._pattern.setToolTip(self.tr("What this filter looks for: light where its weights are high"))
        self._pictures = [self._picture(i) for i in range(MOST_PICTURES)]
        self._looks_for = self._caption("nodeLooksFor")
        self._looks_for.setText(self.tr("Looks for"))
        self._fires_most = self._caption("nodeFiresMost")
        self._lay_out()
        self.show_unknown()

    def _lay_out(self) -> None:
        self.steps = QWidget(self)
        self.steps.setObjectName("nodeSteps")
        self.steps.setFixedWidth(STEPS)
        steps = QHBoxLayout(self.steps)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setSpacing(0)
        steps.addWidget(self._back)
        steps.addWidget(self._list, 1)
        steps.addWidget(self._on)
        self._strip = QWidget(self)
        self.setFixedWidth(WIDE)
        for one in (self._pattern, *self._pictures):
            one.setFixedSize(SIDE, SIDE)
        strip = QGridLayout(self._strip)
        strip.setContentsMargins(0, 0, 0, 0)
        strip.setSpacing(0)
        strip.addWidget(self._looks_for, 0, 0, 1, 2)
        strip.addWidget(self._fires_most, 0, 2, 1, MOST_PICTURES + 1)
        strip.addWidget(self._pattern, 1, 0)
        strip.setColumnMinimumWidth(1, _GAP)
        strip.setColumnStretch(2 + MOST_PICTURES, 1)
        for i, picture in enumerate(self._pictures):
            strip.addWidget(picture, 1, 2 + i)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._strip)
        layout.addStretch(1)

    def show_filter(self, one: Filter | None) -> None:
        """Show the filter's pattern."""
        self._filter = one
        self._show_pattern()
        self._name_places()

    @property
    def _digits(self) -> Digits:
        """How the map's values are printed."""
        return USUAL if self._filter is None else digits_of(self._filter)

    def show_unknown(self, *, off: bool = False) -> None:
        """Say that the strongest places are not known, as before a map is measured; a filter that is off has no map."""
        self.show_places([], [], 0, 1.0, self.tr("The filter is off") if off else self.tr("Strongest places: …"))

    def show_places(
        self,
        places: Sequence[Place],
        patches: Sequence[Values],
        total_equal: int,
        top: float,
        missing: str = "",
    ) -> None:
        """Show the strongest places.

        Parameters
        ----------
        places : sequence of Place
            Strongest first.
        patches : sequence of ndarray, shape (C, kh, kw)
            Inputs under the windows of the first of them.
        total_equal : int
            How many nodes share the largest value.
        top : float
            Input that is shown as white.
        missing : str
            What to say where there are none; by default that the filter fires nowhere.
        """
        self._places = list(places)
        with QSignalBlocker(self._list):
            self._list.clear()
            self._list.addItems([""] * len(places))
        self._list.setPlaceholderText(self.tr("Strongest places") if places else missing or self.tr("Fires nowhere"))
        for widget in (self._list, self._back, self._on):
            widget.setEnabled(bool(places))
        for i, picture in enumerate(self._pictures):
            shows = i < min(len(patches), len(places))
            picture.setVisible(shows)
            if shows:
                picture.set_picture(_picture(patches[i], top), self._title(i))
        self._fires_most.setText(
            self.tr("Fires most, at {0} places alike").format(total_equal) if total_equal > 1 else self.tr("Fires most")
        )
        self._fires_most.setVisible(bool(places))
        self._name_places()
        self.show_current(self._current)

    def show_current(self, place: tuple[int, int] | None) -> None:
        """Mark the node that is shown, if it is one of the places."""
        self._current = place
        index = self._index()
        with QSignalBlocker(self._list):
            self._list.setCurrentIndex(index)
        for i, picture in enumerate(self._pictures):
            picture.setChecked(i == index)

    def _title(self, index: int) -> str:
        one = self._places[index]
        return self.tr("{0} at row {1}, column {2}").format(self._digits.value(one.value), one.row, one.column)

    def _name_places(self) -> None:
        template = self.tr("{0} of {1}: {2} at {3}, {4}")
        for i, one in enumerate(self._places):
            value = self._digits.value(one.value)
            self._list.setItemText(i, template.format(i + 1, len(self._places), value, one.row, one.column))
        wide = self._list.fontMetrics().horizontalAdvance
        texts = max((wide(self._list.itemText(i)) for i in range(self._list.count())), default=0)
        self.steps.setFixedWidth(max(self.steps.width(), texts + _AROUND))  # It does not dance from filter to filter.

    def _show_pattern(self) -> None:
        self._pattern.clear()
        if self._filter is not None:
            size, ratio = QSize(SIDE, SIDE), self.devicePixelRatioF()
            self._pattern.setPixmap(thumbnail_icon([pattern(self._filter)], SIDE, ratio).pixmap(size, ratio))

    def _index(self) -> int:
        return next((i for i, one in enumerate(self._places) if (one.row, one.column) == self._current), -1)

    def _step(self, by: int) -> None:
        index = self._index()
        self._choose(0 if index < 0 else (index + by) % len(self._places))

    def _choose(self, index: int) -> None:
        self.show_current(self._current)  # until the node has moved
        self.placeChosen.emit(self._places[index].row, self._places[index].column)

    def _button(self, name: str, icon: str, title: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(theme.icon(icon))
        button.setAccessibleName(title)
        button.setToolTip(title)
        button.clicked.connect(lambda: self._step(by))
        return button

    def _picture(self, index: int) -> PictureButton:
        button = PictureButton(self)
        button.setObjectName(f"nodePeak{index}")
        button.setCheckable(True)
        button.clicked.connect(lambda: self._choose(index))
        return button

    def _caption(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setProperty("tone", "muted")
        return label


def _picture(patch: Values, top: float) -> QImage:
    """A patch as a picture: grey, or red, green and blue; any other depth by its mean."""
    planes = patch if len(patch) in (1, 3) else patch.mean(axis=0, keepdims=True)
    levels = np.rint(np.clip(planes / top, 0, 1) * 255).astype(np.uint8)
    return to_qimage(packed(levels[0], levels[len(levels) // 2], levels[-1]))
