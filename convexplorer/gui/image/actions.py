"""What can be done with the picture: step through files, and choose its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.image.wing import ImageWing

IMAGE_ACTIONS: tuple[Action[ImageWing], ...] = (
    Action(
        "reloadImage",
        QT_TRANSLATE_NOOP("actions", "&Reload image"),
        QT_TRANSLATE_NOOP("actions", "Read the picture's file again"),
        run=lambda to, _: to.opener.reload(),
        is_enabled=lambda to: to.project.image is not None and to.project.image.path is not None,
        keys="F5",
        icon="reload",
        places=(("file", 1), ("image", 2)),
    ),
    Action(
        "nextImage",
        QT_TRANSLATE_NOOP("actions", "&Next image"),
        QT_TRANSLATE_NOOP("actions", "Show the next of the files opened together"),
        run=lambda to, _: to.opener.step(1),
        is_enabled=lambda to: len(to.opener.files) > 1,
        keys="Ctrl+PgDown",
        icon="next",
        places=(("file", 1), ("image", 2)),
    ),
    Action(
        "previousImage",
        QT_TRANSLATE_NOOP("actions", "&Previous image"),
        QT_TRANSLATE_NOOP("actions", "Show the previous of the files opened together"),
        run=lambda to, _: to.opener.step(-1),
        is_enabled=lambda to: len(to.opener.files) > 1,
        keys="Ctrl+PgUp",
        icon="previous",
        places=(("file", 1), ("image", 2)),
    ),
    Action(
        "grey",
        QT_TRANSLATE_NOOP("actions", "&Grey"),
        QT_TRANSLATE_NOOP("actions", "One channel, made of red, green and blue as Image ▸ Grey from says"),
        run=lambda to, _: to.preparation.grey.click(),
        is_checked=lambda to: not to.is_rgb,
        keys="G",
        icon="grey",
        places=(("image", 1),),
        bar=31,
        word=QT_TRANSLATE_NOOP("menus", "Grey"),
    ),
    Action(
        "rgb",
        QT_TRANSLATE_NOOP("actions", "&RGB"),
        QT_TRANSLATE_NOOP("actions", "Three channels and filters with three planes"),
        run=lambda to, _: to.preparation.rgb.click(),
        is_checked=lambda to: to.is_rgb,
        keys="C",
        icon="rgb",
        places=(("image", 1),),
        bar=32,
        word=QT_TRANSLATE_NOOP("menus", "RGB"),
    ),
)
