"""Buttons for commands that stand in menus, too: an icon and a word, or a word that opens a short menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from convexplorer.gui.filters.commands import FilterCommands
from convexplorer.gui.filters.edits import FilterEdits
from convexplorer.gui.filters.menus import CommandsMenu
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.actions import Action

HEIGHT = 28
"""Least height of a button in pixels."""


def command_button(record: Action[FilterEdits], commands: FilterCommands, parent: QWidget) -> QToolButton:
    """A flat button with the icon and the word of a command; it follows whether the command is possible.

    The shortcut is only told: the window's action has it.
    """
    tip = QCoreApplication.translate("actions", record.tip)
    if record.shortcuts:
        tip = f"{tip} ({record.shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText)})"
    word = QCoreApplication.translate("menus", record.word) if record.word else record.title.rstrip("…")
    button = _button(f"{record.key}Button", word, tip, parent)
    button.setAccessibleName(record.title.rstrip("…"))
    button.setIcon(theme.icon(record.icon))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.clicked.connect(lambda: commands.run(record.key))

    def follow() -> None:
        button.setEnabled(commands.is_enabled(record.key))

    commands.changed.connect(follow)
    follow()
    return button


def menu_button(
    name: str, word: str, tip: str, keys: Sequence[str], commands: FilterCommands, parent: QWidget
) -> QToolButton:
    """A button that opens a menu of some commands."""
    button = _button(name, word, tip, parent)
    button.setAccessibleName(word)
    button.setMenu(CommandsMenu(keys, commands, button))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button


def _button(name: str, text: str, tip: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setIconSize(QSize(16, 16))
    button.setMinimumHeight(HEIGHT)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
