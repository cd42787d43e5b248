"""A network that is asked while it trains."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.panel import PREDICT_PAGE, TrainingPanel
from tests.helpers.training_wing import LEFT, ready, session_of


def running(panel: TrainingPanel, qtbot: QtBot) -> None:
    """Show the page of predictions, and start a run without end."""
    panel.settings.epochs.setValue(1000)
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)


def stop(panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.controls.start, LEFT)
    ready(panel, qtbot)


def test_a_drawing_is_answered_while_the_network_learns_and_again_as_it_does(
    panel: TrainingPanel, qtbot: QtBot
) -> None:
    running(panel, qtbot)
    page, session = panel.predict_page, session_of(panel)
    assert page.pad.isEnabled()
    with qtbot.waitSignal(session.predicted, timeout=10_000) as first:
        qtbot.mouseClick(page.pad, LEFT, pos=QPoint(40, 40))
    assert session.state == "running"
    image = first.args[0].image
    with qtbot.waitSignal(
        session.predicted,
        timeout=10_000,
        check_params_cb=lambda one: bool(
            (one.prediction.probabilities != first.args[0].prediction.probabilities).any()
        ),
    ) as again:
        pass
    np.testing.assert_array_equal(again.args[0].image, image)
    assert session.state == "running"
    stop(panel, qtbot)


def test_a_class_that_was_chosen_stays_explained_while_the_network_learns(panel: TrainingPanel, qtbot: QtBot) -> None:
    running(panel, qtbot)
    page, session = panel.predict_page, session_of(panel)
    with qtbot.waitSignal(session.predicted, timeout=10_000):
        qtbot.mouseClick(page.sample, LEFT)
    wanted = page._order[1]
    page.bars.chosen.emit(1)
    qtbot.waitUntil(lambda: page._predicted is not None and page._predicted.prediction.asked == wanted, timeout=10_000)
    for _ in range(2):
        with qtbot.waitSignal(session.predicted, timeout=10_000) as told:
            pass
    assert told.args[0].prediction.asked == wanted
    stop(panel, qtbot)


def test_a_picture_that_cannot_be_read_does_not_end_the_run(panel: TrainingPanel, qtbot: QtBot, tmp_path) -> None:
    running(panel, qtbot)
    session = session_of(panel)
    (tmp_path / "no.png").write_bytes(b"nothing")
    with qtbot.waitSignal(session.failed, timeout=10_000) as told:
        panel.predict_page.asked.emit(tmp_path / "no.png", None)
    assert "no.png" in str(told.args[0])
    batch = panel.controls.progress.value()
    qtbot.waitUntil(lambda: panel.controls.progress.value() > batch, timeout=10_000)
    assert session.state == "running"
    stop(panel, qtbot)


def test_a_question_behind_the_last_step_is_answered_too(panel: TrainingPanel, qtbot: QtBot) -> None:
    running(panel, qtbot)
    session = session_of(panel)
    session.pause()
    assert session._advance is not None
    image = np.zeros((1, 32, 32), np.float32)
    with qtbot.waitSignal(session.predicted, timeout=10_000, check_params_cb=lambda one: one.image is image):
        session.predict(image)
    ready(panel, qtbot)


def test_the_answer_to_an_older_drawing_does_not_wipe_the_newer_one(panel: TrainingPanel, qtbot: QtBot) -> None:
    page, session = panel.predict_page, session_of(panel)
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session.predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.pad, LEFT, pos=QPoint(40, 40))
    shown = page._predicted
    qtbot.mouseClick(page.pad, LEFT, pos=QPoint(100, 100))
    drawn = page.pad.values
    page.show_answer(told.args[0])
    assert page.pad.values is drawn
    assert page._predicted is shown
    qtbot.waitUntil(lambda: page._predicted is not None and page._predicted.image is drawn, timeout=10_000)
