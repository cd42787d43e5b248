"""The one grammar of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexplorer.core.model.numerals import (
    is_unfinished,
    may_be_thousands,
    parse_number,
    parse_percent,
    parse_share,
    parse_whole,
)
from convexplorer.errors import MAX_MESSAGE, InvalidValueError

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def refusal(read, text):
    with pytest.raises(InvalidValueError) as caught:
        read(text)
    assert len(str(caught.value)) <= MAX_MESSAGE
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-.5", -0.5),
        (",5", 0.5),
        ("\u22122", -2),
        ("0,25", 0.25),
        ("0,125", 0.125),
        ("12,34", 12.34),
        ("1234,567", 1234.567),
        ("1.000", 1),
        ("1/8", 0.125),
        (" -1/4 ", -0.25),
        ("1,5 / \u22123", -0.5),
        ("1e-3", 0.001),
        ("1,5E2", 150),
        ("1e\u22123", 0.001),
        ("+3.", 3),
        ("3,", 3),
        ("\u00a07\u202f", 7),
        ("3.4028235e38", 3.4028235e38),
    ],
)
def test_reads_what_people_write(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a number is missing"),
        (" ", "a number is missing"),
        ("1,000", "1,000 can be 1 or 1000: write it without a comma"),
        ("-12,345", "-12,345 can be -12.345 or -12345: write it without a comma"),
        ("1/1,000", "1/1,000 can be 1 or 1000: write it without a comma"),
        ("1,234.5", "1,234.5 has a comma and a point: write it with a point alone"),
        ("1.234,5", "1.234,5 has a comma and a point: write it with a point alone"),
        ("1,2,3", "1,2,3 is not a number"),
        ("1 000", "1 000 is not a number"),
        ("1\u202f000", "1 000 is not a number"),
        ("x", "x is not a number"),
        ("1/2/3", "1/2/3 is not a number"),
        ("1_0", "1_0 is not a number"),
        ("\u00b2", "\u00b2 is not a number"),
        ("\u0661", "\u0661 is not a number"),
        ("--1", "--1 is not a number"),
        ("1e", "1e is not a number"),
        ("50 %", "50 % is not a number"),
        ("NaN", "NaN is not a finite number"),
        ("\u2212inf", "\u2212inf is not a finite number"),
        ("1/0", "1/0 divides by zero"),
        ("1/0,0", "1/0,0 divides by zero"),
        ("1e99", "1e99 is too large for a 32-bit number"),
        ("1e999/1e999", "1e999/1e999 is too large for a 32-bit number"),
        ("3.4028236e38", "3.4028236e38 is too large for a 32-bit number"),
    ],
)
def test_refuses_in_one_line(text, message):
    assert refusal(parse_number, text) == message


def test_a_comma_is_no_doubt_where_others_settle_it():
    assert parse_number("1,000", comma_is_mark=True) == 1
    assert may_be_thousands("1,000")
    assert not any(map(may_be_thousands, ["0,125", "1,5", "1,0000", "1.000"]))


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("\u22123", -3), ("6/2", 3), ("3,0", 3), ("9" * 25, int("9" * 25))]
)
def test_whole_numbers(text, value):
    assert parse_whole(text) == value
    assert isinstance(parse_whole(text), int)


def test_what_is_not_whole():
    assert refusal(parse_whole, "1.5") == "1.5 is not a whole number"
    assert "can be 1 or 1000" in refusal(parse_whole, "1,000")
    assert refusal(parse_whole, "9" * 5000).endswith("is too large")


def test_percentages():
    assert [parse_percent(text) for text in ("30,5", "30.5 %", "30%")] == [30.5, 30.5, 30]
    assert [parse_share(text) for text in ("0,3", "30 %", "1/4")] == [0.3, 0.3, 0.25]


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("", True),
        ("-", True),
        ("\u2212,", True),
        ("1e", True),
        ("1e-", True),
        ("1/", True),
        ("1,000", True),
        ("a", False),
        ("1x", False),
        ("1.2.", False),
    ],
)
def test_knows_what_typing_on_can_mend(text, unfinished):
    assert is_unfinished(text) is unfinished


@given(FLOATS)
def test_reads_every_float_with_any_mark_and_minus(value):
    text = repr(value)
    for other in (text, text.replace("-", "\u2212"), text.replace(".", ",") + ("" if "e" in text else "0000")):
        assert np.float32(parse_number(other)) == np.float32(value)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text):
    for read in (parse_number, parse_whole, parse_percent, parse_share):
        try:
            value = read(text)
        except InvalidValueError as error:
            value = len(str(error)) - MAX_MESSAGE
        assert abs(value) < float("inf")
