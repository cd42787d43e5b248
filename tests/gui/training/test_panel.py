"""The Training panel as a person uses it, driven with real events."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from convexplorer.core.learn.one_update import Step
from convexplorer.core.model.digits import read
from convexplorer.core.project.training_run import Curves
from convexplorer.core.project.training_settings import Rule
from convexplorer.gui.training.curves import TrainingCurves
from convexplorer.gui.training.panel import DATA_PAGE, TrainingPanel
from convexplorer.gui.training.update_text import step_lines
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.training_wing import LEFT, presenter_of, ready, session_of, shown
from tests.helpers.whole_window import settle


def test_a_run_from_start_to_end_and_its_filters_on_the_picture(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    assert panel.controls.data.currentText() == "bars"
    first = shown(panel)
    qtbot.mouseClick(panel.controls.start, LEFT)
    assert panel.controls.start.text() == "Pause"
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    assert panel.controls.progress.value() == panel.controls.progress.maximum() == 4 * 6
    assert panel.controls.text.text().startswith("Epoch 4.0 of 4   loss ")
    assert "% of 12 test images right" in panel.test._text.text()
    learnt = shown(panel)
    assert np.abs(learnt.weights - first.weights).max() > 0.01
    panel.filters.slider.setValue(0)
    assert shown(panel) == first
    panel.filters.slider.setValue(panel.filters.slider.maximum())
    panel.filters.difference.setChecked(True)
    before = window.document.project
    qtbot.mouseClick(panel.filters.take, LEFT)
    settle(qtbot, window)
    assert window.document.project.bank == learnt
    assert len(window.maps.grid.cells) == 8
    window.actions_by_key["undo"].trigger()
    assert window.document.project == before
    settle(qtbot, window)


def test_steps_pause_and_reset(panel: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000) as told:
        qtbot.mouseClick(panel.controls.batch, LEFT)
    assert told.args[0].batch == 1
    ready(panel, qtbot)
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 6
    panel.settings.epochs.setValue(500)
    qtbot.mouseClick(panel.controls.reset, LEFT)
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 0
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.mouseClick(panel.controls.start, LEFT)
    ready(panel, qtbot)
    assert 0 < panel.controls.progress.value() < panel.controls.progress.maximum()
    assert panel.controls.start.text() == "Continue"


def test_stop_ends_a_run_with_a_test_and_it_can_go_on(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    assert not panel.controls.stop.isEnabled(), "nothing to end before the first step"
    panel.settings.epochs.setValue(500)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    with qtbot.waitSignal(
        session_of(panel).progressed, timeout=10_000, check_params_cb=lambda frame: frame.what == "stop"
    ) as told:
        qtbot.mouseClick(panel.controls.stop, LEFT)
    ready(panel, qtbot)
    frame = told.args[0]
    assert session_of(panel).state == "finished"
    assert not panel.controls.stop.isEnabled()
    assert panel.controls.start.text() == "Continue"
    assert panel.controls.text.text().startswith("Stopped at epoch ")
    assert " left" not in panel.controls.text.text()
    run = window.document.project.training
    assert run is not None
    assert run.standing.batch == frame.batch
    assert session_of(panel)._training is not None
    assert frame.test.accuracy == session_of(panel)._training.evaluate().accuracy
    qtbot.mouseClick(panel.controls.batch, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "ready", timeout=10_000)
    assert window.document.project.training.standing.batch == frame.batch + 1
    assert panel.controls.stop.isEnabled()
    qtbot.mouseClick(panel.controls.stop, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=10_000)


def test_all_that_is_left_out_of_a_data_set_is_said_at_once(panel, window, qtbot, data, monkeypatch):
    data = data.rename(data.with_name("other"))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(data))
    (data / "lying" / "deeper").mkdir()
    (data / "lying" / "0.png").rename(data / "lying" / "deeper" / "0.png")
    PILImage.new("L", (9, 9)).save(data / "loose.png")
    panel.controls.data.activated.emit(panel.controls.data.findData("@folder"))
    qtbot.waitUntil(lambda: bool(window.message.text))
    assert window.message.text == (
        "1 of 60 pictures lie in folders inside those of their classes; "
        "pictures beside the folders of classes are left out: 1"
    )
    ready(panel, qtbot)


@pytest.mark.parametrize(("field", "text"), [("rate", "fast"), ("rate", "-1"), ("decay", "x")])
def test_a_setting_that_makes_no_sense_is_one_line(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, field: str, text: str
) -> None:
    getattr(panel.settings, field).setText(text)
    qtbot.mouseClick(panel.controls.reset, LEFT)
    assert window.message.isVisible()


def test_a_run_that_diverges_says_so(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.rate.setText("100000")
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000) as told:
        qtbot.mouseClick(panel.controls.start, LEFT)
    assert "the learning rate 100000 is too high" in str(told.args[0])
    assert panel.controls.note.text().startswith("Diverged")
    assert panel.controls.note.isVisible()
    ready(panel, qtbot)
    assert window.message.isVisible()


def test_the_gallery_shows_images_of_every_class(panel: TrainingPanel) -> None:
    panel.tabs.setCurrentIndex(DATA_PAGE)
    titles = [tile.text for tile in panel.gallery.tiles.tiles if tile.image is None]
    assert titles == ["lying", "standing"]
    assert len(panel.gallery.tiles.tiles) == 2 + 2 * 18


def test_every_step_of_a_run_is_undone_and_done_again(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    start = shown(panel)
    assert not window.keeper.modified
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    assert window.keeper.modified
    once = shown(panel)
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)
    twice = shown(panel)
    tiles = panel.filters.layer.tiles
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(tiles, LEFT, pos=tiles.lock_place(1).center())
    assert window.document.undo_stack.undoText() == "Freeze filters"
    for bank, batch in ((twice, 7), (once, 6)):
        window.actions_by_key["undo"].trigger()
        ready(panel, qtbot)
        assert shown(panel) == bank
        assert panel.controls.progress.value() == batch
        assert not any(window.document.project.training.frozen)
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    assert window.document.project.training is None
    assert shown(panel) == start
    assert not window.keeper.modified
    for bank in (once, twice, twice):
        window.actions_by_key["redo"].trigger()
        ready(panel, qtbot)
        assert shown(panel) == bank
    assert window.document.project.training.frozen == (frozenset({1}),)
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    assert shown(panel)[1] == twice[1]
    assert shown(panel)[0] != twice[0]


def test_undo_ends_what_runs(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)
    before = window.document.project
    panel.settings.epochs.setValue(1000)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    assert window.document.project.training in (None, before.training)
    assert panel.controls.progress.value() in (0, 1)


def test_data_that_cannot_be_read_leave_what_was_there(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, tmp_path, monkeypatch
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    learnt, count = shown(panel), window.document.undo_stack.count()
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "empty"))
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000) as told:
        panel.controls.data.activated.emit(panel.controls.data.findData("@folder"))
    assert str(told.args[0]) == "empty: there are no folders with pictures in it, one a class"
    ready(panel, qtbot)
    assert (panel.controls.data.currentText(), shown(panel)) == ("bars", learnt)
    assert window.document.undo_stack.count() == count
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 7


def test_another_start_while_one_runs_keeps_how_far_that_came(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    panel.settings.epochs.setValue(1000)
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: panel.controls.progress.value() > 3, timeout=10_000)
    qtbot.mouseClick(panel.controls.reset, LEFT)
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 0
    assert window.document.undo_stack.undoText() == "Begin another training"
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    assert panel.controls.progress.value() > 3


def test_a_run_whose_images_are_not_there_can_be_watched(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    run = window.document.project.training
    elsewhere = replace(run, plan=replace(run.plan, data=None))
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000) as told:
        window.document.apply("Open", replace(window.document.project, training=elsewhere))
    assert str(told.args[0]) == "the images of bars are not in the session: it can be watched, not trained on"
    assert not panel.controls.start.isEnabled()
    assert panel.controls.data.currentText() == "bars"
    assert len(panel.filters.timeline) > 3
    qtbot.keyClick(panel.filters.slider, Qt.Key.Key_Home)
    assert panel.filters.snapshot is not None
    assert panel.filters.snapshot.batch == 0


def test_after_a_run_has_diverged_it_goes_on_at_a_lower_rate(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.rate.setText("100000")
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    ready(panel, qtbot)
    panel.settings.rate.setText("0.01")
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 6
    assert window.document.project.training.plan.settings.rule.rate == 0.01


def test_the_axes_read_the_real_values(qtbot: QtBot) -> None:
    """No SI prefix: a loss of 0.6 does not read 600."""
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    batches = np.array([[1.0, 0.69], [2.0, 0.61], [3.0, 0.4]])
    curves.show_curves(Curves(batches=batches, epochs=np.array([[1.0, 0.5, 0.5, 0.5, 0.5]])), 3)
    curves.show()
    qtbot.waitUntil(lambda: not curves._soon.isActive())
    curves.grab()
    (_, left, _), _ = curves._plots
    assert left.autoSIPrefixScale == 1
    assert left.tickStrings([0.2, 0.4], left.autoSIPrefixScale, 0.2) == ["0.2", "0.4"]


def test_a_step_is_written_with_numbers_that_give_it() -> None:
    """= stands where the printed numbers give the printed weight to its last digit, ≈ where rounding lies between."""
    rng, signs = np.random.default_rng(7), set()
    for _ in range(60):
        weight, gradient = rng.normal(size=2).tolist()
        rule = Rule("sgd", rate=round(float(rng.random()), 4))
        step = Step(rule, 1, weight, gradient, gradient, (), (), rule.rate * gradient, 0.0, False)
        found = re.fullmatch(r"w − η·g = (\S+) − (\S+) · \(?([^)\s]+)\)? ([=≈]) <b>(.*)</b>", step_lines(step)[-1])
        assert found is not None
        said = read(found[1]) - read(found[2]) * read(found[3])
        assert (f"{said:.6g}" == f"{read(found[5]):.6g}") == (found[4] == "=")
        assert read(found[5]) == pytest.approx(step.new_weight, rel=1e-5, abs=1e-7)
        signs.add(found[4])
    assert signs == {"=", "≈"}
