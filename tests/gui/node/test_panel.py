"""The equation of a node, driven by mouse and keyboard."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QToolTip,
)

from convexplorer.core.engine.colour import Scale
from convexplorer.core.explain.equation import latex, plain_text
from convexplorer.core.model.digits import read
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.patterns import BINARY_GRID, LINE_FILTER
from convexplorer.gui.canvas.picture_button import PictureButton
from convexplorer.gui.kit import theme
from convexplorer.gui.node.layout import INPUT, PRODUCT, WEIGHT
from tests.helpers.node_bench import Bench, photo, random_filter

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def grid(qtbot):
    """The lecture's grid and filter."""
    bench = Bench(qtbot, BINARY_GRID[np.newaxis], Filter(LINE_FILTER, name="Line"), gain=1.0)
    bench.show(0, 1)
    return bench


@pytest.fixture
def colour(qtbot):
    """A 3×4 filter over a colour image, in the midst of it."""
    bench = Bench(qtbot, photo(3), random_filter(3, 3, 4))
    bench.show(10, 20)
    return bench


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_says_how_to_get_a_node(qtbot):
    bench = Bench(qtbot, photo(1), random_filter(1, 3, 3))
    hint = "Hover the image or a map to see how a node is computed. Click to pin it."
    assert bench.text("nodeWindow") == hint
    bench.show_nothing()
    assert bench.panel.blocks.blocks is None
    assert bench.text("nodeWindow") == hint
    assert bench.child(QSpinBox, "nodeRow").isEnabled()
    assert not bench.child(QToolButton, "nodeCopyText").isEnabled()
    bench.show(3, 4)
    assert bench.text("nodeWindow").startswith("Window: ")
    bench.panel.show_node(None, None, (0, 0), (0, 0), False, np.ones((1, 1), bool))
    assert not bench.child(QSpinBox, "nodeRow").isEnabled()
    assert bench.panel.sum.summands() == []
    bench.panel.set_hint("Another")
    assert bench.text("nodeWindow") == "Another"


def test_the_lecture(grid):
    panel = grid.panel
    assert [(line.label, line.number) for line in panel.sum.summands()] == [("products", "−2"), ("bias", "0")]
    assert panel.sum.share() == "0 of 3 possible"
    assert panel.sum.filled() == 0
    assert panel.blocks.blocks.faces[PRODUCT].texts[0] == [["0", "0", "0"], ["0", "0", "−1"], ["0", "0", "−1"]]
    assert grid.text("nodeFilter") == "Line"
    assert grid.text("nodeWindow") == "Window: rows 0 to 2, columns 1 to 3"
    assert panel.blocks.accessibleDescription() == plain_text(grid.show(0, 1))
    grid.show(1, 2)
    assert panel.sum.share() == "3 of 3 possible"
    assert panel.sum.filled() == 1


def test_cells_are_tinted_by_their_products(grid):
    grid.show(1, 2)
    node = grid.panel.blocks.blocks.node
    for sign, row, column in ((1, 0, 1), (0, 0, 0)):
        colour = QColor(grid.colour_at(grid.at(0, row, column) + QPoint(16, 12)))
        assert np.sign(node.products[0, row, column]) == sign
        assert (colour.red() > colour.blue() + 20) == (sign > 0)


def test_printed_numbers_on_the_screen_are_true(colour):
    """Each is the true one rounded, and ≈ stands where printed ones do not add up."""
    signs = set()
    for place in ((0, 0), (5, 9), (30, 40), (11, 3)):
        node = colour.show(*place)
        blocks = colour.panel.blocks.blocks
        for kind, true in ((INPUT, node.patch), (WEIGHT, node.filter.weights), (PRODUCT, node.products)):
            texts = np.array(blocks.faces[kind].texts)
            assert np.abs(np.vectorize(read)(texts) - true).max() <= 0.0005 + 1e-9
        for channel in range(3):
            together = sum(
                Decimal(text.replace("−", "-")) for row in blocks.faces[PRODUCT].texts[channel] for text in row
            )
            total = Decimal(blocks.numbers.sum(float(node.subtotals[channel])).replace("−", "-"))
            sign = blocks.relations(channel)[1]
            assert (sign == "=") == (together == total)
            signs.add(sign)
        lines = colour.panel.sum.summands()
        assert [line.label for line in lines] == ["R", "G", "B", "bias"]
        left = Decimal(blocks.numbers.z.replace("−", "-")) - sum(
            Decimal(line.number.replace("−", "-")) for line in lines
        )
        assert (colour.panel.sum.left() == "") == (left == 0)
        assert read(blocks.numbers.z) == pytest.approx(node.z, abs=0.0005)
    assert signs == {"=", "≈"}


