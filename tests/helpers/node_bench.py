"""A node panel in a window, and what the window does for it; for its tests."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

from convexplorer.core.engine.conv import correlate
from convexplorer.core.engine.routes.windows import window_at
from convexplorer.core.engine.strongest import equally_strong, strongest
from convexplorer.core.explain.explain import explain
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.gui.node.loupe import surroundings
from convexplorer.gui.node.panel import NodePanel

LEFT = Qt.MouseButton.LeftButton


class Bench:
    """A panel, and what the window does for it."""

    def __init__(self, qtbot, stored, one, *, gain=1 / 255, activation="relu", size=(1264, 280), **settings):
        self.prepared, self.filter, self.activation = Prepared(stored, gain), one, activation
        self.geometry = Geometry.of(stored.shape[1:], one.size, **settings)
        self.panel = NodePanel()
        self.pinned = False
        self.seen = {name: [] for name in ("cellHovered", "placeChosen", "channelSwitched", "letGo")}
        for name, log in self.seen.items():
            getattr(self.panel, name).connect(lambda *values, log=log: log.append(values))
        qtbot.addWidget(self.panel)
        self.panel.resize(*size)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitUntil(self.panel.isActiveWindow)
        self.qtbot = qtbot

    def inside(self, origin):
        rows, columns = (
            start + np.arange(n) * self.geometry.dilation for start, n in zip(origin, self.filter.size, strict=True)
        )
        _, height, width = self.prepared.shape
        return ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))

    def show(self, row, column):
        node = explain(window_at(self.prepared, self.geometry, row, column), self.filter, self.activation)
        origin = self.geometry.origin(row, column)
        self.panel.show_node(
            node, (row, column), origin, self.geometry.output, self.pinned, self.inside(origin), self.geometry.dilation,
            surroundings=surroundings(self.prepared, self.geometry, row, column),
        )  # fmt: skip
        return node

    def show_nothing(self):
        """As when the mouse is on no map."""
        nothing = np.ones((1, 1), bool)
        self.panel.show_node(None, None, (0, 0), self.geometry.output, self.pinned, nothing)

    def follow(self):
        """Go where the panel asks to."""
        self.panel.placeChosen.connect(self.show)

    def show_strongest(self, count=5):
        values = correlate(
            self.prepared.values(), self.filter.weights[None], [self.filter.bias], padding=self.geometry.pads[0]
        )[0]
        places = strongest(np.maximum(values, 0), count)
        patches = [window_at(self.prepared, self.geometry, one.row, one.column) for one in places]
        self.panel.set_strongest(places, patches, equally_strong(values))
        return places

    def child(self, kind, name):
        found = self.panel.findChild(kind, name)
        assert found is not None, name
        return found

    def text(self, name):
        return self.child(QLabel, name).text()

    def at(self, *cell):
        return self.panel.blocks.blocks.layout.cell(cell).center()

    def hover(self, point):
        blocks = self.panel.blocks
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), QPointF(blocks.mapToGlobal(point)),
            Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(blocks, event)

    def colour_at(self, point):
        return self.panel.blocks.grab().toImage().pixelColor(point).name()


def photo(channels, seed=0, size=(40, 50)):
    return np.random.default_rng(seed).integers(0, 256, (channels, *size), dtype=np.uint8)


def random_filter(*shape, seed=0):
    return Filter(np.random.default_rng(seed).normal(size=shape).round(3), bias=0.125, name="A filter")
