"""Equations as text and LaTeX, read back and worked out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.explain.brightness import gain
from convexplorer.core.explain.equation import channel_names, latex, plain_text
from convexplorer.core.explain.explain import explain, explain_pooling
from convexplorer.core.explain.printed import format_node
from convexplorer.core.model.digits import decimal
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.patterns import BINARY_GRID, LINE_FILTER
from tests.helpers.equations import untrue_lines


def photo_node(seed=0, channels=3, kernel=(3, 3), activation="relu", muted=frozenset(), size=1.0):
    rng = np.random.default_rng(seed)
    patch = (rng.integers(0, 256, (channels, *kernel)) / 255).astype(np.float32)
    one = Filter(rng.normal(size=(channels, *kernel)) * size, bias=round(float(rng.normal()), 2) * size)
    return explain(patch, one, activation, muted)


def test_a_printed_number():
    assert decimal(-0.4471, 3) == "−0.447"
    assert decimal(12.0, 2) == "12"
    assert decimal(12.0004, 2) == "12.00"
    assert decimal(-7.0, 0) == "−7"
    assert decimal(0.0, 3) == "0"
    assert decimal(-0.0001, 3) == "0.000"


def test_the_second_node_of_the_lecture():
    node = explain(BINARY_GRID[np.newaxis, :3, 1:4].astype(np.float32), Filter(LINE_FILTER), "relu")
    assert plain_text(node).splitlines() == [
        "0·(−1) + 0·1 + 0·(−1) + 0·(−1) + 0·1 + 1·(−1) + 0·(−1) + 0·1 + 1·(−1)",
        "  = 0 + 0 + 0 + 0 + 0 − 1 + 0 + 0 − 1",
        "  = −2",
        "z = Σ + bias = −2 + 0 = −2",
        "ReLU(z) = max(0, z) = 0",
    ]
    minus_one_minus = r"\begin{pmatrix} -1 & 1 & -1 \\ -1 & 1 & -1 \\ -1 & 1 & -1 \end{pmatrix}"
    assert latex(node).splitlines() == [
        r"\begin{align*}",
        r"\begin{pmatrix} 0 & 0 & 0 \\ 0 & 0 & 1 \\ 0 & 0 & 1 \end{pmatrix} \odot " + minus_one_minus + " &= "
        r"\begin{pmatrix} 0 & 0 & 0 \\ 0 & 0 & -1 \\ 0 & 0 & -1 \end{pmatrix}, & \Sigma &= -2 \\",
        r"z &= \Sigma + b = -2 + 0 = -2 \\",
        r"\operatorname{ReLU}(z) &= \max(0, z) = 0",
        r"\end{align*}",
    ]


@pytest.mark.parametrize("seed", range(30))
def test_every_printed_line_is_true(seed):
    muted = frozenset({seed % 3}) if seed % 2 else frozenset()
    node = photo_node(seed, kernel=(1 + seed % 5, 1 + seed % 4), muted=muted)
    assert untrue_lines(node) == []
    lines = plain_text(node).splitlines()
    assert [line[:3] for line in lines[:9:3]] == ["R: ", "G: ", "B: "]
    assert ["(switched off)" in line for line in lines[2:9:3]] == [channel in muted for channel in range(3)]
    assert lines[9].split(" = ")[1] == " + ".join([name for i, name in enumerate("RGB") if i not in muted] + ["bias"])
    assert lines[10].split(" = ")[-1] == format_node(node).value


def test_without_activation_there_is_no_relu():
    node = photo_node(activation="none")
    assert "ReLU" not in plain_text(node)
    assert "ReLU" not in latex(node)


def test_equal_stands_only_where_the_printed_numbers_give_it():
    half = explain(np.full((1, 1, 2), 0.5, np.float32), Filter([[0.25, -1.5]]), "relu")
    assert "  = 0.125 − 0.75" in plain_text(half)
    eighth = explain(np.full((1, 1, 2), 0.125, np.float32), Filter([[0.125, 1.0]]), "relu")
    assert "  ≈ 0.016 + 0.125" in plain_text(eighth)
    assert r"\approx" in latex(eighth)


def test_very_small_filters_get_a_common_factor():
    node = photo_node(channels=1, size=1e-7)
    lines = plain_text(node).splitlines()
    assert re.fullmatch(r"  ≈ \([−+ .\d]+\) · 10\^−\d", lines[1])
    assert "e−" in lines[0]
    assert re.search(r"\\cdot 10\^\{-\d\}", latex(node))
    assert not re.search(r"\de", latex(node))


@pytest.mark.parametrize("kernel", [(1, 1), (4, 4), (7, 7), (3, 31)])
def test_latex_is_balanced_and_has_every_number(kernel):
    node = photo_node(kernel=kernel, muted=frozenset({0}))
    source, numbers = latex(node), format_node(node)
    assert source.isascii()
    assert source.count(r"\begin{pmatrix}") == source.count(r"\end{pmatrix}") == 9
    assert source.count("{") == source.count("}")
    assert ("MaxMatrixCols" in source) == (kernel[1] > 10)
    matrices = re.findall(r"\\begin\{pmatrix\} (.*?) \\end\{pmatrix\}", source)
    for channel in range(3):
        rows = [row.split(" & ") for row in matrices[3 * channel + 2].split(r" \\ ")]
        texts = [[numbers.sum(one).replace("−", "-") for one in row] for row in node.products[channel].tolist()]
        assert rows == texts
    assert source.count("switched off") == 1


@pytest.mark.parametrize(
    ("weights", "bias", "total", "words"),
    [
        ([[-1, -1, 1, 1]], 0, 0, "flat areas give 0"),
        ([[-1, -1, 1, 1]], 0.5, 0, "just the bias"),
        (np.full((3, 3), 1 / 9), 0, 1, "keep their brightness"),
        ([[0, 1, 0]], 0.5, 1, "give their brightness and the bias, {bias}"),
        ([[1, 2, 1]], 0.5, 4, "{total} times the brightness and the bias, {bias}"),
        ([[1, -3]], 0.5, -2, "give {total} times their brightness and the bias, {bias}"),
        ([[[1]], [[0]], [[0]]], 0, 1, "flat grey areas keep"),
        ([[[1, 1]], [[0, 0]], [[0, 0]]], 0, 2, "the brightness of grey areas"),
        ([[[2]], [[-3]], [[-1]]], 0.5, -2, "flat grey areas give {total} times their brightness and the bias"),
        ([[0, 1, 0]], 0, 1, "keep their brightness"),
        ([[-1, 3, -1]], 0, 1, "keep their brightness"),
        ([[1, 2, 1]], 0, 4, "{total} times the brightness"),
        ([[2]], 0, 2, "give {total} times"),
        ([[-1, -2]], 0, -3, "the brighter, the less"),
        ([[1, -3]], 0, -2, "give {total} times"),
        ([[0, 0]], 1, 0, "every node is the bias"),
        ([[[1]], [[-1]], [[0]]], 0, 0, "grey areas give 0, coloured ones do not"),
        ([[[1]], [[-1]], [[0]]], 1, 0, "grey areas give just the bias"),
        ([[[1, -1]], [[-2, 2]], [[0, 0]]], 0, 0, "sum to 0: flat areas give 0"),
    ],
)
def test_a_sentence_about_the_gain(weights, bias, total, words):
    found = gain(Filter(weights, bias))
    assert found.total == pytest.approx(total)
    assert words in found.template
    found.template.format(total=found.total, bias=found.bias)
    assert found.magnitude == pytest.approx(np.abs(weights).sum())
    assert found.largest - found.least == pytest.approx(found.magnitude)


def test_of_maps_nothing_is_said_about_brightness():
    assert gain(Filter([[1, -3]]), picture=False).template == "Weights sum to {total}"
    assert gain(Filter([[0, 0]]), picture=False).template.startswith("All weights are 0")


def test_the_gain_leaves_out_what_is_switched_off():
    found = gain(Filter([[[1]], [[-1]], [[5]]]), frozenset({2}))
    assert (found.total, found.magnitude, found.least, found.largest) == (0, 2, -1, 1)


def test_poolings_are_one_line():
    patch = np.array([[[0.5, -1.0], [0.25, 0.0]]], np.float32)
    assert plain_text(explain_pooling(patch, "max")) == "max(0.5, −1, 0.25, 0) = 0.5"
    assert plain_text(explain_pooling(patch, "average")) == "(0.5 + (−1) + 0.25 + 0) / 4 ≈ −0.062"
    assert plain_text(explain_pooling(patch * 4, "average")) == "(2 + (−4) + 1 + 0) / 4 = −0.25"
    assert latex(explain_pooling(patch, "max")) == (
        "\\begin{align*}\n\\max \\begin{pmatrix} 0.5 & -1 \\\\ 0.25 & 0 \\end{pmatrix} &= 0.5\n\\end{align*}"
    )
    assert r"\operatorname{mean} \begin{pmatrix}" in latex(explain_pooling(patch, "average"))


def test_three_maps_are_no_colours():
    node = explain(np.ones((3, 1, 1), np.float32), Filter(np.ones((3, 1, 1))), "none")
    assert plain_text(node).startswith("R: ")
    assert plain_text(replace(node, colours=False)).startswith("1: ")
    assert channel_names(3) == ("R", "G", "B")
    assert channel_names(3, colours=False) == ("1", "2", "3")
    assert channel_names(1, colours=False) == ("",)
