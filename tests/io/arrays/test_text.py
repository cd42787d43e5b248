from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convexplorer.errors import MAX_MESSAGE, InvalidValueError
from convexplorer.io.arrays import text as text_module
from convexplorer.io.arrays.text import format_block, number_texts, parse_block

TWICE_ROUNDED = np.frombuffer(np.uint32(363742205).tobytes(), np.float32)[0]
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
PLANES = hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=4), elements=FINITE)


def lists(text: str) -> list[list[list[float]]]:
    return [matrix.tolist() for matrix in parse_block(text)]


def refusal(text: str) -> str:
    with pytest.raises(InvalidValueError) as caught:
        parse_block(text)
    assert len(str(caught.value)) <= MAX_MESSAGE
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "1\t-2.5\n3\t4",
        "1\t-2.5\r\n3\t4\r\n",
        "1\t-2.5\r3\t4",
        "1,-2.5\n3,4",
        " 1 , -2.5 \n 3, 4\n\n",
        "1,-2.5,\n3,4,\n",
        ",,\n1,-2.5\n3,4",
        "1;-2.5\n3;4",
        "1 -2.5\n3 4",
        "   1   -2.5\n   3    4   ",
        "1 \u22122.5\n3 4",
        "\ufeff1,-2.5\n3,4",
        '"1","-2.5"\n"3","4"',
        "1\t-2,5\n3\t4",
        "1;-2,5\n3;4",
        '"1","-2,5"\n"3","4"',
        "+1 -.25e1\n3. 4e0",
        "# a comment\n1 -2.5\n3 4\n# another",
        "[[ 1.  -2.5]\n [ 3.   4. ]]",
        "[[1, -2.5], [3, 4]]",
        "[[1, -2.5],\n [3, 4],\n]",
        "array([[ 1. , -2.5],\n       [ 3. ,  4. ]], dtype=float32)",
        "tensor([[1.0, -2.5], [3.0, 4.0]], device='cuda:0')",
        "[1 -2.5; 3 4]",
        "[1 -2.5]\n[3 4]",
        "[[1\n -2.5]\n [3\n 4]]",
        "K = [1 -2.5; 3 4];",
        "kernel = np.array([[1, -2.5], [3, 4]])",
        "1\t-5/2\n9/3\t 4 / 1",
        "1\t-2.5\r\r\n3\t4\r\r\n",
        "1 -2.5\v3 4",
        "1 -2.5\f3 4",
        "1 -2.5\u20283 4\u2029",
        "1 -2.5\x853 4",
        "1 -2.5\n\n3 4\n\n",
        "# kernel\n1 -2.5\n# second row next\n3 4\n",
        "1,00 -2,5\n3 4",
        "1\u3000-2.5\n3\u20034",
        "\u00a01;\u00a0-2,5\u202f\n3;4",
    ],
)
def test_one_matrix(text):
    assert lists(text) == [[[1, -2.5], [3, 4]]]


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n \t \n\n3 4",
        "1 2\n# between\n\n3 4",
        "1,2\n,\n,\n3,4",
        "[[[1 2]]\n\n [[3 4]]]",
        "[[[1, 2]], [[3, 4]]]",
        "[[1 2]]\n[[3 4]]",
        "[1 2]\n\n[3 4]",
    ],
)
def test_two_matrices(text):
    assert lists(text) == [[[1, 2]], [[3, 4]]]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("0,5", [0.5]),
        ("-0,5\n", [-0.5]),
        ("0,5\r\n1,5\r\n0,25\r\n", [0.5, 1.5, 0.25]),
        ("0,5\n1\n2,5", [0.5, 1, 2.5]),
        ("1,05\n2,10", [1.05, 2.1]),
        ("0,125\n1,000", [0.125, 1]),
        ('"0,5"\n"1,5"', [0.5, 1.5]),
        ("1/9\n-2/3", [1 / 9, -2 / 3]),
        ("1,5e3", [1500]),
    ],
)
def test_a_column_of_decimal_commas(text, column):
    assert lists(text) == [[[one] for one in column]]


def test_decimal_commas_between_blanks():
    assert lists("0,5 1,5\n2 2,25") == [[[0.5, 1.5], [2, 2.25]]]


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4",
        "0,1\n-1,0",
        "0,5, 1,5",
        "1,2, 3",
        "1,000,000",
        "100,200,300\n400,500,600",
        "[0,5 1,5]",
        "[0,5, 1 2]",
    ],
)
def test_what_can_be_read_two_ways_is_refused(text):
    assert "can be read two ways" in refusal(text)


def test_thousands_are_not_guessed_at():
    text = '"1,000","2,000"\n"3,000","4,000"\n'
    assert refusal(text) == "row 1, column 1: 1,000 can be 1 or 1000: write it without a comma"
    assert refusal("1,000\n2,000") == "row 1, column 1: 1,000 can be 1 or 1000: write it without a comma"
    assert lists('"1,000","2,5"') == [[[1, 2.5]]]
    assert refusal("1\u202f000\t2") == "row 1, column 1: 1 000 is not a number"


def test_a_name_says_what_separates():
    def read(text, named):
        return [matrix.tolist() for matrix in parse_block(text, named=named)]

    assert read("1,2\n3,4", ",") == [[[1, 2], [3, 4]]]
    assert read("100,200\n300,400", ",") == [[[100, 200], [300, 400]]]
    assert read("1,2\n3,4", "\t") == [[[1.2], [3.4]]]
    for text in ("0,5", "0,25\n1,5"):
        with pytest.raises(InvalidValueError, match="can be read two ways"):
            read(text, ",")


