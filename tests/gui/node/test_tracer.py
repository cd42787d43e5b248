"""A trace in the window: from layer to layer down to the pixels and back, receptive fields, what drove the node."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from convexplorer.core.explain.trace import IMAGE, NodePlace, relevance, trace
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.core.model.stack_figures import geometries
from convexplorer.core.project.layer_edits import select_layer, switch_layer, with_stack
from convexplorer.core.project.project import with_filter
from convexplorer.gui.kit.fields.numbers import number_text
from convexplorer.gui.node.attribution_legend import AttributionLegend
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.readers import input_at, visible_pixels
from tests.helpers.whole_window import settle

LEFT = Qt.MouseButton.LeftButton


def conv(rng: np.random.Generator, count: int, channels: int, **settings: object) -> ConvLayer:
    weights = rng.normal(size=(count, channels, 3, 3)) / 3
    return ConvLayer(FilterBank.from_arrays(weights, rng.normal(size=count) / 10), **settings)  # type: ignore[arg-type]


def stack(activation: str = "relu") -> tuple[Layer, ...]:
    rng = np.random.default_rng(2)
    return (
        conv(rng, 4, 1, padding=1),
        PoolLayer("max", 2, 2),
        conv(rng, 12, 4, stride=2, padding="same", activation=activation),
        PoolLayer("average", 3, 2),
        conv(rng, 2, 12, dilation=2, padding=2),
    )


@pytest.fixture
def deep(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window at the last of five layers, with a node pinned."""
    show(window, qtbot, stack(), 4)
    window.probe.pin(3, 4)
    return window


def show(window: MainWindow, qtbot: QtBot, layers: tuple[Layer, ...], at: int) -> None:
    window.document.apply("Stack", with_stack(window.document.project, layers))
    window.document.navigate(select_layer(window.document.project, at))
    settle(qtbot, window)


def click_map(window: MainWindow, qtbot: QtBot, row: int) -> int:
    """Click a map's name; returns which map it is."""
    view, model = window.node.maps.view, window.node.maps.model
    index = model.index(row)
    view.scrollTo(index)
    rect, channel = view.visualRect(index), model.rows[row].channel
    qtbot.mouseClick(view.viewport(), LEFT, pos=QPoint(rect.x() + 70, rect.center().y()))
    settle(qtbot, window)
    return channel


def click_cell(window: MainWindow, qtbot: QtBot, cell: tuple[int, int, int]) -> None:
    area = window.node.blocks.area_of(cell)
    assert area is not None
    qtbot.mouseClick(window.node.blocks, LEFT, pos=area.center())
    settle(qtbot, window)


def texts(window: MainWindow) -> list[str]:
    """What the breadcrumb says."""
    bar = window.trail
    buttons = [button.text() for button in bar._buttons if button.isVisibleTo(bar)]
    return [*buttons, bar._current.text()]


def label_of(window: MainWindow, name: str) -> str:
    label = window.findChild(QLabel, name)
    assert label is not None
    return label.text()


def traced(window: MainWindow, place: NodePlace) -> float:
    ready = window.presenter.input
    assert ready is not None
    return trace(window.document.project.layers, ready.image, place).value


# --- going down, and back --------------------------------------------------------------------------------------------