def test_the_value_wears_its_colour_on_the_map(grid):
    grid.show(1, 2)
    plain = grid.panel.sum.grab().toImage()
    grid.panel.set_colours(Scale(0.0, 3.0, "viridis"))
    image = grid.panel.sum.grab().toImage()
    assert image != plain
    assert any(
        image.pixelColor(x, y).name() == "#fde725" for x in range(image.width()) for y in range(0, image.height(), 4)
    )


def test_padding_is_hatched_and_counts_nothing(qtbot):
    bench = Bench(qtbot, photo(1) | 1, Filter(np.ones((3, 3))), padding="same", dilation=2)
    bench.show(0, 5)
    assert bench.panel.blocks.blocks.faces[INPUT].texts[0][0] == ["0", "0", "0"]
    assert bench.text("nodeWindow") == "Window: rows −2 to 2, columns 3 to 7"
    assert "padding" in bench.text("nodeNote")
    hatched = bench.panel.blocks.grab(bench.panel.blocks.blocks.layout.cell((0, 0, 1))).toImage()
    colours = {hatched.pixel(x, y) for x in range(hatched.width()) for y in range(hatched.height())}
    assert QColor(theme.current().window).rgb() in colours
    bench.hover(bench.at(0, 0, 1))
    assert bench.text("nodeNote").startswith("Padding:  0 × 1 = 0")
    bench.hover(bench.at(0, 1, 1))
    assert bench.text("nodeNote").startswith("Input row 0, column 5:")


def test_inputs_beyond_one_have_no_largest_value(qtbot):
    bench = Bench(qtbot, photo(1), Filter(LINE_FILTER), gain=1.0)
    bench.show(0, 0)
    assert bench.panel.sum.share() == "No largest value beyond [0, 1]"
    assert bench.panel.sum.filled() == 0


def test_a_filter_without_positive_weights_gives_nothing(qtbot):
    bench = Bench(qtbot, photo(1), Filter(-np.ones((2, 2))))
    bench.show(0, 0)
    assert bench.panel.sum.share() == "It can give nothing but 0"


def test_many_channels_are_one_line(qtbot):
    bench = Bench(qtbot, photo(6), random_filter(6, 3, 3))
    bench.show(0, 0)
    lines = bench.panel.sum.summands()
    assert [line.label for line in lines] == ["6 channels", "bias"]
    node = bench.panel.blocks.blocks.node
    assert read(lines[0].number) == pytest.approx(node.subtotals.sum(), abs=0.0005)


def test_the_gain_in_a_sentence(grid):
    assert grid.text("nodeGain") == (
        "Weights sum to −3: flat areas give −3 times their brightness.  Σ|w| = 9,  reaches −6 … 3"
    )
    grid.panel.show_filter(None)
    assert grid.text("nodeGain") == ""


# --- pointing --------------------------------------------------------------------------------------------------------


def test_hovering_marks_the_cell(colour):
    blocks = colour.panel.blocks
    corner = blocks.blocks.layout.cell((1, 2, 3)).topLeft() + QPoint(8, 0)
    accent = theme.current().accent
    assert colour.colour_at(corner) != accent
    colour.hover(colour.at(1, 2, 3))
    assert colour.colour_at(corner) == accent
    node = blocks.blocks.node
    note = colour.text("nodeNote")
    assert note.startswith("Input row 12, column 23, G:  ")
    x, w, product = (read(text) for text in re.findall(r"−?\d+\.?\d*", note.partition(":")[2])[:3])
    assert x == pytest.approx(node.patch[1, 2, 3], abs=5e-4)
    assert w == pytest.approx(node.filter.weights[1, 2, 3], abs=5e-4)
    assert product == pytest.approx(node.products[1, 2, 3], abs=5e-4)
    colour.hover(QPoint(2, 2))
    assert colour.text("nodeNote") == ""
    assert [values[0] for values in colour.seen["cellHovered"]] == [(1, 2, 3), None]


