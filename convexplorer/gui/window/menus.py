"""Where every action stands in menus and in the bar."""

from __future__ import annotations

from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

FILE = (
    "openImage",
    "@samples",
    "@recent",
    "pasteImage",
    "reloadImage",
    "nextImage",
    "previousImage",
    "-",
    "openSession",
    "saveSession",
    "saveSessionAs",
    "revertSession",
    "-",
    "openFilters",
    "saveFilters",
    "saveSelectedFilters",
    "saveLayers",
    "-",
    "saveMap",
    "saveSelectedMaps",
    "saveMaps",
    "exportFigure",
    "-",
    "quit",
)
EDIT = ("undo", "redo", "-", "copyMap", "pasteImage", "-", "settings")
VIEW = (
    "zoomIn",
    "zoomOut",
    "zoomFit",
    "-",
    "flow",
    "focusMap",
    "planes",
    "markStrongest",
    "attribution",
    "zoomField",
    "traceBack",
    "splitChannels",
    "showFlipped",
    "-",
    "slide",
    "slideStep",
    "slideBack",
    "slideEnd",
    "-",
    "relu",
    "holdScale",
    "@sequential",
    "@diverging",
    "@cells",
    "-",
    "@panels",
    "@theme",
)
IMAGE = ("grey", "@grey", "rgb", "planes", "-", "nextImage", "previousImage", "reloadImage")
HELP = ("shortcuts", "about")

MENUS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fileMenu", QT_TRANSLATE_NOOP("actions", "&File"), FILE),
    ("editMenu", QT_TRANSLATE_NOOP("actions", "&Edit"), EDIT),
    ("viewMenu", QT_TRANSLATE_NOOP("actions", "&View"), VIEW),
    ("imageMenu", QT_TRANSLATE_NOOP("actions", "&Image"), IMAGE),
    ("filtersMenu", QT_TRANSLATE_NOOP("actions", "Fi&lters"), ("@filters",)),
    ("layersMenu", QT_TRANSLATE_NOOP("actions", "La&yers"), ("@layers",)),
    ("trainMenu", QT_TRANSLATE_NOOP("actions", "&Train"), ("training",)),
    ("helpMenu", QT_TRANSLATE_NOOP("actions", "&Help"), HELP),
)
"""Object name, title and entries of each menu; "-" is a line, "@…" a part that the window fills."""

TOP_BAR = (
    "@menu",
    "@layers",
    "openImage",
    "@samples",
    "-",
    "undo",
    "redo",
    "-",
    "grey",
    "rgb",
    "-",
    "slide",
    "flow",
    "training",
    "@theme",
)
"""Entries of the window's bar."""
WORDED = {
    "grey": QT_TRANSLATE_NOOP("menus", "Grey"),
    "rgb": QT_TRANSLATE_NOOP("menus", "RGB"),
    "slide": QT_TRANSLATE_NOOP("menus", "Slide"),
    "flow": QT_TRANSLATE_NOOP("menus", "Network"),
    "training": QT_TRANSLATE_NOOP("menus", "Train"),
}
"""Those that have a word beside their icon."""
