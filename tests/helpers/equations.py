"""Reads a printed equation back and finds what is not true in it, in exact decimal arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from convexplorer.core.explain.equation import plain_text
from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode, format_node

_NUMBER = r"−?\d+(?:\.\d+)?(?:e−?\d+)?"
_TOTAL = re.compile(rf"([=≈]) ({_NUMBER})(?: · 10\^\S+)?(?:  \(rounding ([+−]\d+\.?\d*)(?: · 10\^\S+)?\))?$")


def number(text: str) -> Decimal:
    """A printed number."""
    return Decimal(text.replace("−", "-"))


def terms(text: str) -> list[Decimal]:
    """The terms of a printed sum."""
    return [number(one.replace(" ", "").lstrip("+")) for one in re.findall(rf"(?:[−+] )?{_NUMBER}", text)]


def untrue_lines(node: NodeExplanation) -> list[str]:
    """What of a node's printed equation a person with pencil and paper would find false."""
    numbers, lines = format_node(node), plain_text(node).splitlines()
    if node.pooling is not None:
        return _pooled(node, lines[0])
    wrong = []
    half, unit = Decimal(1).scaleb(-numbers.digits.decimals) / 2, Decimal(10) ** numbers.exponent
    subtotals = []
    for channel in range(len(node.patch)):
        factors, products, total = (
            line.replace("  (switched off)", "") for line in lines[3 * channel : 3 * channel + 3]
        )
        pairs = [
            (number(x), number(w))
            for x, w in re.findall(rf"({_NUMBER})·\(?({_NUMBER})\)?", factors.partition(": ")[2] or factors)
        ]
        relation, added = products.strip().split(" ", 1)
        added_terms = terms(re.sub(r" · 10\^\S+$", "", added).strip("()"))
        literal = all(
            abs(x * w / unit - product) < half * 2 * Decimal("1e-6")
            for (x, w), product in zip(pairs, added_terms, strict=True)
        )
        for pair, product, at in zip(pairs, added_terms, np.ndindex(*node.patch.shape[1:]), strict=True):
            wrong += _cell(numbers, (channel, *at), pair, product)
        if literal != (relation == "="):
            wrong.append(products)
        subtotals.append(_checked(total.strip(), added_terms, float(node.subtotals[channel]), half, unit, wrong))
    head, line = lines[3 * len(node.patch)].split(" = ", 2)[:2], lines[3 * len(node.patch)]
    on = [i for i in range(len(node.patch)) if i not in node.muted]
    sums, total = re.split(r" (?=[=≈] )", line.split(" = ", 2)[2], maxsplit=1)
    printed_terms = terms(re.sub(r" · 10\^\S+$", "", sums).strip("()"))
    if head[0] != "z" or printed_terms[:-1] != [subtotals[i] for i in on]:
        wrong.append(line)
    if abs(printed_terms[-1] - Decimal(node.filter.bias) / unit) > half:
        wrong.append(f"{line}: the bias is {node.filter.bias}")
    _checked(total, printed_terms, node.z, half, unit, wrong)
    return wrong


def _cell(numbers: PrintedNode, at: tuple[int, ...], pair: tuple[Decimal, Decimal], product: Decimal) -> Iterator[str]:
    """What is wrong with an input, its weight and their product."""
    half, unit = Decimal(1).scaleb(-numbers.digits.decimals) / 2, Decimal(10) ** numbers.exponent
    (x, w), (true_x, true_w) = (
        pair,
        (Decimal(float(one[at])) for one in (numbers.node.patch, numbers.node.filter.weights)),
    )
    cell = f"{at}: {x} × {w} = {product}"
    if abs(x - true_x) > Decimal(1).scaleb(-numbers.digits.inputs) / 2 + _noise(true_x):
        yield f"{cell}: the input is {true_x}"
    if abs(w - true_w) > max(half, abs(true_w) * Decimal("0.0005") if numbers.exponent else half):
        yield f"{cell}: the weight is {true_w}"
    if abs(product - true_x * true_w / unit) > half + _noise(true_x * true_w / unit):
        yield f"{cell}: the product is {true_x * true_w}"
    if abs(x * w / unit - product) > half * Decimal("1.01") and not numbers.rounded_products[at]:
        yield f"{cell}: nothing says that it is rounded"


def _checked(text: str, parts: list[Decimal], true: float, half: Decimal, unit: Decimal, wrong: list[str]) -> Decimal:
    """The number of a printed sum, after what is said of it was looked at."""
    found = _TOTAL.fullmatch(text)
    if found is None:
        wrong.append(f"{text}: cannot be read")
        return Decimal(0)
    relation, total, rounding = found[1], number(found[2]), found[3]
    if abs(total - Decimal(true) / unit) > half + _noise(Decimal(true) / unit) + Decimal("1e-12"):
        wrong.append(f"{text}: the sum is {true}")
    left = total - sum(parts, Decimal(0))
    if (relation == "=") != (left == 0) or (rounding is None) != (left == 0) or (rounding and number(rounding) != left):
        wrong.append(f"{text}: its terms give {total - left}")
    return total


def _pooled(node: NodeExplanation, line: str) -> list[str]:
    inputs, relation, value = re.split(r" ([=≈]) ", line)
    given = [number(one) for one in re.findall(_NUMBER, inputs.split(" / ")[0])]
    result = max(given) if node.pooling == "max" else sum(given) / len(given)
    half = Decimal(1).scaleb(-format_node(node).digits.decimals) / 2
    true = abs(number(value) - Decimal(node.value)) <= half + _noise(Decimal(node.value))
    return [] if true and (result == number(value)) == (relation == "=") else [line]


def _noise(value: Decimal) -> Decimal:
    """What float32 may be off, for which printed digits still say a number in full."""
    return abs(value) * Decimal("3e-7")