def test_leaving_ends_it(colour):
    colour.hover(colour.at(0, 0, 0))
    QApplication.sendEvent(colour.panel.blocks, QEvent(QEvent.Type.Leave))
    assert colour.seen["cellHovered"][-1] == (None,)
    assert colour.panel.blocks.marked is None


def test_marks_from_elsewhere_are_not_reported(colour):
    colour.panel.mark_cell((2, 0, 1))
    assert colour.panel.blocks.marked == (2, 0, 1)
    assert ", B:" in colour.text("nodeNote")
    colour.panel.mark_cell((3, 0, 0))
    assert colour.panel.blocks.marked is None
    colour.panel.mark_cell(None)
    assert colour.seen["cellHovered"] == []


def test_a_product_that_its_printed_factors_do_not_give_is_told_in_more_digits(colour):
    blocks = colour.panel.blocks
    for column in range(40):
        colour.show(3, column)
        if blocks.blocks.numbers.rounded_products.any():
            break
    cell = tuple(np.argwhere(blocks.blocks.numbers.rounded_products)[0].tolist())
    assert blocks.blocks.relations(cell[0])[0] == "≈"
    colour.hover(colour.at(*cell))
    x, w, product = re.findall(r"−?\d+\.?\d*", colour.text("nodeNote").partition(":")[2])[:3]
    digits = len(product.lstrip("−0.").replace(".", ""))
    assert digits >= 4
    assert f"{abs(read(x) * read(w)):.{digits}g}" == f"{abs(read(product)):.{digits}g}"


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_tooltip_has_every_digit(colour):
    at = colour.at(0, 1, 1)
    blocks = colour.panel.blocks
    QApplication.sendEvent(blocks, QHelpEvent(QEvent.Type.ToolTip, at, blocks.mapToGlobal(at)))
    patch = blocks.blocks.node.patch
    assert float(QToolTip.text().splitlines()[0].split()[1]) == pytest.approx(float(patch[0, 1, 1]), abs=1e-8)
    QToolTip.hideText()


def test_arrow_keys_walk_through_the_cells(colour):
    blocks = colour.panel.blocks
    colour.child(QToolButton, "nodeHelp").setFocus()
    blocks.setFocus(Qt.FocusReason.TabFocusReason)
    assert blocks.marked == (0, 0, 0)
    for key, cell in (
        (Qt.Key.Key_Right, (0, 0, 1)),
        (Qt.Key.Key_Down, (0, 1, 1)),
        (Qt.Key.Key_Down, (0, 2, 1)),
        (Qt.Key.Key_Down, (0, 2, 1)),
        (Qt.Key.Key_Right, (0, 2, 2)),
        (Qt.Key.Key_Right, (0, 2, 3)),
        (Qt.Key.Key_Right, (1, 2, 0)),
        (Qt.Key.Key_Up, (1, 1, 0)),
        (Qt.Key.Key_Left, (0, 1, 3)),
    ):
        QTest.keyClick(blocks, key)
        assert blocks.marked == cell
    QTest.keyClick(blocks, Qt.Key.Key_Escape)
    assert blocks.marked is None
    assert colour.seen["letGo"] == []


def test_what_is_marked_scrolls_into_view(qtbot):
    bench = Bench(qtbot, photo(3), random_filter(3, 31, 31), size=(760, 180))
    bench.show(0, 0)
    bars = [getattr(bench.child(QScrollArea, "nodeScroll"), f"{way}ScrollBar")() for way in ("horizontal", "vertical")]
    assert all(bar.maximum() > 0 for bar in bars)
    bench.panel.mark_cell((2, 30, 30))
    assert bench.panel.blocks.visibleRegion().contains(bench.at(2, 30, 30))


# --- asking ----------------------------------------------------------------------------------------------------------