def test_from_the_last_layer_to_the_pixels_and_back(deep: MainWindow, qtbot: QtBot) -> None:
    """By clicks on the maps that give most; every node has the value that a trace in float64 says."""
    layers = [4]
    while deep.document.project.shown_index > 0:
        before = deep.tracer.trail.node
        assert before is not None
        node = deep.node._node
        assert node is not None
        assert node.value == pytest.approx(traced(deep, before), abs=1e-4)
        channel = click_map(deep, qtbot, 0)
        after = deep.tracer.trail.node
        assert after is not None
        layers.append(after.layer)
        assert after.map == channel
        assert deep.probe.node == (after.row, after.column)
        assert deep.filters.selection_model.currentIndex().row() == channel
        found = trace(deep.document.project.layers, deep.presenter.input.image, before)  # type: ignore[union-attr]
        read = {input_at(found, channel, i, j) for i, j in np.ndindex(*found.geometry.kernel)}
        assert after in read
        assert deep.node._node is not None
        assert deep.node._node.value == pytest.approx(traced(deep, after), abs=1e-4)
    assert layers == [4, 3, 2, 1, 0]
    assert [text.split(" · ")[0] for text in texts(deep)] == [
        "Conv 3",
        "AveragePool 2",
        "Conv 2",
        "MaxPool 1",
        "Conv 1",
    ]
    click_cell(deep, qtbot, (0, 1, 1))
    pixel, node = deep.tracer.trail.pixel, deep.tracer.trail.node
    assert pixel is not None
    assert node is not None
    assert pixel == NodePlace(IMAGE, 0, node.row, node.column)  # the middle of a 3 × 3 window with padding 1
    image = deep.presenter.input.image.values()  # type: ignore[union-attr]
    assert texts(deep)[-1] == f"pixel ({pixel.row}, {pixel.column}) = {image[0, pixel.row, pixel.column]:.3f}"
    assert deep.navigator.zoom > 1
    QTest.keyClick(deep, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    settle(qtbot, deep)
    assert deep.tracer.trail.pixel is None
    assert deep.navigator.zoom == 1
    QTest.keyClick(deep, Qt.Key.Key_Backspace)
    settle(qtbot, deep)
    assert deep.document.project.shown_index == 1
    qtbot.mouseClick(deep.trail.findChild(QToolButton, "trailStep0"), LEFT)
    settle(qtbot, deep)
    assert (deep.document.project.shown_index, deep.probe.node) == (4, (3, 4))
    assert len(texts(deep)) == 1
    assert not deep.actions_by_key["traceBack"].isEnabled()


def test_return_follows_a_map_and_a_cell(deep: MainWindow, qtbot: QtBot) -> None:
    deep.activateWindow()
    view = deep.node.maps.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    channel = deep.node.maps.model.rows[1].channel
    QTest.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, deep)
    assert deep.tracer.trail.node is not None
    assert (deep.document.project.shown_index, deep.tracer.trail.node.map) == (3, channel)
    deep.node.blocks.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(deep.node.blocks, Qt.Key.Key_Right)
    QTest.keyClick(deep.node.blocks, Qt.Key.Key_Return)
    settle(qtbot, deep)
    node = deep.tracer.trail.node
    pooled = deep.tracer.trail.steps[-2]
    assert node == NodePlace(2, channel, 2 * pooled.row, 2 * pooled.column + 1)


def test_return_alone_leads_to_the_pixels(deep: MainWindow, qtbot: QtBot) -> None:
    deep.activateWindow()
    deep.node.maps.view.setFocus()
    while deep.document.project.shown_index > 0:
        before = deep.document.project.shown_index
        QTest.keyClick(deep.node.maps.view, Qt.Key.Key_Return)
        settle(qtbot, deep)
        assert deep.document.project.shown_index == before - 1
    qtbot.waitUntil(deep.node.blocks.hasFocus)
    QTest.keyClick(deep.node.blocks, Qt.Key.Key_Down)
    QTest.keyClick(deep.node.blocks, Qt.Key.Key_Right)
    QTest.keyClick(deep.node.blocks, Qt.Key.Key_Return)
    assert deep.tracer.trail.pixel is not None
    for left in (5, 4, 3, 2, 1):
        QTest.keyClick(deep, Qt.Key.Key_Backspace)
        settle(qtbot, deep)
        assert len(deep.tracer.trail.steps) == left


def test_a_filter_that_is_off_says_so(deep: MainWindow, qtbot: QtBot) -> None:
    deep.layer_commands.select(2)
    deep.document.apply("Off", with_filter(deep.document.project, 0, enabled=False))
    settle(qtbot, deep)
    deep.filters.commands.select([0])
    deep.probe.pin(2, 2)
    assert label_of(deep, "nodeNote").startswith("This filter is off")


def test_the_largest_input_of_a_max_pooling_leads_down(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, stack(), 1)
    window.filters.commands.select([2])
    window.probe.pin(9, 13)
    node = window.node._node
    assert node is not None
    assert node.pooling == "max"
    winner = np.unravel_index(int(node.patch[0].argmax()), node.patch[0].shape)
    assert label_of(window, "nodeNote").startswith("The largest input")
    click_map(window, qtbot, 0)
    assert window.tracer.trail.node == NodePlace(0, 2, 18 + int(winner[0]), 26 + int(winner[1]))
    assert window.node._node is not None
    assert window.node._node.value == pytest.approx(float(node.patch.max()), abs=1e-6)


def test_the_padding_leads_nowhere(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, stack(), 0)
    window.probe.pin(0, 0)
    click_cell(window, qtbot, (0, 0, 0))
    assert window.tracer.trail.pixel is None
    click_cell(window, qtbot, (0, 1, 2))
    assert window.tracer.trail.pixel == NodePlace(IMAGE, 0, 0, 1)
    click_cell(window, qtbot, (0, 2, 1))
    assert window.tracer.trail.steps == (NodePlace(0, 0, 0, 0), NodePlace(IMAGE, 0, 1, 0))


