"""The filters while they learn: curves, the filters of one layer, and a timeline of snapshots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.learn.into_project import first_bank, layers_at
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.project.training_run import Frozen, Snapshot
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.training.curves import TrainingCurves
from convexplorer.gui.training.jobs import RunProgress
from convexplorer.gui.training.layer_view import LayerView

STEP = 80
"""Milliseconds that a snapshot stands when the timeline plays."""


class FiltersPage(QWidget):
    """Watches filters learn; the slider goes back to any kept moment."""

    taken = Signal()
    """The layers up to the chosen one, as shown, are wanted in the explorer."""
    allTaken = Signal()
    """All layers, as shown, are wanted in the explorer."""
    wanted = Signal()
    """The explorer's filters are to take the place of the chosen layer's."""
    startWanted = Signal()
    """The explorer's layers are to be what training starts from."""
    exportWanted = Signal()
    """The timeline of the chosen layer is to be saved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingFiltersPage")
        self._kept: tuple[Snapshot, ...] = ()
        self._layers: tuple[Layer, ...] = ()
        self._ready = self._by_hand = False
        self.curves = TrainingCurves(self)
        self.layer = LayerView(self)
        self.layer.layerChanged.connect(self._show)
        self._caption = QLabel(self)
        self._caption.setObjectName("trainingMoment")
        self._caption.setProperty("tone", "muted")
        self._caption.setWordWrap(True)
        self._caption.setToolTip(self.tr("Numbers below the filters: how far each has come since the start, ‖w − w₀‖"))
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
            self.tr("Lay the filters shown here, with the layers before them, over your own picture; can be undone"),
        )
        self.take.clicked.connect(self.taken)
        self.give = self._button(
            "trainingTakeBack",
            self.tr("Take from explorer"),
            self.tr("Go on training with the explorer's filters, edited by hand, in this layer; can be undone"),
        )
        self.give.clicked.connect(self.wanted)
        self.live = QCheckBox(self.tr("Live on my picture"), self)
        self.live.setObjectName("trainingLive")
        self.live.setToolTip(
            self.tr(
                "While it trains, its first filters take the place of the edited layer's on your picture; without the"
                " tick, yours are back"
            )
        )
        self.take_all = self._button(
            "trainingUseAll",
            self.tr("Use all layers"),
            self.tr("Take all convolutions and poolings of the network; one step that can be undone"),
        )
        self.take_all.clicked.connect(self.allTaken)
        self.start = self._button(
            "trainingStartFrom",
            self.tr("Start from explorer"),
            self.tr("Begin a new training with the explorer's layers, made by hand, instead of random ones"),
        )
        self.start.clicked.connect(self.startWanted)
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

    def begin(
        self,
        layers: tuple[Layer, ...],
        frame: RunProgress,
        classes: Sequence[str],
        hidden: Sequence[int],
        *,
        by_hand: bool,
    ) -> None:
        """Begin with a network, at its start or where it was put down."""
        self._layers, self._by_hand = layers, by_hand
        self.curves.clear()
        self.layer.begin(layers, frame.now, classes, hidden)
        self._kept = ()
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, 0)
        self.add(frame)

    def add(self, frame: RunProgress) -> None:
        """Take on what a run has come to; the slider stays at the end if it stood there."""
        at_end = self.slider.value() == self.slider.maximum() and not self._timer.isActive()
        self.curves.show_curves(frame.curves, frame.per_epoch)
        kept = frame.timeline
        # Of two of one batch the newer one counts: filters may have been exchanged between two steps.
        self._kept = (*(kept[:-1] if kept and kept[-1].batch == frame.now.batch else kept), frame.now)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(self._kept) - 1)
            if at_end:
                self.slider.setValue(len(self._kept) - 1)
        self._show()

    def layers(self) -> tuple[Layer, ...]:
        """The network's layers with the filters of the moment shown."""
        moment = self.snapshot
        return () if moment is None else layers_at(self._layers, moment)

    def first_bank(self) -> FilterBank | None:
        """The first layer's filters at the moment shown."""
        moment = self.snapshot
        return None if moment is None else first_bank(self._layers, moment)

    def set_ready(self, *, ready: bool, frozen: Frozen) -> None:
        """Whether the network's filters may be exchanged and frozen now, and which are frozen."""
        self._ready = ready
        self.layer.set_frozen(frozen, ready=ready)
        self._enable()

    def stop(self) -> None:
        """Stop playing."""
        self._timer.stop()
        self._play.setIcon(theme.icon("play"))

    def _lay_out(self) -> None:
        moment = QHBoxLayout()
        moment.addWidget(self._play)
        moment.addWidget(self.slider, 1)
        ticks = QHBoxLayout()
        ticks.addWidget(self.difference)
        ticks.addWidget(self.live)
        legend = QLabel(self.tr("Strong lines: test images; thin lines: training"), self)
        legend.setProperty("tone", "muted")
        buttons = QGridLayout()
        buttons.setSpacing(6)
        for at, button in enumerate((self.take, self.take_all, self.give, self.start, self.export)):
            buttons.addWidget(button, at // 2, at % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.layer)
        column.addWidget(self._caption)
        column.addLayout(moment)
        column.addLayout(ticks)
        column.addWidget(self.curves)
        column.addWidget(legend)
        column.addLayout(buttons)
        column.addStretch(1)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    def _enable(self) -> None:
        there = self.snapshot is not None
        of_maps = self.layer.number < sum(isinstance(one, ConvLayer) for one in self._layers)
        for widget in (self._play, self.slider, self.difference, self.take_all):
            widget.setEnabled(there)
        for button in (self.take, self.export):
            button.setEnabled(there and of_maps)
        self.give.setEnabled(self._ready and of_maps)
        self.start.setEnabled(self._ready)

    def _show(self) -> None:
        moment = self.snapshot
        self._enable()
        start = self._kept[0] if self._kept else None
        self.layer.show_moment(moment, start, difference=self.difference.isChecked())
        if moment is None:
            self._caption.setText(self.tr("Press Start, and watch random filters learn"))
            return
        largest = float(np.abs(moment.weights[self.layer.number]).max())
        text = self.tr("Epoch {0}, batch {1}   largest weight {2}").format(
            numbers.fixed_text(moment.epoch, 2), moment.batch, numbers.number_text(largest, 3)
        )
        if moment.batch == 0:
            text = self.tr("Random to begin with: they detect random patterns. Press Start, and watch them learn.")
            if self._by_hand:
                text = self.tr("The explorer's filters to begin with. Press Start, and watch what becomes of them.")
        self._caption.setText(text)

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
