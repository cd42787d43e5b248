"""The run between document and panel: its images shown again, data chosen again, live filters, doubtful answers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from convexplorer.core.project.project import with_filter, with_image, with_preparation
from convexplorer.gui.training.panel import PREDICT_PAGE, TrainingPanel
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.images.load import load_image
from convexplorer.resources import resource
from tests.helpers.training_wing import LEFT, drop, opened, presenter_of, ready, session_of, shown
from tests.helpers.whole_window import settle


def reopened(window: MainWindow, panel: TrainingPanel, qtbot: QtBot, path: Path) -> None:
    """Train for an epoch, save, and open what was saved."""
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    window.keeper._write(path, None)
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=20_000)
    window.keeper.open(path)
    qtbot.waitUntil(lambda: session_of(panel).state == "watching", timeout=20_000)


def answer_folder(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def test_a_run_on_own_pictures_says_after_reopening_what_is_missing(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, tmp_path
) -> None:
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    assert panel.controls.text.text().startswith("Epoch 1.0 of 4")
    assert panel.controls.data.currentText() == "bars"
    assert "does not keep the images that “bars” learnt from" in panel.controls.note.text()
    assert panel.controls.find_folder.isVisible()
    assert panel.controls.find_file.isVisible()
    assert not panel.controls.start.isEnabled()
    assert window.message.text == "Saved to run.cvx", "no error: it is said where it can be mended"


def test_a_network_without_its_images_is_asked(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, tmp_path
) -> None:
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    page = panel.predict_page
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as before:
        qtbot.mouseClick(page.sample, LEFT)
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    assert not page.sample.isEnabled()
    assert "Pause" not in page._answer.text()
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.picture, LEFT)
    assert told.args[0].unlike is None
    assert sorted(text for _, text in page.bars.rows) == ["lying", "standing"]
    session_of(panel).predict(before.args[0].image)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as again:
        pass
    assert again.args[0].prediction.probabilities.shape == (2,)


def test_a_watched_run_outlives_a_reset_and_data_that_cannot_be_read(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, tmp_path, monkeypatch
) -> None:
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    kept = window.document.project
    qtbot.mouseClick(panel.controls.reset, LEFT)
    assert window.message.text.endswith("choose a data set first")
    assert session_of(panel).state == "watching"
    (tmp_path / "empty").mkdir()
    answer_folder(monkeypatch, tmp_path / "empty")
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000):
        panel.controls.data.activated.emit(panel.controls.data.findData("@folder"))
    qtbot.waitUntil(lambda: session_of(panel).state == "watching", timeout=10_000)
    assert panel.controls.find_folder.isVisible()
    assert panel.controls.text.text().startswith("Epoch 1.0 of 4")
    assert window.document.project is kept


def test_images_that_are_shown_again_let_the_run_go_on_to_the_same_bits(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, data, tmp_path, monkeypatch
) -> None:
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    kept = window.document.project
    answer_folder(monkeypatch, data.rename(data.with_name("moved")))
    qtbot.mouseClick(panel.controls.find_folder, LEFT)
    ready(panel, qtbot)
    assert not panel.controls.find_folder.isVisible()
    assert not panel.controls.note.isVisible()
    assert window.document.project == kept, "showing images changes nothing of the work"
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    learnt = shown(panel)
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    assert panel.controls.progress.value() == 6
    qtbot.mouseClick(panel.controls.start, LEFT)
    qtbot.waitUntil(lambda: session_of(panel).state == "finished", timeout=20_000)
    assert shown(panel) == learnt


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda folder: shutil.copytree(folder / "lying", folder / "third"),
            "learnt 2 classes, not 3; third is",
        ),
        (lambda folder: (folder / "lying" / "0.png").unlink(), "47 to train on and 12 to test on, not 48 and 12"),
    ],
)
def test_other_images_are_refused_and_the_run_stays(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, data, tmp_path, monkeypatch, change, said
) -> None:
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    kept = window.document.project
    change(data)
    answer_folder(monkeypatch, data)
    with qtbot.waitSignal(session_of(panel).failed, timeout=10_000) as told:
        qtbot.mouseClick(panel.controls.find_folder, LEFT)
    assert said in str(told.args[0])
    assert said in panel.controls.note.text()
    assert panel.controls.find_folder.isVisible()
    assert session_of(panel).state == "watching"
    assert window.document.project is kept


def test_images_of_which_one_was_changed_go_on_and_that_is_said(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, data, tmp_path, monkeypatch
) -> None:
    reopened(window, panel, qtbot, tmp_path / "run.cvx")
    PILImage.new("L", (32, 32), 255).save(data / "lying" / "0.png")
    answer_folder(monkeypatch, data)
    qtbot.mouseClick(panel.controls.find_folder, LEFT)
    ready(panel, qtbot)
    assert "but not the same" in window.message.text


def test_a_folder_that_is_gone_leaves_a_run_to_be_watched(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, data
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    session_of(panel)._made = None  # As in another start of the program.
    data.rename(data.with_name("gone"))
    window.actions_by_key["undo"].trigger()
    qtbot.waitUntil(lambda: session_of(panel).state == "watching", timeout=10_000)
    assert panel.controls.note.text().startswith("bars does not exist")
    assert panel.controls.find_folder.isVisible()


def test_the_same_images_chosen_again_change_nothing(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot, data
) -> None:
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    before, count = window.document.project, window.document.undo_stack.count()
    for choice in (panel.controls.data.findText("bars"), panel.controls.data.findData("@folder")):
        panel.controls.data.setCurrentIndex(choice)
        panel.controls.data.activated.emit(choice)
        assert session_of(panel).state == "ready"
        assert panel.controls.data.currentText() == "bars"
        assert window.message.text.startswith("These images are trained on already.")
    assert window.document.project is before
    assert window.document.undo_stack.count() == count


def test_live_filters_leave_the_picture_when_they_are_unticked(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    colour = with_preparation(window.document.project, replace(window.document.project.preparation, grey=False))
    window.document.apply("Colour", with_filter(colour, 0, weights=np.ones((3, 4, 4))))
    settle(qtbot, window)
    before = window.document.project
    qtbot.mouseClick(panel.filters.live, LEFT)
    assert window.message.text.startswith("While it trains, its 8 filters stand in Conv 1 in the place of yours")
    assert "in grey" in window.message.text
    assert window.document.project is before
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    assert window.document.project.bank == shown(panel)
    assert window.document.project.preparation.grey
    run = window.document.project.training
    qtbot.mouseClick(panel.filters.live, LEFT)
    settle(qtbot, window)
    assert window.document.project == replace(before, training=run)
    assert window.document.undo_stack.undoText() == "Take learning filters off the picture"
    window.actions_by_key["undo"].trigger()
    assert window.document.project.bank == shown(panel)
    settle(qtbot, window)


def test_unticking_live_changes_nothing_where_nothing_was_laid_over(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    count = window.document.undo_stack.count()
    qtbot.mouseClick(panel.filters.live, LEFT)
    qtbot.mouseClick(panel.filters.live, LEFT)
    assert window.document.undo_stack.count() == count
    qtbot.mouseClick(panel.filters.live, LEFT)
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    window.actions_by_key["undo"].trigger()
    ready(panel, qtbot)
    undone = window.document.project
    qtbot.mouseClick(panel.filters.live, LEFT)
    assert window.document.project is undone
    settle(qtbot, window)


def test_filters_that_were_taken_stay_when_live_is_unticked(
    window: MainWindow, panel: TrainingPanel, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.filters.live, LEFT)
    qtbot.mouseClick(panel.controls.epoch, LEFT)
    ready(panel, qtbot)
    qtbot.mouseClick(panel.filters.take, LEFT)
    taken = window.document.project
    qtbot.mouseClick(panel.filters.live, LEFT)
    assert window.document.project is taken
    settle(qtbot, window)


def test_a_photograph_is_cropped_and_doubted(window: MainWindow, qtbot: QtBot) -> None:
    panel = opened(window, qtbot)
    ready(panel, qtbot)
    panel.controls.data.setCurrentIndex(panel.controls.data.findData("digits"))
    with qtbot.waitSignal(session_of(panel).prepared, timeout=30_000):
        panel.controls.data.activated.emit(panel.controls.data.currentIndex())
    photo = load_image(resource("photographs", "motorcycle_left.png"))
    window.document.apply("Photo", with_image(window.document.project, photo))
    settle(qtbot, window)
    page = panel.predict_page
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=20_000) as told:
        qtbot.mouseClick(page.picture, LEFT)
    middle = PILImage.open(resource("photographs", "motorcycle_left.png")).convert("L")
    side, left = middle.height, (middle.width - middle.height) / 2
    assert middle.width > side
    cropped = middle.resize((28, 28), PILImage.Resampling.BICUBIC, (left, 0, left + side, side))
    np.testing.assert_allclose(told.args[0].image[0], np.asarray(cropped) / 255, atol=0.03)
    assert told.args[0].unlike
    assert page._doubt.isVisible()
    assert page._doubt.text().startswith("Perhaps none of its 10 classes is right: this looks unlike the images")
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.sample, LEFT)
    assert not told.args[0].unlike
    assert "unlike" not in page._doubt.text()


def test_an_unsure_answer_says_so(window: MainWindow, panel: TrainingPanel, qtbot: QtBot) -> None:
    page = panel.predict_page
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        qtbot.mouseClick(page.sample, LEFT)
    predicted = told.args[0]
    for most, unsure in ((0.4, True), (0.9, False)):
        prediction = replace(predicted.prediction, probabilities=np.array([most, 1 - most - 0.3]))
        page.show_answer(replace(predicted, prediction=prediction, unlike=False))
        assert page._doubt.isVisible() == unsure
        assert ("It is not sure: even the most probable class has only 40 %." in page._doubt.text()) == unsure


def test_a_picture_for_images_that_are_no_squares_keeps_its_shape(window: MainWindow, qtbot: QtBot, tmp_path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (24, 16, 24), dtype=np.uint8)
    np.savez(tmp_path / "wide.npz", x=images, y=np.arange(24) % 2)
    panel = opened(window, qtbot)
    ready(panel, qtbot)
    with qtbot.waitSignal(session_of(panel).prepared, timeout=20_000):
        presenter_of(panel).choose_data(str(tmp_path / "wide.npz"))
    pixels = np.zeros((90, 90), np.uint8)
    pixels[15:75] = 255  # As high as the part that is looked at.
    PILImage.fromarray(pixels).save(tmp_path / "band.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "band.png"))])
    panel.tabs.setCurrentIndex(PREDICT_PAGE)
    with qtbot.waitSignal(session_of(panel).predicted, timeout=10_000) as told:
        drop(panel.predict_page, data)
    assert told.args[0].image.shape == (1, 16, 24)
    assert told.args[0].image[0, 2:-2].min() > 0.95
