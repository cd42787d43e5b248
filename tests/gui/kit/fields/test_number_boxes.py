"""Boxes for numbers: one grammar in every locale, refusals beneath the box, and the wheel only with the focus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from convexplorer.gui.kit.fields.choice_box import ChoiceBox, FieldSlider
from convexplorer.gui.kit.fields.number_boxes import NumberBox, WholeBox


@pytest.fixture(params=["C", "de_DE", "fr_FR", "ar_EG", "en_US"])
def locale(request) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@pytest.fixture
def page(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def put(box, x=0):
    box.setAccessibleName("Size")
    box.move(x, 0)
    box.show()
    return box


def type_into(box, text, *, paste=False):
    box.setFocus()
    box.selectAll()
    if paste:
        QGuiApplication.clipboard().setText(text)
        QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    else:
        QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize("paste", [False, True], ids=["typed", "pasted"])
@pytest.mark.parametrize(
    ("text", "value"),
    [("30.5", 30.5), ("30,5", 30.5), ("61/2", 30.5), (" 3.05e1 ", 30.5), ("30,5 %", 30.5), ("30.5%", 30.5)],
)
def test_the_same_number_in_every_locale(locale, page, text, value, paste):
    box = put(NumberBox(0.1, 1600, 1, page))
    box.setSuffix(" %")
    type_into(box, text, paste=paste)
    assert box.value() == value
    assert box.text() == "30.5 %"


def test_what_is_shown_does_not_depend_on_the_locale(locale, page):
    box, whole = put(NumberBox(-10_000, 10_000, 2, page)), put(WholeBox(-10_000, 10_000, page), 150)
    box.setValue(-1234.5)
    whole.setValue(-1234)
    assert (box.text(), whole.text()) == ("\u22121234.50", "\u22121234")
    for one in (box, whole):
        QTest.keyClick(one, Qt.Key.Key_Up)
    assert (box.value(), whole.value()) == (-1233.5, -1233)
    type_into(box, "\u22120,25", paste=True)
    type_into(whole, "\u22127", paste=True)
    assert (box.value(), whole.value()) == (-0.25, -7)
    box.setValue(-0.001)
    assert box.text() == "0.00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,000", "Size: 1,000 can be 1 or 1000: write it without a comma"),
        ("5000", "Size: a number from 0.1 to 1600, not “5000”"),
        ("-", "Size: a number from 0.1 to 1600, not “-”"),
        ("", "Size: a number from 0.1 to 1600, not “”"),
    ],
)
def test_what_is_refused_changes_nothing_and_says_why(page, text, reason):
    box = put(NumberBox(0.1, 1600, 1, page))
    box.setSuffix(" %")
    box.setValue(30)
    said = []
    box.valueChanged.connect(said.append)
    if not text:
        box.setFocus()
        box.lineEdit().setText("")
        QTest.keyClick(box, Qt.Key.Key_Return)
    type_into(box, text)
    note = page.findChild(QWidget, "fieldNote")
    assert (box.value(), box.text(), said) == (30, "30.0 %", [])
    assert note.text() == reason
    assert note.isVisible()
    type_into(box, "31")
    assert box.value() == 31


def test_a_whole_number_is_not_made_of_a_part(page):
    box = put(WholeBox(1, 63, page))
    type_into(box, "2.5")
    assert box.value() == 1
    assert page.findChild(QWidget, "fieldNote").text() == "Size: a whole number from 1 to 63, not “2.5”"
    type_into(box, "6/2")
    assert box.value() == 3


def test_words_in_place_of_the_lowest_number(page):
    box = put(WholeBox(0, 16, page))
    box.setSpecialValueText("Automatic (2)")
    assert box.text() == "Automatic (2)"
    type_into(box, "4")
    assert box.value() == 4
    type_into(box, "0")
    assert box.text() == "Automatic (2)"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 0


def test_letters_never_reach_a_box(page):
    box = put(WholeBox(1, 63, page))
    type_into(box, "a7b")
    assert box.value() == 7


def test_a_note_goes_with_its_box(page, qtbot):
    box = put(WholeBox(1, 63, page))
    type_into(box, "99")
    box.deleteLater()
    qtbot.waitUntil(lambda: page.findChild(QWidget, "fieldNote") is None)


@pytest.mark.parametrize("make", [WholeBox, NumberBox, ChoiceBox, FieldSlider])
def test_the_wheel_turns_only_what_has_the_focus(page, make, qtbot):
    if make is ChoiceBox:
        box = ChoiceBox(page)
        box.addItems(["a", "b", "c"])
        box.setCurrentIndex(1)
    elif make is FieldSlider:
        box = FieldSlider(page)
        box.setValue(50)
    else:
        box = make(0, 99, page) if make is WholeBox else make(0, 99, 1, page)
        box.setValue(50)
    put(box)
    other = QLineEdit(page)
    other.move(0, 100)
    other.show()
    other.setFocus()

    def value():
        return box.currentIndex() if make is ChoiceBox else box.value()

    def turn():
        at = QPointF(5, 5)
        event = QWheelEvent(
            at,
            box.mapToGlobal(at),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)
        return event.isAccepted()

    before = value()
    assert not turn()
    assert value() == before
    assert other.hasFocus()
    box.setFocus()
    turn()
    assert value() != before
