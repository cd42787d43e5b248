"""The words and numbers of one update: what the optimiser makes of a gradient, and the softmax of an image."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QCoreApplication

from convexplorer.core.one_update import Answer, Step
from convexplorer.core.optimisers import BETA1, BETA2
from convexplorer.gui import numbers

DIGITS = 6
"""Significant digits: as many as float32 has."""


def step_lines(step: Step) -> list[str]:
    """How the gradient becomes the new weight, a line for each calculation, with its numbers."""
    rule = step.rule
    g, w, rate = _bracketed(step.gradient), _shown(step.weight), _shown(rule.rate)
    lines = []
    if rule.decay:
        lines.append(f"g + λ·w = {g} + {_shown(rule.decay)} · {_bracketed(step.weight)} = {_shown(step.decayed)}")
        g = _bracketed(step.decayed)
    if rule.method == "sgd":
        lines.append(f"w − η·g = {w} − {rate} · {g}")
    elif rule.method == "momentum":
        new = step.after[0]
        lines.append(f"v = μ·v + g = {_shown(rule.momentum)} · {_bracketed(step.before[0])} + {g} = {_shown(new)}")
        lines.append(f"w − η·v = {w} − {rate} · {_bracketed(new)}")
    else:
        (old_m, old_v), (m, v), (first, second) = step.before, step.after, step.corrected
        more, less = _shown(1 - BETA1), _shown(1 - BETA2)
        lines += [
            f"m = β₁·m + (1 − β₁)·g = {BETA1} · {_bracketed(old_m)} + {more} · {g} = {_shown(m)}",
            f"v = β₂·v + (1 − β₂)·g² = {BETA2} · {_shown(old_v)} + {less} · {g}² = {_shown(v)}",
            f"m′ = m / (1 − β₁<sup>{step.count}</sup>) = {_shown(first)}",
            f"v′ = v / (1 − β₂<sup>{step.count}</sup>) = {_shown(second)}",
            f"w − η·m′ / (√v′ + ε) = {w} − {rate} · {_bracketed(first)} / (√{_shown(second)} + 10⁻⁸)",
        ]
    if step.frozen:
        text = QCoreApplication.translate("UpdatePage", "But its filter is frozen: the weight stays {0}")
        return [*lines, f"<b>{text.format(w)}</b>"]
    lines[-1] += f" = <b>{_shown(step.new_weight)}</b>"
    return lines


def softmax_table(answer: Answer, classes: tuple[str, ...]) -> str:
    """Logit, probability and error of every class as a table."""
    head = ("", QCoreApplication.translate("UpdatePage", "logit z"), "p = eᶻ / Σ eᶻ", "p − y")
    rows = ["<table cellspacing=4><tr>" + "".join(f"<td align=right>{title}</td>" for title in head) + "</tr>"]
    for number, title in enumerate(classes):
        begin, end = ("<b>", "</b>") if number == answer.label else ("", "")
        cells = (answer.logits[number], answer.probabilities[number], answer.error[number])
        figures = "".join(f"<td align=right>{begin}{numbers.fixed(float(one), 4)}{end}</td>" for one in cells)
        rows.append(f"<tr><td>{begin}{escape(title)}{end}</td>{figures}</tr>")
    return "".join(rows) + "</table>"


def _shown(value: float) -> str:
    return numbers.shown(value, DIGITS)


def _bracketed(value: float) -> str:
    return f"({_shown(value)})" if value < 0 else _shown(value)
