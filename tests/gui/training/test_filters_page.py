"""The learning filters, their timeline, and their ways to and from the explorer, driven with real events."""

from __future__ import annotations

import numpy as np
from PIL import Image as PILImage
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.project.project import with_bank, with_filter
from convexplorer.gui.training.panel import TrainingPanel
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.training_wing import LEFT, presenter_of, ready, session_of, shown
from tests.helpers.whole_window import settle


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
    assert project.shown_index == 2
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
