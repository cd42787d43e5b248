"""Menus that hold choices rather than actions: samples, recent files, palettes, sizes, theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QActionGroup, QIcon, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton

from convexplorer.core.engine.colour import DIVERGING, SEQUENTIAL, packed_palette
from convexplorer.gui.image.grey_methods import grey_formula, grey_titles
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.settings import DIVERGING_PALETTE, SEQUENTIAL_PALETTE, THEME
from convexplorer.io.arrays.qimages import to_qimage

if TYPE_CHECKING:
    from convexplorer.core.model.preparation import GreyMethod
    from convexplorer.gui.window.main_window import MainWindow


def _tr(text: str) -> str:
    return QCoreApplication.translate("menus", text)


def samples_menu(window: MainWindow) -> QMenu:
    """Built-in pictures, by group."""
    menu = QMenu(_tr("&Samples"), window)
    menu.setObjectName("samplesMenu")
    menu.setToolTipsVisible(True)

    def fill() -> None:
        # Filled when first opened: the list comes from a module that the first window does not need.
        from convexplorer.io.images.samples import SAMPLES

        if menu.actions():
            return
        group, into = "", menu
        for sample in SAMPLES:
            if sample.group != group:
                group, heading = sample.group, QCoreApplication.translate("samples", sample.group)
                if menu.actions():
                    menu.addSeparator()
                if group == "Test patterns":  # All of them would be higher than a small screen.
                    into = menu.addMenu(heading)
                    into.setToolTipsVisible(True)
                else:
                    # Not a section: some styles draw only its line.
                    menu.addAction(heading).setEnabled(False)
            title = QCoreApplication.translate("samples", sample.title)
            action = into.addAction(title)
            action.setObjectName(f"sample-{sample.key}")
            action.setToolTip(QCoreApplication.translate("samples", sample.hint))
            action.triggered.connect(
                lambda _checked=False, key=sample.key, title=title: window.opener.open_sample(key, title)
            )

    menu.aboutToShow.connect(fill)
    return menu


def recent_menu(window: MainWindow) -> QMenu:
    """Files that were opened lately."""
    menu = QMenu(_tr("Open re&cent"), window)
    menu.setObjectName("recentMenu")

    def fill() -> None:
        menu.clear()
        paths = window.recent.paths()
        for path in paths:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: window.files.open_files([path]))
        if paths:
            menu.addSeparator()
            menu.addAction(_tr("Clear this list")).triggered.connect(window.recent.clear)
        else:
            menu.addAction(_tr("No files yet")).setEnabled(False)

    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(fill)
    return menu


def palette_titles() -> dict[str, str]:
    """What the palettes are called, by their names."""
    return {
        "magma": _tr("Magma"),
        "grey": _tr("Grey"),
        "viridis": _tr("Viridis"),
        "cividis": _tr("Cividis"),
        "blue–red": _tr("Blue – red"),
        "purple–orange": _tr("Purple – orange"),
        "blue–gold": _tr("Blue – gold"),
    }


def palette_menus(window: MainWindow) -> tuple[QMenu, QMenu]:
    """Palettes for maps after ReLU and for signed maps, each with its picture."""
    titles = palette_titles()
    sequential = _choices(
        window,
        _tr("Colours of &activations"),
        "sequentialMenu",
        [(key, titles[key]) for key in SEQUENTIAL],
        lambda: window.presenter.look.sequential,
        lambda key: window.settings.set(SEQUENTIAL_PALETTE, key),
    )
    diverging = _choices(
        window,
        _tr("Colours of si&gned maps"),
        "divergingMenu",
        [(key, titles[key]) for key in DIVERGING],
        lambda: window.presenter.look.diverging,
        lambda key: window.settings.set(DIVERGING_PALETTE, key),
    )
    for menu in (sequential, diverging):
        for action in menu.actions():
            action.setIcon(palette_icon(str(action.data())))
    return sequential, diverging


def grey_menu(window: MainWindow) -> QMenu:
    """What grey is made of."""
    menu = _choices(
        window,
        _tr("Grey &from"),
        "greyMenu",
        grey_titles().items(),
        lambda: window.document.project.preparation.grey_method,
        lambda key: window.preparation.choose_grey(cast("GreyMethod", key)),
    )
    menu.setToolTipsVisible(True)
    for action in menu.actions():
        action.setToolTip(grey_formula(action.data()))
    return menu


def theme_menu(window: MainWindow) -> QMenu:
    """Light, dark, or as the system is."""
    choices = [("system", _tr("As the &system")), ("light", _tr("&Light")), ("dark", _tr("&Dark"))]
    settings = window.settings
    return _choices(
        window,
        _tr("&Theme"),
        "themeMenu",
        choices,
        lambda: settings.get(THEME),
        lambda key: settings.set(THEME, key),
    )


def cells_menu(window: MainWindow) -> QMenu:
    """Sizes of the maps in the grid."""
    choices = [
        ("0", _tr("&Fit to the window")),
        ("120", _tr("&Small")),
        ("200", _tr("&Medium")),
        ("320", _tr("&Large")),
    ]
    return _choices(
        window,
        _tr("Si&ze of maps"),
        "cellsMenu",
        choices,
        lambda: str(window.maps.grid.cell_width),
        lambda key: window.set_cell_width(int(key)),
    )


def menu_button(window: MainWindow, name: str, tip: str, icon: str) -> QToolButton:
    """A tool button that opens a menu at once."""
    button = QToolButton(window)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setIcon(theme.icon(icon))
    return button


def _choices(
    window: MainWindow,
    title: str,
    name: str,
    choices: Iterable[tuple[str, str]],
    chosen: Callable[[], str],
    choose: Callable[[str], object],
) -> QMenu:
    menu = QMenu(title, window)
    menu.setObjectName(name)
    group = QActionGroup(menu)
    # None may be chosen: a size that the slider gave, say.
    group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
    for key, text in choices:
        action = menu.addAction(text)
        action.setObjectName(f"{name}-{key}")
        action.setCheckable(True)
        action.setData(key)
        group.addAction(action)

    def show_chosen() -> None:
        for action in group.actions():
            action.setChecked(action.data() == chosen())

    show_chosen()
    menu.aboutToShow.connect(show_chosen)
    group.triggered.connect(lambda action: choose(str(action.data())))
    return menu


def palette_icon(name: str) -> QIcon:
    """The colours of a palette, low to high, 48 × 16 pixels."""
    image = to_qimage(packed_palette(name, dark=theme.current().dark)[np.newaxis])
    return QIcon(QPixmap.fromImage(image.scaled(QSize(48, 16))))
