"""How the filters change: curves, the first layer's filters, and the timeline to go through them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSlider, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.filters import Filter, FilterBank
from convexplorer.core.learner import Stage
from convexplorer.core.learnt import stages_at
from convexplorer.core.timeline import Snapshot
from convexplorer.gui import numbers, theme
from convexplorer.gui.training_session import Frame
from convexplorer.gui.views.thumbnails import pattern
from convexplorer.gui.views.training_curves import TrainingCurves
from convexplorer.gui.views.training_tiles import Tile, Tiles

STEP = 80
"""Milliseconds that a snapshot stands when the timeline plays."""


class FiltersPage(QWidget):
    """Watches filters learn; the slider goes back to any kept moment."""

    taken = Signal(object)
    """A `FilterBank` for the explorer."""
    allTaken = Signal(object)
    """Stages for the explorer, in the place of its layers."""
    wanted = Signal()
    """The explorer's filters are to take the place of the network's."""
    exportWanted = Signal()
    """The timeline is to be saved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingFiltersPage")
        self._kept: tuple[Snapshot, ...] = ()
        self._stages: tuple[Stage, ...] = ()
        self.curves = TrainingCurves(self)
        self.tiles = Tiles(56, self)
        self.tiles.setObjectName("trainingFilters")
        self.tiles.setAccessibleName(self.tr("Filters of the first layer"))
        self._caption = QLabel(self)
        self._caption.setObjectName("trainingMoment")
        self._caption.setProperty("tone", "muted")
        self._caption.setWordWrap(True)
        self._play = QToolButton(self)
        self._play.setObjectName("trainingPlayTimeline")
        self._play.setIcon(theme.icon("play"))
        self._play.setToolTip(self.tr("Play the filters from the start"))
        self._play.setAccessibleName(self.tr("Play the timeline"))
        self._play.clicked.connect(self._toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setObjectName("trainingTimeline")
        self.slider.setAccessibleName(self.tr("Timeline of the filters"))
        self.slider.setToolTip(self.tr("Drag to any moment that was kept"))
        self.slider.valueChanged.connect(self._show)
        self.difference = QCheckBox(self.tr("Difference from the start"), self)
        self.difference.setObjectName("trainingDifference")
        self.difference.setToolTip(self.tr("Show what was added to the random weights"))
        self.difference.toggled.connect(self._show)
        self.take = self._button(
            "trainingUse",
            self.tr("Use in explorer"),
            self.tr("Lay the filters shown here over your own picture; one step that can be undone"),
        )
        self.take.clicked.connect(self._take)
        self.give = self._button(
            "trainingTakeBack",
            self.tr("Take from explorer"),
            self.tr("Go on training with the explorer's filters, edited by hand"),
        )
        self.give.clicked.connect(self.wanted)
        self.live = QCheckBox(self.tr("Live on my picture"), self)
        self.live.setObjectName("trainingLive")
        self.live.setToolTip(self.tr("While training, lay the filters over your picture; one step that can be undone"))
        self.take_all = self._button(
            "trainingUseAll",
            self.tr("Use all layers"),
            self.tr("Take all convolutions and poolings of the network; one step that can be undone"),
        )
        self.take_all.clicked.connect(self._take_all)
        self.export = self._button(
            "trainingExport", self.tr("Export…"), self.tr("Save the timeline as an animation or as arrays")
        )
        self.export.clicked.connect(self.exportWanted)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self._show()

    @property
    def timeline(self) -> tuple[Snapshot, ...]:
        """All moments that are kept."""
        return self._kept

    @property
    def snapshot(self) -> Snapshot | None:
        """The moment that is shown."""
        return self._kept[self.slider.value()] if self._kept else None

    def begin(self, stages: tuple[Stage, ...], frame: Frame) -> None:
        """Begin with a network at its start."""
        self._stages = stages
        self.curves.clear()
        self._kept = ()
        self.add(frame)

    def add(self, frame: Frame) -> None:
        """Take on what a run has come to; the slider stays at the end if it stood there."""
        at_end = self.slider.value() == self.slider.maximum() and not self._timer.isActive()
        self.curves.add(frame)
        kept = frame.timeline
        # Of two of one batch the newer one counts: filters may have been exchanged between two steps.
        self._kept = (*(kept[:-1] if kept and kept[-1].batch == frame.now.batch else kept), frame.now)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(self._kept) - 1)
            if at_end:
                self.slider.setValue(len(self._kept) - 1)
        self._show()

    def bank(self) -> FilterBank | None:
        """The filters of the moment shown."""
        moment = self.snapshot
        return None if moment is None else stages_at(self._stages, moment)[0].layer.bank

    def set_ready(self, *, ready: bool) -> None:
        """Whether the network's filters may be exchanged now."""
        self.give.setEnabled(ready)

    def stop(self) -> None:
        """Stop playing."""
        self._timer.stop()
        self._play.setIcon(theme.icon("play"))

    def _lay_out(self) -> None:
        moment = QHBoxLayout()
        moment.addWidget(self._play)
        moment.addWidget(self.slider, 1)
        below = QHBoxLayout()
        below.addWidget(self.take)
        below.addWidget(self.take_all)
        further = QHBoxLayout()
        further.addWidget(self.give)
        further.addWidget(self.export)
        ticks = QHBoxLayout()
        ticks.addWidget(self.difference)
        ticks.addWidget(self.live)
        legend = QLabel(self.tr("Strong lines: test images; thin lines: training"), self)
        legend.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.curves, 1)
        column.addWidget(legend)
        column.addWidget(self.tiles)
        column.addWidget(self._caption)
        column.addLayout(moment)
        column.addLayout(ticks)
        column.addLayout(below)
        column.addLayout(further)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    def _show(self) -> None:
        moment = self.snapshot
        for widget in (self._play, self.slider, self.difference, self.take, self.take_all, self.export):
            widget.setEnabled(moment is not None)
        if moment is None:
            self._caption.setText(self.tr("Press Start, and watch random filters learn"))
            self.tiles.show_tiles(())
            return
        start = self._kept[0]
        change = moment.change(start, 0)
        shown = moment.weights[0] - start.weights[0] if self.difference.isChecked() else moment.weights[0]
        self.tiles.show_tiles(
            [
                Tile(pattern(Filter(weights)), f"+{numbers.shown(float(moved), 2)}", name)
                for weights, moved, name in zip(shown, change, self._stages[0].layer.bank.names, strict=True)
            ]
        )
        largest = float(np.abs(moment.weights[0]).max())
        self._caption.setText(
            self.tr("Epoch {0}, batch {1}   largest weight {2}   +: length of the change").format(
                numbers.fixed(moment.epoch, 2), moment.batch, numbers.shown(largest, 3)
            )
        )

    def _toggle(self) -> None:
        if self._timer.isActive():
            self.stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self._play.setIcon(theme.icon("pause"))

    def _tick(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.stop()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _take(self) -> None:
        bank = self.bank()
        if bank is not None:
            self.taken.emit(bank)

    def _take_all(self) -> None:
        moment = self.snapshot
        if moment is not None:
            self.allTaken.emit(stages_at(self._stages, moment))
