"""Buttons for commands that stand in menus, too."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from convexplorer.gui.filters.commands import FilterCommands
from convexplorer.gui.filters.edits import FilterEdits
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.actions import Action

SIZE = QSize(32, 28)
"""Of a button in pixels."""


def command_button(record: Action[FilterEdits], commands: FilterCommands, parent: QWidget) -> QToolButton:
    """A flat button with the icon of a command; it follows whether the command is possible.

    The shortcut is only told: the window's action has it.
    """
    button = QToolButton(parent)
    button.setObjectName(f"{record.key}Button")
    tip = QCoreApplication.translate("actions", record.tip)
    if record.shortcuts:
        tip = f"{tip} ({record.shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText)})"
    button.setAccessibleName(record.title.rstrip("…"))
    button.setToolTip(tip)
    button.setIcon(theme.icon(record.icon))
    button.setIconSize(QSize(20, 20))
    button.setFixedSize(SIZE)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: commands.run(record.key))

    def follow() -> None:
        button.setEnabled(commands.is_enabled(record.key))

    commands.changed.connect(follow)
    follow()
    return button


def button_row(widgets: Iterable[QWidget | None]) -> QHBoxLayout:
    """Widgets side by side, from the left; a thin line for each None."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for widget in widgets:
        if widget is not None:
            row.addWidget(widget)
        else:
            row.addSpacing(8)
    row.addStretch(1)
    return row
