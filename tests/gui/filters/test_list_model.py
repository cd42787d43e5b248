"""The item model of the filters: what it tells views, and how little it changes."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Preparation
from convexplorer.core.project.project import (
    ConvLayer,
    Project,
    add_filters,
    duplicate_filters,
    move_filters,
    remove_filters,
    with_bank,
    with_filter,
    with_preparation,
)
from convexplorer.gui.document.document import Document
from convexplorer.gui.filters.list_model import ROWS_MIME, FilterColumn, FilterListModel


@pytest.fixture
def document(qapp):
    names = ["a", "b", "c", "d", "e"]
    bank = FilterBank.from_arrays(np.arange(5 * 9).reshape(5, 1, 3, 3), names=names)
    return Document(Project((ConvLayer(bank),)))


@pytest.fixture
def model(document):
    model = FilterListModel(document)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    assert tester.model() is model
    names = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert names == list(document.project.bank.names)


def names(model):
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_shows_name_bias_and_sum(model, document):
    document.apply("", with_filter(document.project, 1, bias=-0.25))
    assert [model.index(1, column).data() for column in FilterColumn] == ["b", "−0.25", "117"]
    assert model.index(1, 0).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert model.index(1, 0).data(Qt.ItemDataRole.DecorationRole).size().toTuple() == (3, 3)


@pytest.mark.parametrize(
    "edit",
    [
        lambda project: add_filters(project, 2, [Filter(np.ones((3, 3)), name="new")]),
        lambda project: add_filters(project, 2, [Filter(np.ones((5, 5)), name="larger")]),
        lambda project: remove_filters(project, [0, 4]),
        lambda project: duplicate_filters(project, [0, 2]),
        lambda project: move_filters(project, [0, 1], 4),
        lambda project: with_bank(project, project.bank.with_size(5, 1)),
        lambda project: with_preparation(project, Preparation(grey=False)),
        lambda project: with_filter(project, 2, name="z"),
    ],
)
def test_the_selected_filter_stays_selected(model, document, edit):
    selection = QItemSelectionModel(model)
    selection.setCurrentIndex(model.index(2, 0), QItemSelectionModel.SelectionFlag.SelectCurrent)
    before = document.project.bank[2]
    weights = {before.name: before}
    document.apply("", edit(document.project))
    row = selection.currentIndex().row()
    assert document.project.bank[row].name in (*weights, "z")
    document.undo_stack.undo()
    assert document.project.bank[selection.currentIndex().row()] is before
    document.undo_stack.redo()
    assert selection.currentIndex().row() == row


def test_one_edit_is_one_small_change(model, document, qtbot):
    with qtbot.waitSignal(model.dataChanged) as changed, qtbot.assertNotEmitted(model.modelReset):
        document.apply("", with_filter(document.project, 3, name="z"))
    assert [index.row() for index in changed.args[:2]] == [3, 3]


def test_another_bank_keeps_the_model_consistent(model, document):
    rng = random.Random(1)
    for _ in range(200):
        bank = list(document.project.bank)
        match rng.randrange(4):
            case 0:
                bank = bank[: rng.randrange(len(bank) + 1)]
            case 1:
                bank.insert(rng.randrange(len(bank) + 1), Filter(np.zeros((3, 3)), name=f"n{rng.random()}"))
            case 2:
                rng.shuffle(bank)
            case _:
                bank = [replace(one, name=one.name + "'") if rng.random() < 0.3 else one for one in bank] * 2
        document.apply("", with_bank(document.project, FilterBank(tuple(bank[:12]), (1, 3, 3))))
        assert names(model) == list(document.project.bank.names)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
        assert names(model) == list(document.project.bank.names)


def test_edits_in_place(model, document):
    assert model.setData(model.index(0, FilterColumn.NAME), "  new   name ")
    assert model.setData(model.index(0, FilterColumn.BIAS), "1/4")
    assert model.setData(
        model.index(0, FilterColumn.NAME), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole
    )
    one = document.project.bank[0]
    assert (one.name, one.bias, one.enabled) == ("new name", 0.25, False)
    assert document.undo_stack.count() == 3


@pytest.mark.parametrize(
    ("column", "text"), [(FilterColumn.NAME, "  "), (FilterColumn.BIAS, "x"), (FilterColumn.BIAS, "nan")]
)
def test_refuses_with_a_reason(model, document, qtbot, column, text):
    before = document.project
    with qtbot.waitSignal(model.refused) as refused:
        assert not model.setData(model.index(0, column), text)
    assert refused.args[0]
    assert document.project is before


def test_the_same_again_is_no_edit(model, document):
    assert model.setData(model.index(0, FilterColumn.NAME), "a")
    assert model.setData(model.index(0, FilterColumn.BIAS), "0")
    assert not document.undo_stack.count()


def test_rows_are_dropped_between_others(model, document):
    mime = model.mimeData([model.index(0, 0), model.index(0, 1), model.index(1, 0)])
    assert mime.text().split("\n\n")[1] == "9\t10\t11\n12\t13\t14\n15\t16\t17"
    assert model.dropMimeData(mime, Qt.DropAction.MoveAction, 4, 0, QModelIndex())
    assert names(model) == ["c", "d", "a", "b", "e"]
    document.undo_stack.undo()
    assert names(model) == list("abcde")


def test_what_is_no_row_is_not_dropped(model, document):
    mime = model.mimeData([model.index(0, 0)])
    mime.setData(ROWS_MIME, b"7")
    assert not model.dropMimeData(mime, Qt.DropAction.MoveAction, 2, 0, QModelIndex())
    assert not document.undo_stack.count()
