"""The filters' panel, driven by mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QStyle, QStyleOptionViewItem, QToolButton, QWidget

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Preparation
from convexplorer.core.project.project import with_filter, with_preparation
from convexplorer.gui.filters.commands import FILTER_ACTIONS
from convexplorer.gui.filters.list_model import FilterColumn
from convexplorer.gui.kit import theme
from convexplorer.io.filters.load_save import load_filters
from tests.helpers.filter_bench import FilterBench

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def bank_of(names, shape=(1, 3, 3)):
    rng = np.random.default_rng(3)
    return FilterBank.from_arrays(rng.integers(-5, 6, (len(names), *shape)), names=names)


@pytest.fixture
def bench(qtbot):
    return FilterBench(qtbot, bank_of(list("abcde")))


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_first_filter_is_selected_to_begin_with(bench):
    assert (bench.current, bench.selected) == (0, [0])
    assert bench.panel.weight_model.weights is bench.bank[0].weights


def test_the_current_row_is_what_is_edited(bench):
    bench.click(2)
    assert bench.panel.weight_model.weights is bench.bank[2].weights
    assert bench.child("filterName").text() == "c"
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    bench.panel.selection_model.setCurrentIndex(bench.panel.list_model.index(4, 0), flags)
    assert bench.child("filterName").text() == "e"


def test_rename_in_place(bench):
    bench.click(1)
    bench.key(KEY.Key_F2)
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    bench.type("edge")
    bench.key(KEY.Key_Return)
    bench.qtbot.waitUntil(lambda: bench.names == ["a", "edge", "c", "d", "e"])
    assert bench.child("filterName").text() == "edge"
    assert bench.document.undo_stack.undoText() == "Rename filter"
    bench.undo()
    assert bench.child("filterName").text() == "b"


def test_edit_the_bias_in_place(bench):
    bench.double_click(1, FilterColumn.BIAS)
    bench.type("-1/4")
    bench.key(KEY.Key_Return)
    assert bench.bank[1].bias == -0.25
    bench.double_click(1, FilterColumn.BIAS)
    bench.type("abc")
    bench.key(KEY.Key_Return)
    assert bench.messages[-1]
    assert bench.bank[1].bias == -0.25
    bench.key(KEY.Key_Escape)
    assert bench.messages[-1] == ""


def test_switch_off_with_the_box(bench):
    option = QStyleOptionViewItem()
    bench.list.initViewItemOption(option)
    index = bench.panel.list_model.index(3, 0)
    option.rect = bench.rect(3)
    bench.list.itemDelegateForIndex(index).initStyleOption(option, index)
    box = bench.list.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, bench.list)
    bench.qtbot.mouseClick(bench.list.viewport(), LEFT, NONE, box.center())
    assert [one.enabled for one in bench.bank] == [True, True, True, False, True]
    bench.undo()
    assert bench.bank[3].enabled


def test_space_switches_all_selected(bench):
    bench.click(1)
    bench.click(3, SHIFT)
    bench.key(KEY.Key_Space)
    assert [one.enabled for one in bench.bank] == [True, False, False, False, True]
    bench.key(KEY.Key_Space)
    assert all(one.enabled for one in bench.bank)
    assert bench.document.undo_stack.count() == 2


def test_delete_and_undo(bench):
    bench.click(1)
    bench.click(3, CTRL)
    bench.key(KEY.Key_Delete)
    assert bench.names == ["a", "c", "e"]
    assert bench.selected == [bench.current]
    bench.undo()
    assert bench.names == list("abcde")
    while bench.bank:
        bench.key(KEY.Key_Delete)
    assert bench.panel.weight_model.rowCount() == 0
    assert not bench.panel.commands.is_enabled("negate")
    bench.undo()
    assert bench.selected == [0]
    assert bench.panel.weight_model.weights is bench.bank[0].weights


def test_move_with_the_keyboard(bench):
    bench.click(1)
    bench.click(2, SHIFT)
    bench.key(KEY.Key_Down, ALT)
    assert bench.names == ["a", "d", "b", "c", "e"]
    assert bench.selected == [2, 3]
    bench.key(KEY.Key_Down, ALT)
    bench.key(KEY.Key_Down, ALT)
    assert bench.names == ["a", "d", "e", "b", "c"]
    assert bench.document.undo_stack.count() == 2
    for _ in range(9):
        bench.key(KEY.Key_Up, ALT)
    assert bench.names == ["b", "c", "a", "d", "e"]
    assert bench.selected == [0, 1]


def test_move_by_dragging(bench):
    bench.click(0)
    mime = bench.panel.list_model.mimeData([bench.panel.list_model.index(0, 0)])
    to = QPoint(40, bench.rect(2).bottom() - 2)
    view, moves = bench.list.viewport(), Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    # A drag runs a loop of its own; these are the events that it sends.
    for event in (
        QDragEnterEvent(to, moves, mime, LEFT, NONE),
        QDragMoveEvent(to, moves, mime, LEFT, NONE),
        QDropEvent(QPointF(to), moves, mime, LEFT, NONE),
    ):
        event.setDropAction(Qt.DropAction.MoveAction)
        QApplication.sendEvent(view, event)
    assert bench.names == ["b", "c", "a", "d", "e"]
    assert bench.current == 2
    assert bench.document.undo_stack.count() == 1


def test_dragged_filters_are_a_file_elsewhere(bench, monkeypatch):
    carried = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, *_: carried.append(drag.mimeData()))
    bench.click(1)
    bench.list.startDrag(Qt.DropAction.MoveAction)
    bench.click(3, SHIFT)
    [url] = carried[0].urls()
    assert url.fileName() == "b.json"
    assert load_filters(url.toLocalFile())[0] == bench.bank[1]
    bench.list.startDrag(Qt.DropAction.MoveAction)
    [url] = carried[1].urls()
    assert url.fileName() == "filters.json"
    assert load_filters(url.toLocalFile()).filters == bench.bank.filters[1:4]


def test_a_click_below_the_rows_keeps_the_selection(bench):
    bench.click(2)
    bench.qtbot.mouseClick(bench.list.viewport(), LEFT, NONE, QPoint(50, bench.rect(4).bottom() + 20))
    assert bench.selected == [2]


def test_add_and_duplicate(bench):
    bench.click(1)
    bench.press("addFilter")
    assert bench.names == ["a", "b", "Filter 6", "c", "d", "e"]
    assert (bench.current, bench.selected) == (2, [2])
    bench.click(0)
    bench.click(1, SHIFT)
    bench.press("duplicateFilters")
    assert bench.names == ["a", "a copy", "b", "b copy", "Filter 6", "c", "d", "e"]
    assert bench.selected == [1, 3]
    bench.undo()
    bench.undo()
    assert bench.names == list("abcde")


def test_copy_as_text_and_paste_as_new_filters(bench):
    bench.click(0)
    bench.click(1, SHIFT)
    bench.key(KEY.Key_C, CTRL)
    assert QGuiApplication.clipboard().text().count("\n\n") == 1
    bench.key(KEY.Key_V, CTRL)
    assert bench.names == ["a", "b", "Filter 6", "Filter 7", "c", "d", "e"]
    assert bench.selected == [2, 3]
    np.testing.assert_array_equal(bench.bank[2].weights, bench.bank[0].weights)
    QGuiApplication.clipboard().setText("nothing")
    bench.key(KEY.Key_V, CTRL)
    assert bench.messages[-1]


def test_an_empty_bank_says_what_to_do(qtbot):
    bench = FilterBench(qtbot, FilterBank((), (1, 3, 3)))
    assert bench.current == -1
    for key in ("deleteFilters", "duplicateFilters", "negate", "moveFiltersUp"):
        assert not bench.panel.commands.is_enabled(key)
        bench.panel.commands.run(key)
    bench.press("addFilter")
    assert bench.names == ["Filter 1"]
    assert bench.selected == [0]


# --- fields ----------------------------------------------------------------------------------------------------------


def test_rename_in_the_field(bench):
    field = bench.child("filterName")
    field.setFocus()
    field.selectAll()
    bench.type("corner")
    bench.key(KEY.Key_Return)
    assert bench.names[0] == "corner"
    field.selectAll()
    bench.type("no")
    bench.key(KEY.Key_Escape)
    assert field.text() == "corner"
    field.clear()
    field.setModified(True)
    bench.key(KEY.Key_Return)
    assert field.text() == "corner"
    assert bench.document.undo_stack.count() == 1


def test_bias_field(bench):
    field, note = bench.child("filterBias"), bench.child("weightProblem")
    field.setFocus()
    field.selectAll()
    bench.type("0,5")
    bench.key(KEY.Key_Return)
    assert bench.bank[0].bias == 0.5
    bench.key(KEY.Key_Up)
    bench.key(KEY.Key_Up, SHIFT)
    assert bench.bank[0].bias == pytest.approx(1.05)
    assert bench.document.undo_stack.count() == 2
    field.selectAll()
    bench.type("x")
    assert field.property("invalid")
    assert note.text()
    bench.key(KEY.Key_Return)
    assert bench.bank[0].bias == pytest.approx(1.05)
    bench.key(KEY.Key_Escape)
    assert field.text() == "1.05"
    assert not note.text()


def test_bias_field_takes_what_is_typed_when_it_is_left(bench):
    field = bench.child("filterBias")
    field.setFocus()
    field.selectAll()
    bench.type("2")
    bench.list.setFocus()
    assert bench.bank[0].bias == 2
    field.setFocus()
    field.selectAll()
    bench.type("y")
    bench.list.setFocus()
    assert (bench.bank[0].bias, field.text()) == (2, "2")


def test_a_bias_that_has_no_room_is_rounded_until_it_is_edited(bench):
    """Cut, it would read as another number: 3.1415927 as 1415927."""
    field = bench.child("filterBias")
    long = -0.020549002
    bench.document.apply("", with_filter(bench.document.project, 0, bias=long))
    bench.list.setFocus()
    text = field.text()
    assert text.startswith("−0.0205")
    assert field.fontMetrics().horizontalAdvance(text) < field.width() - 8
    assert field.cursorPosition() == 0
    field.setFocus()
    assert float(field.text().replace("−", "-")) == pytest.approx(long, rel=1e-7)
    bench.list.setFocus()
    assert field.text() == text
    assert bench.bank[0].bias == np.float32(long)
    assert bench.document.undo_stack.count() == 1


def test_the_wheel_turns_the_bias_only_with_the_focus(bench):
    field = bench.child("filterBias")

    def turn():
        at = QPointF(field.rect().center())
        event = QWheelEvent(
            at, QPointF(field.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NONE,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)

    bench.list.setFocus()
    turn()
    assert bench.bank[0].bias == 0
    field.setFocus()
    turn()
    assert bench.bank[0].bias == np.float32(0.05)


def test_the_place_of_the_filter_is_told(bench):
    bench.click(2)
    assert bench.child("filterPlace").text() == "3 of 5"


@pytest.mark.parametrize(
    ("button", "keys"),
    [
        ("flipButton", ["Flip horizontally", "Flip vertically"]),
        ("normaliseMenuButton", ["Normalise", "Zero mean", "Zero", "Same for all channels"]),
    ],
)
def test_a_word_opens_a_menu_of_commands(bench, button, keys):
    before = bench.bank[0].weights
    menu = bench.open(button)
    assert [action.text().replace("&", "") for action in menu.actions() if action.text()] == keys
    menu.actions()[0].trigger()
    assert (bench.bank[0].weights != before).any()


def test_what_can_be_done_with_filters_stands_behind_more(bench):
    menu = bench.open("moreButton")
    assert len([action for action in menu.actions() if not action.isSeparator()]) == len(FILTER_ACTIONS)


def test_numbers_stand_beside_names_where_there_is_room(bench):
    for width, hidden in ((230, True), (420, False)):
        bench.panel.resize(width, 600)
        assert [bench.list.isColumnHidden(column) for column in (FilterColumn.BIAS, FilterColumn.SUM)] == [hidden] * 2


def test_figures(qtbot):
    weights = np.array([[[1.5, -2], [0, 0.25]]])
    bench = FilterBench(qtbot, FilterBank.from_arrays(weights[np.newaxis]))
    texts = [bench.panel.findChild(QLabel, name).text() for name in ("weightSum", "weightMagnitude", "weightRange")]
    assert texts == ["−0.25", "3.75", "−2 … 1.5"]


def test_hovering_a_weight_tells_it(bench):
    seen = []
    bench.panel.weightHovered.connect(seen.append)
    view = bench.panel.weight_view
    at = view.visualRect(view.model().index(1, 2)).center()
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(view.viewport().mapToGlobal(at)), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, NONE,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)
    assert seen == [(0, 1, 2)]
    assert bench.child("weightNote").text().startswith("Row 2, column 3: ")


# --- the whole -------------------------------------------------------------------------------------------------------


def test_grey_to_colour_and_back(bench):
    bench.click(2)
    bench.document.apply("", with_preparation(bench.document.project, Preparation(grey=False)))
    assert bench.current == 2
    assert bench.panel.weight_model.columnCount() == 11
    bench.undo()
    assert bench.panel.weight_model.columnCount() == 3


def test_every_control_has_a_name_a_tooltip_and_is_reached_by_keyboard(bench):
    for widget in bench.panel.findChildren(QWidget):
        if not isinstance(widget, (QToolButton, QLineEdit)) or widget.objectName().startswith("qt_"):
            continue
        assert widget.objectName()
        assert widget.accessibleName(), widget.objectName()
        assert widget.toolTip(), widget.objectName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()


@pytest.fixture
def light_again():
    yield
    theme.apply("light")


@pytest.mark.usefixtures("light_again")
@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_panel_is_not_cut_off_when_it_is_narrow(bench, look):
    theme.apply(look)
    bench.panel.resize(230, 560)
    for name in ("negateButton", "normaliseMenuButton", "moreButton", "filterBias", "weightNote", "weightTable"):
        widget = bench.child(name)
        rect = QRect(widget.mapTo(bench.panel, QPoint()), widget.size())
        assert bench.panel.rect().contains(rect), name
    assert bench.panel.minimumSizeHint().width() <= 230


def test_many_filters(qtbot):
    bench = FilterBench(qtbot, bank_of([f"n{i}" for i in range(256)], (3, 7, 7)))
    bench.click(0)
    bench.key(KEY.Key_End)
    assert bench.current == 255
    bench.key(KEY.Key_Up, ALT)
    assert bench.names[-2:] == ["n255", "n254"]
    assert bench.list.viewport().rect().intersects(bench.rect(254))


def test_keys_of_the_list_are_not_shortcuts_of_the_window(bench):
    for key, modifiers, kept in ((KEY.Key_Delete, NONE, True), (KEY.Key_Up, ALT, True), (KEY.Key_Z, CTRL, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QApplication.sendEvent(bench.list, event)
        assert event.isAccepted() is kept


@pytest.mark.usefixtures("light_again")
def test_all_planes_of_a_colour_filter_are_in_sight_at_340_pixels(qtbot):
    theme.apply("light")
    bench = FilterBench(qtbot, bank_of(list("abcd"), (3, 4, 4)))
    bench.panel.resize(340, 620)
    view = bench.panel.weight_view
    last = view.visualRect(view.model().index(3, view.model().columnCount() - 1))
    assert view.viewport().rect().contains(last)
    assert min(last.width(), last.height()) >= 24
