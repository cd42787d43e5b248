"""One map large, with its colour bar and histogram."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.engine.colour import Scale, palette
from convexplorer.core.engine.statistics import Histogram
from convexplorer.core.model.digits import decimal
from convexplorer.gui.canvas.navigator import Frame, Navigator
from convexplorer.gui.canvas.pane import Pane
from convexplorer.gui.canvas.probe import Probe
from convexplorer.gui.kit import theme
from convexplorer.gui.maps.map_cell import HEADER, MapCell


class MapFocus(QWidget):
    """The large view of one map; Esc or a double click goes back."""

    closed = Signal()
    menuRequested = Signal(int, object)

    def __init__(self, navigator: Navigator, probe: Probe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapFocus")
        self.canvas = _Canvas(navigator, probe, self)
        self.canvas.closed.connect(self.closed)
        self.canvas.menuRequested.connect(self.menuRequested)
        self._histogram = HistogramView(self)
        self._figures = QLabel(self)
        self._figures.setObjectName("mapFigures")
        self._figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._back = QToolButton(self)
        self._back.setObjectName("mapFocusBack")
        self._back.setText(self.tr("All maps"))
        self._back.setToolTip(self.tr("Go back to all maps (Esc)"))
        self._back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._back.setAutoRaise(True)
        self._back.setIcon(theme.icon("back"))
        self._back.clicked.connect(self.closed)
        side = QVBoxLayout()
        side.addWidget(self._back, 0, Qt.AlignmentFlag.AlignRight)
        side.addWidget(self._histogram, 1)
        side.addWidget(self._figures)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(side)

    def show_cell(self, cell: MapCell) -> None:
        """Show a map, or what has become of it."""
        if self.canvas.cell is not cell:
            self._histogram.forget()  # It is that of another map.
        self.canvas.cell = cell
        if cell.picture is not None:
            self._histogram.show_scale(cell.picture.scale)
        figures = None if cell.is_behind() else cell.figures
        if figures is None:
            self._figures.setText("\n" * 3)  # Not known; as many lines, so that nothing jumps.
        else:
            self._figures.setText(
                self.tr("least {0}\nmost {1}\nmean {2}\nabove zero {3} %").format(
                    *map(cell.digits.value, (figures.low, figures.high, figures.mean)),
                    decimal(100 * figures.active, 1),
                )
            )
        self.canvas.update()

    def show_histogram(self, histogram: Histogram) -> None:
        """Take the counts of the whole map."""
        if self.canvas.cell is not None and histogram.index == self.canvas.cell.index:
            self._histogram.show_histogram(histogram)

    def set_stale(self, *, stale: bool) -> None:
        """Mark the map as behind its inputs."""
        self.canvas.stale = stale
        self.canvas.update()


class _Canvas(Pane):
    """Draws the map."""

    closed = Signal()
    menuRequested = Signal(int, object)

    def __init__(self, navigator: Navigator, probe: Probe, parent: QWidget) -> None:
        super().__init__(navigator, probe, parent)
        self.setObjectName("mapCanvas")
        self.setAccessibleName(self.tr("Activation map, large"))
        self.cell: MapCell | None = None
        self.stale = False
        self.reveal: tuple[int, int] | None = None

    def pane(self) -> QRectF:
        """The rectangle of the map."""
        return QRectF(self.rect()).adjusted(0, HEADER, 0, 0)

    def any_frame(self) -> Frame:
        """How the input lies in it."""
        return self._navigator.frame(self.pane())

    def frame_at(self, point: QPointF) -> Frame | None:
        """The same, under the map."""
        frame = self.any_frame()
        return frame if frame.pane.contains(point) else None

    def double_clicked(self) -> None:
        """Go back to all maps."""
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw header and map."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().window))
        if self.cell is None:
            return
        self.cell.draw_header(painter, QRectF(0, 0, self.width(), HEADER), self.font(), current=True)
        self.cell.draw_map(painter, self.any_frame(), self._probe.node, stale=self.stale, reveal=self.reveal)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the map."""
        if self.cell is not None:
            self.menuRequested.emit(self.cell.index, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back, once no node is pinned."""
        if event.key() == Qt.Key.Key_Escape and not self._probe.pinned:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class HistogramView(QWidget):
    """Colour bar and histogram on one axis of values.

    The plotting library is loaded when the first map is shown large; the first window does not need it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("histogram")
        self.setAccessibleName(self.tr("Histogram of the map with its colour bar"))
        self.setToolTip(self.tr("How often each value occurs (square root of the count), beside its colour"))
        self.setFixedWidth(176)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._view: Any = None
        self._box: Any = None
        self._axis: Any = None
        self._bar: Any = None
        self._counts: Any = None

    def sizeHint(self) -> QSize:
        """A slim column."""
        return QSize(176, 240)

    def forget(self) -> None:
        """Show no counts until there are some."""
        if self._counts is not None:
            self._counts.setData(x=[], y=[])

    def _make(self) -> None:
        """Make the plot, or let it follow the theme."""
        if self._view is None:
            import pyqtgraph

            # Not a PlotWidget: its plot makes menus that nobody owns and nothing deletes.
            self._view = pyqtgraph.GraphicsView(self)
            self._box = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False)
            self._axis = pyqtgraph.AxisItem("left", linkView=self._box)
            self._axis.enableAutoSIPrefix(False)
            self._bar = pyqtgraph.ImageItem()
            self._counts = pyqtgraph.PlotCurveItem()
            self._box.addItem(self._bar)
            self._box.addItem(self._counts)
            grid = pyqtgraph.GraphicsLayout()
            grid.setContentsMargins(0, 8, 0, 8)  # Half a line for the numbers at the axis's ends.
            grid.setSpacing(0)
            grid.addItem(self._axis, 0, 0)
            grid.addItem(self._box, 0, 1)
            self._view.setCentralItem(grid)
            layout = self.layout()
            if layout is not None:
                layout.addWidget(self._view)
        look = theme.current()
        self._view.setBackground(look.window)
        self._axis.setTextPen(look.muted)
        self._axis.setPen(look.line)

    def show_scale(self, scale: Scale) -> None:
        """Draw the colour bar of a scale."""
        self._make()
        colours = palette(scale.palette, dark=scale.dark)[: 255 if scale.signed else 256]
        self._bar.setImage(colours[np.newaxis], axisOrder="col-major", autoLevels=False, levels=(0, 255))
        self._bar.setRect(QRectF(-0.22, scale.low, 0.18, scale.high - scale.low))
        self._box.setXRange(-0.24, 1.0, padding=0)
        self._box.setYRange(scale.low, scale.high, padding=0.01)

    def show_histogram(self, histogram: Histogram) -> None:
        """Draw the counts sideways; their square root, so that rare values are seen beside a flood of zeros."""
        self._make()
        heights = np.sqrt(histogram.counts / max(1, histogram.counts.max()))
        # A step curve drawn sideways: x and y of every corner, values upwards.
        edges = np.repeat(histogram.edges, 2)
        lengths = np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
        self._counts.setData(x=lengths, y=edges, pen=theme.current().muted)
