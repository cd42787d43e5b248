"""The equation of a node written out in full, as plain text and as LaTeX, with the printed numbers (`printed`)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convexplorer.core.explain.explain import NOISE, NodeExplanation, PrintedNode, channels_on, printed
from convexplorer.core.model.activations import LEAK, Activation

MINUS = "−"
"""The true minus sign (U+2212)."""
DIGITS = 4
"""Significant digits of inputs and weights."""
MATRIX_COLUMNS = 10
"""Columns that LaTeX's pmatrix takes without being told to."""

_ACTIVATIONS: dict[Activation, tuple[str, str]] = {
    "relu": ("ReLU(z) = max(0, z)", r"\operatorname{ReLU}(z) &= \max(0, z)"),
    "leaky_relu": (f"LeakyReLU(z) = max({LEAK}·z, z)", rf"\operatorname{{LeakyReLU}}(z) &= \max({LEAK} z, z)"),
    "tanh": ("tanh(z)", r"\tanh(z) &"),
    "sigmoid": ("σ(z) = 1 / (1 + exp(−z))", r"\sigma(z) &= \frac{1}{1 + e^{-z}}"),
}
"""What stands before the node's value, in text and in LaTeX."""


def decimal_text(units: int, decimals: int) -> str:
    """A printed number: whole units of the last of `decimals` decimals, with a true minus sign; zeros are kept."""
    whole, part = divmod(abs(units), 10**decimals)
    sign = MINUS if units < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def channel_names(channels: int, *, colours: bool = True) -> tuple[str, ...]:
    """What the channels of an equation are called: nothing if there is one, else by number.

    Three that are the image's colours (`colours`) are R, G and B.
    """
    if channels == 1:
        return ("",)
    return ("R", "G", "B") if channels == 3 and colours else tuple(str(i + 1) for i in range(channels))


def plain_text(node: NodeExplanation) -> str:
    """The whole equation in lines of text.

    A channel begins with every input times its weight; "≈" follows where those are rounded to `DIGITS` significant
    digits, "=" where they are exact. The products on the next line add up to the subtotal exactly, and the subtotals
    with the bias to z.

    Returns
    -------
    str
        For each channel three lines as ``R: 0·(−1) + 1·1``, ``= 0 + 1``, ``= 1``; then ``z = …``, ``ReLU(z) = …``.
    """
    numbers = printed(node)
    if node.pooling is not None:
        return _pooled_text(node, numbers)
    names = channel_names(len(node.patch), colours=node.colours)
    factor = f" · 10^{_signed(str(numbers.exponent))}" if numbers.exponent else ""
    lines = []
    for channel, name in enumerate(names):
        factors = zip(node.patch[channel].ravel().tolist(), node.filter.weights[channel].ravel().tolist(), strict=True)
        terms = " + ".join(f"{_short(x)}·{_bracketed(_short(w))}" for x, w in factors)
        products = _sum_of(numbers.products[channel].ravel().tolist(), numbers.decimals, factor)
        total = decimal_text(int(numbers.subtotals[channel]), numbers.decimals)
        lines.append(f"{name}: {terms}" if name else terms)
        lines.append(f"  {'=' if _is_exact(node, numbers, channel) else '≈'} {products}")
        lines.append(f"  = {total}{factor}{'  (switched off)' if channel in node.muted else ''}")
    summands = " + ".join([names[i] or "Σ" for i in channels_on(len(names), node.muted)] + ["bias"])
    sums = _sum_of(_summands(node, numbers), numbers.decimals, factor)
    lines.append(f"z = {summands} = {sums} = {decimal_text(numbers.z, numbers.decimals)}{factor}")
    if node.activation != "none":
        value = decimal_text(numbers.value, numbers.decimals)
        lines.append(f"{_ACTIVATIONS[node.activation][0]} = {value}{factor}")
    return "\n".join(lines)


