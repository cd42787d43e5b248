"""The Training panel as a person uses it, driven with real events."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from convexplorer.core.learn.one_update import Step
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.project import with_bank, with_filter
from convexplorer.core.model.training.run import Curves
from convexplorer.core.model.training.settings import Rule
from convexplorer.gui.training.curves import TrainingCurves
from convexplorer.gui.training.panel import DATA_PAGE, PREDICT_PAGE, UPDATE_PAGE, TrainingPanel
from convexplorer.gui.training.update_text import step_lines
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.datasets.formats.folders import middle_part
from tests.helpers.training_wing import LEFT, drop, opened, presenter_of, ready, session_of, shown
from tests.helpers.whole_window import settle


def test_nothing_of_training_is_there_until_it_is_asked_for(window: MainWindow) -> None:
    assert window.training.isHidden()
    assert window.training.panel is None


def test_the_built_in_shapes_are_ready_when_the_panel_opens(window: MainWindow, qtbot: QtBot) -> None:
    panel = opened(window, qtbot)
    assert panel.isVisible()
    ready(panel, qtbot)
    assert session_of(panel).dataset is not None
    assert session_of(panel).dataset.name == "Shapes and edges"


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


def printed_terms(lines: list[tuple[str, str, str]]) -> list[Decimal]:
    """The numbers of an addition; ≈ stands before the last where the others do not give it."""
    numbers = [Decimal(product.removeprefix("≈ ").replace("−", "-")) for _, _, product in lines]
    assert (sum(numbers[:-1]) == numbers[-1]) == (not lines[-1][2].startswith("≈ "))
    return numbers


def test_one_update_adds_up_and_is_the_step_that_is_taken(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.rate.setText("0.1")
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000):
        panel.tabs.setCurrentIndex(UPDATE_PAGE)
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000) as told:
        panel.update_page.choice.boxes[0].setValue(3)
    update = told.args[0]
    assert update.index == (2, 0, 0, 0)
    assert "w − η·g" in panel.update_page._text.text()
    assert "p − y" in panel.update_page._softmax.text()
    products = printed_terms(panel.update_page.terms.lines)
    assert float(products[-1]) == pytest.approx(update.gradient, rel=1e-5)
    rest = update.gradient - sum(term.product for term in update.terms[: len(products) - 2])
    assert float(products[-2]) == pytest.approx(rest, abs=1e-5 * float(max(map(abs, products))))
    for _, how, product in panel.update_page.terms.lines[:-2]:
        value, error = (float(one.replace("−", "-")) for one in how.split(" · "))
        assert value * error == pytest.approx(float(product.replace("−", "-")), abs=1e-5 * abs(update.gradient))
    picker = panel.update_page.choice.picker
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000) as told:
        qtbot.mouseClick(picker, LEFT, pos=picker.cell(2, 3).center().toPoint())
    update = told.args[0]
    assert update.index == (2, 0, 2, 3)
    assert update.plane[2, 3] == pytest.approx(update.step.weight)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000) as stepped:
        qtbot.mouseClick(panel.update_page.step, LEFT)
    assert "as worked out" in panel.update_page._effect.text()
    after = stepped.args[0].now.weights[0][update.index]
    assert after == pytest.approx(update.step.new_weight, abs=1e-7)
    ready(panel, qtbot)


def test_dense_weights_and_biases_are_explained_too(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.method.setCurrentIndex(0)
    panel.settings.decay.setText("0.01")
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    page = panel.update_page
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000):
        panel.tabs.setCurrentIndex(UPDATE_PAGE)
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000) as told:
        page.choice.layer.setCurrentIndex(page.choice.layer.count() - 1)
    assert page.choice.layer.currentText() == "Dense"
    update = told.args[0]
    assert update.dense
    assert "logit of “lying”: its δ is (p − y)" in page._gradient.text()
    assert "g + λ·w" in page._text.text()
    page.grab()
    with qtbot.waitSignal(session_of(panel).explained, timeout=10_000) as told:
        qtbot.mouseClick(page.choice.bias, LEFT, pos=QPoint(8, page.choice.bias.height() // 2))
    update = told.args[0]
    assert update.index == (0,)
    assert "A bias meets the input 1" in page._gradient.text()
    assert "λ" not in page._text.text(), "weight decay leaves a bias alone"
    printed_terms(page.terms.lines)
    page.grab()
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000) as stepped:
        qtbot.mouseClick(page.step, LEFT)
    assert "as worked out" in page._effect.text()
    assert stepped.args[0].now.biases[update.layer][0] == pytest.approx(update.step.new_weight, abs=1e-7)
    ready(panel, qtbot)
    page.choice.layer.setCurrentIndex(0)  # The page asks by itself too: the network has changed.
    qtbot.waitUntil(lambda: page._shown is not None and page._shown.layer == 0, timeout=10_000)
    assert page._shown is not None
    assert page._shown.index == (0,)
    assert page._shown.by_node.size > 1
    qtbot.mouseClick(page.choice.picker, LEFT, pos=page.choice.picker.cell(1, 2).center().toPoint())
    qtbot.waitUntil(lambda: page._shown is not None and len(page._shown.index) == 4, timeout=10_000)
    assert page._shown.index == (0, 0, 1, 2), "a click chooses a weight again"


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


def test_hand_made_filters_are_the_start_and_frozen_ones_stay(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    edges = FilterBank.from_arrays(np.random.default_rng(0).standard_normal((3, 1, 4, 4)), names=["a", "b", "c"])
    window.document.apply("Edges", with_bank(window.document.project, edges))
    settle(qtbot, window)
    panel.settings.start_from_explorer()
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    assert shown(panel) == edges
    tiles = panel.filters.layer.tiles
    for number in (0, 2):
        with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
            qtbot.mouseClick(tiles, LEFT, pos=tiles.lock_place(number).center())
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    learnt = shown(panel)
    assert (learnt[0], learnt[2]) == (edges[0], edges[2])
    assert learnt[1] != edges[1]


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


def test_a_window_closes_while_it_trains(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.settings.epochs.setValue(1000)
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.controls.start, LEFT)
    assert window.close()


def test_a_step_tells_what_it_made_of_its_own_batch(panel: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000) as told:
        qtbot.mouseClick(panel.controls.batch, LEFT)
    frame = told.args[0]
    assert frame.same < frame.loss
    assert panel.update_page._effect.text().startswith("That step took the loss of its batch from")


def test_filters_edited_in_the_explorer_go_back_into_the_run(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    qtbot.mouseClick(panel.filters.take, LEFT)
    settle(qtbot, window)
    window.document.apply("Edit", with_filter(window.document.project, 0, weights=np.eye(5)))
    settle(qtbot, window)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.filters.give, LEFT)
    bank = shown(panel)
    np.testing.assert_array_equal(bank[0].weights[0], np.eye(5))
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)


def test_the_gallery_shows_images_of_every_class(panel: TrainingPanel) -> None:
    panel.tabs.setCurrentIndex(DATA_PAGE)
    titles = [tile.text for tile in panel.gallery.tiles.tiles if tile.image is None]
    assert titles == ["lying", "standing"]
    assert len(panel.gallery.tiles.tiles) == 2 + 2 * 18


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


def test_live_filters_are_on_the_picture_and_one_step_of_undo(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    before, steps = window.document.project, window.document.undo_stack.count()
    panel.filters.live.setChecked(True)
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    assert window.document.project.bank == shown(panel)
    assert window.document.undo_stack.count() == steps + 1
    settle(qtbot, window)
    window.actions_by_key["undo"].trigger()
    assert window.document.project == before
    settle(qtbot, window)


def test_the_timeline_is_saved_as_an_animation(panel: TrainingPanel, qtbot: QtBot, tmp_path, monkeypatch) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "t.gif"), ""))
    with qtbot.waitSignal(session_of(panel).exported, timeout=10_000):
        qtbot.mouseClick(panel.filters.export, LEFT)
    with PILImage.open(tmp_path / "t.gif") as picture:
        assert picture.n_frames == len(panel.filters.timeline)


def test_the_timeline_is_scrubbed_and_played(panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
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
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    before = window.document.project
    qtbot.mouseClick(panel.filters.take_all, LEFT)
    settle(qtbot, window)
    project = window.document.project
    assert [type(one).__name__ for one in project.layers] == ["ConvLayer", "PoolLayer", "ConvLayer", "PoolLayer"]
    assert project.bank == shown(panel)
    panel.settings.start_from_explorer()
    presenter_of(panel).prepare()
    ready(panel, qtbot)
    assert shown(panel) == project.bank
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    assert window.document.project == project
    window.actions_by_key["undo"].trigger()
    assert window.document.project == before
    settle(qtbot, window)


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


def test_a_layer_is_chosen_its_planes_seen_and_frozen_with_the_keyboard(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    view = panel.filters.layer
    assert [view.layer.itemText(at) for at in range(3)] == [
        "Conv 1 · 8 filters 5×5×1",
        "Conv 2 · 16 filters 5×5×8",
        "Dense · 2 units, over 16 maps 5×5",
    ]
    assert not view.planes.isVisible()
    view.layer.setCurrentIndex(1)
    assert len(view.tiles.tiles) == 16
    view.tiles.setFocus()
    qtbot.keyClick(view.tiles, Qt.Key.Key_Right)
    qtbot.keyClick(view.tiles, Qt.Key.Key_Right)
    assert len(view.planes.tiles) == 8
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.keyClick(view.tiles, Qt.Key.Key_L)
    assert window.document.project.training.frozen == (frozenset(), frozenset({1}))
    view.layer.setCurrentIndex(2)
    assert [one.text for one in view.tiles.tiles] == ["lying", "standing"]
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(view.lock, LEFT, pos=QPoint(8, view.lock.height() // 2))
    assert window.document.project.training.frozen[2] == {0, 1}
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(view.lock, LEFT, pos=QPoint(8, view.lock.height() // 2))
    assert not window.document.project.training.frozen[2]
    assert window.document.undo_stack.undoText() == "Let filters learn"


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


def test_a_deeper_layer_goes_into_the_explorer_with_those_before_it(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.controls.batch, LEFT)
    ready(panel, qtbot)
    panel.filters.layer.layer.setCurrentIndex(1)
    qtbot.mouseClick(panel.filters.take, LEFT)
    settle(qtbot, window)
    project = window.document.project
    assert [type(one).__name__ for one in project.layers] == ["ConvLayer", "PoolLayer", "ConvLayer"]
    assert project.current == 2
    window.document.apply("Edit", with_filter(project, 3, weights=np.ones((8, 5, 5))))
    settle(qtbot, window)
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000):
        qtbot.mouseClick(panel.filters.give, LEFT)
    assert window.document.undo_stack.undoText() == "Take filters into the training"
    moment = panel.filters.snapshot
    assert moment is not None
    np.testing.assert_array_equal(moment.weights[1][3], np.ones((8, 5, 5)))


def test_training_starts_from_the_explorers_layers_at_the_press_of_a_button(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.filters.start, LEFT)
    ready(panel, qtbot)
    assert shown(panel) == window.document.project.bank
    assert "The explorer's filters to begin with" in panel.filters._caption.text()


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
