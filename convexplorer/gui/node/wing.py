"""The Node panel, the trail through the layers and what drove a node, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP
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


NODE_ACTIONS: tuple[Action[NodeWing], ...] = (
    Action(
        "markStrongest",
        QT_TRANSLATE_NOOP("actions", "Mark the st&rongest places"),
        QT_TRANSLATE_NOOP("actions", "Ring the strongest nodes of the selected map, and their windows on the image"),
        run=lambda to, on: to.presenter.set_marking(on=on),
        is_checked=lambda to: to.presenter.marking,
        keys="M",
        places=(("view", 2),),
    ),
    Action(
        "attribution",
        QT_TRANSLATE_NOOP("actions", "What &drove this node"),
        QT_TRANSLATE_NOOP("actions", "Show on the image which pixels raised and which lowered the pinned node"),
        run=lambda to, on: to.attributor.switch(on=on),
        is_checked=lambda to: to.attributor.on,
        keys="D",
        icon="attribution",
        places=(("view", 2),),
    ),
    Action(
        "zoomField",
        QT_TRANSLATE_NOOP("actions", "&Zoom to the receptive field"),
        QT_TRANSLATE_NOOP("actions", "Show from near what the pinned node sees of the image, or all again"),
        run=lambda to, _: to.tracer.zoom_to_field(),
        is_enabled=lambda to: to.tracer.pinned,
        keys="Z",
        places=(("view", 2),),
    ),
    Action(
        "traceBack",
        QT_TRANSLATE_NOOP("actions", "&Back in the trace"),
        QT_TRANSLATE_NOOP("actions", "Go back to the node whose input is looked at"),
        run=lambda to, _: to.tracer.back(),
        is_enabled=lambda to: len(to.tracer.trail.steps) > 1,
        keys="Alt+Left;Backspace",
        icon="back",
        places=(("view", 2),),
    ),
)
"""What can be done with the node that is looked at."""
