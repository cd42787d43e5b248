"""Menu bar and tool bar, put together from the tables of `gui.window.menus`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMenu, QSizePolicy, QToolBar, QToolButton, QVBoxLayout, QWidget

from convexplorer.gui.filters.commands import FILTER_MENU
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.kit.settings import THEME
from convexplorer.gui.layers.commands import LAYER_MENU
from convexplorer.gui.window import menu_parts
from convexplorer.gui.window.menus import MENUS, TOOL_BAR

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

TABLES: dict[tuple[str, ...], tuple[str, ...]] = {("@filters",): FILTER_MENU, ("@layers",): LAYER_MENU}
"""Menus that are listed where their commands are."""


def build_bars(window: MainWindow) -> QToolButton:
    """Fill the window's menu bar and tool bars; returns the button that switches the theme."""
    parts = _menus(window)
    for name, title, entries in MENUS:
        menu = window.menuBar().addMenu(QCoreApplication.translate("actions", title))
        menu.setObjectName(name)
        menu.setToolTipsVisible(True)
        for entry in TABLES.get(entries, entries):
            if entry == "-":
                menu.addSeparator()
            elif entry in parts:
                menu.addMenu(parts[entry])
            else:
                menu.addAction(window.actions_by_key[entry])
    button = _tool_bar(window, parts)
    _layer_bar(window)
    return button


def _menus(window: MainWindow) -> dict[str, QMenu]:
    """Menus of choices, by their names in the tables."""
    sequential, diverging = menu_parts.palette_menus(window)
    return {
        "@samples": menu_parts.samples_menu(window),
        "@recent": menu_parts.recent_menu(window),
        "@grey": menu_parts.grey_menu(window),
        "@sequential": sequential,
        "@diverging": diverging,
        "@cells": menu_parts.cells_menu(window),
        "@theme": menu_parts.theme_menu(window),
        "@panels": _panels_menu(window),
    }


def _panels_menu(window: MainWindow) -> QMenu:
    menu = QMenu(QCoreApplication.translate("menus", "&Panels"), window)
    menu.setObjectName("panelsMenu")
    for dock in window.findChildren(QDockWidget):
        menu.addAction(dock.toggleViewAction())
    return menu


def _layer_bar(window: MainWindow) -> None:
    """The strip of layers, and below it the settings of the one that is looked at."""
    bar = QToolBar(QCoreApplication.translate("menus", "Layers"), window)
    bar.setObjectName("layerBar")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    both = QWidget(bar)
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addWidget(window.layer_strip, 1)
    text = QCoreApplication.translate(
        "menus",
        "Layers from the image on; each reads all maps of the one before it, so the second finds patterns of patterns. "
        "Below each name stands what leaves it: rows × columns × maps. A click looks at a layer, + adds one behind it. "
        "Where filters are moved or deleted, the planes that read them, in the layers behind, go along, and a new "
        "filter is read with zeros. Where a whole layer comes, goes or moves, planes are matched by position: the "
        "first stay, and new ones are zero. A layer that is switched off hands on what reaches it. A change after "
        "which some window would not fit is refused.",
    )
    row.addWidget(HelpButton(text, "layerHelp", both))
    column.addLayout(row)
    column.addWidget(window.layer_settings)
    bar.addWidget(both)
    window.addToolBarBreak()
    window.addToolBar(bar)


def _tool_bar(window: MainWindow, menus: dict[str, QMenu]) -> QToolButton:
    bar = QToolBar(QCoreApplication.translate("menus", "Tools"), window)
    bar.setObjectName("toolBar")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.addToolBar(bar)
    samples = menu_parts.menu_button(
        window, "samplesButton", QCoreApplication.translate("menus", "Built-in pictures and test patterns"), "samples"
    )
    samples.setMenu(menus["@samples"])
    space = QWidget(bar)
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    theme_button = menu_parts.menu_button(
        window,
        "themeButton",
        QCoreApplication.translate("menus", "Light or dark"),
        "theme-light" if theme.current().dark else "theme-dark",
    )
    theme_button.setPopupMode(QToolButton.ToolButtonPopupMode.DelayedPopup)
    theme_button.clicked.connect(lambda: window.settings.set(THEME, "light" if theme.current().dark else "dark"))
    widgets: dict[str, QWidget] = {
        "@samples": samples,
        "@palette": menu_parts.palette_button(window, (menus["@sequential"], menus["@diverging"])),
        "@cells": menu_parts.cells_slider(window),
        "@space": space,
        "@theme": theme_button,
    }
    for entry in TOOL_BAR:
        if entry == "-":
            bar.addSeparator()
        elif entry in widgets:
            bar.addWidget(widgets[entry])
        else:
            bar.addAction(window.actions_by_key[entry])
    return theme_button
