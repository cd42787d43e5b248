"""The text of one update: the gradient, the optimiser's step and the softmax, with their numbers."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import QCoreApplication

from convexplorer.core.learn.one_update import ImageOutput, Step, Update
from convexplorer.core.learn.optimisers import BETA1, BETA2, EPSILON
from convexplorer.core.model.digits import read
from convexplorer.gui.kit.fields import numbers

DIGITS = 6
"""Significant digits: as many as float32 has."""


def gradient_text(update: Update, unit: str) -> str:
    """Say what the gradient is the sum of; `unit` names the class of a unit of the last layer, or is ""."""
    nodes, images = update.by_node.size, len(update.by_image)
    if len(update.index) == 1:
        if update.dense:
            text = QCoreApplication.translate(
                "UpdatePage",
                "A bias meets the input 1. Its gradient is the sum, over the {1} images, of the unit’s error δ.",
            )
        else:
            text = QCoreApplication.translate(
                "UpdatePage",
                "A bias meets the input 1, at {0} nodes of {1} images. Its gradient is the sum of the nodes’ errors δ.",
            )
    elif update.dense:
        text = QCoreApplication.translate(
            "UpdatePage",
            "A dense layer uses the weight once an image. Its gradient is the sum, over the {1} images, of the input"
            " that it met (framed) times the unit’s error δ.",
        )
    else:
        text = QCoreApplication.translate(
            "UpdatePage",
            "The weight is used at {0} nodes of {1} images. Its gradient is the sum, over all of them, of the input"
            " that it met (framed) times the node’s error δ.",
        )
    parts = [QCoreApplication.translate("UpdatePage", "<b>1 Gradient.</b>"), text.format(nodes, images)]
    if unit:
        last = QCoreApplication.translate(
            "UpdatePage", "The unit gives the logit of “{0}”: its δ is (p − y) / {1}, see 3 below."
        )
        parts.append(last.format(escape(unit), images))
    if update.dense:
        largest = QCoreApplication.translate("UpdatePage", "The largest terms: class · image, input · δ = product.")
    else:
        largest = QCoreApplication.translate(
            "UpdatePage",
            "The largest terms: class · image · (row, column) of the node, input · δ = product.",
        )
    return " ".join([*parts, largest])


def step_lines(step: Step) -> list[str]:
    """How the gradient becomes the new weight, a line for each calculation, with its numbers."""
    rule = step.rule
    if step.frozen:
        text = QCoreApplication.translate("UpdatePage", "It is frozen: no gradient reaches it, and it stays {0}")
        return [f"<b>{text.format(_number_text(step.weight))}</b>"]
    g, w, rate = _in_brackets(step.gradient), _number_text(step.weight), _number_text(rule.rate)
    lines, moved = [], _printed_value(step.decayed if step.decay else step.gradient)
    if step.decay:
        said = _printed_value(step.gradient) + _printed_value(step.decay) * _printed_value(step.weight)
        result = f"{_relation(said, step.decayed)} {_number_text(step.decayed)}"
        lines.append(f"g + λ·w = {g} + {_number_text(step.decay)} · {_in_brackets(step.weight)} {result}")
        g = _in_brackets(step.decayed)
    if rule.method == "sgd":
        lines.append(f"w − η·g = {w} − {rate} · {g}")
    elif rule.method == "momentum":
        new = step.after[0]
        said = _printed_value(rule.momentum) * _printed_value(step.before[0]) + moved
        result = f"{_relation(said, new)} {_number_text(new)}"
        lines.append(f"v = μ·v + g = {_number_text(rule.momentum)} · {_in_brackets(step.before[0])} + {g} {result}")
        moved = _printed_value(new)
        lines.append(f"w − η·v = {w} − {rate} · {_in_brackets(new)}")
    else:
        (old_m, old_v), (m, v), (first, second) = step.before, step.after, step.corrected
        more, less = _number_text(1 - BETA1), _number_text(1 - BETA2)
        new_m = _relation(BETA1 * _printed_value(old_m) + (1 - BETA1) * moved, m)
        new_v = _relation(BETA2 * _printed_value(old_v) + (1 - BETA2) * moved**2, v)
        moved = _printed_value(first) / (math.sqrt(_printed_value(second)) + EPSILON)
        lines += [
            f"m = β₁·m + (1 − β₁)·g = {BETA1} · {_in_brackets(old_m)} + {more} · {g} {new_m} {_number_text(m)}",
            f"v = β₂·v + (1 − β₂)·g² = {BETA2} · {_number_text(old_v)} + {less} · {g}² {new_v} {_number_text(v)}",
            f"m′ = m / (1 − β₁<sup>{step.count}</sup>) = {_number_text(first)}",
            f"v′ = v / (1 − β₂<sup>{step.count}</sup>) = {_number_text(second)}",
            f"w − η·m′ / (√v′ + ε) = {w} − {rate} · {_in_brackets(first)} / (√{_number_text(second)} + 10⁻⁸)",
        ]
    relation = _relation(_printed_value(step.weight) - _printed_value(rule.rate) * moved, step.new_weight)
    lines[-1] += f" {relation} <b>{_number_text(step.new_weight)}</b>"
    return lines


def softmax_table(answer: ImageOutput, classes: tuple[str, ...]) -> str:
    """Logit, probability and error of every class as a table."""
    head = ("", QCoreApplication.translate("UpdatePage", "logit z"), "p = eᶻ / Σ eᶻ", "p − y")
    rows = [
        "<table cellspacing=0 cellpadding=3><tr>" + "".join(f"<td align=right>{title}</td>" for title in head) + "</tr>"
    ]
    for number, title in enumerate(classes):
        begin, end = ("<b>", "</b>") if number == answer.label else ("", "")
        cells = (answer.logits[number], answer.probabilities[number], answer.error[number])
        figures = "".join(f"<td align=right>{begin}{numbers.fixed_text(float(one), 4)}{end}</td>" for one in cells)
        rows.append(f"<tr><td>{begin}{escape(title)}{end}</td>{figures}</tr>")
    return "".join(rows) + "</table>"


def _number_text(value: float) -> str:
    return numbers.number_text(value, DIGITS)


def _printed_value(value: float) -> float:
    """What the printed number says."""
    return read(_number_text(value))


def _relation(said: float, result: float) -> str:
    """Whether the printed numbers give the printed result to its last digit, "=", or rounding stands between, "≈"."""
    return "=" if _number_text(said) == _number_text(result) else "≈"


def _in_brackets(value: float) -> str:
    return f"({_number_text(value)})" if value < 0 else _number_text(value)
