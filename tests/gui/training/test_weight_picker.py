"""Choosing a weight of a plane with keys and the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit import theme
from convexplorer.gui.training.parameter_choice import ParameterChoice
from convexplorer.gui.training.weight_picker import WeightPicker

KEY = Qt.Key


@pytest.fixture
def choice(qtbot: QtBot) -> ParameterChoice:
    """A layer of 2 filters with planes of 2 rows and 3 columns; the plane that is chosen is shown."""
    made = ParameterChoice()
    qtbot.addWidget(made)
    made.begin(["Conv 1", "Dense"], ((2, 1, 2, 3), (4, 1, 1, 1)), 1)
    plane = np.arange(6, dtype=np.float32).reshape(2, 3) - 2
    made.changed.connect(lambda: made.show_plane(plane))
    made.show_plane(plane)
    made.show()
    qtbot.waitExposed(made)
    made.picker.setFocus()
    return made


def test_arrows_go_from_weight_to_weight_and_stop_at_the_edges(choice: ParameterChoice, qtbot: QtBot) -> None:
    assert choice.value() == (0, (0, 0, 0, 0))
    for key, place in (
        (KEY.Key_Up, (0, 0)),
        (KEY.Key_Left, (0, 0)),
        (KEY.Key_Right, (0, 1)),
        (KEY.Key_Down, (1, 1)),
        (KEY.Key_Down, (1, 1)),
        (KEY.Key_Right, (1, 2)),
        (KEY.Key_Right, (1, 2)),
        (KEY.Key_Left, (1, 1)),
        (KEY.Key_Up, (0, 1)),
    ):
        qtbot.keyClick(choice.picker, key)
        assert choice.value() == (0, (0, 0, *place))
        assert [box.value() for box in choice.boxes[2:]] == [place[0] + 1, place[1] + 1]


def test_an_arrow_chooses_a_weight_again_after_the_bias(choice: ParameterChoice, qtbot: QtBot) -> None:
    choice.bias.setChecked(True)
    assert choice.value() == (0, (0,))
    qtbot.keyClick(choice.picker, KEY.Key_Right)
    assert choice.value() == (0, (0, 0, 0, 1))
    assert not choice.bias.isChecked()


def test_other_keys_are_left_to_others(choice: ParameterChoice, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(choice.changed):
        qtbot.keyClick(choice.picker, KEY.Key_A)


def frame_around(image: QImage, picker: WeightPicker, row: int, column: int) -> bool:
    """Whether a weight has the frame of the chosen one."""
    cell = picker.cell(row, column)
    y = round(cell.center().y())
    edges = (image.pixelColor(QPoint(round(x), y)) for x in (cell.left(), cell.right()))
    return all(colour == QColor(theme.current().accent) for colour in edges)


def test_the_chosen_weight_has_the_frame(choice: ParameterChoice, qtbot: QtBot) -> None:
    qtbot.keyClick(choice.picker, KEY.Key_Right)
    image = choice.picker.grab().toImage()
    assert [at for at in np.ndindex(2, 3) if frame_around(image, choice.picker, *at)] == [(0, 1)]
    choice.bias.setChecked(True)
    assert choice.picker.grab().toImage() != image


def test_a_weight_under_the_mouse_is_told(choice: ParameterChoice, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _of: told.append(text))
    at = choice.picker.cell(1, 2).center().toPoint()
    QApplication.sendEvent(choice.picker, QHelpEvent(QEvent.Type.ToolTip, at, choice.picker.mapToGlobal(at)))
    assert told == ["Row 2, column 3: 3"]
