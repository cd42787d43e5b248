"""Loss and accuracy of a run, over its epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from convexplorer.core.project.training_run import Curves, Points
from convexplorer.gui.kit import theme

MOST = 400
"""Most points that are drawn of a curve: about one a pixel; each is the mean of those it stands for."""


FEW = 30
"""Points up to which each is drawn as a dot too: of a single one there is no line."""
DOT = 5
APART = 12
"""Pixels between the two plots: the lowest number of the upper axis must not run into the highest of the lower one."""


class TrainingCurves(QWidget):
    """Two plots on one axis of epochs: loss of every batch and of the test images, and both accuracies.

    The plotting library is loaded with the first run; the first window does not need it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingCurves")
        self.setAccessibleName(self.tr("Loss and accuracy over the epochs"))
        self.setFixedHeight(176)
        self._hint = QLabel(self.tr("Here loss and accuracy are drawn, as soon as something is learnt"), self)
        self._hint.setProperty("tone", "muted")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._hint)
        self._view: Any = None
        self._plots: list[Any] = []
        self._titles: list[tuple[Any, str]] = []
        self._curves: dict[str, Any] = {}
        self._shown = Curves(), 1
        # In a turn of the event loop of its own: with all else that a run shows it would be felt.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._draw)

    def clear(self) -> None:
        """Begin anew."""
        self.show_curves(Curves(), 1)

    def show_curves(self, curves: Curves, per_epoch: int) -> None:
        """Draw a run's figures.

        Parameters
        ----------
        curves : Curves
            Losses and accuracies.
        per_epoch : int
            Batches of an epoch.
        """
        self._shown = curves, per_epoch
        if self._view is None and len(curves.batches):
            self._make()
        if self._view is not None:
            self._view.setVisible(len(curves.batches) > 0)
            self._hint.setVisible(not len(curves.batches))
            self._soon.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._view is not None:
            self._dress()
        super().changeEvent(event)

    def _make(self) -> None:
        import pyqtgraph

        # Not a PlotWidget: its plot makes menus that nobody owns and nothing deletes.
        self._view = pyqtgraph.GraphicsView(self)
        grid = pyqtgraph.GraphicsLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.layout.setVerticalSpacing(APART)
        for row, (title, names) in enumerate(
            (
                (self.tr("loss"), ("batch loss", "test loss")),
                (self.tr("right, %"), ("train accuracy", "test accuracy")),
            )
        ):
            box = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False)
            box.disableAutoRange()
            left, bottom = pyqtgraph.AxisItem("left", linkView=box), pyqtgraph.AxisItem("bottom", linkView=box)
            self._titles.append((left, title))
            left.setWidth(48)
            for axis in (left, bottom):  # Else a loss of 0.6 would read 600.
                axis.enableAutoSIPrefix(False)
            grid.addItem(left, 2 * row, 0)
            grid.addItem(box, 2 * row, 1)
            if row:
                self._titles.append((bottom, self.tr("epoch")))
                grid.addItem(bottom, 2 * row + 1, 1)
                box.setXLink(self._plots[0][0])
            self._plots.append((box, left, bottom))
            for name in names:
                self._curves[name] = pyqtgraph.PlotDataItem()
                box.addItem(self._curves[name])
        self._view.setCentralItem(grid)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._view)
        self._dress()

    def _dress(self) -> None:
        import pyqtgraph

        look = theme.current()
        self._view.setBackground(look.window)
        for _, *axes in self._plots:
            for axis in axes:
                axis.setTextPen(look.muted)
                axis.setPen(look.line)
        for axis, title in self._titles:
            axis.setLabel(title, color=look.muted)
        for name, curve in self._curves.items():
            test = name.startswith("test")
            colour = look.accent if test else look.thumb
            curve.setPen(pyqtgraph.mkPen(colour, width=2 if test else 1))
            curve.setSymbolPen(None)
            curve.setSymbolBrush(colour)
            curve.setSymbolSize(DOT if test else DOT - 1)

    def _draw(self) -> None:
        curves, per_epoch = self._shown
        batches = _average_neighbours(curves.batches)
        epochs = curves.epochs
        points = {
            "batch loss": (batches[:, 0] / per_epoch, batches[:, 1]),
            "test loss": (epochs[:, 0], epochs[:, 3]),
            "train accuracy": (epochs[:, 0], 100 * epochs[:, 2]),
            "test accuracy": (epochs[:, 0], 100 * epochs[:, 4]),
        }
        for name, curve in self._curves.items():
            x, y = points[name]
            curve.setData(x, y, symbol="o" if 0 < len(x) <= FEW else None)
        losses = np.concatenate([batches[:, 1], epochs[:, 3]])
        accuracies = 100 * np.concatenate([epochs[:, 2], epochs[:, 4]])
        end = float(curves.batches[-1, 0]) / per_epoch if len(curves.batches) else 1.0
        # Ranges are set by hand: working them out anew for each curve took longer than all the drawing.
        (loss, *_), (accuracy, *_) = self._plots
        loss.setRange(xRange=(0, end), yRange=(0, float(losses.max(initial=1e-3))), padding=0.02)
        low = float(accuracies.min(initial=100.0))
        accuracy.setRange(yRange=(low if low < 100 else 0, 100), padding=0.04)


def _average_neighbours(points: Points) -> Points:
    """At most `MOST` points: means of as many neighbours as that takes."""
    every = -(-len(points) // MOST)
    if every < 2:
        return points
    whole = len(points) // every * every
    means = points[:whole].reshape(-1, every, 2).mean(axis=1)
    return np.concatenate([means, points[whole:].mean(axis=0, keepdims=True)]) if whole < len(points) else means
