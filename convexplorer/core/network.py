"""Layers on layers: the shapes of what goes through a stack."""

from __future__ import annotations

from collections.abc import Sequence

from convexplorer.core.layers import Layer, label, maps_of
from convexplorer.errors import InvalidValueError

Shape = tuple[int, int, int]
"""Channels, rows and columns."""


def shapes(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """Shape of what leaves each layer, for an input (C, H, W); a layer that is switched off hands on what reaches it.

    Raises
    ------
    InvalidValueError
        If a window does not fit; it names the layer and tells the formula with its numbers.
    """
    made = []
    for at, layer in enumerate(layers):
        if layer.enabled:
            channels, height, width = shape
            try:
                shape = maps_of(layer, channels), *layer.geometry(height, width).output
            except InvalidValueError as error:
                raise InvalidValueError("{layer}: {problem}", layer=label(layers, at), problem=error) from error
        made.append(shape)
    return made
