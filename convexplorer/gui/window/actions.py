"""All actions of the window and its wings, and the menus of choices among them, in the order of the menus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from convexplorer.gui.filters.commands import FILTER_ACTIONS
from convexplorer.gui.flow.actions import FLOW_ACTIONS
from convexplorer.gui.image.actions import IMAGE_ACTIONS
from convexplorer.gui.kit.actions import Action, ActionSet, MenuPart
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP
from convexplorer.gui.layers.commands import LAYER_ACTIONS
from convexplorer.gui.maps.actions import COMPARISON_ACTIONS, MAP_ACTIONS
from convexplorer.gui.node.wing import NODE_ACTIONS
from convexplorer.gui.sessions.actions import SESSION_ACTIONS
from convexplorer.gui.training.actions import TRAINING_ACTIONS
from convexplorer.gui.window.window_actions import WINDOW_ACTIONS

Target = TypeVar("Target")

MENUS = (
    ("file", "fileMenu", QT_TRANSLATE_NOOP("actions", "&File")),
    ("edit", "editMenu", QT_TRANSLATE_NOOP("actions", "&Edit")),
    ("view", "viewMenu", QT_TRANSLATE_NOOP("actions", "&View")),
    ("image", "imageMenu", QT_TRANSLATE_NOOP("actions", "&Image")),
    ("filters", "filtersMenu", QT_TRANSLATE_NOOP("actions", "Fi&lters")),
    ("layers", "layersMenu", QT_TRANSLATE_NOOP("actions", "La&yers")),
    ("train", "trainMenu", QT_TRANSLATE_NOOP("actions", "&Train")),
    ("help", "helpMenu", QT_TRANSLATE_NOOP("actions", "&Help")),
)
"""Name in the records' places, object name and title of each menu."""

ACTIONS: tuple[Action[Any], ...] = (
    *WINDOW_ACTIONS,
    *SESSION_ACTIONS,
    *FLOW_ACTIONS,
    *MAP_ACTIONS,
    *NODE_ACTIONS,
    *COMPARISON_ACTIONS,
    *IMAGE_ACTIONS,
    *TRAINING_ACTIONS,
    *FILTER_ACTIONS,
    *LAYER_ACTIONS,
)
"""What a person can do; within a part of a menu or of the bar, records stand in this order."""

MENU_PARTS = (
    MenuPart("samples", (("file", 1),)),
    MenuPart("recent", (("file", 1),)),
    MenuPart("grey", (("image", 1),)),
    MenuPart("sequential", (("view", 4),)),
    MenuPart("diverging", (("view", 4),)),
    MenuPart("cells", (("view", 4),)),
    MenuPart("panels", (("view", 5),)),
    MenuPart("theme", (("view", 5),)),
)
"""Menus of choices; they stand behind the actions of their part."""


def make_actions(owner: QWidget, records: Sequence[Action[Target]], target: Target) -> ActionSet[Target]:
    """Make the QActions of some records, which take what is being typed before they run."""

    def run(record: Action[Target], on: bool) -> None:
        take_typed()
        record.run(target, on)

    return ActionSet(owner, records, target, run)
