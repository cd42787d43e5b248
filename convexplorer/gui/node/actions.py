"""What can be done with the node that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.node.wing import NodeWing

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
