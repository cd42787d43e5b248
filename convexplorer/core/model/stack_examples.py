"""Example stacks made by hand: edges and lines, and in a second layer corners and crossings made of these."""

from __future__ import annotations

import numpy as np

from convexplorer.core.model import kernels
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.kernels import KernelWeights
from convexplorer.core.model.layers import ConvLayer, Layer

ARM = 3
"""Nodes on each side of the middle that a filter of the second layer looks along."""
CENTRE = ARM
SPAN = 2 * ARM + 1

_EDGES: dict[str, KernelWeights] = {
    "Lighter right": kernels.SOBEL_X / 4,
    "Lighter left": -kernels.SOBEL_X / 4,
    "Lighter below": kernels.SOBEL_Y / 4,
    "Lighter above": -kernels.SOBEL_Y / 4,
}
"""Edges: on a step from 0 to 1, each gives 1."""
_LINES: dict[str, KernelWeights] = {
    "Line |": kernels.LINES[90] / 6,
    "Line —": kernels.LINES[0] / 6,
    "Line ╱": kernels.LINES[45] / 6,
    "Line ╲": kernels.LINES[135] / 6,
}
"""Lines one pixel wide: on a line of 1 on 0, each gives 1."""
FIRST = (*_EDGES, *_LINES)
"""Names of the maps that the second layer reads."""


def example_stack(channels: int = 1, *, crossings_first: bool = False) -> tuple[Layer, ...]:
    """Edges and lines, and of them corners, crossings, outlines and textures.

    Parameters
    ----------
    channels : int
        1 for a grey image, 3 for a colour one, of which the mean is read.
    crossings_first : bool
        Whether the filters for crossings come first, else those for corners.
    """
    first = FilterBank(
        tuple(
            Filter(np.repeat(kernel[np.newaxis] / channels, channels, axis=0), name=name)
            for name, kernel in (_EDGES | _LINES).items()
        )
    )
    second = _second()
    if crossings_first:
        second = second.subset(sorted(range(len(second)), key=lambda i: not second[i].name.startswith("Crossing")))
    return ConvLayer(first), ConvLayer(second)


def _second() -> FilterBank:
    """8 filters of 8 planes, 7 × 7."""
    return FilterBank(
        (
            _corner("Corner ⌜", "Lighter right", "Lighter below", 1, 1),
            _corner("Corner ⌝", "Lighter left", "Lighter below", 1, -1),
            _corner("Corner ⌞", "Lighter right", "Lighter above", -1, 1),
            _corner("Corner ⌟", "Lighter left", "Lighter above", -1, -1),
            _everywhere("Outline", tuple(_EDGES), 1),
            _everywhere("Texture", tuple(_LINES), ARM),
            _crossing("Crossing +", {"Line |": (1, 0), "Line —": (0, 1)}),
            _crossing("Crossing ×", {"Line ╱": (-1, 1), "Line ╲": (1, 1)}),
        )
    )


def _corner(name: str, upright: str, level: str, down: int, right: int) -> Filter:
    """The corner of a light shape, from which an upright edge runs down (or up) and a level one to the right (or left).

    An edge that runs on straight through the corner is taken away again by negative weights on the other side.
    """
    planes = _planes()
    for step in range(1, ARM + 1):
        for sign in (1, -1):
            planes[upright][CENTRE + sign * down * step, CENTRE] = sign / ARM
            planes[level][CENTRE, CENTRE + sign * right * step] = sign / ARM
    return _filter(name, planes, -0.1)


def _crossing(name: str, directions: dict[str, tuple[int, int]]) -> Filter:
    """Two lines through one point.

    A line that runs on alone gives as much in the middle as beside it, and most of that is taken away again; where
    another crosses it, the middle answers less and the other's arms come on top. The bias asks for some contrast.
    """
    planes = _planes()
    for line, (down, right) in directions.items():
        planes[line][CENTRE, CENTRE] = -0.85
        for step in (*range(-ARM, 0), *range(1, ARM + 1)):
            planes[line][CENTRE + step * down, CENTRE + step * right] = 1 / (2 * ARM)
    return _filter(name, planes, -0.02)


def _everywhere(name: str, read: tuple[str, ...], reach: int) -> Filter:
    """The mean of some maps around a point, together."""
    planes = _planes()
    near = slice(CENTRE - reach, CENTRE + reach + 1)
    for one in read:
        planes[one][near, near] = 1 / (2 * reach + 1) ** 2
    return _filter(name, planes, 0.0)


def _planes() -> dict[str, KernelWeights]:
    return {name: np.zeros((SPAN, SPAN)) for name in FIRST}


def _filter(name: str, planes: dict[str, KernelWeights], bias: float) -> Filter:
    return Filter(np.stack(list(planes.values())).astype(np.float32), bias, name)
