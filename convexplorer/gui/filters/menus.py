"""The menus of the filters' panel: presets to add, and what can be done with the selected filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QWidget

from convexplorer.core.model.presets import PRESETS
from convexplorer.gui.canvas.pattern_preview import first_patterns
from convexplorer.gui.canvas.thumbnails import thumbnail_icon
from convexplorer.gui.filters.commands import FILTER_ACTIONS, FilterCommands
from convexplorer.gui.kit import theme

ICON = 16


class PresetMenu(QMenu):
    """A new filter, or a preset by its group; filled when it is first shown.

    Parameters
    ----------
    commands : FilterCommands
        Adds the new filter.
    add : callable
        Adds the preset of a key.
    parent : QWidget
        Qt's owner.
    """

    def __init__(self, commands: FilterCommands, add: Callable[[str], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("presetMenu")
        self.setToolTipsVisible(True)
        self._commands = commands
        self._add = add
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        if not self.isEmpty():
            return
        for key in ("addFilter", "presets"):
            _add_command(self, key, self._commands)
        self.addSeparator()
        groups: dict[str, QMenu] = {}
        for one in PRESETS.values():
            if one.group not in groups:
                groups[one.group] = self.addMenu(QCoreApplication.translate("presets", one.group))
                groups[one.group].setToolTipsVisible(True)
            patterns = first_patterns([one.make()])
            action = groups[one.group].addAction(
                thumbnail_icon(patterns, ICON, self.devicePixelRatioF()),
                QCoreApplication.translate("presets", one.title),
            )
            action.setToolTip(QCoreApplication.translate("presets", one.sentence))
            action.triggered.connect(lambda _checked=False, key=one.key: self._add(key))


def selection_menu(commands: FilterCommands, parent: QWidget) -> QMenu:
    """All commands, as far as they are possible; the menu is gone when it closes."""
    menu = QMenu(parent)
    menu.setObjectName("filterMenu")
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    _fill(menu, [record.key for record in FILTER_ACTIONS], commands)
    return menu


class CommandsMenu(QMenu):
    """Some commands in the order of `FILTER_ACTIONS`; whether they are possible is found out when it is shown.

    Parameters
    ----------
    keys : sequence of str
        The commands.
    commands : FilterCommands
        Does them.
    parent : QWidget
        Qt's owner.
    """

    def __init__(self, keys: Sequence[str], commands: FilterCommands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._keys = keys
        self._commands = commands
        self.aboutToShow.connect(self._renew)

    def _renew(self) -> None:
        self.clear()
        _fill(self, self._keys, self._commands)


def _fill(menu: QMenu, keys: Sequence[str], commands: FilterCommands) -> None:
    before = None
    for record in FILTER_ACTIONS:
        if record.key not in keys:
            continue
        part = record.places[0][1]
        if before is not None and part != before:
            menu.addSeparator()
        before = part
        _add_command(menu, record.key, commands)


def _add_command(menu: QMenu, key: str, commands: FilterCommands) -> None:
    record = next(one for one in FILTER_ACTIONS if one.key == key)
    action = menu.addAction(QCoreApplication.translate("actions", record.text))
    action.setObjectName(key)
    action.setToolTip(QCoreApplication.translate("actions", record.tip))
    action.setEnabled(commands.is_enabled(key))
    if record.icon:
        action.setIcon(theme.icon(record.icon))
    action.triggered.connect(lambda _checked=False: commands.run(key))
