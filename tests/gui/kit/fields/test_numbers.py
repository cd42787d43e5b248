"""Numbers as text, and how far they are nudged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from convexplorer.core.model.numerals import parse_number
from convexplorer.gui.kit.fields.nudging import BURST_SECONDS, Burst, factor, nudge, step_of
from convexplorer.gui.kit.fields.numbers import exact, exact_number_text

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(FLOATS)
def test_exact_text_reads_back_bit_by_bit(value):
    assert np.float32(parse_number(exact(value))) == np.float32(value)
    assert np.float32(parse_number(exact_number_text(value))) == np.float32(value)


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0], 0.05),
        ([-1, 1], 0.05),
        ([1, -2], 1),
        ([0.5], 0.05),
        ([2.5], 0.05),
        ([12.5], 0.5),
        ([0.04], 0.0005),
        ([100], 1),
    ],
)
def test_step_suits_the_numbers(values, step):
    assert step_of(values) == pytest.approx(step)


def test_steps_leave_no_noise():
    value = 0.1
    for _ in range(7):
        value = nudge(value, 1, 0.05)
    assert value == 0.45
    assert nudge(0.05, -1, 0.05) == 0.0


def test_modifiers():
    keys = Qt.KeyboardModifier
    assert [factor(key) for key in (keys.NoModifier, keys.ShiftModifier, keys.AltModifier, keys.ControlModifier)] == [
        1,
        10,
        0.1,
        0.1,
    ]


def test_a_burst_ends_after_a_while_or_with_another_thing():
    now = [0.0]
    burst = Burst(lambda: now[0])
    numbers = []
    for wait, what in ((0, "a"), (0.5, "a"), (BURST_SECONDS + 0.1, "a"), (0.1, "b")):
        now[0] += wait
        burst.nudge(what, [1.0])
        numbers.append(burst.number)
    assert numbers == [1, 1, 2, 3]
    assert burst.nudge("b", [1000.0]) == 0.05  # the step of its beginning
