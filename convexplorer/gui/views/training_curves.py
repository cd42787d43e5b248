"""Loss and accuracy of a run, over its epochs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from convexplorer.gui import theme
from convexplorer.gui.training_session import Frame

MOST = 2000
"""Points of the curve of batches; beyond them every second one goes."""


class TrainingCurves(QWidget):
    """Two plots on one axis of epochs: loss of every batch and of the test images, and both accuracies.

    The plotting library is loaded with the first run; the first window does not need it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingCurves")
        self.setAccessibleName(self.tr("Loss and accuracy over the epochs"))
        self.setMinimumHeight(168)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._view: Any = None
        self._plots: list[Any] = []
        self._titles: list[tuple[Any, str]] = []
        self._curves: dict[str, Any] = {}
        self._points: dict[str, list[tuple[float, float]]] = {}
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._points = {"batch loss": [], "test loss": [], "train accuracy": [], "test accuracy": []}
        self._draw()

    def add(self, frame: Frame) -> None:
        """Take on what is new."""
        if self._view is None:
            if not frame.batches:
                return
            self._make()
        losses = self._points["batch loss"]
        losses += [(one.batch / frame.per_epoch, one.loss) for one in frame.batches]
        if len(losses) > MOST:
            del losses[1::2]
        if frame.epoch is not None:
            at = float(frame.epoch.epoch)
            self._points["test loss"].append((at, frame.epoch.test.loss))
            self._points["train accuracy"].append((at, 100 * frame.epoch.accuracy))
            self._points["test accuracy"].append((at, 100 * frame.epoch.test.accuracy))
        # After a run has gone back, the future is no longer.
        now = frame.batch / frame.per_epoch
        for name, points in self._points.items():
            self._points[name] = [one for one in points if one[0] <= now + 1e-9]
        self._draw()

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
        for row, (title, names) in enumerate(
            (
                (self.tr("loss"), ("batch loss", "test loss")),
                (self.tr("right, %"), ("train accuracy", "test accuracy")),
            )
        ):
            box = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False)
            left, bottom = pyqtgraph.AxisItem("left", linkView=box), pyqtgraph.AxisItem("bottom", linkView=box)
            self._titles.append((left, title))
            left.setWidth(48)
            bottom.enableAutoSIPrefix(False)
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
            curve.setPen(pyqtgraph.mkPen(look.accent if test else look.thumb, width=2 if test else 1))

    def _draw(self) -> None:
        for name, curve in self._curves.items():
            points = self._points[name]
            curve.setData([x for x, _ in points], [y for _, y in points])
