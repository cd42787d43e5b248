"""The dock of training: opening, sessions, closing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.panel import TrainingPanel
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.training_wing import LEFT, opened, presenter_of, ready, session_of, shown


def test_nothing_of_training_is_there_until_it_is_asked_for(window: MainWindow) -> None:
    assert window.training.isHidden()
    assert window.training.panel is None


def test_the_built_in_shapes_are_ready_when_the_panel_opens(window: MainWindow, qtbot: QtBot) -> None:
    panel = opened(window, qtbot)
    assert panel.isVisible()
    ready(panel, qtbot)
    assert session_of(panel).dataset is not None
    assert session_of(panel).dataset.name == "Shapes and edges"


def test_a_window_closes_while_it_trains(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.epochs.setValue(1000)
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    assert window.close()


def test_a_session_brings_the_run_back_and_it_goes_on_to_the_same_bits(
    window: MainWindow, qtbot: QtBot, tmp_path
) -> None:
    panel = opened(window, qtbot)
    panel.controls.data.setCurrentIndex(panel.controls.data.findData("faces"))
    panel.settings.epochs.setValue(2)
    panel.settings.seed.setValue(5)
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)
    window.keeper._write(tmp_path / "run.cvx", None)
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=20_000)
    assert not window.keeper.modified
    moments = len(panel.filters.timeline)
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    learnt, curves = shown(panel), window.document.project.training.curves
    assert window.keeper.modified
    panel.controls.data.setCurrentIndex(panel.controls.data.findData("shapes"))
    panel.settings.seed.setValue(1)
    window.keeper.revert()
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=20_000)
    ready(panel, qtbot)
    assert (panel.controls.data.currentData(), panel.settings.seed.value()) == ("faces", 5)
    assert len(panel.filters.timeline) == moments
    assert panel.controls.progress.value() == 1
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    assert shown(panel) == learnt
    np.testing.assert_array_equal(window.document.project.training.curves.batches, curves.batches)


def test_a_window_that_closes_while_the_panel_is_made(window: MainWindow) -> None:
    window.actions_by_key["training"].trigger()
    assert window.training.panel is None
    assert window.close()
    QApplication.processEvents()  # What the loader tells at its end.
    assert window.training.panel is None


def test_a_run_that_comes_with_a_session_is_told_and_shown(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, tmp_path
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    project = window.document.project
    window.document.apply("Without", replace(project, training=None))
    ready(panel, qtbot)
    window.training.hide()
    window.document.apply("With", project)
    assert window.message.text == "A training on bars comes with it: epoch 1 of 4"
    ready(panel, qtbot)
    qtbot.mouseClick(window.message.findChild(QPushButton, "messageAction"), LEFT)
    assert window.training.isVisible()
