"""The prediction page as a person uses it, driven with real events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QPoint, QUrl
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.panel import PREDICT_PAGE, UPDATE_PAGE, TrainingPanel
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.datasets.formats.folders import middle_part
from tests.helpers.training_wing import LEFT, drop, presenter_of, ready, session_of


def test_an_answer_for_many_classes_does_not_outlive_them(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000):
        panel.predict_page.sample.click()
    page, data = panel.predict_page, session_of(panel).dataset
    assert data is not None
    assert page._predicted is not None
    page._predicted = replace(page._predicted, prediction=replace(page._predicted.prediction, asked=9))
    page.begin(data.classes, data.shape, data.test, ["Conv 1"])
    assert not page._heading.text()


@pytest.mark.parametrize("page", [UPDATE_PAGE, PREDICT_PAGE])
def test_a_page_in_front_asks_another_network_only_what_it_takes(panel: TrainingPanel, qtbot: QtBot, page: int) -> None:
    failures: list[object] = []
    session_of(panel).failed.connect(failures.append)
    panel.tabs.setCurrentIndex(page)
    if page == PREDICT_PAGE:
        with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000):
            panel.predict_page.sample.click()
    else:
        panel.update_page.choice.boxes[2].setValue(5)
    panel.controls.data.setCurrentIndex(panel.controls.data.findData("shapes"))  # Its images are smaller.
    with qtbot.waitSignal(session_of(panel).prepared, timeout=20_000):
        presenter_of(panel).prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):  # Behind all that was asked.
        panel.controls.batch.click()
    ready(panel, qtbot)
    assert failures == []


def test_drawing_is_answered(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(UPDATE_PAGE + 1)
    page = panel.predict_page
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mousePress(page.pad, LEFT, pos=QPoint(30, 80))
        qtbot.mouseMove(page.pad, QPoint(140, 80))
        qtbot.mouseRelease(page.pad, LEFT, pos=QPoint(140, 80))
    answer = told.args[0]
    assert answer.image[0, 15, 15] == 1
    assert answer.image[0, 2, 15] == 0
    assert sorted(text for _, text in page.bars.rows) == ["lying", "standing"]
    assert sum(share for share, _ in page.bars.rows) == pytest.approx(1, abs=1e-6)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.picture, LEFT)
    assert told.args[0].image.shape == (1, 32, 32)
    native = window.document.project.image.native
    square = middle_part(window.document.project.image, (32, 32)) / 255.0
    assert native.shape[2] == 3
    np.testing.assert_allclose(told.args[0].image[0], np.tensordot([0.299, 0.587, 0.114], square, 1), atol=1e-6)
    window.preparation.choose_grey("blue")
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.picture, LEFT)
    np.testing.assert_allclose(told.args[0].image[0], square[2], atol=1e-6)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.sample, LEFT)
    assert session_of(panel).dataset is not None
    np.testing.assert_array_equal(told.args[0].image, session_of(panel).dataset.test.batch(slice(0, 1))[0][0])


def test_a_picture_is_dropped_on_the_prediction_and_any_class_explained(
    panel: TrainingPanel, qtbot: QtBot, tmp_path
) -> None:
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[20:30] = 255
    PILImage.fromarray(pixels).save(tmp_path / "bar.png")
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    page = panel.predict_page
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "bar.png"))])
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        drop(page, data)
    first = told.args[0]
    assert first.image.shape == (1, 32, 32)
    assert first.image[0, 13].min() > 0.9
    assert page.drive._drive is first.prediction.drive
    other = page.bars.rows[1][1]
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.bars, LEFT, pos=QPoint(20, page.bars.height() - 4))
    assert session_of(panel).dataset is not None
    assert session_of(panel).dataset.classes[told.args[0].prediction.asked] == other
    assert page.bars.current == 1
    page.layer.setCurrentIndex(0)
    assert len(page.maps.tiles) == 8
    (tmp_path / "no.png").write_bytes(b"nothing")
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "no.png"))])
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000) as refused:
        drop(page, data)
    assert "no.png" in str(refused.args[0])
