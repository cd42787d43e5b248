"""What can be done with maps: zoom, colours, the sliding window, and parts of one filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.canvas.navigator import STEP
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.maps.wing import MapsWing

MAP_ACTIONS: tuple[Action[MapsWing], ...] = (
    Action(
        "zoomIn",
        QT_TRANSLATE_NOOP("actions", "Zoom &in"),
        QT_TRANSLATE_NOOP("actions", "Show image and maps larger"),
        run=lambda to, _: to.zoom(STEP),
        keys="Ctrl++",
        icon="zoom-in",
        places=(("view", 1),),
    ),
    Action(
        "zoomOut",
        QT_TRANSLATE_NOOP("actions", "Zoom &out"),
        QT_TRANSLATE_NOOP("actions", "Show image and maps smaller"),
        run=lambda to, _: to.zoom(1 / STEP),
        keys="Ctrl+-",
        icon="zoom-out",
        places=(("view", 1),),
    ),
    Action(
        "zoomFit",
        QT_TRANSLATE_NOOP("actions", "&Fit"),
        QT_TRANSLATE_NOOP("actions", "Show all of image and maps"),
        run=lambda to, _: to.navigator.fit(),
        keys="Ctrl+0",
        icon="fit",
        places=(("view", 1),),
    ),
    Action(
        "focusMap",
        QT_TRANSLATE_NOOP("actions", "&Large map"),
        QT_TRANSLATE_NOOP("actions", "Show the selected map large, with colour bar and histogram; Esc goes back"),
        run=lambda to, on: to.focus_map(on=on),
        is_enabled=lambda to: bool(to.selected) or to.maps.focused is not None,
        is_checked=lambda to: to.maps.focused is not None,
        keys="L",
        icon="focus",
        places=(("view", 2),),
    ),
    Action(
        "planes",
        QT_TRANSLATE_NOOP("actions", "&Planes apart"),
        QT_TRANSLATE_NOOP("actions", "Show red, green and blue as three pictures"),
        run=lambda to, on: to.presenter.set_planes(apart=on),
        is_enabled=lambda to: to.is_rgb,
        is_checked=lambda to: to.presenter.planes and to.is_rgb,
        keys="P",
        icon="planes",
        places=(("view", 2), ("image", 1)),
    ),
    Action(
        "slide",
        QT_TRANSLATE_NOOP("actions", "&Slide the window"),
        QT_TRANSLATE_NOOP("actions", "Slide the window over the image while the maps fill node by node"),
        run=lambda to, _: to.sliding.toggle(),
        is_checked=lambda to: to.sliding.playing,
        keys="Space",
        icon="play",
        places=(("view", 3),),
        bar=41,
        word=QT_TRANSLATE_NOOP("menus", "Slide"),
    ),
    Action(
        "slideStep",
        QT_TRANSLATE_NOOP("actions", "S&tep"),
        QT_TRANSLATE_NOOP("actions", "Move the window by one node"),
        run=lambda to, _: to.sliding.step(1),
        keys="Ctrl+.",
        icon="step",
        places=(("view", 3),),
    ),
    Action(
        "slideBack",
        QT_TRANSLATE_NOOP("actions", "Step &back"),
        QT_TRANSLATE_NOOP("actions", "Move the window back by one node"),
        run=lambda to, _: to.sliding.step(-1),
        is_enabled=lambda to: to.sliding.position is not None,
        keys="Ctrl+Shift+.",
        places=(("view", 3),),
    ),
    Action(
        "slideEnd",
        QT_TRANSLATE_NOOP("actions", "Show all &nodes"),
        QT_TRANSLATE_NOOP("actions", "End the sliding window and show the maps whole"),
        run=lambda to, _: to.sliding.end(),
        is_enabled=lambda to: to.sliding.position is not None,
        places=(("view", 3),),
    ),
    Action(
        "relu",
        QT_TRANSLATE_NOOP("actions", "&ReLU"),
        QT_TRANSLATE_NOOP("actions", "Keep what is positive and zero the rest; off shows the signed sums"),
        run=lambda to, on: to.set_relu(on=on),
        is_checked=lambda to: to.project.edited_layer.activation == "relu",
        keys="R",
        icon="relu",
        places=(("view", 4),),
    ),
    Action(
        "holdScale",
        QT_TRANSLATE_NOOP("actions", "&One scale, held"),
        QT_TRANSLATE_NOOP("actions", "Colour all maps on one scale and hold it; values beyond it are marked"),
        run=lambda to, on: to.hold_scale(on=on),
        is_checked=lambda to: to.presenter.look.held is not None,
        keys="K",
        icon="lock",
        places=(("view", 4),),
    ),
)

COMPARISON_ACTIONS: tuple[Action[MapsWing], ...] = (
    Action(
        "splitChannels",
        QT_TRANSLATE_NOOP("actions", "Spl&it by channel"),
        QT_TRANSLATE_NOOP("actions", "Show the selected filter's map as the sum of its channels' maps"),
        run=lambda to, on: to.compare("channels" if on else ""),
        is_enabled=lambda to: to.project.bank.channels == 3 and bool(to.selected) and to.reads_image,
        is_checked=lambda to: to.presenter.shown.comparison == "channels",
        keys="Ctrl+Alt+C",
        places=(("view", 2),),
    ),
    Action(
        "showFlipped",
        QT_TRANSLATE_NOOP("actions", "&Convolution beside cross-correlation"),
        QT_TRANSLATE_NOOP("actions", "Show the selected filter as it is and with its kernel flipped"),
        run=lambda to, on: to.compare("flipped" if on else ""),
        is_enabled=lambda to: bool(to.selected),
        is_checked=lambda to: to.presenter.shown.comparison == "flipped",
        keys="Ctrl+Alt+K",
        places=(("view", 2),),
    ),
)
"""What shows parts of one filter."""
