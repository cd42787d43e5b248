"""The Node panel, the trail through the layers and what drove a node, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.maps.maps_panel import MapsPanel
from convexplorer.gui.node.attribution import Attributor
from convexplorer.gui.node.attribution_legend import AttributionLegend
from convexplorer.gui.node.panel import NodePanel
from convexplorer.gui.node.presenter import NodePresenter
from convexplorer.gui.node.tracer import Tracer
from convexplorer.gui.node.trail_bar import TrailBar


class NodeWing(QObject):
    """Explains one node: its sum, where its inputs come from, and which pixels drove it.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    image : ImageView
        Under what drove the node.
    maps : MapsPanel
        On which strong nodes are ringed.
    window : QWidget
        Where the panel stands; becomes the owner.
    """

    def __init__(self, exploration: Exploration, image: ImageView, maps: MapsPanel, window: QWidget) -> None:
        super().__init__(window)
        self.panel = NodePanel(window)
        self.trail = TrailBar(window)
        self.tracer = Tracer(exploration, self.trail, image, self)
        self.presenter = NodePresenter(exploration, self.tracer, self.panel, image, maps, self)
        self.legend = AttributionLegend(window)
        self.attributor = Attributor(exploration, self.tracer, image, self.legend, self)
        self.tracer.walkable.connect(exploration.possibleChanged)
        self.panel.attributionToggled.connect(lambda on: self.attributor.switch(on=on))
        self.attributor.switched.connect(self.panel.header.attribution.setChecked)
        self.attributor.switched.connect(exploration.possibleChanged)
        self.attributor.failed.connect(exploration.failed)
