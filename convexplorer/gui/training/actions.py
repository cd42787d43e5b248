"""What opens the Training panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.training.dock import TrainingDock

TRAINING_ACTIONS: tuple[Action[TrainingDock], ...] = (
    Action(
        "training",
        QT_TRANSLATE_NOOP("actions", "&Train filters"),
        QT_TRANSLATE_NOOP("actions", "Show the Training panel: random filters learn from labelled images"),
        run=lambda to, _: to.open(),
        keys="Ctrl+T",
        icon="train",
        places=(("train", 1),),
        bar=43,
        word=QT_TRANSLATE_NOOP("menus", "Train"),
    ),
)