def test_typing_a_row_and_column(colour):
    colour.follow()
    row, column = colour.child(QSpinBox, "nodeRow"), colour.child(QSpinBox, "nodeColumn")
    assert (row.value(), column.value()) == (10, 20)
    row.setFocus()
    row.selectAll()
    QTest.keyClicks(row, "7")
    colour.show(11, 21)  # the mouse moves on
    assert row.text() == "7"
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert colour.seen["placeChosen"] == [(7, 21)]
    column.setFocus()
    column.selectAll()
    QTest.keyClicks(column, "3")
    QTest.keyClick(column, Qt.Key.Key_Return)
    QTest.keyClick(column, Qt.Key.Key_Up)
    assert colour.seen["placeChosen"] == [(7, 21), (7, 3), (7, 4)]
    assert colour.text("nodeWindow") == "Window: rows 7 to 9, columns 4 to 7"
    rows, columns = colour.geometry.output
    assert (row.maximum(), column.maximum()) == (rows - 1, columns - 1)


def test_the_node_that_stood_there_can_be_typed_again(colour):
    row = colour.child(QSpinBox, "nodeRow")
    row.setFocus()
    row.selectAll()
    QTest.keyClicks(row, "10")
    colour.show(15, 20)
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert colour.seen["placeChosen"] == [(10, 20)]


def test_esc_forgets_what_is_typed_and_then_lets_go(colour):
    colour.pinned = True
    colour.show(10, 20)
    row = colour.child(QSpinBox, "nodeRow")
    row.setFocus()
    row.selectAll()
    QTest.keyClicks(row, "7")
    QTest.keyClick(row, Qt.Key.Key_Escape)
    assert row.text() == "10"
    assert colour.seen["letGo"] == []
    QTest.keyClick(row, Qt.Key.Key_Escape)
    assert len(colour.seen["letGo"]) == 1
    assert colour.seen["placeChosen"] == []


def test_a_pinned_node_can_be_let_go(colour, qtbot):
    button = colour.child(QPushButton, "nodeLetGo")
    assert not button.isVisible()
    colour.pinned = True
    colour.show(1, 1)
    assert button.isVisible()
    qtbot.mouseClick(button, LEFT)
    assert len(colour.seen["letGo"]) == 1


