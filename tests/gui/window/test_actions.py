"""The tables of actions: each can be done, each has its own keys and its own icon."""

from __future__ import annotations

from collections import Counter

import pytest

from convexplorer.gui.filters.commands import FILTER_ACTIONS
from convexplorer.gui.kit.actions import ActionSpec
from convexplorer.gui.layers.commands import LAYER_ACTIONS
from convexplorer.gui.window.actions import WINDOW_ACTIONS
from convexplorer.gui.window.menus import MENUS, TOP_BAR
from convexplorer.resources import resource

SPECS = (*WINDOW_ACTIONS, *FILTER_ACTIONS, *LAYER_ACTIONS)


def test_no_two_actions_share_a_key_or_a_name() -> None:
    shared = [keys for keys, count in Counter(spec.shortcut for spec in SPECS if spec.shortcut).items() if count > 1]
    assert shared == []
    assert len({spec.key for spec in SPECS}) == len(SPECS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key)
def test_every_action_says_what_it_does(spec: ActionSpec) -> None:
    assert spec.text
    assert len(spec.tip) > 10
    assert not spec.tip.endswith(".")
    if spec.icon:
        assert resource("icons", f"{spec.icon}.svg").is_file()


def test_menus_and_tool_bar_name_actions_that_exist() -> None:
    keys = {spec.key for spec in SPECS}
    entries = [entry for _, _, part in MENUS for entry in part] + list(TOP_BAR)
    assert [entry for entry in entries if entry != "-" and not entry.startswith("@") and entry not in keys] == []
    reachable = set(entries)
    assert [spec.key for spec in WINDOW_ACTIONS if spec.key not in reachable] == []
