"""What is typed goes to what it was typed for, and nowhere else: fields, tables, the wheel, and shortcuts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.number_boxes import NumberBox, WholeBox
from tests.helpers.whole_window import settle

KEY, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def deep(window, qtbot):
    """Conv 1 › MaxPool › Conv 2, the pooling shown, the window in front."""
    for key in ("addMaxPooling", "addConvolution", "previousLayer"):
        window.actions_by_key[key].trigger()
        settle(qtbot, window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def begin(field, text):
    """Type without entering."""
    field.setFocus()
    (field if isinstance(field, QLineEdit) else field.lineEdit()).selectAll()
    QTest.keyClicks(field, text)


def go(window, qtbot, key):
    """Another layer, by keys, from where the keyboard is."""
    QTest.keyClick(QApplication.focusWidget(), key, ALT)
    settle(qtbot, window)


def layers(window):
    return window.document.project.layers


@pytest.mark.parametrize(("field", "setting"), [("pool_stride", "stride"), ("pool_size", "size")])
def test_a_number_typed_for_a_pooling_is_the_poolings(deep, qtbot, field, setting):
    begin(getattr(deep.layer_settings, field), "3")
    go(deep, qtbot, KEY.Key_PageDown)
    assert deep.document.project.shown_index == 2
    assert getattr(layers(deep)[1], setting) == 3
    assert (layers(deep)[2].stride, layers(deep)[2].bank.size) == (1, (3, 3))


@pytest.mark.parametrize("field", ["stride", "dilation", "rows", "padding"])
def test_a_number_typed_for_a_convolution_is_its_own(deep, qtbot, field):
    go(deep, qtbot, KEY.Key_PageDown)
    begin(getattr(deep.layer_settings, field), "2")
    go(deep, qtbot, KEY.Key_PageUp)
    pool, conv = layers(deep)[1:]
    assert (pool.size, pool.stride) == (2, 2)
    value = {"rows": conv.bank.size[0]}.get(field, getattr(conv, field, None))
    assert value == 2


def test_a_click_on_another_layer_takes_what_was_typed(deep, qtbot):
    begin(deep.layer_settings.pool_stride, "3")
    qtbot.mouseClick(deep.layer_strip.chips[2], Qt.MouseButton.LeftButton)
    settle(qtbot, deep)
    assert (layers(deep)[1].stride, layers(deep)[2].stride) == (3, 1)


def test_what_makes_no_number_is_dropped(deep, qtbot):
    begin(deep.layer_settings.pool_stride, "1,000")
    go(deep, qtbot, KEY.Key_PageDown)
    assert (layers(deep)[1].stride, layers(deep)[2].stride) == (2, 1)


def test_a_layer_that_comes_from_elsewhere_gets_nothing_that_was_typed(deep, qtbot):
    """Undo, sessions and the like take nothing first: what was typed is dropped."""
    from convexplorer.core.project.layer_edits import select_layer

    begin(deep.layer_settings.pool_stride, "3")
    deep.document.navigate(select_layer(deep.document.project, 2))
    settle(qtbot, deep)
    assert [one.stride for one in layers(deep)] == [1, 2, 1]


@pytest.mark.parametrize("name", ["filterBias", "filterName"])
def test_bias_and_name_are_the_filters_they_were_typed_for(deep, qtbot, name):
    go(deep, qtbot, KEY.Key_PageDown)
    before = layers(deep)
    begin(deep.findChild(QLineEdit, name), "7")
    go(deep, qtbot, KEY.Key_PageUp)
    go(deep, qtbot, KEY.Key_PageUp)
    first, last = layers(deep)[0].bank, layers(deep)[2].bank
    assert first is before[0].bank
    assert (last[0].bias, last[0].name)[name == "filterName"] in (7, "7")


def test_a_weight_is_the_cells_it_was_typed_in(deep, qtbot):
    go(deep, qtbot, KEY.Key_PageDown)
    view = deep.filters.weight_view
    before = layers(deep)
    view.setFocus()
    QTest.keyClicks(view, "7")
    go(deep, qtbot, KEY.Key_PageUp)
    go(deep, qtbot, KEY.Key_PageUp)
    assert layers(deep)[0].bank is before[0].bank
    assert 7 in layers(deep)[2].bank[0].weights


def test_filters_moved_leave_what_was_typed_with_theirs(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    begin(window.findChild(QLineEdit, "filterBias"), "7")
    window.filters.commands.run("duplicateFilters")
    settle(qtbot, window)
    assert [one.bias for one in window.document.project.bank][:2] == [7, 7]
    assert sum(one.bias for one in window.document.project.bank) == 14


def test_letters_in_the_weights_are_no_shortcuts(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    before = window.document.project
    view = window.filters.weight_view
    view.setFocus()
    for letter in "abcgrplkmdz":
        QTest.keyClicks(QApplication.focusWidget(), letter)
    assert window.document.project is before
    assert window.maps.focused is None
    assert QApplication.focusWidget().objectName() == "numberEditor"
    problem = window.filters.figures.problem
    assert problem.text() == "abcgrplkmdz is not a number"
    assert problem.isVisible()
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    assert not problem.isVisible()
    view.setFocus()
    QTest.keyClicks(view, "2")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)
    assert window.document.project.bank[0].weights[0, 0, 0] == 2


def test_letters_look_for_presets(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.filters.commands.run("presets")
    before = window.document.project
    QTest.keyClicks(window.filters.presets.list, "g")
    assert window.document.project is before
    assert window.filters.presets.list.currentItem().text().lower().startswith("g")


def test_the_wheel_over_any_field_of_the_window_changes_nothing(window, qtbot):
    window.activateWindow()
    window.show_settings()
    window.training.open()
    window.filters.open_initialiser()
    window.filters.commands.run("presets")
    settle(qtbot, window)
    before = window.document.project
    fields = [one for one in window.findChildren(QWidget) if isinstance(one, (QAbstractSpinBox, QComboBox))]
    assert len(fields) > 20
    for field in fields:
        assert isinstance(field, (WholeBox, NumberBox, ChoiceBox)), field.objectName()
        assert field.focusPolicy() == Qt.FocusPolicy.StrongFocus, field.objectName()
        if field.hasFocus():
            continue
        shown = field.currentText() if isinstance(field, QComboBox) else field.text()
        for turn in (-120, 120):
            at = QPointF(4, 4)
            event = QWheelEvent(
                at,
                field.mapToGlobal(at),
                QPoint(),
                QPoint(0, turn),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(field, event)
        assert shown == (field.currentText() if isinstance(field, QComboBox) else field.text())
    assert window.document.project is before
    window.findChild(QWidget, "settingsWindow").close()


@pytest.mark.parametrize(
    ("locale", "text"), [("de_DE", "30.5"), ("en_US", "30,5"), ("fr_FR", "30.5 %"), ("ar_EG", "61/2")]
)
def test_the_size_is_what_was_typed_in_every_locale(window, qtbot, locale, text):
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        window.preparation.resize_box.click()
        begin(window.preparation.scale, text)
        QTest.keyClick(window.preparation.scale, KEY.Key_Return)
    finally:
        QLocale.setDefault(before)
    settle(qtbot, window)
    assert window.document.project.preparation.scale == 0.305


class TestPasting:
    """Into the table of weights, by keys."""

    @pytest.fixture
    def paste(self, window, qtbot):
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        view = window.filters.weight_view
        view.setFocus()

        def run(text):
            first = window.filters.weight_model.index(0, 0)
            view.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            QGuiApplication.clipboard().setText(text)
            QTest.keyClick(view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
            return window.document.project.bank[0].weights[0].tolist()

        return run

    def test_decimal_commas(self, window, paste):
        before = window.document.project.bank[0].weights[0].tolist()
        assert paste("0,5") == [[0.5, *before[0][1:]], *before[1:]]
        assert [row[0] for row in paste("0,5\r\n1,5\r\n0,25\r\n")][:3] == [0.5, 1.5, 0.25]
        assert paste("1/8\t-1/4")[0][:2] == [0.125, -0.25]

    @pytest.mark.parametrize("text", ["1 2\v3 4", "1\t2\r\r\n3\t4\r\r\n", "1 2\u20283 4\n", "1 2\n\n3 4\n"])
    def test_line_ends(self, paste, text):
        assert [row[:2] for row in paste(text)[:2]] == [[1, 2], [3, 4]]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('"1,000","2,000"', "row 1, column 1: 1,000 can be 1 or 1000: write it without a comma"),
            ("1 2\n3", "row 2 has another length (1) than those above (2)"),
            ("abc", "row 1, column 1: abc is not a number"),
            ("", "there are no numbers in the text"),
            ("1e39", "row 1, column 1: 1e39 is too large for a 32-bit number"),
            ("1 " * 2**18, "there is too much text on the clipboard for a filter"),
        ],
    )
    def test_what_is_refused_changes_nothing(self, window, paste, text, reason):
        before = window.document.project
        paste(text)
        assert window.document.project is before
        assert window.filters.figures.problem.text() == reason


class TestTheProblem:
    """Why something was not taken stands there until it is past, is not cut, and hides nothing."""

    @pytest.fixture
    def problem(self, window, qtbot):
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        view, found = window.filters.weight_view, window.filters.figures.problem
        view.setFocus()
        QGuiApplication.clipboard().setText('"1,000","2,000"')
        QTest.keyClick(view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert found.isVisible()
        return found

    def test_it_is_not_cut_and_hides_nothing(self, window, problem, qtbot):
        qtbot.waitUntil(lambda: problem.height() >= problem.heightForWidth(problem.width()))
        assert problem.visibleRegion().boundingRect() == problem.rect()
        note = window.filters.figures.note
        window.filters.figures.show_place("Row 1, column 1: 2")
        assert note.text() == "Row 1, column 1: 2"
        assert note.isVisible()

    def test_it_goes_with_the_next_edit(self, window, problem):
        QTest.keyClicks(QApplication.focusWidget(), "2")
        QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)
        assert not problem.isVisible()

    def test_it_goes_with_another_cell(self, window, problem):
        QTest.keyClick(window.filters.weight_view, KEY.Key_Right)
        assert not problem.isVisible()

    def test_it_goes_with_another_filter(self, window, problem):
        window.filters.commands.select([1])
        assert not problem.isVisible()

    def test_it_goes_with_undo(self, window, problem, qtbot):
        window.filters.weight_model.zero([(0, 0, 0), (0, 1, 1)])
        QGuiApplication.clipboard().setText("abc")
        QTest.keyClick(window.filters.weight_view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert problem.isVisible()
        qtbot.waitUntil(window.actions_by_key["undo"].isEnabled)
        window.actions_by_key["undo"].trigger()
        settle(qtbot, window)
        assert not problem.isVisible()

    def test_what_was_refused_in_a_cell_is_still_said_when_the_cell_is_left(self, window, problem, qtbot):
        view, model = window.filters.weight_view, window.filters.weight_model
        QTest.keyClicks(view, "x")
        at = view.visualRect(model.index(1, 1)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert problem.text() == "x is not a number"
        assert model.refusal is not None
        settle(qtbot, window)
        QApplication.processEvents()
        QTest.keyClick(view, KEY.Key_Right)
        assert not problem.isVisible()
        assert model.refusal is None
