"""The item model of a filter's weights, and blocks of them as text."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from convexplorer.core.engine.colour import weight_scale
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Preparation
from convexplorer.core.project.project import ConvLayer, Project, with_filter
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import Document
from convexplorer.gui.filters.weights.clipboard_blocks import (
    MAX_TEXT,
    clipboard_block,
    new_filters,
    overhangs,
    paste_at,
    paste_whole,
    text_of,
)
from convexplorer.gui.filters.weights.weight_model import WeightTableModel, channel_names
from convexplorer.gui.kit import theme

ROLE = Qt.ItemDataRole


@pytest.fixture
def document(qapp):
    bank = FilterBank.from_arrays(np.arange(2 * 3 * 2 * 3).reshape(2, 3, 2, 3) - 20)
    return Document(Project((ConvLayer(bank),), preparation=Preparation(grey=False)))


@pytest.fixture
def model(document):
    model = WeightTableModel(document)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    document.changed.connect(lambda: model.show_filter(1, document.project.bank[1]))
    model.show_filter(1, document.project.bank[1])
    yield model
    assert tester.model() is model


def test_planes_stand_side_by_side(model):
    assert (model.rowCount(), model.columnCount()) == (2, 11)
    assert [column for column in range(11) if model.is_gap(column)] == [3, 7]
    assert model.cell(model.index(1, 5)) == (1, 1, 1)
    assert model.cell(model.index(1, 3)) is None
    for cell in np.ndindex(3, 2, 3):
        assert model.cell(model.index_of(cell)) == cell
        assert float(model.index_of(cell).data(ROLE.EditRole)) == model.value(cell)


def test_the_space_between_planes_is_nothing(model):
    gap = model.index(0, 3)
    assert gap.flags() == Qt.ItemFlag.NoItemFlags
    assert gap.data() is None
    assert not model.setData(gap, "1")


def test_cells_say_where_they_are_and_what(model):
    index = model.index_of((2, 1, 0))
    assert index.data() == "13"
    assert index.data(ROLE.AccessibleTextRole) == "B, row 2, column 1: 13"
    assert index.data(ROLE.ToolTipRole).splitlines()[:2] == ["B, row 2, column 1", "13"]


def test_zero_is_neutral_and_ink_can_be_read(model, document):
    theme.apply("light")
    weights = np.zeros((3, 2, 3))
    weights[0, 0] = [-1, 0, 1]
    document.apply("", with_filter(document.project, 1, weights=weights))
    low, zero, high = (QColor(model.index(0, column).data(ROLE.BackgroundRole)) for column in range(3))
    assert max(zero.getRgb()[:3]) - min(zero.getRgb()[:3]) < 8
    assert low == QColor(0, 0, 0)
    assert high == QColor(255, 255, 255)
    assert model.index(0, 0).data(ROLE.ForegroundRole) == QColor(255, 255, 255)
    assert weight_scale(weights).low == -1


def test_a_number_is_taken(model, document):
    assert model.setData(model.index_of((1, 0, 2)), "−1/8")
    assert document.project.bank[1].weights[1, 0, 2] == -0.125
    assert document.undo_stack.undoText() == "Edit weight"


@pytest.mark.parametrize("text", ["x", "nan", "1e40", "", "inf"])
def test_a_bad_one_is_not(model, document, qtbot, text):
    before, cell = document.project, (1, 0, 2)
    with qtbot.waitSignal(model.refusalChanged):
        assert not model.setData(model.index_of(cell), text)
    assert document.project is before
    assert (model.refusal.cell, model.refusal.text) == (cell, text)
    assert model.index_of(cell).data(ROLE.ToolTipRole) == model.refusal.reason
    assert model.setData(model.index_of(cell), "2")
    assert model.refusal is None


def test_a_run_is_one_step(model, document):
    before = document.project
    for value in (0.1, 0.2, 0.3):
        model.write_live("drag", {(0, 0, 0): value})
    model.write_live("another", {(0, 0, 1): 5.0})
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert model.value((0, 0, 0)) == np.float32(0.3)
    document.undo_stack.undo()
    assert document.project is before


def test_a_run_is_taken_back_only_while_it_is_the_last_edit(model, document):
    before = document.project
    model.write_live("drag", {(0, 0, 0): 9.0})
    model.revert_live()
    assert document.project is before
    model.write_live("drag", {(0, 0, 0): 9.0})
    document.apply("", with_filter(document.project, 0, name="other"))
    model.revert_live()
    assert model.value((0, 0, 0)) == 9.0


def test_zero_only_what_is_not(model, document):
    model.zero([(0, 0, 2), (0, 1, 0), (0, 1, 1)])
    assert not model.weights[0, 1, :2].any()
    assert document.undo_stack.count() == 1
    model.zero([(0, 1, 0)])
    assert document.undo_stack.count() == 1


def test_another_shape_resets(model, document, qtbot):
    with qtbot.waitSignal(model.modelReset):
        document.apply("", with_filter(document.project, 1, weights=model.weights * 2))
        model.show_filter(-1, None)
    assert (model.rowCount(), model.columnCount()) == (0, 0)


def test_channels_have_names():
    assert channel_names(1) == ("",)
    assert channel_names(3) == ("R", "G", "B")
    assert channel_names(4) == ("1", "2", "3", "4")


# --- blocks ----------------------------------------------------------------------------------------------------------


def test_text_of_the_selected_block(model):
    cells = [(0, 0, 1), (0, 1, 2), (2, 0, 1)]
    assert text_of(model.weights, cells) == "-1\t0\n2\t3\n\n11\t12\n14\t15"
    assert text_of(model.weights, [(0, 0, 0)]) == "-2"


def test_paste_writes_what_fits(document):
    planes = [np.full((2, 2), 7.0), np.full((2, 2), 8.0)]
    after = paste_at(document.project, 1, (1, 1, 2), planes).bank[1].weights
    assert after[1, 1, 2] == 7
    assert after[2, 1, 2] == 8
    assert (after != document.project.bank[1].weights).sum() == 2
    assert overhangs(after.shape, (1, 1, 2), planes)
    assert not overhangs(after.shape, (1, 0, 1), planes)
    assert overhangs(after.shape, (2, 0, 0), planes)


def test_paste_over_the_whole_filter_resizes(document):
    planes = [np.full((5, 4), float(value)) for value in range(3)]
    after = paste_whole(document.project, 1, planes)
    assert after.bank.shape == (3, 5, 4)
    assert after.bank[1].weights[:, 0, 0].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(after.bank[0].weights[:, 1:3, 0:3], document.project.bank[0].weights)
    one = paste_whole(document.project, 0, [np.eye(2)])
    np.testing.assert_array_equal(one.bank[0].weights, np.stack([np.eye(2)] * 3))


@pytest.mark.parametrize("planes", [[np.ones((2, 2)), np.ones((3, 3))], [np.ones((32, 1))]])
def test_paste_of_what_is_no_filter_is_refused(document, planes):
    with pytest.raises(InvalidValueError):
        paste_whole(document.project, 1, planes)
    with pytest.raises(InvalidValueError):
        new_filters([*planes, *planes[:1]] if len(planes) == 2 else planes, 3, 1)


def test_new_filters_take_as_many_planes_as_there_are_channels():
    planes = [np.full((2, 2), float(value)) for value in range(6)]
    assert [one.weights.shape for one in new_filters(planes, 3, 7)] == [(3, 2, 2)] * 2
    assert [one.name for one in new_filters(planes, 3, 7)] == ["Filter 7", "Filter 8"]
    assert len(new_filters(planes[:4], 3, 1)) == 4


def test_the_clipboard_is_bounded(qapp):
    QGuiApplication.clipboard().setText("1 " * MAX_TEXT)
    with pytest.raises(InvalidValueError):
        clipboard_block()
    QGuiApplication.clipboard().setText("no numbers")
    with pytest.raises(InvalidValueError):
        clipboard_block()
