"""The selection, which goes with its filters whatever happens to them."""

from __future__ import annotations

import pytest

from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.layer_edits import add_layer, new_convolution, select_layer
from convexplorer.core.project.project import move_filters, remove_filters, with_filter
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from tests.helpers.random_edits import start


@pytest.fixture
def document() -> Document:
    return Document(start())


def test_selected_filters_stay_selected_where_they_are_moved(document: Document) -> None:
    selection = Selection(document)
    selection.select([1, 2])
    chosen = [document.project.bank[row] for row in selection.rows]
    document.apply("", move_filters(document.project, [1], 4))
    assert [document.project.bank[row] for row in selection.rows] == [chosen[1], chosen[0]]
    assert selection.filter is chosen[0]
    document.undo_stack.undo()
    assert selection.rows == (1, 2)
    assert selection.current == 1


def test_the_next_takes_the_place_of_one_that_is_deleted_else_the_one_before(document: Document) -> None:
    selection = Selection(document)
    names = []
    for row in (0, 2, 1, 0):
        selection.select([row])
        document.apply("", remove_filters(document.project, [row]))
        names.append(selection.filter.name if selection.filter else "")
        assert selection.rows == ((selection.current,) if names[-1] else ())
    assert names == ["Filter 2", "Filter 3", "Filter 2", ""]
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert selection.filter is not None


def test_it_is_told_once_after_all_have_followed_and_only_when_it_moved(document: Document) -> None:
    selection, told = Selection(document), []
    document.changes(Kind.FILTERS).connect(lambda _change: told.append("change"))
    selection.changed.connect(lambda: told.append("selection"))
    selection.currentChanged.connect(lambda: told.append("current"))
    document.apply("", with_filter(document.project, 0, bias=1.0))
    assert told == ["change"]
    document.apply("", remove_filters(document.project, [0]))  # The same row is another filter.
    assert told[1:] == ["change", "current", "selection"]
    document.apply("", move_filters(document.project, [2], 1))
    assert told[4:] == ["change"]


def test_another_layer_has_the_same_rows_as_far_as_there_are_so_many(document: Document) -> None:
    layer = new_convolution(document.project, 1, filters=8)
    document.apply("", add_layer(document.project, 1, layer))
    selection = Selection(document)
    selection.select([3, 6], 6)
    document.navigate(select_layer(document.project, 0))
    assert (selection.rows, selection.current) == ((3,), 3)


def test_a_receiver_hears_of_the_kinds_it_asked_for(document: Document) -> None:
    heard: list[Change] = []
    document.changes(Kind.BIAS | Kind.NAME).connect(heard.append)
    document.apply("", with_filter(document.project, 0, enabled=False))
    assert not heard
    document.apply("", with_filter(document.project, 0, bias=2.0))
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert [change.cause for change in heard] == ["edit", "undo", "redo"]
    assert [change.layers[0].filters for change in heard] == [(0,)] * 3
