"""Many input maps in the Node panel: listed by what they give, one shown in numbers, each a click away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QToolTip

from convexplorer.core.engine.colour import Scale, colour, colourise
from convexplorer.core.explain.explain import explain, explain_pooling
from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import Filter
from convexplorer.gui.kit import theme
from convexplorer.gui.node.contributions_model import Sources, map_title
from convexplorer.gui.node.layout import INPUT, Style
from convexplorer.gui.node.panel import NodePanel
from convexplorer.gui.node.trail_bar import Crumb, TrailBar

LEFT = Qt.MouseButton.LeftButton


class Panel:
    """A panel with a node that reads maps, and what it asks for."""

    def __init__(self, qtbot, maps, kernel, size=(878, 240), seed=0):
        theme.apply("light")
        rng = np.random.default_rng(seed)
        self.filter = Filter(rng.normal(size=(maps, kernel, kernel)).round(3), bias=0.125, name="A filter")
        self.sources = Sources("MaxPool 2", "Conv 1", tuple(f"Edge {chr(65 + i % 26)}" for i in range(maps)))
        self.panel = NodePanel()
        self.followed, self.cells, self.switched, self.hovered = [], [], [], []
        self.panel.mapFollowed.connect(self.followed.append)
        self.panel.cellActivated.connect(self.cells.append)
        self.panel.cellHovered.connect(self.hovered.append)
        self.panel.channelSwitched.connect(lambda *what: self.switched.append(what))
        qtbot.addWidget(self.panel)
        self.panel.resize(*size)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitUntil(self.panel.isActiveWindow)
        self.show(seed)

    def show(self, seed, column=5):
        patch = np.random.default_rng(seed + 100).random(self.filter.weights.shape).astype(np.float32)
        self.node = replace(explain(patch, self.filter, "relu"), colours=False)
        self.panel.show_node(
            self.node, (4, column), (4, column), (40, 50), True, np.ones(self.filter.size, bool), sources=self.sources
        )

    def show_pooling(self, patch, kind):
        self.node = explain_pooling(patch, kind)
        self.panel.show_node(
            self.node, (2, 3), (4, 6), (20, 25), True, np.ones(patch.shape[1:], bool), sources=self.sources, pooled=2
        )

    @property
    def view(self):
        return self.panel.maps.view

    @property
    def rows(self):
        return self.panel.maps.model.rows

    def point(self, row, x=60):
        rect = self.view.visualRect(self.panel.maps.model.index(row))
        return QPoint(rect.x() + x, rect.center().y())

    def hover(self, row):
        self.point_at(self.view.viewport(), self.point(row))

    def point_at(self, widget, point):
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), QPointF(widget.mapToGlobal(point)),
            Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("maps", [1, 3, 8, 64])
def test_maps_are_ranked_and_what_is_printed_is_true(qtbot, maps):
    one = Panel(qtbot, maps, 3)
    channels = [row.channel for row in one.rows]
    sizes = np.abs(one.node.subtotals[channels])
    assert len(sizes) == maps
    assert np.all(np.diff(sizes) <= 0)
    for row in one.rows:
        assert abs(read(row.number) - one.node.subtotals[row.channel]) <= 0.0005
    total, bias = one.panel.sum.summands()
    assert total.label == ("1 map" if maps == 1 else f"{maps} maps")
    assert abs(read(total.number) - one.node.subtotals.sum()) <= 0.0005
    assert bias.number == format_node(one.node).bias
    assert one.rows[0].part in (1.0, -1.0)
    first = one.rows[0].channel
    blocks = one.panel.blocks.blocks
    assert blocks.channels == [first]
    products = blocks.faces[2].texts[0]
    for text, product in zip(np.array(products).ravel().tolist(), one.node.products[first].ravel(), strict=True):
        assert abs(read(text) - product) <= 0.0005


def test_the_order_can_be_turned(qtbot):
    one = Panel(qtbot, 16, 3)
    by_size = [row.channel for row in one.rows]
    button = one.panel.findChild(QToolButton, "nodeOrder")
    assert button.text().startswith("Largest first")
    qtbot.mouseClick(button, LEFT)
    assert [row.channel for row in one.rows] == list(range(16))
    assert button.text().startswith("By number")
    qtbot.mouseClick(button, LEFT)
    assert [row.channel for row in one.rows] == by_size


def test_pointing_at_a_map_shows_its_cells_and_a_click_follows_it(qtbot):
    one = Panel(qtbot, 8, 3)
    one.hover(2)
    third = one.rows[2].channel
    assert one.panel.blocks.blocks.channels == [third]
    assert one.view.currentIndex().row() == 2
    assert one.followed == []
    qtbot.mouseClick(one.view.viewport(), LEFT, pos=one.point(2))
    assert one.followed == [third]
    assert one.switched == []


def test_keys_walk_through_the_maps_and_return_follows(qtbot):
    one = Panel(qtbot, 64, 5)
    one.view.setFocus()
    for _ in range(3):
        QTest.keyClick(one.view, Qt.Key.Key_Down)
    channel = one.rows[3].channel
    assert one.panel.blocks.blocks.channels == [channel]
    QTest.keyClick(one.view, Qt.Key.Key_Return)
    QTest.keyClick(one.view, Qt.Key.Key_Space)
    assert one.followed == [channel]
    assert one.switched == [(channel, False)]


def test_a_map_is_switched_off_by_its_box(qtbot):
    one = Panel(qtbot, 8, 3)
    first = one.rows[0].channel
    qtbot.mouseClick(one.view.viewport(), LEFT, pos=one.point(0, 14))
    assert (one.switched, one.followed) == ([(first, False)], [])
    one.panel.set_muted(frozenset({first}))
    assert one.rows[-1].channel == first
    assert not one.rows[-1].counts
    assert one.panel.sum.summands()[0].label == "7 maps"


def test_the_cell_that_is_clicked_is_the_maps_own(qtbot):
    one = Panel(qtbot, 8, 3)
    one.hover(4)
    channel = one.rows[4].channel
    at = one.panel.blocks.area_of((channel, 2, 1)).center()
    qtbot.mouseClick(one.panel.blocks, LEFT, pos=at)
    assert one.cells == [(channel, 2, 1)]
    one.point_at(one.panel.blocks, at)
    note = one.panel.findChild(QLabel, "nodeNote").text()
    assert note.startswith(f"MaxPool 2 · {channel + 1} Edge {chr(65 + channel)} (6, 6):")
    one.panel.mark_cell((one.rows[1].channel, 0, 0))
    assert one.panel.blocks.blocks.channels == [one.rows[1].channel]


def test_the_chosen_map_stays_while_the_pinned_node_moves(qtbot):
    one = Panel(qtbot, 8, 3)
    one.hover(3)
    channel = one.rows[3].channel
    one.show(7, column=6)
    assert one.panel.blocks.blocks.channels == [channel]
    one.filter = one.filter.with_weights(one.filter.weights * 2)
    one.show(8)
    assert one.panel.blocks.blocks.channels == [one.rows[0].channel]


@pytest.mark.parametrize(("maps", "kernel"), [(1, 3), (3, 3), (8, 7), (64, 5), (64, 11)])
def test_all_that_matters_is_in_sight_in_a_small_window(qtbot, maps, kernel):
    one = Panel(qtbot, maps, kernel)
    panel, layout = one.panel, one.panel.blocks.blocks.layout
    assert layout.printed == (kernel <= 7)
    assert panel.maps.height() >= 90
    assert layout.size.width() <= panel._scroll.viewport().width()
    assert layout.size.height() <= panel._scroll.viewport().height()
    assert panel.sum.mapTo(panel, panel.sum.rect().bottomRight()).x() <= panel.width()
    assert not panel._scroll.horizontalScrollBar().isVisible()
    wide = Panel(qtbot, maps, kernel, size=(1600, 320))
    assert wide.panel.blocks.blocks.layout.printed == (kernel <= 7)


@pytest.mark.qt_log_ignore("does not support raise")
def test_tooltips_name_filter_and_layer(qtbot):
    one = Panel(qtbot, 8, 3)
    channel = one.rows[0].channel
    point = one.point(0)
    QApplication.sendEvent(
        one.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, one.view.viewport().mapToGlobal(point))
    )
    text = QToolTip.text()
    assert text.startswith(f"Conv 1, filter {channel + 1} “Edge {chr(65 + channel)}” gives {one.rows[0].number}")
    assert "MaxPool 2" in text
    QToolTip.hideText()


def test_inputs_that_may_be_negative_diverge_from_zero(qtbot):
    one = Panel(qtbot, 2, 2)
    one.panel.set_colours(None, top=2.0)
    patch = np.array([[[2, 1], [0, 0]], [[0, 0], [0, 0.5]]], np.float32)
    for sign, expected in ((1, Scale(0.0, 2.0, "grey")), (-1, Scale(-2.0, 2.0, "blue–red", dark=False))):
        one.node = replace(explain(sign * patch, one.filter, "none"), colours=False)
        one.panel.show_node(
            one.node, (0, 0), (0, 0), (9, 9), True, np.ones((2, 2), bool), sources=one.sources
        )  # fmt: skip
        blocks = one.panel.blocks.blocks
        channel = blocks.channels[0]
        np.testing.assert_array_equal(blocks.faces[INPUT].colours[0], colourise(sign * patch[channel], expected))


def test_titles_say_the_number_once():
    assert map_title(4, ("a", "b", "c", "d", "Filter 5")) == "Filter 5"
    assert map_title(0, ("Edge",)) == "1 Edge"
    assert map_title(7, ()) == "8"


# --- poolings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_pooling_shows_its_window_and_value(qtbot, kind):
    one = Panel(qtbot, 4, 3)
    patch = np.array([[[0.25, 0.5], [0.125, 0.125]]], np.float32)
    one.show_pooling(patch, kind)
    blocks, expected = one.panel.blocks.blocks, {"max": 0.5, "average": 0.25}[kind]
    assert blocks.faces[INPUT].texts[0] == [["0.25", "0.5"], ["0.125", "0.125"]]
    assert blocks.node.value == expected
    assert float(one.rows[0].number) == expected
    assert [row.name for row in one.rows] == ["Conv 1 · 3 Edge C"]
    assert one.panel.sum.summands() == []
    note = {"max": "largest", "average": "1/4"}[kind]
    assert note in one.panel.findChild(QLabel, "nodeNote").text()
    assert not one.panel.maps.order.isVisible()
    one.hover(0)
    qtbot.mouseClick(one.view.viewport(), LEFT, pos=one.point(0, 14))
    assert (one.followed, one.switched) == ([2], [])
    assert blocks.channels == [0]


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_pooling_is_painted_as_the_largest_or_mean_of_its_cells(qtbot, kind):
    """max( cells ) = cell; the winner and the value are framed alike."""
    one = Panel(qtbot, 4, 3, size=(1264, 240))
    patch = np.array([[[0.25, 0.5], [0.125, 0.125]]], np.float32)
    one.show_pooling(patch, kind)
    blocks = one.panel.blocks
    layout, accent = blocks.blocks.layout, QColor(theme.current().accent).rgb()
    assert (layout.style, layout.before > 40, layout.after > 40) == (Style.PRODUCT, True, True)
    assert blocks.blocks.winner == ((0, 0, 1) if kind == "max" else None)
    image = blocks.grab().toImage()
    cells = [layout.cell((0, i, j)) for i in range(2) for j in range(2)]
    framed = [image.pixel(cell.left() + 1, cell.top() + 9) == accent for cell in cells]
    assert framed == [False, kind == "max", False, False]
    grid = layout.block(0)
    background = QColor(theme.current().window).rgb()
    for x0, x1 in ((0, grid.left() - 14), (grid.right() + 16, image.width())):  # the name, and the value
        seen = {image.pixel(x, y) for x in range(x0, x1) for y in range(grid.top(), grid.bottom(), 2)}
        assert len(seen - {background}) > 1
    value = colour(blocks.blocks.node.value, Scale(0.0, 1.0, "grey"))
    assert image.pixelColor(image.width() - 8, grid.center().y()) == QColor(*value)


# --- the breadcrumb --------------------------------------------------------------------------------------------------


def crumbs(count):
    return [Crumb(f"Conv {9 - i} · {i} Some name ({i}, {i})", f"Conv {9 - i} · {i}", f"tip {i}") for i in range(count)]


def shown(bar):
    return [button.text() for button in bar._buttons if button.isVisibleTo(bar)]


def test_steps_are_buttons_that_go_back(qtbot):
    bar = TrailBar()
    qtbot.addWidget(bar)
    bar.resize(1200, 24)
    bar.show()
    bar.show_trail(crumbs(3), "further")
    assert shown(bar) == ["Conv 9 · 0 Some name (0, 0)", "Conv 8 · 1 Some name (1, 1)"]
    assert bar._current.text() == "Conv 7 · 2 Some name (2, 2)"
    assert bar._rest.text() == "› further"
    with qtbot.waitSignal(bar.chosen, check_params_cb=lambda at: at == 0):
        qtbot.mouseClick(bar.findChild(QToolButton, "trailStep0"), LEFT)
    with qtbot.waitSignal(bar.chosen, check_params_cb=lambda at: at == 1):
        qtbot.mouseClick(bar.back, LEFT)
    bar.show_trail(crumbs(1), "")
    assert not bar.back.isVisible()
    assert shown(bar) == []


def test_old_steps_give_way_where_room_is_short(qtbot):
    bar = TrailBar()
    qtbot.addWidget(bar)
    bar.resize(1200, 24)
    bar.show()
    bar.show_trail(crumbs(4), "")
    whole = bar._width([crumb.full for crumb in crumbs(4)], 0)
    bar.resize(whole - 10, 24)
    assert shown(bar)[0] == "Conv 9 · 0"
    assert shown(bar)[1].endswith("(1, 1)")
    bar.resize(330, 24)
    assert bar._earlier.isVisible()
    assert bar._current.text().startswith("Conv 6 · 3")
    with qtbot.waitSignal(bar.chosen, check_params_cb=lambda at: at == 0):
        bar._menu.actions()[0].trigger()
    bar.resize(1200, 24)
    assert not bar._earlier.isVisible()
    assert len(shown(bar)) == 3
