"""The whole equation of a node as plain text and as LaTeX, with the same numbers as on the screen (`format_node`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from convexplorer.core.explain.explain import NodeExplanation, channels_on
from convexplorer.core.explain.printed import PrintedNode, format_node, leftover_text
from convexplorer.core.model.activations import LEAK, Activation
from convexplorer.core.model.numerals import MINUS

MATRIX_COLUMNS = 10
"""Most columns of LaTeX's pmatrix by default."""

_ACTIVATIONS: dict[Activation, tuple[str, str]] = {
    "relu": ("ReLU(z) = max(0, z)", r"\operatorname{ReLU}(z) &= \max(0, z)"),
    "leaky_relu": (f"LeakyReLU(z) = max({LEAK}·z, z)", rf"\operatorname{{LeakyReLU}}(z) &= \max({LEAK} z, z)"),
    "tanh": ("tanh(z)", r"\tanh(z) &"),
    "sigmoid": ("σ(z) = 1 / (1 + exp(−z))", r"\sigma(z) &= \frac{1}{1 + e^{-z}}"),
}
"""The left side of the last line, in text and in LaTeX."""


def channel_names(channels: int, *, colours: bool = True) -> tuple[str, ...]:
    """Names of the channels in an equation: R, G and B for the colours of an image (`colours`), else numbers.

    A single channel has no name ("").
    """
    if channels == 1:
        return ("",)
    return ("R", "G", "B") if channels == 3 and colours else tuple(str(i + 1) for i in range(channels))


def plain_text(node: NodeExplanation) -> str:
    """The whole equation in lines of text.

    Each channel begins with the products of inputs and weights. Then "=" follows if the printed products are exact, and
    "≈" if they are rounded. A sum has "≈" if the printed terms do not add up to it in the last digit; the difference is
    written behind it.

    Returns
    -------
    str
        For each channel three lines as ``R: 0·(−1) + 1·1``, ``= 0 + 1``, ``= 1``; then ``z = …``, ``ReLU(z) = …``.
    """
    numbers = format_node(node)
    if node.pooling is not None:
        return _pooled_text(node, numbers)
    names = channel_names(len(node.patch), colours=node.colours)
    factor = f" · 10^{_with_sign(str(numbers.exponent))}" if numbers.exponent else ""
    lines = []
    for channel, name in enumerate(names):
        factors = zip(node.patch[channel].ravel().tolist(), node.filter.weights[channel].ravel().tolist(), strict=True)
        terms = " + ".join(f"{numbers.input(x)}·{_in_brackets(numbers.weight(w))}" for x, w in factors)
        products = _sum_of(map(numbers.sum, node.products[channel].ravel().tolist()), factor)
        total = numbers.sum(float(node.subtotals[channel]))
        lines.append(f"{name}: {terms}" if name else terms)
        lines.append(f"  {'=' if numbers.is_literal(channel) else '≈'} {products}")
        lines.append(
            f"  {_total(total + factor, numbers.products_left(channel), factor)}"
            f"{'  (switched off)' if channel in node.muted else ''}"
        )
    summands = " + ".join([names[i] or "Σ" for i in channels_on(len(names), node.muted)] + ["bias"])
    sums = _sum_of([*numbers.subtotals_on(), numbers.bias], factor)
    lines.append(f"z = {summands} = {sums} {_total(numbers.z + factor, numbers.z_left(), factor)}")
    if node.activation != "none":
        lines.append(f"{_ACTIVATIONS[node.activation][0]} = {numbers.value}{factor if numbers.scales_value else ''}")
    return "\n".join(lines)


