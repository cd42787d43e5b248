"""The table of weights, driven by mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Preparation
from convexplorer.core.project.project import ConvLayer, Project, with_bank
from convexplorer.gui.document.document import Document
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.filters.weights.weight_view import GAP, LARGEST, SMALLEST, WeightView
from convexplorer.gui.kit.fields.number_edit import NumberEdit

KEY = Qt.Key
SHIFT, CTRL, ALT, NONE = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)


class Bench:
    """A view in a window, and what one does with it."""

    def __init__(self, qtbot, weights):
        bank = FilterBank.from_arrays(np.asarray(weights)[np.newaxis])
        self.document = Document(Project((ConvLayer(bank),), preparation=Preparation(grey=bank.channels == 1)))
        self.model = WeightTableModel(self.document)
        self.view = WeightView(self.model)
        self.document.changed.connect(self.follow)
        self.follow()
        self.messages = []
        self.view.message.connect(self.messages.append)
        qtbot.addWidget(self.view)
        self.view.resize(360, 300)
        self.view.show()
        self.view.activateWindow()
        qtbot.waitUntil(self.view.isActiveWindow)
        self.view.setFocus()
        self.qtbot = qtbot

    def follow(self):
        self.model.show_filter(0, self.document.project.bank[0])

    @property
    def weights(self):
        return self.document.project.bank[0].weights

    @property
    def steps(self):
        return self.document.undo_stack.count()

    @property
    def current(self):
        return self.model.cell(self.view.currentIndex())

    @property
    def editor(self):
        return self.view.findChild(NumberEdit)

    def at(self, *cell):
        return self.view.visualRect(self.model.index_of(cell)).center()

    def click(self, *cell, modifiers=NONE):
        self.qtbot.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, modifiers, self.at(*cell))

    def key(self, key, modifiers=NONE):
        QTest.keyClick(QApplication.focusWidget(), key, modifiers)

    def type(self, text):
        QTest.keyClicks(QApplication.focusWidget(), text[0])
        if text[1:]:
            QTest.keyClicks(QApplication.focusWidget(), text[1:])

    def drag(self, cell, path, modifiers=NONE, *, release=True):
        start, view = self.at(*cell), self.view.viewport()
        QTest.mousePress(view, Qt.MouseButton.LeftButton, modifiers, start)
        for x in path:
            self.move(start + QPoint(x, 1), modifiers)
        if release:
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, modifiers, start + QPoint(path[-1], 1))

    def move(self, to, modifiers=NONE, button=Qt.MouseButton.LeftButton):
        from PySide6.QtGui import QMouseEvent

        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(to), QPointF(self.view.viewport().mapToGlobal(to)),
            Qt.MouseButton.NoButton, button, modifiers,
        )  # fmt: skip
        QApplication.sendEvent(self.view.viewport(), event)

    def wheel(self, cell, angle, modifiers=NONE):
        at = QPointF(self.at(*cell))
        turn = QPoint(angle, 0) if modifiers & ALT else QPoint(0, angle)
        event = QWheelEvent(
            at, QPointF(self.view.viewport().mapToGlobal(at.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton,
            modifiers, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.view.viewport(), event)


@pytest.fixture
def edge(qtbot):
    """A grey 4×4 edge filter."""
    return Bench(qtbot, [[[-1, -1, 1, 1]] * 4])


@pytest.fixture
def colour(qtbot):
    """A 2×2 filter of three planes."""
    return Bench(qtbot, np.arange(12).reshape(3, 2, 2) / 8)


# --- typing ----------------------------------------------------------------------------------------------------------


def test_enter_takes_the_number_and_goes_down(edge):
    edge.click(0, 0, 1)
    edge.type("-0.25")
    edge.key(KEY.Key_Return)
    assert edge.weights[0, 0, 1] == -0.25
    assert edge.current == (0, 1, 1)
    assert edge.editor is None or not edge.editor.isVisible()
    edge.type("3")
    edge.key(KEY.Key_Return, SHIFT)
    assert edge.weights[0, 1, 1] == 3
    assert edge.current == (0, 0, 1)
    assert edge.steps == 2


def test_tab_takes_the_number_and_goes_right(edge):
    edge.click(0, 0, 3)
    edge.type("5")
    edge.key(KEY.Key_Tab)
    assert edge.weights[0, 0, 3] == 5
    assert edge.current == (0, 1, 0)


def test_esc_forgets_what_was_typed(edge):
    edge.click(0, 0, 0)
    edge.type("77")
    edge.key(KEY.Key_Escape)
    assert edge.steps == 0
    assert edge.current == (0, 0, 0)


def test_the_editor_shows_the_whole_float32(edge, qtbot):
    edge.model.write_live("x", {(0, 0, 0): 1 / 3})
    qtbot.mouseDClick(edge.view.viewport(), Qt.MouseButton.LeftButton, NONE, edge.at(0, 0, 0))
    assert edge.editor.text() == "0.33333334"
    assert edge.editor.selectedText() == "0.33333334"


@pytest.mark.parametrize("text", ["1x", "nan", "1e99", "-"])
@pytest.mark.parametrize("key", [KEY.Key_Return, KEY.Key_Tab])
def test_a_bad_number_is_not_taken(edge, text, key):
    edge.click(0, 2, 2)
    edge.key(KEY.Key_F2)
    edge.type(text)
    edge.key(key)
    assert edge.editor.isVisible()
    assert edge.editor.property("invalid")
    assert edge.editor.toolTip() == edge.messages[-1] != ""
    assert edge.steps == 0
    edge.key(KEY.Key_Escape)
    assert edge.messages[-1] == ""


def test_typing_on_mends_a_number(edge):
    edge.click(0, 2, 2)
    edge.type("-")
    assert not edge.editor.property("invalid")
    edge.type("x")
    assert edge.editor.property("invalid")
    edge.key(KEY.Key_Backspace)
    edge.type("2")
    assert not edge.editor.property("invalid")
    assert edge.messages[-1] == ""
    edge.key(KEY.Key_Return)
    assert edge.weights[0, 2, 2] == -2


def test_a_bad_number_that_is_left_marks_its_cell(edge):
    edge.click(0, 2, 2)
    edge.type("1")
    edge.type("z")
    edge.click(0, 0, 0)
    assert edge.steps == 0
    assert edge.model.refusal.cell == (0, 2, 2)
    assert edge.messages[-1] == edge.model.refusal.reason
    pixel = (
        edge.view.grab().toImage().pixelColor(edge.view.viewport().mapTo(edge.view, edge.at(0, 2, 2) + QPoint(0, 20)))
    )
    assert pixel.red() > 150 > pixel.green()
    edge.click(0, 2, 2)
    edge.type("4")
    edge.key(KEY.Key_Return)
    assert edge.model.refusal is None
    assert edge.messages[-1] == ""


# --- scrubbing -------------------------------------------------------------------------------------------------------


def test_a_drag_is_one_step(edge):
    before = edge.document.project
    seen = []
    edge.document.changed.connect(lambda *_: seen.append(float(edge.weights[0, 1, 0])))
    edge.drag((0, 1, 0), range(2, 42, 2))
    assert edge.weights[0, 1, 0] == pytest.approx(-0.5)
    assert len(seen) == 10
    assert edge.steps == 1
    edge.document.undo_stack.undo()
    assert edge.document.project is before
    edge.drag((0, 1, 0), [8])
    edge.drag((0, 1, 0), [8])
    assert edge.steps == 2


def test_drags_go_by_the_modifiers(edge):
    edge.drag((0, 0, 0), [40], SHIFT)
    assert edge.weights[0, 0, 0] == pytest.approx(4)
    edge.document.undo_stack.undo()
    edge.drag((0, 0, 0), [-40], ALT)
    assert edge.weights[0, 0, 0] == pytest.approx(-1.05)


def test_whole_numbers_stay_whole(qtbot):
    bench = Bench(qtbot, [[[1, 2, 1], [2, 4, 2], [1, 2, 1]]])
    bench.drag((0, 1, 1), [4, 8, 12])
    assert bench.weights[0, 1, 1] == 7


def test_a_click_is_no_drag(edge):
    edge.drag((0, 0, 0), [1, 2])
    assert edge.steps == 0


def test_esc_takes_the_drag_back(edge):
    before = edge.document.project
    edge.drag((0, 0, 0), [40, 60], release=False)
    assert edge.document.project is not before
    edge.key(KEY.Key_Escape)
    assert edge.document.project is before
    edge.move(edge.at(0, 0, 0) + QPoint(90, 0))
    assert edge.document.project is before


# --- nudging ---------------------------------------------------------------------------------------------------------


def test_arrows_nudge_and_bursts_merge(edge):
    edge.click(0, 0, 0)
    for _ in range(3):
        edge.key(KEY.Key_Up)
    assert edge.weights[0, 0, 0] == pytest.approx(-0.85)
    assert edge.steps == 1
    edge.key(KEY.Key_Right)
    edge.key(KEY.Key_Down, SHIFT)
    edge.key(KEY.Key_Down, ALT)
    assert edge.weights[0, 0, 1] == pytest.approx(-1.505)
    assert edge.steps == 2


def test_the_wheel_nudges_what_is_under_the_mouse(edge):
    edge.view.clearFocus()
    for _ in range(3):
        edge.wheel((0, 3, 3), 120)
    edge.wheel((0, 3, 3), -60)
    edge.wheel((0, 3, 3), -60)
    assert edge.weights[0, 3, 3] == pytest.approx(1.1)
    assert edge.current == (0, 3, 3)
    assert edge.view.hasFocus()
    assert edge.steps == 1
    edge.wheel((0, 3, 3), 120, ALT)
    assert edge.weights[0, 3, 3] == pytest.approx(1.105)


def test_where_there_is_something_to_scroll_only_the_current_cell_is_nudged(qtbot):
    bench = Bench(qtbot, np.ones((1, 31, 31)))
    bar = bench.view.verticalScrollBar()
    assert bar.maximum() > 0
    bench.click(0, 1, 1)
    bench.wheel((0, 1, 1), 120)
    assert bench.weights[0, 1, 1] == np.float32(1.05)
    bench.wheel((0, 3, 3), -120)
    assert bar.value() > 0
    assert bench.steps == 1


# --- moving and selecting --------------------------------------------------------------------------------------------


def test_moves_over_the_planes(colour):
    colour.click(0, 0, 1)
    for key, modifiers, cell in (
        (KEY.Key_Right, NONE, (1, 0, 0)),
        (KEY.Key_Left, CTRL, (0, 0, 1)),
        (KEY.Key_Down, CTRL, (0, 1, 1)),
        (KEY.Key_Down, CTRL, (0, 1, 1)),
        (KEY.Key_Return, NONE, (1, 0, 0)),
        (KEY.Key_Backtab, SHIFT, (0, 0, 1)),
        (KEY.Key_Tab, NONE, (1, 0, 0)),
        (KEY.Key_End, NONE, (2, 0, 1)),
        (KEY.Key_Tab, NONE, (0, 1, 0)),
        (KEY.Key_Return, SHIFT, (0, 0, 0)),
        (KEY.Key_Left, NONE, (0, 0, 0)),
    ):
        colour.key(key, modifiers)
        assert colour.current == cell, key
    assert colour.steps == 0


def test_tab_leaves_at_the_end(colour):
    colour.click(2, 1, 1)
    event = QKeyEvent(QEvent.Type.KeyPress, KEY.Key_Tab, NONE)
    colour.view.keyPressEvent(event)
    assert not event.isAccepted()


def test_shift_extends_and_ctrl_adds(colour):
    colour.click(0, 0, 0)
    colour.key(KEY.Key_Right, SHIFT)
    colour.key(KEY.Key_Down, SHIFT | CTRL)
    assert colour.view.selected_cells() == [(0, row, column) for row in range(2) for column in range(2)]
    colour.click(1, 0, 1, modifiers=SHIFT)
    assert colour.view.selected_cells() == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    colour.click(2, 1, 1, modifiers=CTRL)
    assert (2, 1, 1) in colour.view.selected_cells()
    colour.key(KEY.Key_Delete)
    assert not colour.weights[:2, 0].any()
    assert colour.weights[2, 1, 1] == 0
    assert colour.steps == 1


def test_keys_of_the_table_are_not_shortcuts_of_the_window(edge):
    def kept(key, modifiers=NONE, text=""):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers, text)
        event.ignore()
        QApplication.sendEvent(edge.view, event)
        return event.isAccepted()

    edge.click(0, 0, 0)
    assert kept(KEY.Key_Up, ALT)
    assert kept(KEY.Key_Delete)
    assert kept(KEY.Key_5, NONE, "5")
    assert kept(KEY.Key_C, CTRL)
    assert not kept(KEY.Key_Delete, CTRL)
    assert kept(KEY.Key_G, NONE, "g")
    assert not kept(KEY.Key_G, CTRL, "g")
    assert not kept(KEY.Key_Z, CTRL)
    assert not kept(KEY.Key_Escape)


# --- clipboard -------------------------------------------------------------------------------------------------------


def test_copies_and_pastes_a_block(colour):
    colour.click(1, 0, 0)
    colour.key(KEY.Key_A, CTRL)
    colour.key(KEY.Key_C, CTRL)
    text = QGuiApplication.clipboard().text()
    assert text == "0\t0.125\n0.25\t0.375\n\n0.5\t0.625\n0.75\t0.875\n\n1\t1.125\n1.25\t1.375"
    before = colour.weights.copy()
    colour.key(KEY.Key_Delete)
    assert not colour.weights.any()
    colour.key(KEY.Key_V, CTRL)
    np.testing.assert_array_equal(colour.weights, before)


def test_pastes_at_the_cell_and_says_what_did_not_fit(edge):
    QGuiApplication.clipboard().setText("5;6\n7;8")
    edge.click(0, 1, 1)
    edge.key(KEY.Key_V, CTRL)
    assert edge.weights[0, 1:3, 1:3].tolist() == [[5, 6], [7, 8]]
    assert not edge.messages or edge.messages[-1] == ""
    edge.click(0, 3, 3)
    edge.key(KEY.Key_V, CTRL)
    assert edge.weights[0, 3, 3] == 5
    assert "Ctrl+A" in edge.messages[-1]
    assert edge.steps == 2


def test_a_block_over_the_whole_filter_resizes_it(edge):
    QGuiApplication.clipboard().setText("1,2,3,4,5\n" * 3)
    edge.click(0, 0, 0)
    edge.key(KEY.Key_A, CTRL)
    edge.key(KEY.Key_V, CTRL)
    assert edge.weights.shape == (1, 3, 5)
    edge.document.undo_stack.undo()
    assert edge.weights.shape == (1, 4, 4)


def test_text_without_numbers_is_refused_in_one_line(edge):
    before = edge.document.project
    edge.click(0, 0, 0)
    for text in ("hello", "1 nan", "1 2\n3", ""):
        QGuiApplication.clipboard().setText(text)
        edge.key(KEY.Key_V, CTRL)
        assert edge.messages.pop()
    assert edge.document.project is before


def test_the_menu_offers_the_same(edge):
    edge.click(0, 0, 0)
    menu = edge.view.clipboard.menu(edge.view)
    assert isinstance(menu, QMenu)
    assert all(action.toolTip() != action.text() for action in menu.actions())
    QGuiApplication.clipboard().setText("9")
    menu.actions()[2].trigger()
    assert edge.weights.shape == (1, 1, 1)


# --- looks -----------------------------------------------------------------------------------------------------------


def test_cells_are_as_large_as_fits(qtbot):
    def side(shape, width=360, height=300):
        bench = Bench(qtbot, np.ones(shape))
        bench.view.resize(width, height)
        rect = bench.view.visualRect(bench.model.index(0, 0))
        assert rect.width() == rect.height()
        return rect.width()

    assert side((1, 4, 4)) == LARGEST
    assert side((1, 7, 7)) == 300 // 7
    assert side((3, 3, 3)) == (360 - 16) // 9
    assert side((1, 31, 31)) == SMALLEST
    assert side((3, 31, 5)) == SMALLEST


def test_another_size_has_its_gaps_in_other_places(colour):
    for height, width in ((2, 3), (5, 4), (1, 1)):
        colour.document.apply(
            "", with_bank(colour.document.project, colour.document.project.bank.with_size(height, width))
        )
        widths = [colour.view.columnWidth(column) for column in range(colour.model.columnCount())]
        assert [one == GAP for one in widths] == [colour.model.is_gap(column) for column in range(len(widths))]
        assert len({*widths} - {GAP}) == 1


def test_hovering_tells_the_weight(colour):
    seen = []
    colour.view.weightHovered.connect(seen.append)
    for cell in ((0, 0, 0), (1, 1, 1)):
        colour.move(colour.at(*cell), button=Qt.MouseButton.NoButton)
    assert colour.view.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    gap = colour.view.visualRect(colour.model.index(0, 2)).center()
    colour.move(gap, button=Qt.MouseButton.NoButton)
    colour.move(colour.at(2, 0, 0), button=Qt.MouseButton.NoButton)
    QApplication.sendEvent(colour.view, QEvent(QEvent.Type.Leave))
    assert seen == [(0, 0, 0), (1, 1, 1), None, (2, 0, 0), None]


def test_without_a_filter_it_says_so(edge):
    edge.view.set_hint("nothing here")
    blank = edge.view.grab().toImage()
    edge.model.show_filter(-1, None)
    assert edge.view.grab().toImage() != blank
    edge.key(KEY.Key_Up)
    edge.key(KEY.Key_V, CTRL)
    assert edge.steps == 0