def test_switching_a_channel_off(colour, qtbot):
    whole = colour.panel.blocks.blocks.node
    switches = [colour.child(QCheckBox, f"nodeChannel{i}") for i in range(3)]
    assert [one.text() for one in switches] == ["R", "G", "B"]
    assert all(one.isVisible() and one.isChecked() for one in switches)
    qtbot.mouseClick(switches[1], LEFT, pos=QPoint(8, switches[1].height() // 2))
    assert colour.seen["channelSwitched"] == [(1, False)]
    gain = colour.text("nodeGain")
    colour.panel.set_muted(frozenset({1}))
    assert colour.panel.blocks.blocks.node.z == pytest.approx(whole.z - whole.subtotals[1])
    assert [line.counts for line in colour.panel.sum.summands()] == [True, False, True, True]
    assert colour.text("nodeGain") != gain
    node = colour.show(4, 4)
    shown = colour.panel.blocks.blocks.node
    assert shown.z == pytest.approx(node.z - node.subtotals[1])
    assert not switches[1].isChecked()
    qtbot.mouseClick(switches[1], LEFT, pos=QPoint(8, switches[1].height() // 2))
    colour.panel.set_muted(frozenset())
    assert colour.seen["channelSwitched"][-1] == (1, True)
    assert colour.panel.blocks.blocks.node.z == pytest.approx(node.z)


def test_a_grey_filter_has_no_switches(qtbot, colour):
    colour.filter, colour.prepared = random_filter(1, 3, 4), Prepared(photo(1), 1 / 255)
    colour.show(0, 0)
    assert not any(one.isVisible() for one in colour.panel.findChildren(QCheckBox))


@pytest.mark.parametrize(("name", "write"), [("nodeCopyText", plain_text), ("nodeCopyLatex", latex)])
def test_copies_the_whole_equation(colour, qtbot, name, write):
    colour.panel.set_muted(frozenset({2}))
    qtbot.mouseClick(colour.child(QToolButton, name), LEFT)
    expected = write(colour.panel.blocks.blocks.node)
    assert QGuiApplication.clipboard().text() == expected
    assert "switched off" in expected
    assert "Copied" in colour.text("nodeNote")


def test_copies_the_lens_as_a_picture_twice_as_fine(colour, qtbot):
    qtbot.mouseClick(colour.child(QToolButton, "nodeCopyPicture"), LEFT)
    image, blocks = QGuiApplication.clipboard().image(), colour.panel.blocks
    assert image.width() > 2 * (blocks.width() + colour.panel.sum.width() + colour.panel.loupe.width())
    assert image.height() > 2 * blocks.height()
    wide = 2 * blocks.blocks.layout.width
    at = image.copy(0, 0, image.width(), image.height())
    tint = blocks.blocks.faces[PRODUCT].colours[0, 0, 0] & 0xFFFFFF
    found = sum(at.pixel(x, y) & 0xFFFFFF == tint for x in range(0, at.width(), 3) for y in range(0, at.height(), 3))
    assert found > wide
    assert colour.text("nodeNote") == "Copied as a picture"


def test_help_stands_in_the_panel(colour, qtbot):
    text, before = colour.child(QLabel, "nodeHelpText"), colour.panel.wanted_height()
    qtbot.mouseClick(colour.child(QToolButton, "nodeHelp"), LEFT)
    assert text.isVisible()
    assert colour.panel.wanted_height() > before
    qtbot.mouseClick(colour.child(QToolButton, "nodeHelp"), LEFT)
    assert not text.isVisible()
    assert colour.panel.wanted_height() == before


# --- the strongest places --------------------------------------------------------------------------------------------


def test_stepping_through_the_strongest_places(grid, qtbot):
    grid.follow()
    grid.show_strongest()
    box, on, back = (
        grid.child(QComboBox, "nodeStrongest"),
        grid.child(QToolButton, "nodeWeaker"),
        grid.child(QToolButton, "nodeStronger"),
    )
    assert [box.itemText(i) for i in range(box.count())] == [
        "1 of 2: 3 at 1, 2",
        "2 of 2: 3 at 3, 0",
    ]
    assert box.currentIndex() == -1
    assert grid.text("nodeFiresMost") == "Fires most, at 2 places alike"
    for button in (on, on, on, back):
        qtbot.mouseClick(button, LEFT)
    assert grid.seen["placeChosen"] == [(1, 2), (3, 0), (1, 2), (3, 0)]
    assert box.currentIndex() == 1
    assert grid.panel.sum.share() == "3 of 3 possible"


def test_a_picture_leads_to_its_place(grid, qtbot):
    grid.follow()
    grid.show_strongest()
    pictures = [grid.child(PictureButton, f"nodePeak{i}") for i in range(3)]
    assert [one.isVisible() for one in pictures] == [True, True, False]
    qtbot.mouseClick(pictures[1], LEFT)
    assert grid.seen["placeChosen"] == [(3, 0)]
    assert [one.isChecked() for one in pictures[:2]] == [False, True]
    assert pictures[1].accessibleName() == "3 at row 3, column 0"
    middle = pictures[0].grab().toImage()
    assert middle.pixelColor(middle.width() // 2, middle.height() // 2).name() == "#ffffff"
    assert middle.pixelColor(8, middle.height() // 2).name() == "#000000"


def test_picking_from_the_list(colour):
    places = colour.show_strongest()
    box = colour.child(QComboBox, "nodeStrongest")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert colour.seen["placeChosen"] == [(places[0].row, places[0].column)]


def test_a_map_of_zeros_has_no_places(colour):
    colour.panel.set_strongest([], [], 0)
    assert not colour.child(QToolButton, "nodeWeaker").isEnabled()
    assert colour.child(QComboBox, "nodeStrongest").placeholderText() == "Fires nowhere"


@pytest.mark.parametrize(
    ("activation", "share"), [("sigmoid", "0.269 of 0.881 possible"), ("tanh", "−0.762 of 0.964 possible")]
)
def test_the_most_that_is_possible_is_that_of_the_activation(qtbot, activation, share):
    bench = Bench(qtbot, np.array([[[0, 1, 1, 0]]], np.uint8), Filter([[2.0, -1.0]]), gain=1.0, activation=activation)
    bench.show(0, 0)
    assert bench.panel.sum.share() == share
    assert bench.panel.sum.filled() == pytest.approx(
        max(0.0, read(share.split()[0]) / read(share.split()[2])), abs=1e-3
    )
