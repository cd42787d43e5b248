"""Edits, undo and redo in any order come to the same as doing the edits again."""

from __future__ import annotations

import inspect
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from convexplorer.core.model import transforms
from convexplorer.core.project import layer_edits, project
from convexplorer.gui.document.document import UNDO_LIMIT, Document
from convexplorer.gui.document.live_edit import LiveEdit
from tests.helpers.random_edits import TRANSFORMS, Walk, random_edit, start, walk


def functions(module: object) -> set[str]:
    return {
        name
        for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__ and not name.startswith("_")
    }


def test_random_edits_equal_their_replay(qtbot: QtBot) -> None:
    counts = walk(1, 1500)
    # Every pure edit of the project has its part in the walk, and so will one that is yet to be written.
    edits = functions(project) | functions(layer_edits) - {"new_convolution"}
    assert edits | {"transform_filters", "undo", "redo", "take_back", "refused"} == set(counts)
    assert min(counts.values()) > 5
    assert functions(transforms) == set(TRANSFORMS) | {"transform_filters"}


def test_more_steps_than_are_kept(qtbot: QtBot) -> None:
    document = Document(start())
    for count in range(UNDO_LIMIT + 10):
        document.apply("bias", project.with_filter(document.project, 0, bias=count))
    assert document.undo_stack.count() == UNDO_LIMIT
    document.undo_stack.setIndex(0)
    assert document.project.bank[0].bias == 9.0


@pytest.mark.parametrize("seed", [2, 3])
def test_a_walk_is_the_same_for_the_same_seed(qtbot: QtBot, seed: int) -> None:
    walks = [Walk(seed), Walk(seed)]
    for one in walks:
        for _ in range(50):
            one.go()
    assert walks[0].document.project == walks[1].document.project
    assert random_edit(start(), walks[0].rng)[0] == random_edit(start(), walks[1].rng)[0]


def test_a_step_has_the_name_of_what_it_came_to(qtbot: QtBot) -> None:
    document = Document(start())
    for name in ("Sobel", "Prewitt"):
        document.apply(f"Replace by {name}", project.with_filter(document.project, 0, name=name), merge="run")
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Replace by Prewitt"


def test_what_was_called_off_is_not_offered_again(qtbot: QtBot) -> None:
    document = Document(start())
    document.apply("First", project.with_filter(document.project, 0, bias=1))
    before, live = document.project, LiveEdit(document)
    for bias in (2, 3):
        live.apply("Edit bias", "drag", partial(project.with_filter, index=0, bias=bias))
    live.revert()
    assert document.project is before
    assert document.undo_stack.undoText() == "First"
    assert not document.undo_stack.canRedo()
    live.apply("Edit bias", "drag", partial(project.with_filter, index=0, bias=4))
    assert document.undo_stack.count() == 2
    document.take_back()
    document.take_back()
    document.take_back()
    assert document.project == start()