def latex(node: NodeExplanation) -> str:
    """The whole equation as LaTeX (package amsmath): for each channel patch ⊙ weights = products; the sum; the ReLU."""
    numbers = printed(node)
    if node.pooling is not None:
        return _pooled_latex(node, numbers)
    plain = channel_names(len(node.patch), colours=node.colours)
    names = [rf"\Sigma_{{\mathrm{{{name}}}}}" if name else r"\Sigma" for name in plain]
    factor = rf" \cdot 10^{{{numbers.exponent}}}" if numbers.exponent else ""
    lines = []
    for channel, name in enumerate(names):
        patch, weights = (
            _pmatrix([[_latex_number(x) for x in row] for row in plane[channel].tolist()])
            for plane in (node.patch, node.filter.weights)
        )
        products = _pmatrix(
            [[decimal_text(x, numbers.decimals) for x in row] for row in numbers.products[channel].tolist()]
        )
        relation = "=" if _is_exact(node, numbers, channel) else r"\approx"
        total = decimal_text(int(numbers.subtotals[channel]), numbers.decimals)
        off = r" \quad\text{(switched off)}" if channel in node.muted else ""
        lines.append(rf"{patch} \odot {weights} &{relation} {products}{factor}, & {name} &= {total}{factor}{off}")
    summands = " + ".join([names[i] for i in channels_on(len(names), node.muted)] + ["b"])
    sums = _sum_of(_summands(node, numbers), numbers.decimals, factor)
    lines.append(rf"z &= {summands} = {sums} = {decimal_text(numbers.z, numbers.decimals)}{factor}")
    if node.activation != "none":
        value = decimal_text(numbers.value, numbers.decimals)
        lines.append(f"{_ACTIVATIONS[node.activation][1]} = {value}{factor}")
    body = " \\\\\n".join(lines).replace(MINUS, "-")  # which LaTeX prints as a true minus
    return _aligned(body, node.patch.shape[2])


def _pooled_text(node: NodeExplanation, numbers: PrintedNode) -> str:
    """The largest or the mean of a window, in one line."""
    inputs = [_short(x) for x in node.patch.ravel().tolist()]
    factor = f" · 10^{_signed(str(numbers.exponent))}" if numbers.exponent else ""
    relation = "=" if _is_exactly_pooled(node, numbers) else "≈"
    value = f"{relation} {decimal_text(numbers.value, numbers.decimals)}{factor}"
    if node.pooling == "max":
        return f"max({', '.join(inputs)}) {value}"
    return f"({' + '.join(map(_bracketed, inputs))}) / {len(inputs)} {value}"


def _pooled_latex(node: NodeExplanation, numbers: PrintedNode) -> str:
    inputs = _pmatrix([[_latex_number(x) for x in row] for row in node.patch[0].tolist()])
    factor = rf" \cdot 10^{{{numbers.exponent}}}" if numbers.exponent else ""
    relation = "=" if _is_exactly_pooled(node, numbers) else r"\approx"
    name = r"\max" if node.pooling == "max" else r"\operatorname{mean}"
    body = rf"{name} {inputs} &{relation} {decimal_text(numbers.value, numbers.decimals)}{factor}".replace(MINUS, "-")
    return _aligned(body, node.patch.shape[2])


def _aligned(body: str, width: int) -> str:
    """Lines in LaTeX's environment, which is told of matrices wider than it takes."""
    wider = f"\\setcounter{{MaxMatrixCols}}{{{width}}}\n" if width > MATRIX_COLUMNS else ""
    return f"{wider}\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _summands(node: NodeExplanation, numbers: PrintedNode) -> list[int]:
    """Printed subtotals of the channels that are on, and the bias."""
    return [*numbers.subtotals[channels_on(len(node.patch), node.muted)].tolist(), numbers.bias]


def _sum_of(summands: Iterable[int], decimals: int, factor: str) -> str:
    """A sum in which negative numbers are subtracted, in brackets before a factor."""
    text = "".join(
        f" {MINUS if units < 0 else '+'} {decimal_text(abs(units), decimals)}" for units in summands
    ).removeprefix(" + ")
    text = f"{MINUS}{text[3:]}" if text.startswith(f" {MINUS}") else text
    return f"({text}){factor}" if factor else text


def _is_exact(node: NodeExplanation, numbers: PrintedNode, channel: int) -> bool:
    """Whether no digit of a channel's inputs, weights and products is cut off."""
    factors = np.concatenate([node.patch[channel].ravel(), node.filter.weights[channel].ravel()])
    off = np.abs(node.products[channel] / numbers.unit - numbers.products[channel])
    return bool(off.max() < NOISE) and all(np.float32(f"{value:.{DIGITS}g}") == value for value in factors)


def _is_exactly_pooled(node: NodeExplanation, numbers: PrintedNode) -> bool:
    """Whether no digit of a pooling's inputs and value is cut off."""
    whole = abs(node.value / numbers.unit - numbers.value) < NOISE
    return whole and all(np.float32(f"{value:.{DIGITS}g}") == value for value in node.patch.ravel())


def _short(value: float) -> str:
    """A number with at most `DIGITS` significant digits, as 0.4471 or 1.2e−7."""
    mantissa, e, exponent = f"{value + 0.0:.{DIGITS}g}".partition("e")
    return _signed(f"{mantissa}e{int(exponent)}" if e else mantissa)


def _latex_number(value: float) -> str:
    mantissa, e, exponent = _short(value).partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if e else mantissa


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith(MINUS) else text


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def _pmatrix(rows: Iterable[Iterable[str]]) -> str:
    body = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