def test_a_layer_that_is_off_is_passed_over(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, stack(), 2)
    window.document.apply("Off", switch_layer(window.document.project, 1, on=False))
    settle(qtbot, window)
    window.probe.pin(3, 4)
    click_map(window, qtbot, 0)
    assert window.document.project.shown_index == 0
    window.document.navigate(select_layer(window.document.project, 1))
    settle(qtbot, window)
    assert window.node.blocks.blocks is None
    assert "MaxPool 1 is off" in window.node.header._window.text()


def test_another_node_begins_another_trace(deep: MainWindow, qtbot: QtBot) -> None:
    click_map(deep, qtbot, 0)
    first = deep.tracer.trail.steps[0]
    node = deep.tracer.trail.node
    assert node is not None
    deep.probe.pin(node.row + 2, node.column)  # the parent, dilated by 2, reads either this or the one two before it
    if len(deep.tracer.trail.steps) == 1:
        deep.tracer.trail = deep.tracer.trail.back(0)
    deep.probe.pin(0, 0)
    assert deep.tracer.trail.steps in ((NodePlace(3, node.map, 0, 0),), (first, NodePlace(3, node.map, 0, 0)))
    deep.probe.let_go()
    assert deep.tracer.trail.steps == ()


@pytest.mark.parametrize(
    "edit", [lambda layers: (*layers[:1], *layers[2:]), lambda layers: (PoolLayer("max", 3, 3), *layers)]
)
def test_another_stack_begins_another_trace(
    deep: MainWindow, qtbot: QtBot, edit: Callable[[tuple[Layer, ...]], tuple[Layer, ...]]
) -> None:
    click_map(deep, qtbot, 0)
    assert len(deep.tracer.trail.steps) == 2
    deep.document.apply("Stack", with_stack(deep.document.project, edit(deep.document.project.layers)))
    settle(qtbot, deep)
    assert len(deep.tracer.trail.steps) < 2


def test_switching_a_map_off_is_named_by_its_number(deep: MainWindow, qtbot: QtBot) -> None:
    channel = deep.node.maps.model.rows[0].channel
    deep.node.channelSwitched.emit(channel, False)
    settle(qtbot, deep)
    assert deep.document.undo_stack.undoText() == f"Switch {channel + 1} off"
    assert deep.node.maps.model.rows[-1].channel == channel


# --- receptive fields ------------------------------------------------------------------------------------------------


def test_every_step_has_its_receptive_field_on_the_image(deep: MainWindow, qtbot: QtBot) -> None:
    while deep.document.project.shown_index > 0:
        click_map(deep, qtbot, 0)
    click_cell(deep, qtbot, (0, 1, 1))
    layers, shape = deep.document.project.layers, deep.document.project.input_shape
    assert shape is not None
    nodes = [step for step in deep.tracer.trail.steps if step.layer != IMAGE]
    assert len(nodes) == 5
    for step in nodes:
        rows, columns = visible_pixels(geometries(layers[: step.layer + 1], shape), step.row, step.column)
        field = deep.tracer.field(step)
        clipped = field.intersected(QRectF(0, 0, shape[2], shape[1]))
        assert (clipped.top(), clipped.bottom()) == (rows[0], rows[-1] + 1)
        assert (clipped.left(), clipped.right()) == (columns[0], columns[-1] + 1)
    assert deep.image._trail == [deep.tracer.field(step) for step in nodes[:-1]]
    pixel = deep.tracer.trail.pixel
    assert pixel is not None
    assert deep.image._pixel == QRectF(pixel.column, pixel.row, 1, 1)
    plain = deep.image.grab().toImage()
    deep.image.set_trail([], QRectF())
    assert deep.image.grab().toImage() != plain


def test_zoom_to_the_receptive_field_and_back(deep: MainWindow, qtbot: QtBot) -> None:
    show(deep, qtbot, stack(), 1)
    deep.probe.pin(3, 4)
    qtbot.waitUntil(deep.actions_by_key["zoomField"].isEnabled)
    deep.actions_by_key["zoomField"].trigger()
    assert deep.tracer.trail.node is not None
    field, frame = deep.tracer.field(deep.tracer.trail.node), deep.image.any_frame()
    assert deep.navigator.zoom > 1
    assert frame.rows[0] <= max(field.top(), 0)
    assert frame.columns[1] >= min(field.right(), frame.width)
    deep.actions_by_key["zoomField"].trigger()
    assert deep.navigator.zoom == 1


# --- what drove the node ---------------------------------------------------------------------------------------------


def attributed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.attributor.shown is not None)


