"""The records of actions: each can be done, stands in a menu, has its own keys and its own icon."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolBar
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_filter
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.actions import ACTIONS, MENUS
from convexplorer.gui.window.first_project import default_project
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.resources import resource
from tests.helpers.whole_window import settle


def test_no_two_actions_share_a_key_or_a_name() -> None:
    keys = Counter(key for record in ACTIONS for key in record.keys.split(";") if key)
    assert [key for key, count in keys.items() if count > 1] == []
    assert len({record.key for record in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("record", ACTIONS, ids=lambda record: record.key)
def test_every_record_is_complete(record: Action[Any]) -> None:
    assert record.text
    assert len(record.tip) > 10
    assert not record.tip.endswith(".")
    if record.icon:
        assert resource("icons", f"{record.icon}.svg").is_file()
    assert record.places
    assert {menu for menu, _ in record.places} <= {name for name, _, _ in MENUS}
    assert all(not sequence.isEmpty() for sequence in record.shortcuts)


def entries(menu: QMenu) -> list[QAction]:
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += entries(inner) if isinstance(inner, QMenu) else [action]
    return found


def test_every_action_stands_in_the_menu_behind_the_button(window: MainWindow) -> None:
    menu = window.findChild(QMenu, "mainMenu")
    shown = {action.objectName() for action in entries(menu)}
    assert {record.key for record in ACTIONS} <= shown
    for one in menu.actions():
        lines = [action.isSeparator() for action in one.menu().actions()]
        assert not lines[0]
        assert not lines[-1]
        assert (True, True) not in itertools.pairwise(lines)


def test_the_bar_holds_what_the_records_say(window: MainWindow) -> None:
    bar = window.findChild(QToolBar, "topBar")
    shown = [action.objectName() for action in bar.actions() if action.objectName() in window.actions_by_key]
    assert shown == [record.key for record in sorted(ACTIONS, key=lambda one: one.bar) if record.bar]
    assert shown == ["openImage", "undo", "redo", "grey", "rgb", "slide", "flow", "training"]


def test_what_can_be_done_and_what_is_on_follow_the_project(window: MainWindow, qtbot: QtBot) -> None:
    actions = window.actions_by_key
    assert not actions["undo"].isEnabled()
    assert actions["grey"].isChecked()
    assert not actions["planes"].isEnabled()
    actions["rgb"].trigger()
    settle(qtbot, window)
    assert actions["undo"].isEnabled()
    assert actions["rgb"].isChecked()
    assert not actions["grey"].isChecked()
    assert actions["planes"].isEnabled()
    window.exploration.selection.select([])
    window.document.undo_stack.undo()
    settle(qtbot, window)
    assert actions["grey"].isChecked()


def test_new_begins_with_the_photograph_and_filters_of_the_start(window: MainWindow, qtbot: QtBot) -> None:
    window.document.apply("Edit", with_filter(window.document.project, 0, bias=0.5))
    asked: list[str] = []

    def ask(_parent: object, name: str) -> Answer:
        asked.append(name)
        return answer

    window.keeper.ask = ask
    answer = Answer.CANCEL
    before = window.document.project
    window.actions_by_key["newProject"].trigger()
    assert window.document.project is before
    answer = Answer.DISCARD
    window.actions_by_key["newProject"].trigger()
    qtbot.waitUntil(lambda: window.document.project.image is not None)
    settle(qtbot, window)
    assert len(asked) == 2
    assert window.document.project.bank == default_project().bank
    assert window.document.project.image.sample == "motorcycle"
    assert not window.keeper.modified
    assert not window.document.undo_stack.canUndo()
    assert window.keeper.path is None
