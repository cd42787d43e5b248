"""The Training panel as a person uses it, driven with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from whole_window import settle

from convexplorer.core.filters import FilterBank
from convexplorer.core.project import with_bank, with_filter
from convexplorer.gui.main_window import MainWindow
from convexplorer.gui.views.training_panel import UPDATE_PAGE, TrainingPanel

LEFT = Qt.MouseButton.LeftButton


def ready(panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.session.state in ("ready", "finished"), timeout=20_000)


@pytest.fixture
def data(tmp_path):
    """Dark and bright pictures with a bar, as a folder of folders."""
    generator = np.random.default_rng(0)
    for label in ("lying", "standing"):
        (tmp_path / "bars" / label).mkdir(parents=True)
        for number in range(30):
            pixels = generator.integers(0, 60, (32, 32), dtype=np.uint8)
            at = generator.integers(4, 24)
            (pixels if label == "lying" else pixels.T)[at : at + 4] += 150
            PILImage.fromarray(pixels).save(tmp_path / "bars" / label / f"{number}.png")
    return tmp_path / "bars"


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, data, monkeypatch) -> TrainingPanel:
    window.actions_by_key["training"].trigger()
    made = window.training.panel
    assert made is not None
    made.settings.epochs.setValue(4)
    made.settings.batch.setValue(8)
    made.settings.rate.setText("0.005")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(data))
    made.data.activated.emit(made.data.findData("@folder"))
    ready(made, qtbot)
    return made


def test_nothing_of_training_is_there_until_it_is_asked_for(window: MainWindow) -> None:
    assert window.training.isHidden()
    assert window.training.panel is None


def test_the_built_in_shapes_are_ready_when_the_panel_opens(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["training"].trigger()
    panel = window.training.panel
    assert panel is not None
    assert panel.isVisible()
    ready(panel, qtbot)
    assert panel.session.dataset is not None
    assert panel.session.dataset.name == "Shapes and edges"


def test_a_run_from_start_to_end_and_its_filters_on_the_picture(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    assert panel.data.currentText() == "bars"
    first = panel.filters.bank()
    qtbot.mouseClick(panel.start, LEFT)
    assert panel.start.text() == "Pause"
    qtbot.waitUntil(lambda: panel.session.state == "finished", timeout=20_000)
    assert panel.progress.value() == panel.progress.maximum() == 4 * 6
    assert panel.text.text().startswith("Epoch 4.0 of 4   loss ")
    assert "% of 12 test images right" in panel.test._text.text()
    learnt = panel.filters.bank()
    assert first is not None
    assert learnt is not None
    assert np.abs(learnt.weights - first.weights).max() > 0.01
    panel.filters.slider.setValue(0)
    assert panel.filters.bank() == first
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
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000) as told:
        qtbot.mouseClick(panel.batch, LEFT)
    assert told.args[0].batch == 1
    ready(panel, qtbot)
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    assert panel.progress.value() == 6
    panel.settings.epochs.setValue(500)
    qtbot.mouseClick(panel.reset, LEFT)
    ready(panel, qtbot)
    assert panel.progress.value() == 0
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000):
        qtbot.mouseClick(panel.start, LEFT)
    qtbot.mouseClick(panel.start, LEFT)
    ready(panel, qtbot)
    assert 0 < panel.progress.value() < panel.progress.maximum()
    assert panel.start.text() == "Start"


def test_one_update_adds_up_and_is_the_step_that_is_taken(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.rate.setText("0.1")
    panel.prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(panel.session.explained, timeout=10_000):
        panel.tabs.setCurrentIndex(UPDATE_PAGE)
    with qtbot.waitSignal(panel.session.explained, timeout=10_000) as told:
        panel.update_page.boxes[1].setValue(3)
    update = told.args[0]
    assert update.index == (2, 0, 0, 0)
    assert "w − η·g" in panel.update_page._text.text()
    assert "p − y" in panel.update_page._softmax.text()
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000) as stepped:
        qtbot.mouseClick(panel.update_page.step, LEFT)
    after = stepped.args[0].now.weights[0][update.index]
    assert after == pytest.approx(update.step.new_weight, abs=1e-7)
    ready(panel, qtbot)


def test_hand_made_filters_are_the_start_and_frozen_ones_stay(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    edges = FilterBank.from_arrays(np.random.default_rng(0).standard_normal((3, 1, 4, 4)), names=["a", "b", "c"])
    window.document.apply("Edges", with_bank(window.document.project, edges))
    settle(qtbot, window)
    panel.settings.start_from_explorer()
    panel.settings.frozen.setText("1, 3")
    panel.prepare()
    ready(panel, qtbot)
    assert panel.filters.bank() == edges
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    learnt = panel.filters.bank()
    assert learnt is not None
    assert (learnt[0], learnt[2]) == (edges[0], edges[2])
    assert learnt[1] != edges[1]


@pytest.mark.parametrize(("field", "text"), [("rate", "fast"), ("rate", "-1"), ("decay", "x"), ("frozen", "one")])
def test_a_setting_that_makes_no_sense_is_one_line(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, field: str, text: str
) -> None:
    getattr(panel.settings, field).setText(text)
    qtbot.mouseClick(panel.reset, LEFT)
    assert window.message.isVisible()


def test_a_run_that_diverges_says_so(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.rate.setText("100000")
    panel.prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(panel.session.failed, timeout=10_000) as told:
        qtbot.mouseClick(panel.start, LEFT)
    assert "the learning rate 100000 is too high" in str(told.args[0])
    ready(panel, qtbot)
    assert window.message.isVisible()


def test_a_window_closes_while_it_trains(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.epochs.setValue(1000)
    panel.prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000):
        qtbot.mouseClick(panel.start, LEFT)
    assert window.close()


def test_a_step_tells_what_it_made_of_its_own_batch(panel: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000) as told:
        qtbot.mouseClick(panel.batch, LEFT)
    frame = told.args[0]
    assert frame.same < frame.batches[-1].loss
    assert panel.update_page._effect.text().startswith("The last step took the loss of its batch from")


def test_filters_edited_in_the_explorer_go_back_into_the_run(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    qtbot.mouseClick(panel.filters.take, LEFT)
    settle(qtbot, window)
    window.document.apply("Edit", with_filter(window.document.project, 0, weights=np.eye(5)))
    settle(qtbot, window)
    with qtbot.waitSignal(panel.session.progressed, timeout=10_000):
        qtbot.mouseClick(panel.filters.give, LEFT)
    bank = panel.filters.bank()
    assert bank is not None
    np.testing.assert_array_equal(bank[0].weights[0], np.eye(5))
    qtbot.mouseClick(panel.batch, LEFT)
    ready(panel, qtbot)


def test_drawing_is_answered(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(UPDATE_PAGE + 1)
    page = panel.predict_page
    with qtbot.waitSignal(panel.session.predicted, timeout=10_000) as told:
        qtbot.mousePress(page.pad, LEFT, pos=QPoint(30, 80))
        qtbot.mouseMove(page.pad, QPoint(140, 80))
        qtbot.mouseRelease(page.pad, LEFT, pos=QPoint(140, 80))
    answer = told.args[0]
    assert answer.image[0, 15, 15] == 1
    assert answer.image[0, 2, 15] == 0
    assert sorted(text for _, text in page.bars.rows) == ["lying", "standing"]
    assert sum(share for share, _ in page.bars.rows) == pytest.approx(1, abs=1e-6)
    with qtbot.waitSignal(panel.session.predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.picture, LEFT)
    assert told.args[0].image.shape == (1, 32, 32)
    with qtbot.waitSignal(panel.session.predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.sample, LEFT)
    assert panel.session.dataset is not None
    np.testing.assert_array_equal(told.args[0].image, panel.session.dataset.test.batch(slice(0, 1))[0][0])


def test_live_filters_are_on_the_picture_and_one_step_of_undo(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    before, steps = window.document.project, window.document.undo_stack.count()
    panel.filters.live.setChecked(True)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.session.state == "finished", timeout=20_000)
    assert window.document.project.bank == panel.filters.bank()
    assert window.document.undo_stack.count() == steps + 1
    settle(qtbot, window)
    window.actions_by_key["undo"].trigger()
    assert window.document.project == before
    settle(qtbot, window)


def test_the_timeline_is_saved_as_an_animation(panel: TrainingPanel, qtbot: QtBot, tmp_path, monkeypatch) -> None:
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "t.gif"), ""))
    with qtbot.waitSignal(panel.session.exported, timeout=10_000):
        qtbot.mouseClick(panel.filters.export, LEFT)
    with PILImage.open(tmp_path / "t.gif") as picture:
        assert picture.n_frames == len(panel.filters.timeline)


def test_the_timeline_is_scrubbed_and_played(panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    last = panel.filters.slider.maximum()
    qtbot.keyClick(panel.filters.slider, Qt.Key.Key_Home)
    assert panel.filters.snapshot is not None
    assert panel.filters.snapshot.batch == 0
    qtbot.mouseClick(panel.filters._play, LEFT)
    qtbot.waitUntil(
        lambda: panel.filters.slider.value() == last and not panel.filters._timer.isActive(), timeout=10_000
    )


def test_all_learnt_layers_go_into_the_explorer_and_back(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.epoch, LEFT)
    ready(panel, qtbot)
    before = window.document.project
    qtbot.mouseClick(panel.filters.take_all, LEFT)
    settle(qtbot, window)
    project = window.document.project
    assert [type(one).__name__ for one in project.layers] == ["ConvLayer", "PoolLayer", "ConvLayer", "PoolLayer"]
    assert project.bank == panel.filters.bank()
    panel.settings.start_from_explorer()
    panel.prepare()
    ready(panel, qtbot)
    assert panel.filters.bank() == project.bank
    window.actions_by_key["undo"].trigger()
    assert window.document.project == before
    settle(qtbot, window)