def test_what_drove_the_node_lies_over_the_image(deep: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: deep.docks.node.height() > deep.node.wanted_height())  # It has opened below the image.
    plain = deep.image.grab().toImage()
    button = deep.findChild(QToolButton, "nodeAttribution")
    qtbot.mouseClick(button, LEFT)
    attributed(deep, qtbot)
    found = deep.attributor.shown
    assert found is not None
    ready = deep.presenter.input
    assert ready is not None
    expected = relevance(deep.document.project.layers, ready.image, NodePlace(4, 0, 3, 4))
    np.testing.assert_allclose(found.relevance.shares, expected.shares)
    assert deep.image.grab().toImage() != plain
    assert deep.legend.isVisible()
    numbers = [float(text.replace("− ", "-").replace("−", "-").replace("+ ", "")) for text in sums(deep)]
    assert numbers[0] == pytest.approx(expected.total, abs=1e-2)
    assert numbers[1] + numbers[2] == pytest.approx(numbers[0], abs=1e-9)
    qtbot.waitUntil(deep.actions_by_key["attribution"].isChecked)
    middle = deep.tracer.field(found.place).center()
    deep.navigator.set_cursor((middle.y(), middle.x()))
    share = found.share(int(middle.y()), int(middle.x()))
    assert share is not None
    assert f", share {number_text(share)} " in deep.status.cursor_text.text()
    QTest.keyClick(deep, Qt.Key.Key_D)
    assert not button.isChecked()
    assert not deep.legend.isVisible()
    qtbot.waitUntil(lambda: deep.image.grab().toImage() == plain)


def sums(window: MainWindow) -> list[str]:
    """The sum, the pixels' and the biases' part as the legend prints them."""
    _, total, rest = label_of(window, "attributionSum").split(" = ")
    pixels, _, biases = rest.partition(" pixels ")
    return [total, pixels, biases.removesuffix(" biases")]


def test_it_follows_the_pinned_node_and_edits(deep: MainWindow, qtbot: QtBot) -> None:
    deep.attributor.switch(on=True)
    attributed(deep, qtbot)
    click_map(deep, qtbot, 0)
    node = deep.tracer.trail.node
    qtbot.waitUntil(lambda: deep.attributor.shown is not None and deep.attributor.shown.place == node)
    assert label_of(deep, "attributionSum").startswith("value = ")
    before = deep.attributor.shown
    deep.layer_commands.select(4)
    deep.probe.let_go()
    settle(qtbot, deep)
    assert deep.attributor.shown is None
    assert "pin a node" in label_of(deep, "attributionNote")
    deep.probe.pin(2, 2)
    qtbot.waitUntil(lambda: deep.attributor.shown is not None and deep.attributor.shown is not before)
    shown = deep.attributor.shown
    deep.actions_by_key["relu"].trigger()
    assert shown is not None
    settle(qtbot, deep)
    qtbot.waitUntil(lambda: deep.attributor.shown is not shown)


def test_where_a_layer_is_curved_it_is_called_an_approximation(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, stack("tanh"), 4)
    window.probe.pin(3, 4)
    window.attributor.switch(on=True)
    attributed(window, qtbot)
    assert label_of(window, "attributionNote") == "An approximation: Conv 2 is not linear piece by piece"
    assert label_of(window, "attributionSum").endswith(" neither")


def test_each_colour_has_its_own_shares(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["rgb"].trigger()
    window.actions_by_key["planes"].trigger()
    settle(qtbot, window)
    window.probe.pin(20, 30)
    window.attributor.switch(on=True)
    attributed(window, qtbot)
    assert window.attributor.shown is not None
    assert len(window.attributor.shown.colours) == 4
    window.navigator.show(40.0, (0.4, 0.4))
    settle(qtbot, window)
    window.image.grab()
    QTest.mouseClick(window.legend.findChild(QToolButton, "attributionClose"), LEFT)
    assert not window.attributor.on


def test_the_method_is_named_with_its_source(window: MainWindow) -> None:
    button = window.legend.findChild(QToolButton, "attributionHelp")
    assert button is not None
    for word in ("Gradient × input", "Shrikumar", "Ancona", "approximation"):
        assert word in button.accessibleDescription()
    assert isinstance(window.legend, AttributionLegend)


@pytest.mark.qt_log_ignore("does not support raise")
def test_the_docks_title_floats_and_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.findChild(QDockWidget, "nodeDock")
    assert dock is not None
    assert window.node.header.isVisible()
    button = dock.findChild(QToolButton, "dockFloat")
    qtbot.mouseClick(button, LEFT)
    assert dock.isFloating()
    qtbot.mouseClick(button, LEFT)
    assert not dock.isFloating()
    qtbot.mouseClick(dock.findChild(QToolButton, "dockClose"), LEFT)
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    assert dock.isVisible()
