"""How numbers are printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexplorer.core.model.digits import (
    Digits,
    cells_writer,
    decimal,
    digits_of,
    fixed_text,
    grouped_text,
    number_text,
    percent,
    pixel,
    printed_weights,
    read,
)
from convexplorer.core.model.filters import Filter

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (-1.0, "−1"), (0.12346, "0.1235"), (12345.6, "12346"), (1.5e-6, "1.5e−6"), (2e7, "2e7")],
)
def test_a_number_that_stands_alone(value, text):
    assert number_text(value) == text


def test_what_is_infinite():
    assert (number_text(np.inf), number_text(-np.inf, 2)) == ("∞", "−∞")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (0.5, "0.5"),
        (np.float32(0.2), "0.2"),
        (0.50001, "0.500"),
        (-0.00001, "0.000"),
        (2.9999, "3.000"),
        (-0.25, "−0.25"),
        (100.0, "100"),
    ],
)
def test_zeros_at_the_end_tell_that_something_was_cut_off(value, text):
    assert decimal(float(value), 3) == text


@given(FLOATS, st.integers(0, 6))
def test_every_number_is_rounded_to_the_nearest_and_nothing_is_minus_zero(value, decimals):
    for text in (decimal(value, decimals), fixed_text(value, decimals)):
        assert abs(read(text) - value) <= 0.5 * 10.0**-decimals + 1e-15 * abs(value)
        assert "-" not in text
        assert not (text.startswith("−") and read(text) == 0)


def test_counts_and_shares():
    assert grouped_text(-4288236372) == "−4,288,236,372"
    assert [percent(share) for share in (0.0, 0.5, 0.99999, 1.0)] == ["0 %", "50 %", "100.0 %", "100 %"]
    assert pixel(114 / 255) == "0.447"


def test_weights_that_people_type_are_printed_in_full_and_others_rounded_alike():
    digits = digits_of(Filter([[-0.25, 0.0625, 1 / 3, 7.25, -0.2345678]]))
    texts = [digits.weight(w) for w in (-0.25, 0.0625, 1 / 3, 7.25, -0.2345678)]
    assert texts == ["−0.25", "0.0625", "0.333", "7.25", "−0.235"]


@given(st.lists(FLOATS.filter(lambda value: value == 0 or abs(value) > 1e-30), min_size=1, max_size=20))
def test_all_weights_at_once_say_what_each_does(values):
    one = Filter([values])
    digits = digits_of(one)
    said = printed_weights(one.weights, digits)[0, 0]
    for value, number in zip(one.weights[0, 0].tolist(), said.tolist(), strict=True):
        assert number == pytest.approx(read(digits.weight(value)), rel=6e-4, abs=10.0**-digits.decimals * 1e-6)


def test_a_filter_keeps_its_digits_and_equal_ones_have_the_same():
    one, other = Filter([[1, 2]]), Filter([[1, 2]])
    assert digits_of(one) is digits_of(one)
    assert digits_of(one) == digits_of(other)
    assert digits_of(Filter(np.zeros((2, 2)))) == digits_of(Filter([[1.0]])) == Digits(3, 0, 3)


def test_values_of_a_map_of_a_tiny_filter_have_their_power_of_ten():
    assert digits_of(Filter([[2e-7]])).value(1.23456e-7) == "1.235e−7"
    assert digits_of(Filter([[1.0]])).bounds(-0.96789, 3.0) == "−0.968 … 3"


def test_no_number_of_a_table_is_cut_short():
    digits = digits_of(Filter([[-0.25, 7.25]]))

    def written(values, room):
        write, share = cells_writer(values, digits.weight, lambda text: len(text) <= room)
        return [*map(write, values)], share

    assert written([-0.25, 7.25], 5) == (["−0.25", "7.25"], 1)
    assert written([7.25, 1.0], 4) == (["7.25", "1"], 1)
    assert written([-0.25, 7.25, 1.0], 4) == (["…", "7.25", "1"], 2 / 3)
    assert written([-0.25, -7.25, 1.0], 4) == (["", "", ""], 1 / 3)
