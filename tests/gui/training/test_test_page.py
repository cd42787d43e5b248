"""The confusion matrix as it is painted, and what the page says of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.evaluation import Evaluation, Mistake
from convexplorer.gui.kit import theme
from convexplorer.gui.training.test_page import ConfusionView, TestPage

COUNTS = np.array([[9, 1, 0], [0, 4, 6], [0, 0, 0]])


def evaluation(counts: np.ndarray = COUNTS, *, blind: bool = False) -> Evaluation:
    return Evaluation(0.5, 0.65, counts, (Mistake(0, 0, 1, 2.5),), blind)


def dataset(train: tuple[int, ...]) -> Dataset:
    labels = np.repeat(np.arange(len(train)), train)
    images = np.zeros((len(labels), 1, 4, 4), np.uint8)
    names = tuple(f"class {number}" for number in range(len(train)))
    return Dataset("toy", names, Examples(images, labels), Examples(images[:20], labels[:20]))


@pytest.fixture(params=["light", "dark"])
def view(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[ConfusionView]:
    theme.apply(request.param)
    made = ConfusionView()
    qtbot.addWidget(made)
    made.resize(400, made.height())
    yield made
    theme.apply("light")


def corner(view: ConfusionView, image: QImage, row: int, column: int) -> QColor:
    """The colour of a square, beside its number."""
    left, top, side = view._frame()
    return image.pixelColor(round(left + column * side + 4), round(top + row * side + 4))


def mixed(under: str, over: str, share: float) -> list[float]:
    low, high = (np.array(QColor(one).getRgb()[:3]) for one in (under, over))
    return list(low + (high - low) * share)


def ink(view: ConfusionView, image: QImage, row: int, column: int) -> int:
    """Pixels around the middle of a square that are not of its colour."""
    left, top, side = view._frame()
    x, y = round(left + (column + 0.5) * side), round(top + (row + 0.5) * side)
    ground = corner(view, image, row, column)
    return sum(image.pixelColor(x + i, y + j) != ground for i in range(-8, 9) for j in range(-8, 9))


def test_squares_are_tinted_by_the_share_of_their_row(view: ConfusionView) -> None:
    view.show_test(evaluation(), ("one", "two", "three"))
    image, look = view.grab().toImage(), theme.current()
    for row, column in np.ndindex(3, 3):
        share = COUNTS[row, column] / max(1, COUNTS[row].sum())
        expected = mixed(look.surface, look.accent if row == column else look.error, share**0.5)
        assert corner(view, image, row, column).getRgb()[:3] == pytest.approx(expected, abs=3)
        assert (ink(view, image, row, column) > 5) == bool(COUNTS[row, column])


def test_nothing_is_painted_before_an_evaluation(view: ConfusionView) -> None:
    image = view.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, 400, 7) for y in range(0, image.height(), 7)}) == 1


def test_long_titles_and_many_classes_are_painted_too(view: ConfusionView) -> None:
    names = tuple(f"a class with a long name {number}" for number in range(40))
    view.show_test(evaluation(np.eye(40, dtype=int)), names)
    image, look = view.grab().toImage(), theme.current()
    assert corner(view, image, 7, 7).getRgb()[:3] == pytest.approx(mixed(look.surface, look.accent, 1), abs=3)
    assert ink(view, image, 7, 8) <= 17 * 17  # The neighbours' squares are as near as that.


def test_a_square_under_the_mouse_is_told(view: ConfusionView, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _of: told.append(text))
    view.show_test(evaluation(), ("one", "two", "three"))
    left, top, side = view._frame()
    at = QPoint(round(left + 2.5 * side), round(top + 1.5 * side))
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    assert told == ["6 of “two” taken for “three”"]


@pytest.mark.parametrize(
    ("train", "blind", "said"),
    [
        ((300, 3), False, "99 % of the training images are of it. More images of the others help;"),
        ((30, 30), True, "All are taken for “class 0”, whatever the image"),
        ((30, 30), False, "All are taken for “class 0” so far."),
    ],
)
def test_one_answer_for_all_is_explained_by_what_is_true(qtbot: QtBot, train, blind, said) -> None:
    page = TestPage()
    qtbot.addWidget(page)
    page.begin(dataset(train))
    page.show_test(1.0, evaluation(np.array([[19, 0], [1, 0]]), blind=blind))
    assert said in page._text.text()
    assert ("lower learning rate" in page._text.text()) == (blind and train == (30, 30))
