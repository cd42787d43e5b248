"""One update explained and taken, driven with real events."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.panel import UPDATE_PAGE, TrainingPanel
from tests.helpers.training_wing import LEFT, presenter_of, ready, session_of


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


def test_a_step_tells_what_it_made_of_its_own_batch(panel: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session_of(panel).progressed, timeout=10_000) as told:
        qtbot.mouseClick(panel.controls.batch, LEFT)
    frame = told.args[0]
    assert frame.same < frame.loss
    assert panel.update_page._effect.text().startswith("That step took the loss of its batch from")
