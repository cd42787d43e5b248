"""Where the windows of a layer lie: padding, output size, and which inputs belong to which node."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Literal, SupportsIndex

from convexplorer.errors import InvalidValueError

Padding = int | Literal["valid", "same"]

MAX_SIDE = 65_536
"""Most rows and columns of a map: twice an image's, so that padding has room."""
MAX_NODES = 400_000_000
"""Most nodes of a map."""


@dataclass(frozen=True)
class Geometry:
    """How a kernel is laid over an input of one size.

    Parameters
    ----------
    inputs : (int, int)
        Height and width of the input.
    kernel : (int, int)
        Height and width of the kernel.
    stride, dilation : int
        Steps between windows, and between the inputs of one window; at least 1.
    pads : (int, int, int, int)
        Rows and columns of zeros: top, left, bottom, right.
    """

    inputs: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    dilation: int
    pads: tuple[int, int, int, int]

    @classmethod
    def of(
        cls,
        inputs: tuple[int, int],
        kernel: tuple[int, int],
        *,
        stride: int = 1,
        padding: Padding = "valid",
        dilation: int = 1,
    ) -> Geometry:
        """Work out the zeros around the input.

        "same" gives ⌈input / stride⌉ nodes a side, with the odd row and column of zeros at the end
        (TensorFlow's and ONNX's SAME_UPPER).

        Raises
        ------
        InvalidValueError
            If a setting makes no sense, the window does not fit the input even once, or the maps would be too large
            (`MAX_SIDE`, `MAX_NODES`).
        """
        stride, dilation = (_whole(name, value) for name, value in (("stride", stride), ("dilation", dilation)))
        spans = [(size - 1) * dilation + 1 for size in kernel]
        if padding == "same":
            totals = [
                max((-(-size // stride) - 1) * stride + span - size, 0)
                for size, span in zip(inputs, spans, strict=True)
            ]
            top, left = totals[0] // 2, totals[1] // 2
            pads = (top, left, totals[0] - top, totals[1] - left)
        elif padding == "valid":
            pads = (0, 0, 0, 0)
        else:
            pads = (_zeros(padding),) * 4
        made = cls(inputs, kernel, stride, dilation, pads)
        made._check_fits()
        made._check_size()
        return made

    def _check_fits(self) -> None:
        """Refuse a window that does not fit even once, with the formula of the output size and its numbers."""
        start = "a window of {kh} × {kw} does not fit an input of {height} × {width}: "
        for axis, template in enumerate((f"{start}{{formula}} rows", f"{start}{{formula}} columns")):
            if self.output[axis] < 1:
                raise InvalidValueError(
                    template,
                    kh=self.span[0],
                    kw=self.span[1],
                    height=self.inputs[0],
                    width=self.inputs[1],
                    formula=self.formula(axis),
                )

    def _check_size(self) -> None:
        """Refuse maps that are too large to be held, before anything of their size is computed."""
        rows, columns = self.output
        if max(rows, columns) > MAX_SIDE or rows * columns > MAX_NODES:
            raise InvalidValueError(
                "maps of {rows} × {columns} nodes are too large; the limit is {side} a side and {most} million",
                rows=rows,
                columns=columns,
                side=MAX_SIDE,
                most=MAX_NODES // 1_000_000,
            )

    def formula(self, axis: int) -> str:
        """Formula of the number of nodes along rows (axis 0) or columns (1): ⌊(9 + 0 − 3) / 1⌋ + 1 = 7."""
        pads, nodes = self.pads[axis] + self.pads[axis + 2], str(self.output[axis]).replace("-", "−")
        return f"⌊({self.inputs[axis]} + {pads} − {self.span[axis]}) / {self.stride}⌋ + 1 = {nodes}"

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns of the input that a window reaches over."""
        return (self.kernel[0] - 1) * self.dilation + 1, (self.kernel[1] - 1) * self.dilation + 1

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of nodes: ⌊(input + pads − span) / stride⌋ + 1."""
        top, left, bottom, right = self.pads
        return (
            (self.inputs[0] + top + bottom - self.span[0]) // self.stride + 1,
            (self.inputs[1] + left + right - self.span[1]) // self.stride + 1,
        )

    def origin(self, row: int, column: int) -> tuple[int, int]:
        """Input row and column of a node's first weight; negative where it lies in the padding."""
        return row * self.stride - self.pads[0], column * self.stride - self.pads[1]

    def node_at(self, y: float, x: float) -> tuple[int, int]:
        """The node whose window's centre is nearest to a point of the input (in pixels, 0.5 = a pixel's centre)."""
        rows, columns = self.output
        row = round((y - self.span[0] / 2 + self.pads[0]) / self.stride)
        column = round((x - self.span[1] / 2 + self.pads[1]) / self.stride)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def reach(self, rows: tuple[int, int], columns: tuple[int, int]) -> tuple[int, int, int, int]:
        """The input rectangle that some nodes read.

        Parameters
        ----------
        rows, columns : (int, int)
            First node, and the one after the last.

        Returns
        -------
        (int, int, int, int)
            Top, left, bottom, right; the last two exclusive. It may reach into the padding.
        """
        top, left = self.origin(rows[0], columns[0])
        bottom, right = self.origin(rows[1] - 1, columns[1] - 1)
        return top, left, bottom + self.span[0], right + self.span[1]


def _whole(name: str, value: SupportsIndex) -> int:
    """A setting as a whole number from 1, of whatever integral type."""
    try:
        number = index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise InvalidValueError("the {name} is a whole number from 1, not {value}", name=name, value=value)
    return number


def _zeros(padding: SupportsIndex | str) -> int:
    """The number of zeros of a padding that is given as a number."""
    try:
        number = index(padding)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if number < 0:
        raise InvalidValueError('the padding is "valid", "same" or a whole number from 0, not {value}', value=padding)
    return number
