"""Actions: declarative records, from which menus, tool bars and shortcuts are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from convexplorer.gui.kit import theme


@dataclass(frozen=True)
class ActionSpec:
    """One thing a person can do.

    Parameters
    ----------
    key : str
        Its name in menus' tables, and the object name of its QAction.
    text, tip : str
        Untranslated texts, marked with ``QT_TRANSLATE_NOOP("actions", …)``; the tip is one sentence.
    shortcut : str
        Portable text of its keys ("Ctrl+Shift+N"), or "".
    icon : str
        Name in ``resources/icons``, or "".
    checkable : bool
        Whether it is a switch.
    """

    key: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    checkable: bool = False


def make_actions(owner: QWidget, specs: Iterable[ActionSpec], run: Callable[[str, bool], object]) -> dict[str, QAction]:
    """Make a QAction of every record, added to `owner`; `run(key, checked)` is called when one is triggered."""
    made = {}
    for spec in specs:
        action = QAction(QCoreApplication.translate("actions", spec.text), owner)
        action.setObjectName(spec.key)
        tip = QCoreApplication.translate("actions", spec.tip)
        if spec.shortcut:
            keys = QKeySequence.fromString(spec.shortcut, QKeySequence.SequenceFormat.PortableText)
            action.setShortcut(keys)
            tip = f"{tip} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})"
        action.setToolTip(tip)
        action.setStatusTip(QCoreApplication.translate("actions", spec.tip))
        action.setCheckable(spec.checkable)
        if spec.icon:
            action.setIcon(theme.icon(spec.icon))
        action.triggered.connect(lambda checked=False, key=spec.key: run(key, checked))
        owner.addAction(action)
        made[spec.key] = action
    return made
