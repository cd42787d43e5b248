"""Records of what a person can do; menus, the bar and keys are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from convexplorer.gui.kit import theme

Target = TypeVar("Target")
"""What actions are done on."""


@dataclass(frozen=True)
class Action(Generic[Target]):
    """One thing a person can do.

    Parameters
    ----------
    key : str
        Its name, and the object name of its QAction.
    text, tip : str
        Untranslated texts, marked with ``QT_TRANSLATE_NOOP("actions", …)``; the tip is one sentence.
    run : callable
        Does it, on the target; of a switch, whether it is on now.
    is_enabled : callable, optional
        Whether it can be done now; without it, always.
    is_checked : callable, optional
        Whether it is on now; only a switch has it.
    keys : str
        Portable text of its keys ("Ctrl+Shift+N"), alternatives parted by ";", or "".
    icon : str
        Name in ``resources/icons``, or "".
    places : tuple of (str, int)
        Menus that it stands in, and its part of each; parts are counted from the top and parted by lines.
    bar : int
        Its place in the window's bar: tens are its part, ones its order there; 0 if it does not stand there.
    word : str
        Untranslated word beside its icon in the bar, marked with ``QT_TRANSLATE_NOOP("menus", …)``, or "".
    """

    key: str
    text: str
    tip: str
    run: Callable[[Target, bool], object]
    is_enabled: Callable[[Target], bool] | None = None
    is_checked: Callable[[Target], bool] | None = None
    keys: str = ""
    icon: str = ""
    places: tuple[tuple[str, int], ...] = ()
    bar: int = 0
    word: str = ""

    @property
    def title(self) -> str:
        """Its translated text without the mark of its letter."""
        return QCoreApplication.translate("actions", self.text).replace("&", "")

    @property
    def shortcuts(self) -> list[QKeySequence]:
        """Its keys."""
        portable = QKeySequence.SequenceFormat.PortableText
        return [QKeySequence.fromString(one, portable) for one in self.keys.split(";") if one]


@dataclass(frozen=True)
class MenuPart:
    """A menu of choices within another menu, which a window makes; where it stands is told as of an `Action`."""

    key: str
    places: tuple[tuple[str, int], ...]


class ActionSet(Generic[Target]):
    """The QActions of some records, for one target.

    Parameters
    ----------
    owner : QWidget
        Whose keys they are.
    records : sequence of Action
        What can be done.
    target : object
        On what it is done.
    run : callable, optional
        Does what a record says, where more belongs to it than calling `Action.run`: errors to be told, say.
    """

    def __init__(
        self,
        owner: QWidget,
        records: Sequence[Action[Target]],
        target: Target,
        run: Callable[[Action[Target], bool], object] | None = None,
    ) -> None:
        self.records = records
        self._target = target
        self._run = run or (lambda record, on: record.run(target, on))
        self.by_key = {record.key: self._make(owner, record) for record in records}

    def refresh(self) -> None:
        """Enable what can be done now, and check what is on."""
        for record in self.records:
            if record.is_enabled is not None:
                self.by_key[record.key].setEnabled(record.is_enabled(self._target))
            if record.is_checked is not None:
                self.by_key[record.key].setChecked(record.is_checked(self._target))

    def _make(self, owner: QWidget, record: Action[Target]) -> QAction:
        action = QAction(QCoreApplication.translate("actions", record.text), owner)
        action.setObjectName(record.key)
        tip = QCoreApplication.translate("actions", record.tip)
        action.setStatusTip(tip)
        if record.shortcuts:
            action.setShortcuts(record.shortcuts)
            tip = f"{tip} ({record.shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText)})"
        action.setToolTip(tip)
        action.setCheckable(record.is_checked is not None)
        if record.icon:
            action.setIcon(theme.icon(record.icon))
        if record.word:
            action.setIconText(QCoreApplication.translate("menus", record.word))
        action.triggered.connect(lambda checked=False: self._run(record, checked))
        owner.addAction(action)
        return action


def fill_menu(
    menu: QMenu,
    name: str,
    records: Iterable[Action[Any] | MenuPart],
    actions: dict[str, QAction],
    parts: dict[str, QMenu] | None = None,
) -> None:
    """Put into a menu what stands in it, by its parts, with lines between them.

    Parameters
    ----------
    menu : QMenu
        What is filled.
    name : str
        Its name in the records' places.
    records : iterable of Action or MenuPart
        What there is; within a part their order stays.
    actions, parts : dict
        The QActions and menus of choices, by their keys.
    """
    found = [(part, record) for record in records for place, part in record.places if place == name]
    before = None
    for part, record in sorted(found, key=lambda pair: pair[0]):
        if before is not None and part != before:
            menu.addSeparator()
        before = part
        if isinstance(record, MenuPart):
            menu.addMenu((parts or {})[record.key])
        else:
            menu.addAction(actions[record.key])
