"""The picture of the network as it is handled: clicked, hovered, zoomed, panned, and walked by keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.overview import SmallMaps
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.gui.flow.layout import PLAIN, LayerSize
from convexplorer.gui.flow.state import Followed, LayerFace
from convexplorer.gui.flow.view import FlowView


def add_layer(layer, count):
    size = LayerSize(layer, count, 0.75, named=True)
    pattern = QImage(3, 3, QImage.Format.Format_RGB32)
    pattern.fill(Qt.GlobalColor.white)
    names = tuple(f"Map {n}" for n in range(count))
    placement = Placement(ReceptiveField((3, 3)), (30, 40))
    return LayerFace(layer, f"Conv {layer + 1}", "30×40", names, (pattern,) * count, placement), size


def maps(layer, count, colour=0xFFCC3300):
    small = np.full((15, 20), colour, np.uint32)
    values = np.ones((count, 15, 20), np.float32)
    lattice = range(0, 30, 2), range(0, 40, 2)
    return SmallMaps(layer, (30, 40), values, lattice, (True,) * count, Scale(0.0, 1.0, "magma"), (small,) * count)


@pytest.fixture
def view(qtbot):
    made = FlowView()
    qtbot.addWidget(made)
    made.resize(1200, 640)
    faces, sizes = zip(add_layer(0, 4), add_layer(1, 64), strict=True)
    made.show_layers((32, 42), faces, sizes)
    picture = QImage(20, 15, QImage.Format.Format_RGB32)
    picture.fill(0xFFCC3300)
    made.show_maps(maps(0, 4), (picture,) * 4)
    made.show_maps(maps(1, 64), (picture,) * 64)
    made.show_photo(picture)
    made.show()
    qtbot.waitExposed(made)
    return made


def middle(view, layer, index) -> QPoint:
    return view.sight.to_widget(view.scene.cell(layer, index).picture).center().toPoint()


@pytest.mark.parametrize(("layer", "index"), [(0, 0), (0, 3), (1, 0), (1, 63)])
def test_a_click_on_a_map_chooses_its_node(view, qtbot, layer, index):
    with qtbot.waitSignal(view.nodeChosen) as chosen:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(view, layer, index))
    assert chosen.args[:2] == [layer, index]
    assert chosen.args[2] in {14, 15, 16}
    assert chosen.args[3] in {19, 20, 21}


def test_a_click_on_a_name_chooses_the_map_and_one_beside_lets_go(view, qtbot):
    name = view.sight.to_widget(view.scene.cell(0, 2).name).center().toPoint()
    with qtbot.waitSignal(view.mapChosen) as chosen:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=name)
    assert chosen.args == [0, 2]
    with qtbot.waitSignal(view.released):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_a_click_on_a_title_unfolds_a_large_layer(view, qtbot):
    assert len(view.scene.column(1).cells) == 64 > PLAIN
    folded = view.scene.size.height()
    title = view.sight.to_widget(view.scene.column(1).title).center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=title)
    assert view.scene.size.height() > 2 * folded
    title = view.sight.to_widget(view.scene.column(1).title).center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=title)
    assert view.scene.size.height() == folded


def test_the_wheel_zooms_about_the_mouse_and_a_drag_pans(view, qtbot):
    at = QPointF(middle(view, 1, 9))
    before = view.sight.to_scene(at)
    turn = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, turn)
    after = view.sight.to_scene(at)
    assert (after - before).manhattanLength() < 0.01
    scale = view.sight.scale
    chosen = []
    view.nodeChosen.connect(lambda *args: chosen.append(args))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at.toPoint())
    for step in range(1, 6):
        qtbot.mouseMove(view, at.toPoint() + QPoint(10 * step, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at.toPoint() + QPoint(50, 0))
    assert not chosen
    assert view.sight.scale == scale
    moved = view.sight.to_scene(at + QPointF(50, 0)) - after
    assert moved.manhattanLength() < 1.0
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.sight.scale < scale


def test_arrows_walk_from_map_to_map(view, qtbot):
    chosen = []
    view.mapChosen.connect(lambda *args: chosen.append(args))
    view.follow(Followed(0, 1), None)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view, key)
    assert chosen[:2] == [(0, 2), (0, 0)]
    assert [layer for layer, _ in chosen[2:]] == [1]  # There is no layer before the first.
    with qtbot.waitSignal(view.released):
        qtbot.keyClick(view, Qt.Key.Key_Escape)


def test_maps_are_drawn_and_what_is_behind_looks_so(view):
    at = middle(view, 0, 1)
    drawn = view.grab().toImage()
    ratio = drawn.devicePixelRatio()
    fresh = drawn.pixelColor((QPointF(at) * ratio).toPoint())
    assert fresh.name() == "#cc3300"
    view.set_stale(stale=True)
    stale = view.grab().toImage().pixelColor((QPointF(at) * ratio).toPoint())
    assert stale.saturation() < fresh.saturation()


def test_a_line_is_as_strong_as_what_flows_through_it(view):
    view.follow(Followed(1, 0, (1, 1), 0, {0: 2.0, 1: -0.5, 2: 0.0, 3: 0.0}, dict.fromkeys(range(4), "2")), None)
    image = view.grab().toImage()

    def ink_beside(index):
        area = view.sight.to_widget(view.scene.cell(0, index).picture)
        x, y = int(area.right()) + 40, int(area.center().y())
        colours = [image.pixelColor(x, row) for row in range(y - 40, y + 40) if 0 <= row < image.height()]
        return max(abs(one.red() - one.blue()) for one in colours)

    assert ink_beside(0) > 80


def test_hovering_names_the_map_and_says_what_it_gives(view, qtbot):
    view.follow(Followed(1, 0, (1, 1), 0, {2: 0.25}, {2: "0.25"}), None)
    qtbot.mouseMove(view, middle(view, 0, 2))
    assert view.toolTip() == "Map 2: gives +0.25"
    qtbot.mouseMove(view, middle(view, 1, 5))
    assert view.toolTip() == "Map 5"


@pytest.mark.parametrize("size", [(300, 200), (1024, 600), (3000, 1600)])
def test_everything_is_in_sight_at_any_size(view, size):
    view.resize(*size)
    view.fit()
    assert view.rect().contains(view.sight.to_widget(view.scene.size).toAlignedRect().adjusted(1, 1, -1, -1))
    assert view.map_side() >= 16
    view.grab()
