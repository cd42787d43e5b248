"""What can be done with the picture of the whole network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.flow.wing import FlowWing

FLOW_ACTIONS: tuple[Action[FlowWing], ...] = (
    Action(
        "flow",
        QT_TRANSLATE_NOOP("actions", "&Whole network"),
        QT_TRANSLATE_NOOP("actions", "Show photo, maps of all layers and what flows into a node, instead of one layer"),
        run=lambda to, on: to.switch(on=on),
        is_checked=lambda to: to.on,
        keys="W",
        icon="flow",
        places=(("view", 2),),
        bar=42,
        word=QT_TRANSLATE_NOOP("menus", "Network"),
    ),
)
