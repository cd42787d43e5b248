"""Menus and the one bar of the window, put together from the records of all actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMenu, QToolBar, QToolButton, QWidget

from convexplorer.gui.kit import theme
from convexplorer.gui.kit.actions import Action, MenuPart, fill_menu
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.kit.settings import THEME
from convexplorer.gui.window import menu_parts
from convexplorer.gui.window.actions import ACTIONS, MENU_PARTS, MENUS

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


def build_bars(window: MainWindow) -> QToolButton:
    """Fill the window's menus and its one bar; returns the button that switches the theme."""
    parts = _menus(window)
    everything = QMenu(window)
    everything.setObjectName("mainMenu")
    records: tuple[Action[Any] | MenuPart, ...] = (*ACTIONS, *MENU_PARTS)
    for key, name, title in MENUS:
        menu = QMenu(QCoreApplication.translate("actions", title), window)
        menu.setObjectName(name)
        menu.setToolTipsVisible(True)
        fill_menu(menu, key, records, window.actions_by_key, parts)
        everything.addMenu(menu)
        window.menuBar().addMenu(menu)
    # A bar of menus takes a line of the window; on macOS it is the screen's, and stays.
    if not window.menuBar().isNativeMenuBar():
        window.menuBar().hide()
    button = _top_bar(window, parts, everything)
    window.layer_bar = _settings_bar(window)
    return button


def _menus(window: MainWindow) -> dict[str, QMenu]:
    """Menus of choices, by their names in the tables."""
    sequential, diverging = menu_parts.palette_menus(window)
    return {
        "samples": menu_parts.samples_menu(window),
        "recent": menu_parts.recent_menu(window),
        "grey": menu_parts.grey_menu(window),
        "sequential": sequential,
        "diverging": diverging,
        "cells": menu_parts.cells_menu(window),
        "theme": menu_parts.theme_menu(window),
        "panels": _panels_menu(window),
    }


def _panels_menu(window: MainWindow) -> QMenu:
    menu = QMenu(QCoreApplication.translate("menus", "&Panels"), window)
    menu.setObjectName("panelsMenu")
    for dock in window.findChildren(QDockWidget):
        menu.addAction(dock.toggleViewAction())
    return menu


def _bar(window: MainWindow, name: str, title: str) -> QToolBar:
    bar = QToolBar(title, window)
    bar.setObjectName(name)
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.addToolBar(bar)
    return bar


def _top_bar(window: MainWindow, menus: dict[str, QMenu], everything: QMenu) -> QToolButton:
    """The one bar: all menus behind a button, the layers, and what is used all the time."""
    bar = _bar(window, "topBar", QCoreApplication.translate("menus", "Layers and tools"))
    menu_button = menu_parts.menu_button(
        window, "menuButton", QCoreApplication.translate("menus", "Menu (F10)"), "menu"
    )
    menu_button.setMenu(everything)
    menu_button.setShortcut(QKeySequence(Qt.Key.Key_F10))
    samples = menu_parts.menu_button(
        window, "samplesButton", QCoreApplication.translate("menus", "Built-in pictures and test patterns"), "samples"
    )
    samples.setMenu(menus["samples"])
    theme_button = menu_parts.menu_button(
        window,
        "themeButton",
        QCoreApplication.translate("menus", "Light or dark"),
        "theme-light" if theme.current().dark else "theme-dark",
    )
    theme_button.setPopupMode(QToolButton.ToolButtonPopupMode.DelayedPopup)
    theme_button.clicked.connect(lambda: window.settings.set(THEME, "light" if theme.current().dark else "dark"))
    bar.addWidget(menu_button)
    bar.addWidget(window.layer_strip)
    in_bar = sorted((record for record in ACTIONS if record.bar), key=lambda record: record.bar)
    before = 1
    for record in in_bar:
        if record.bar // 10 != before:
            bar.addSeparator()
            before = record.bar // 10
        action = window.actions_by_key[record.key]
        bar.addAction(action)
        button = bar.widgetForAction(action)
        if record.word and isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if record.key == "openImage":
            bar.addWidget(samples)
    bar.addWidget(theme_button)
    return theme_button


def _settings_bar(window: MainWindow) -> QToolBar:
    """The settings of the layer that is looked at; they take no room until they are asked for."""
    window.addToolBarBreak()
    bar = _bar(window, "layerBar", QCoreApplication.translate("menus", "Layer"))
    row = QWidget(bar)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(0)
    line.addWidget(window.layer_settings, 1)
    text = QCoreApplication.translate(
        "menus",
        "Layers from the image on; each reads all maps of the one before it, so the second finds patterns of patterns. "
        "Below each name stands what leaves it: rows × columns × maps. A click looks at a layer, + adds one behind it. "
        "Where filters are moved or deleted, the planes that read them, in the layers behind, go along, and a new "
        "filter is read with zeros. Where a whole layer comes, goes or moves, planes are matched by position: the "
        "first stay, and new ones are zero. A layer that is switched off hands on what reaches it. A change after "
        "which some window would not fit is refused.",
    )
    line.addWidget(HelpButton(text, "layerHelp", row))
    bar.addWidget(row)
    bar.hide()
    return bar
