"""The card with the sum: its rows add up to it, and it is read aloud."""

from __future__ import annotations

import pytest

from convexplorer.core.model.digits import number_text
from convexplorer.gui.flow.card import MOST_ROWS, CardContent, FlowCard, Share, tone, with_sign


def content(amounts, bias=None):
    shares = tuple(Share(f"Filter {at + 1}", amount, number_text(amount)) for at, amount in enumerate(amounts))
    last = None if bias is None else Share("bias", bias, number_text(bias))
    return CardContent("Corner at (3, 4)", "what each map gave", shares, last, "z → ReLU(z)", number_text(sum(amounts)))


@pytest.mark.parametrize("count", [1, MOST_ROWS, MOST_ROWS + 3])
@pytest.mark.parametrize("bias", [None, -0.5])
def test_rows_are_the_largest_shares_the_rest_together_and_the_bias(qtbot, count, bias):
    card = FlowCard()
    qtbot.addWidget(card)
    amounts = [0.5**at for at in range(count)]
    card.show_content(content(amounts, bias))
    rows = card.rows()
    assert sum(one.amount for one in rows) == pytest.approx(sum(amounts) + (bias or 0.0))
    assert [one.amount for one in rows[: min(count, MOST_ROWS)]] == amounts[:MOST_ROWS]
    assert (rows[-1].name == "bias") == (bias is not None)
    assert any(one.name == "3 others" for one in rows) == (count > MOST_ROWS)


def test_it_is_as_high_as_its_rows_and_hidden_without_a_node(qtbot):
    card = FlowCard()
    qtbot.addWidget(card)
    card.show_content(content([1.0]))
    low = card.height()
    card.show_content(content([1.0, 0.5, 0.25]))
    assert card.height() > low
    card.show_content(None)
    assert not card.isVisible()
    assert card.rows() == []


def test_it_is_read_aloud(qtbot):
    card = FlowCard()
    qtbot.addWidget(card)
    card.show_content(content([0.75, -0.25]))
    assert card.accessibleName() == "Corner at (3, 4)"
    assert "Filter 1 +0.75; Filter 2 −0.25" in card.accessibleDescription()


def test_signs_are_printed():
    assert [with_sign(number_text(amount), amount) for amount in (0.5, -0.5, 0.0)] == ["+0.5", "−0.5", "0"]


def test_bars_are_as_long_as_the_shares_and_coloured_by_sign(qtbot):
    card = FlowCard()
    qtbot.addWidget(card)
    card.show_content(content([1.0, -0.5]))
    image = card.grab().toImage()
    lengths = []
    for amount in (1.0, -0.5):
        wanted = tone(amount).name()
        found = [
            x for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).name() == wanted
        ]
        lengths.append(max(found) - min(found))
    assert lengths[1] == pytest.approx(lengths[0] / 2, abs=2)
