"""All actions of the window itself, and the menus of choices among them; filters and layers have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action, MenuPart
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP
from convexplorer.gui.window.file_actions import FILE_ACTIONS
from convexplorer.gui.window.other_actions import OTHER_ACTIONS
from convexplorer.gui.window.view_actions import VIEW_ACTIONS

if TYPE_CHECKING:
    from convexplorer.gui.window.commands import Commands

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

WINDOW_ACTIONS: tuple[Action[Commands], ...] = (*FILE_ACTIONS, *VIEW_ACTIONS, *OTHER_ACTIONS)

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