def test_what_is_written_is_not_doubted():
    assert [one.tolist() for one in parse_block("1,2\n\n3,4", written=True)] == [[[1, 2]], [[3, 4]]]


def test_matrices_may_differ_in_size():
    assert lists("1 2\n\n3") == [[[1, 2]], [[3]]]


def test_results_are_float64():
    (matrix,) = parse_block("0.1")
    assert matrix.dtype == np.float64
    assert matrix[0, 0] == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no numbers in the text"),
        ("# only\n\n# comments", "there are no numbers in the text"),
        ("[[]]", "there are no numbers in the text"),
        ("1 2\n3 nan", "row 2, column 2: nan is not a finite number"),
        ("1\n-Inf", "row 2, column 1: -Inf is not a finite number"),
        ("\u2212infinity", "row 1, column 1: \u2212infinity is not a finite number"),
        ("1 1e999", "row 1, column 2: 1e999 is too large for a 32-bit number"),
        ("3.4028236e38", "row 1, column 1: 3.4028236e38 is too large for a 32-bit number"),
        ("1,,2", "row 1, column 2 is empty"),
        ("\t1", "row 1, column 1 is empty"),
        ("1 2\n3", "row 2 has another length (1) than those above (2)"),
        ("a b", "row 1, column 1: a is not a number"),
        ("1 2\n\n3 x", "row 3, column 2: x is not a number"),
        ("0,5\t1.5", "row 1, column 1: 0,5 has a comma where other numbers have a point"),
        ("1,234.5;2", "row 1, column 1: 1,234.5 has a comma and a point: write it with a point alone"),
        ("1/0", "row 1, column 1: 1/0 divides by zero"),
        ("1_000", "row 1, column 1: 1_000 is not a number"),
        ("\u0661", "row 1, column 1: \u0661 is not a number"),
        ("0x10", "row 1, column 1: 0x10 is not a number"),
        ("1j", "row 1, column 1: 1j is not a number"),
        ("[[1 2]", "the last bracket is missing, or something stands behind it"),
        ("[[1 2]] 3", "the last bracket is missing, or something stands behind it"),
        ("[1 2]]", "row 1: a bracket is missing or out of place"),
        ("1 [2 3]", "row 1: a bracket is missing or out of place"),
        ("[1 [2 3]]", "row 1: a bracket is missing or out of place"),
        ("[[1]\n 2 [3]]", "row 2: a bracket is missing or out of place"),
        ("[1 ... 3]", "row 1, column 2: ... is not a number"),
        ("[[1 2]\n [3]]", "row 2 has another length (1) than those above (2)"),
        (
            f"1 {'9' * 200_000}",
            "row 1, column 2: 99999999999999999999999999…9999999999999 is too large for a 32-bit number",
        ),
        (f"1,2,{'9' * 200_000}", "row 1 cannot be cut into cells"),
    ],
)
def test_refusals_say_where(text, message):
    assert refusal(text) == message


def test_first_line_counts_in_messages():
    with pytest.raises(InvalidValueError, match="row 8, column 1"):
        parse_block("1\nx", first_line=7)


def test_text_has_a_limit(monkeypatch):
    monkeypatch.setattr(text_module, "MAX_CHARACTERS", 8)
    assert "too long" in refusal("1 2 3 4 5")


def test_largest_float32_is_read():
    text = "3.40282356e38"
    assert np.float32(parse_block(text)[0][0, 0]) == np.finfo(np.float32).max


@given(PLANES, st.sampled_from(["\t", ",", ";", " "]))
def test_round_trip_is_bit_identical(planes, separator):
    back = parse_block(format_block(planes, separator), written=True)
    assert np.stack(back).astype(np.float32).tobytes() == planes.tobytes()


@given(PLANES)
def test_what_is_copied_is_pasted_bit_by_bit(planes):
    back = parse_block(format_block(planes))
    assert np.stack(back).astype(np.float32).tobytes() == planes.tobytes()


@given(FINITE)
def test_number_texts_are_read_back_by_any_float_reader(number):
    single = np.float32(number)
    text = str(number_texts(single))
    assert np.float32(float(text)).tobytes() == single.tobytes()


def test_numbers_that_two_roundings_would_change():
    """The shortest float32 text of this one is read, by way of float64, as its neighbour."""
    assert str(TWICE_ROUNDED) == "7.038531e-26"
    assert np.float32(float("7.038531e-26")) != TWICE_ROUNDED
    planes = np.array([[TWICE_ROUNDED, -TWICE_ROUNDED]], np.float32)
    (back,) = parse_block(format_block(planes))
    assert back.astype(np.float32).tobytes() == planes.tobytes()


@pytest.mark.parametrize("number", [0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, 16777216, 0.1, 1 / 3])
def test_extremes(number):
    single = np.array([[number]], np.float32)
    assert parse_block(format_block(single))[0].astype(np.float32).tobytes() == single.tobytes()


def test_text_is_plain():
    assert format_block([[[1, -0.5], [0.1, 100]], [[0, 0], [0, 2]]]) == "1\t-0.5\n0.1\t100\n\n0\t0\n0\t2"
    assert format_block(np.eye(2), ",") == "1,0\n0,1"


def test_other_readers_agree():
    planes = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    rows = list(csv.reader(io.StringIO(format_block(planes, ","))))
    assert (np.array(rows, np.float64).astype(np.float32) == planes).all()
    assert (np.loadtxt(io.StringIO(format_block(planes, " ")), dtype=np.float32) == planes).all()


def test_reads_what_numpy_prints():
    planes = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    for text in (str(planes), repr(planes), repr(planes.tolist())):
        back = np.stack(parse_block(text))
        assert back.shape == planes.shape
        np.testing.assert_allclose(back, planes, rtol=1e-6)
