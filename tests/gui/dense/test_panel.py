"""Dense or convolutional: numbers, drawn connections and the shift test follow the layer that is looked at."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTabWidget, QToolButton
from pytestqt.qtbot import QtBot

from convexplorer.core.explain import dense_comparison
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.project.project import with_bank, with_image
from convexplorer.errors import CancelledError
from convexplorer.gui.dense import shift_jobs
from convexplorer.gui.dense.counts import CompareCounts
from convexplorer.gui.dense.layout import Layout, Part
from convexplorer.gui.dense.panel import SHIFT_PAGE, ComparePanel
from convexplorer.gui.kit import theme
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.whole_window import settle


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> ComparePanel:
    window.actions_by_key["compareDense"].trigger()
    found = window.layer_docks.compare.widget()
    assert isinstance(found, ComparePanel)
    qtbot.waitUntil(found.isVisible)
    rest(qtbot, window)
    return found


def rest(qtbot: QtBot, window: MainWindow) -> None:
    settle(qtbot, window)
    presenter = window.layer_docks.compare_presenter
    assert presenter is not None
    qtbot.waitUntil(lambda: not presenter.busy, timeout=10_000)


def show_shift_test(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    """By a click on the tab."""
    tabs = panel.findChild(QTabWidget, "compareTabs")
    place = tabs.tabBar().tabRect(SHIFT_PAGE).center()
    qtbot.mouseClick(tabs.tabBar(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(place))
    rest(qtbot, window)


def text(panel: ComparePanel, name: str) -> str:
    return panel.counts.texts[name].text().replace("\u00a0", " ")


def made_by(panel: ComparePanel, window: MainWindow, qtbot: QtBot, change) -> shift_jobs.ShiftShown:
    """What a change makes of the test."""
    presenter = window.layer_docks.compare_presenter
    with qtbot.waitSignal(presenter.session.made, timeout=10_000) as caught:
        change()
    rest(qtbot, window)
    return caught.args[0]


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_it_is_hidden_until_its_key_is_pressed(window: MainWindow, qtbot: QtBot) -> None:
    assert window.layer_docks.compare.widget() is None
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(window.layer_docks.compare.isVisible)
    rest(qtbot, window)


def test_the_arithmetic_is_written_out_and_follows_the_layer(
    panel: ComparePanel, window: MainWindow, qtbot: QtBot
) -> None:
    assert panel.title.text() == "Conv 1 · Filter 1"
    assert "4 × (1×4×4 + 1) = <b>68</b>" in text(panel, "parameters-layer")
    assert "4×57×87 × (1×60×90 + 1) = <b>107,134,236</b>" in text(panel, "parameters-dense")
    assert "4×57×87 × (1×4×4 + 1) = <b>337,212</b>" in text(panel, "connections-layer")
    assert "1.58 million times as many" in panel.counts.ratio.text()
    assert "429 MB" in panel.counts.ratio.text()
    window.layer_settings.stride.setValue(3)
    rest(qtbot, window)
    assert "4×19×29 × (1×60×90 + 1) = <b>11,903,804</b>" in text(panel, "connections-dense")
    window.actions_by_key["rgb"].trigger()
    rest(qtbot, window)
    assert "4 × (3×4×4 + 1) = <b>196</b>" in text(panel, "parameters-layer")
    window.actions_by_key["addConvolution"].trigger()
    rest(qtbot, window)
    assert "8 × (4×3×3 + 1) = <b>296</b>" in text(panel, "parameters-layer")
    assert panel.title.text().startswith("Conv 2 · ")


def test_bars_are_to_scale(panel: ComparePanel) -> None:
    """A hundred million beside 68 is a full bar beside a hairline."""
    bars = panel.counts.bars
    assert bars["parameters-dense"].share() == bars["connections-dense"].share() == 1
    assert bars["parameters-layer"].share() == pytest.approx(68 / bars["parameters-dense"].value)
    bar = bars["parameters-layer"]
    image = bar.grab().toImage()
    tones = [image.pixelColor(x, image.height() // 2) for x in (0, 3, image.width() - 4)]
    assert tones[0] != tones[1] == tones[2]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (7, "7"),
        (8.25, "8.25"),
        (63_062_299, "63.1 million"),
        (12_345, "12,345"),
        (4.29e9, "4.29 billion"),
        (2e16, "20 quadrillion"),
    ],
)
def test_large_numbers_in_words(qtbot: QtBot, value: float, words: str) -> None:
    counts = CompareCounts()
    qtbot.addWidget(counts)
    assert counts.in_words(value) == words


def test_a_pooling_is_compared_too(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["addMaxPooling"].trigger()
    rest(qtbot, window)
    assert "<b>0</b>" in text(panel, "parameters-layer")
    assert "4×28×43 × 2×2 = <b>19,264</b>" in text(panel, "connections-layer")
    assert "nothing to learn" in panel.counts.ratio.text()
    assert "no weights" in panel.shared_text.text()
    show_shift_test(panel, window, qtbot)
    made = made_by(panel, window, qtbot, lambda: panel.shift.right.setValue(4))
    assert made.maps.exact
    assert made.maps.steps == (0, 2)


def test_what_cannot_be_compared_is_said(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    bank = window.document.project.bank
    window.document.apply("Empty", with_bank(window.document.project, bank.subset([])))
    rest(qtbot, window)
    assert "Add a filter" in panel._problem.text()
    assert panel._problem.isVisible()
    window.actions_by_key["undo"].trigger()
    rest(qtbot, window)
    assert not panel._problem.isVisible()
    tiny = Image(np.zeros((2, 2, 1), np.uint8))
    window.document.apply("Tiny", with_image(window.document.project, tiny))
    qtbot.waitUntil(lambda: "does not fit" in panel._problem.text())


# --- connections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_part_that_is_drawn_is_laid_like_the_layer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    stride, dilation = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    geometry = Geometry.of((40, 50), kernel, stride=stride, dilation=dilation)
    part = Part.of(geometry, int(rng.integers(1, 9)))
    assert 1 <= part.planes <= 3
    for row in range(part.nodes[0]):
        for column in range(part.nodes[1]):
            window = part.window((row, column))
            top, left = geometry.origin(row, column)
            assert {place[1:] for place in window} == {
                (top + i * dilation, left + j * dilation) for i in range(kernel[0]) for j in range(kernel[1])
            }
            assert all(place[1] < part.inputs[0] and place[2] < part.inputs[1] for place in window)
    # No row or column is drawn that no node could see.
    assert part.window((part.nodes[0] - 1, part.nodes[1] - 1))[-1][1:] == (part.inputs[0] - 1, part.inputs[1] - 1)
    assert part.partner((0, 0)) == (part.nodes[0] - 1, part.nodes[1] - 1)


def test_places_of_nodes_are_found_again() -> None:
    part = Part.of(Geometry.of((40, 50), (3, 3)), 3)
    layout = Layout(part, QRectF(0, 0, 368, 160))
    for row in range(part.nodes[0]):
        for column in range(part.nodes[1]):
            assert layout.node_at(layout.end((row, column))) == (row, column)
    assert layout.node_at(QPointF(5, 5)) is None
    area = layout.map().mapRect(QRectF(0, 0, part.nodes[1], part.nodes[0]))
    assert QRectF(0, 0, 368, 160).contains(area)


def test_shared_weights_have_the_same_colours_at_every_node(
    panel: ComparePanel, window: MainWindow, qtbot: QtBot
) -> None:
    first, here = panel.shared.lines((0, 0))
    other, there = panel.shared.lines((3, 2))
    np.testing.assert_array_equal(here, there)
    assert len(first) == len(other) == 16
    assert first != other
    assert len(set(here.tolist())) == 2
    first, here = panel.dense.lines((0, 0))
    other, there = panel.dense.lines((3, 2))
    assert first == other
    assert len(first) == 81
    assert (here != there).mean() > 0.9
    _, here = panel.shared.lines((0, 0))
    window.filters.commands.run("negate")
    rest(qtbot, window)
    assert panel.shared.lines((0, 0))[1].tolist() == here[::-1].tolist()


def test_the_mouse_and_arrow_keys_choose_the_node_of_both(panel: ComparePanel, qtbot: QtBot) -> None:
    layout = panel.shared.layout_of()
    assert layout is not None
    qtbot.mouseMove(panel.shared, layout.end((2, 3)).toPoint())
    qtbot.waitUntil(lambda: panel.shared.node == panel.dense.node == (2, 3))
    panel.dense.setFocus()
    qtbot.keyClick(panel.dense, Qt.Key.Key_Down)
    qtbot.keyClick(panel.dense, Qt.Key.Key_Left)
    assert panel.shared.node == panel.dense.node == (3, 2)
    for _ in range(20):
        qtbot.keyClick(panel.dense, Qt.Key.Key_Right)
    assert panel.shared.node == (3, 5)
    assert "row 3, column 5" in panel.shared.accessibleName()


def painted(widget) -> QImage:
    return widget.grab().toImage()


def test_the_lines_are_painted_in_the_colours_of_the_weights(panel: ComparePanel) -> None:
    for view, least in ((panel.shared, 2), (panel.dense, 30)):
        image = painted(view).convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
        found = set(np.unique(pixels & 0xFFF8F8F8).tolist())
        wanted = set((view.lines(view.node)[1] & 0xFFF8F8F8).tolist())
        assert len(wanted & found) >= min(least, len(wanted))


@pytest.mark.parametrize("size", [1, 7, 31])
def test_kernels_of_any_size_are_drawn(panel: ComparePanel, window: MainWindow, qtbot: QtBot, size: int) -> None:
    window.document.apply(
        "Resize", with_bank(window.document.project, window.document.project.bank.with_size(size, size))
    )
    rest(qtbot, window)
    for view in (panel.shared, panel.dense):
        assert not painted(view).isNull()


# --- the shift test --------------------------------------------------------------------------------------------------


def test_the_map_moves_with_the_image(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    show_shift_test(panel, window, qtbot)
    assert panel.shift.shift == (0, 10)  # A part of the width, so that it is seen.
    made = made_by(panel, window, qtbot, lambda: panel.shift.down.setValue(5))
    assert made.job.shift == (5, 10)
    cell = window.maps.grid.cells[0]
    assert cell.picture is not None
    np.testing.assert_allclose(made.maps.before, cell.picture.tile.values, atol=1e-5)
    np.testing.assert_allclose(made.maps.after[5:, 10:], made.maps.before[:-5, :-10], atol=1e-5)
    told = panel.shift.maps_text.text()
    assert "5 down + 10 right" in told
    assert "<b>0\u00a0%</b>" in told
    for key in ("image", "moved", "before", "after", "difference"):
        assert not panel.shift.pictures[key].image.isNull()
    before, after = (panel.shift.pictures[key].image for key in ("image", "moved"))
    assert before.pixel(20, 20) == after.pixel(30, 25)


def test_typed_numbers_move_the_image(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    show_shift_test(panel, window, qtbot)

    def typed() -> None:
        panel.shift.right.setFocus()
        panel.shift.right.selectAll()
        qtbot.keyClicks(panel.shift.right, "-7")
        qtbot.keyClick(panel.shift.right, Qt.Key.Key_Return)

    made = made_by(panel, window, qtbot, typed)
    assert made.job.shift == (0, -7)
    assert "7 left" in panel.shift.maps_text.text()


def test_the_dense_outputs_change_altogether(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    show_shift_test(panel, window, qtbot)
    before, after = panel.shift.bars.values
    assert len(before) == len(after) > 30
    assert not np.allclose(before, after, atol=0.1 * np.abs(before).max())
    button = panel.shift.findChild(QToolButton, "shiftSeed")
    made = made_by(panel, window, qtbot, lambda: qtbot.mouseClick(button, Qt.MouseButton.LeftButton))
    assert made.job.seed == 2
    assert panel.shift.bars.values[0] != before
    assert made.dense.change > 0.5


def test_between_the_strides_it_is_said_why_the_map_is_not_just_moved(
    panel: ComparePanel, window: MainWindow, qtbot: QtBot
) -> None:
    show_shift_test(panel, window, qtbot)
    made = made_by(panel, window, qtbot, lambda: window.layer_settings.stride.setValue(4))
    assert not made.maps.exact
    assert "does not divide" in panel.shift.maps_text.text()
    made_by(panel, window, qtbot, lambda: panel.shift.right.setValue(0))
    assert "Nothing is moved" in panel.shift.maps_text.text()


def test_edits_and_layers_are_followed(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    show_shift_test(panel, window, qtbot)
    made = made_by(panel, window, qtbot, window.actions_by_key["addConvolution"].trigger)
    assert len(made.job.layers) == 2
    assert made.maps.after.shape == (55, 85)
    made = made_by(panel, window, qtbot, lambda: window.filters.commands.select([5]))
    assert made.job.index == 5
    made = made_by(panel, window, qtbot, lambda: window.presenter.set_look(sequential="viridis"))
    assert made.job.look.sequential == "viridis"


def test_what_is_not_seen_is_not_computed(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    presenter = window.layer_docks.compare_presenter
    with qtbot.assertNotEmitted(presenter.session.made):
        window.layer_settings.stride.setValue(2)
        rest(qtbot, window)


def test_a_shift_beyond_the_image_is_refused_in_place(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    show_shift_test(panel, window, qtbot)
    panel.shift.right.setValue(500)
    rest(qtbot, window)
    assert "no window sees the same pixels" in panel.shift.maps_text.text()
    assert panel.shift.pictures["after"]._stale
    made_by(panel, window, qtbot, lambda: panel.shift.right.setValue(5))
    assert "<b>0\u00a0%</b>" in panel.shift.maps_text.text()
    assert not panel.shift.pictures["after"]._stale


def test_long_tests_look_stale_and_can_be_cancelled(
    panel: ComparePanel, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_shift_test(panel, window, qtbot)
    begun = threading.Event()

    def endless(*arguments):
        begun.set()
        while not arguments[-1]():
            begun.wait(0.01)
        raise CancelledError

    monkeypatch.setattr(shift_jobs, "shift_test", endless)
    panel.shift.right.setValue(3)
    qtbot.waitUntil(lambda: panel.shift.pictures["after"]._stale)
    cancel = window.status.findChild(QToolButton, "cancelWork")
    qtbot.waitUntil(cancel.isVisible)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not cancel.isVisible())
    begun.clear()
    window.presenter.settled.emit()  # As when the maps are done: what was given up is not begun again.
    rest(qtbot, window)
    assert not begun.is_set()
    assert panel.shift.pictures["after"]._stale
    monkeypatch.setattr(shift_jobs, "shift_test", dense_comparison.shift_test)
    made_by(panel, window, qtbot, lambda: panel.shift.right.setValue(4))
    assert not panel.shift.pictures["after"]._stale


def test_of_a_large_image_the_middle_is_moved(
    panel: ComparePanel, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift_jobs, "middle", lambda image: dense_comparison.middle(image, 1350))
    show_shift_test(panel, window, qtbot)
    assert "The middle 30×45 pixels" in panel.shift.note.text()


def test_both_themes_and_a_switched_off_layer_are_drawn(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    layers = window.document.project.layers
    light = painted(panel)
    theme.apply("dark")
    rest(qtbot, window)
    assert painted(panel) != light
    assert theme.DARK.muted in panel.counts.texts["parameters-dense"].text()
    theme.apply("light")
    window.actions_by_key["addConvolution"].trigger()
    window.actions_by_key["switchLayer"].trigger()
    rest(qtbot, window)
    assert window.document.project.layers != layers
    assert "8 × (4×3×3 + 1) = <b>296</b>" in text(panel, "parameters-layer")


def test_its_place_is_remembered(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["networkTable"].trigger()
    window.actions_by_key["compareDense"].trigger()
    settle(qtbot, window)
    window.close()
    again = MainWindow(replace(window.document.project))
    again.show()
    settle(qtbot, again)
    assert not again.layer_docks.compare.isHidden()
    assert not again.layer_docks.network.isHidden()
    assert isinstance(again.document.project.shown_layer, ConvLayer)
    again.close()
    again.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
