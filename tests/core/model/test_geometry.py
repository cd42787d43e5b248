"""Where windows lie, against counting them one by one."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexplorer.core.model.geometry import Geometry
from convexplorer.errors import InvalidValueError

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
kernels = st.tuples(st.integers(1, 9), st.integers(1, 9))
paddings = st.sampled_from(["valid", "same", 0, 1, 4])
steps = st.integers(1, 5)


@st.composite
def geometries(draw):
    inputs, kernel, stride, dilation = draw(sizes), draw(kernels), draw(steps), draw(steps)
    padding = draw(paddings)
    try:
        return Geometry.of(inputs, kernel, stride=stride, padding=padding, dilation=dilation), padding
    except InvalidValueError:
        spans = [(k - 1) * dilation + 1 for k in kernel]
        pad = padding if isinstance(padding, int) else 0
        assert padding != "same"
        assert any(size + 2 * pad < span for size, span in zip(inputs, spans, strict=True))
        return Geometry.of(inputs, (1, 1)), "valid"


@settings(max_examples=300)
@given(geometries())
def test_every_window_lies_inside_and_one_more_would_not(drawn):
    geometry, padding = drawn
    top, left, bottom, right = geometry.pads
    for axis, (before, after) in enumerate(((top, bottom), (left, right))):
        ends = range(-before, geometry.inputs[axis] + after - geometry.span[axis] + 1, geometry.stride)
        assert geometry.output[axis] == len(ends)
        if padding == "same":
            assert geometry.output[axis] == ceil(geometry.inputs[axis] / geometry.stride)
            assert after - before in (0, 1)
        else:
            assert before == after == (0 if padding == "valid" else padding)
    rows, columns = geometry.output
    last = geometry.origin(rows - 1, columns - 1)
    assert last == ((rows - 1) * geometry.stride - top, (columns - 1) * geometry.stride - left)


@settings(max_examples=200)
@given(geometries(), st.data())
def test_reach_is_what_the_windows_of_the_nodes_cover(drawn, data):
    geometry, _ = drawn
    first_row = data.draw(st.integers(0, geometry.output[0] - 1))
    first_column = data.draw(st.integers(0, geometry.output[1] - 1))
    rows = first_row, data.draw(st.integers(first_row + 1, geometry.output[0]))
    columns = first_column, data.draw(st.integers(first_column + 1, geometry.output[1]))
    top, left, bottom, right = geometry.reach(rows, columns)
    seen = [
        (y + a * geometry.dilation, x + b * geometry.dilation)
        for y, x in (geometry.origin(r, c) for r in (rows[0], rows[1] - 1) for c in (columns[0], columns[1] - 1))
        for a in (0, geometry.kernel[0] - 1)
        for b in (0, geometry.kernel[1] - 1)
    ]
    assert (top, left) == (min(y for y, _ in seen), min(x for _, x in seen))
    assert (bottom, right) == (max(y for y, _ in seen) + 1, max(x for _, x in seen) + 1)


@settings(max_examples=200)
@given(geometries(), st.data())
def test_the_centre_of_a_node_s_window_leads_back_to_it(drawn, data):
    geometry, _ = drawn
    row = data.draw(st.integers(0, geometry.output[0] - 1))
    column = data.draw(st.integers(0, geometry.output[1] - 1))
    y, x = geometry.origin(row, column)
    assert geometry.node_at(y + geometry.span[0] / 2, x + geometry.span[1] / 2) == (row, column)


def test_places_outside_lead_to_the_nearest_node():
    geometry = Geometry.of((10, 12), (3, 3))
    assert geometry.output == (8, 10)
    assert geometry.node_at(-50, 4.5) == (0, 3)
    assert geometry.node_at(50, 50) == (7, 9)


@pytest.mark.parametrize(
    ("settings_given", "output", "pads"),
    [
        ({}, (5, 4), (0, 0, 0, 0)),
        ({"padding": "same"}, (8, 8), (1, 2, 2, 2)),
        ({"padding": "same", "stride": 3}, (3, 3), (1, 1, 1, 2)),
        ({"padding": 2, "stride": 2}, (5, 4), (2, 2, 2, 2)),
        ({"dilation": 2}, (2, 0), None),
    ],
)
def test_worked_examples(settings_given, output, pads):
    if pads is None:
        with pytest.raises(InvalidValueError, match="a window of 7 × 9 does not fit an input of 8 × 8"):
            Geometry.of((8, 8), (4, 5), **settings_given)
        return
    geometry = Geometry.of((8, 8), (4, 5), **settings_given)
    assert geometry.output == output
    assert geometry.pads == pads


@pytest.mark.parametrize(
    ("settings_given", "said"),
    [
        ({"stride": 0}, "the stride is a whole number from 1, not 0"),
        ({"stride": 1.5}, "the stride is a whole number from 1, not 1.5"),
        ({"dilation": -1}, "the dilation is a whole number from 1, not -1"),
        ({"padding": -1}, 'the padding is "valid", "same" or a whole number from 0, not -1'),
        ({"padding": "full"}, 'the padding is "valid", "same" or a whole number from 0, not full'),
    ],
)
def test_impossible_settings(settings_given, said):
    with pytest.raises(InvalidValueError) as caught:
        Geometry.of((8, 8), (3, 3), **settings_given)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("padding", "stride", "output"),
    [
        (30_000, 1, "60016 × 60022"),
        (200_000_000, 1, "400000016 × 400000022"),
        (2**62, 1, "9223372036854775824 × 9223372036854775830"),
        (9_999, 1, "20014 × 20020"),
    ],
)
def test_maps_that_nothing_could_hold_are_refused_before_anything_is_computed(padding, stride, output):
    with pytest.raises(InvalidValueError) as caught:
        Geometry.of((18, 24), (3, 3), padding=padding, stride=stride)
    assert str(caught.value) == (f"maps of {output} nodes are too large; the limit is 65536 a side and 400 million")


def test_large_padding_with_large_steps_is_allowed():
    assert Geometry.of((18, 24), (3, 3), padding=30_000, stride=1000).output == (61, 61)


def test_the_largest_picture_is_allowed():
    assert Geometry.of((12_500, 16_000), (31, 31), padding=15).output == (12_500, 16_000)
    assert Geometry.of((32_768, 6_000), (1, 1), padding=1).output == (32_770, 6_002)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint32])
def test_settings_may_be_of_any_integral_type(kind: type) -> None:
    made = Geometry.of((20, 30), (3, 3), stride=kind(2), padding=kind(1), dilation=kind(2))
    assert made == Geometry.of((20, 30), (3, 3), stride=2, padding=1, dilation=2)
    assert all(type(one) is int for one in (made.stride, made.dilation, *made.pads))


@pytest.mark.parametrize("setting", ["stride", "dilation", "padding"])
@pytest.mark.parametrize("value", [2.0, np.float32(2), "2", None, -1, np.int64(-1)])
def test_others_are_refused(setting: str, value: object) -> None:
    with pytest.raises(InvalidValueError, match="whole number"):
        Geometry.of((20, 30), (3, 3), **{setting: value})  # type: ignore[arg-type]