def latex(node: NodeExplanation) -> str:
    """The whole equation as LaTeX (package amsmath): for each channel patch ⊙ weights = products; the sum; the ReLU."""
    numbers = format_node(node)
    if node.pooling is not None:
        return _pooled_latex(node, numbers)
    plain = channel_names(len(node.patch), colours=node.colours)
    names = [rf"\Sigma_{{\mathrm{{{name}}}}}" if name else r"\Sigma" for name in plain]
    factor = rf" \cdot 10^{{{numbers.exponent}}}" if numbers.exponent else ""
    lines = []
    for channel, name in enumerate(names):
        patch = _matrix(node.patch[channel].tolist(), numbers.input)
        weights = _matrix(node.filter.weights[channel].tolist(), numbers.weight)
        products = _matrix(node.products[channel].tolist(), numbers.sum)
        relation = "=" if numbers.is_literal(channel) else r"\approx"
        total = _latex_total(numbers.sum(float(node.subtotals[channel])) + factor, numbers.products_left(channel))
        off = r" \quad\text{(switched off)}" if channel in node.muted else ""
        lines.append(rf"{patch} \odot {weights} &{relation} {products}{factor}, & {name} &{total}{off}")
    summands = " + ".join([names[i] for i in channels_on(len(names), node.muted)] + ["b"])
    sums = _sum_of([*numbers.subtotals_on(), numbers.bias], factor)
    lines.append(rf"z &= {summands} = {sums} {_latex_total(numbers.z + factor, numbers.z_left())}")
    if node.activation != "none":
        own = factor if numbers.scales_value else ""
        lines.append(f"{_ACTIVATIONS[node.activation][1]} = {_latex(numbers.value)}{own}")
    body = " \\\\\n".join(lines).replace(MINUS, "-")  # which LaTeX prints as a true minus
    return _align_lines(body, node.patch.shape[2])


def _pooled_text(node: NodeExplanation, numbers: PrintedNode) -> str:
    """The largest or the mean of a window, in one line."""
    inputs = [numbers.input(x) for x in node.patch.ravel().tolist()]
    relation = "=" if numbers.is_pooled_literally else "≈"
    if node.pooling == "max":
        return f"max({', '.join(inputs)}) {relation} {numbers.value}"
    return f"({' + '.join(map(_in_brackets, inputs))}) / {len(inputs)} {relation} {numbers.value}"


def _pooled_latex(node: NodeExplanation, numbers: PrintedNode) -> str:
    relation = "=" if numbers.is_pooled_literally else r"\approx"
    name = r"\max" if node.pooling == "max" else r"\operatorname{mean}"
    inputs = _matrix(node.patch[0].tolist(), numbers.input)
    return _align_lines(
        rf"{name} {inputs} &{relation} {_latex(numbers.value)}".replace(MINUS, "-"), node.patch.shape[2]
    )


def _align_lines(body: str, width: int) -> str:
    """Wrap lines in align*, and raise LaTeX's limit of columns where a matrix is wider."""
    wider = f"\\setcounter{{MaxMatrixCols}}{{{width}}}\n" if width > MATRIX_COLUMNS else ""
    return f"{wider}\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _sum_of(summands: Iterable[str], factor: str) -> str:
    """A sum of printed numbers. Negative ones are subtracted; brackets are set if a factor follows."""
    text = " ".join(f"{MINUS} {one[1:]}" if one.startswith(MINUS) else f"+ {one}" for one in summands)
    text = text.removeprefix("+ ")
    text = f"{MINUS}{text[2:]}" if text.startswith(f"{MINUS} ") else text
    return f"({text}){factor}" if factor else text


def _total(text: str, left: Decimal, factor: str) -> str:
    """The result of a sum, with the difference that rounding leaves."""
    return f"≈ {text}  (rounding {leftover_text(left)}{factor})" if left else f"= {text}"


def _latex_total(text: str, left: Decimal) -> str:
    return rf"\approx {text}" if left else f"= {text}"


def _latex(text: str) -> str:
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if e else mantissa


def _in_brackets(text: str) -> str:
    return f"({text})" if text.startswith(MINUS) else text


def _with_sign(text: str) -> str:
    return text.replace("-", MINUS)


def _matrix(rows: Iterable[Iterable[float]], write: Callable[[float], str]) -> str:
    body = r" \\ ".join(" & ".join(_latex(write(value)) for value in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
