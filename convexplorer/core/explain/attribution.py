"""Attribution as a picture: how much each pixel gave to a node (`core.explain.trace.relevance`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.engine.colour import Scale, colourise
from convexplorer.core.explain.trace import NodePlace, Relevance, relevance
from convexplorer.core.model.activations import Activation
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.runtime.types import ShouldStop, never

PIECEWISE_LINEAR: frozenset[Activation] = frozenset({"none", "relu", "leaky_relu"})
"""Activations that are linear piece by piece: with them the shares add up to the sum exactly."""


@dataclass(frozen=True, eq=False)
class AttributionJob:
    """What to attribute: a node of a stack on an image, and the palette of the picture."""

    layers: tuple[Layer, ...]
    image: Prepared
    place: NodePlace
    diverging: str


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each pixel gave to a node.

    Parameters
    ----------
    place : NodePlace
        The node.
    relevance : Relevance
        The shares of its sum (of a pooling's node, of its value).
    reach : float
        The largest magnitude of a share, in all channels together or in any one of several.
    scale : Scale
        Of the colours: from −reach to reach.
    curved : tuple of str
        Names of the layers below whose activation is not linear piece by piece. If there are any, shares approximate.
    colours : tuple of ndarray, shape (h, w), uint32
        The shares of all channels together; if there are several, then those of each. 0xaarrggbb, clear at 0.
    """

    place: NodePlace
    relevance: Relevance
    reach: float
    scale: Scale
    curved: tuple[str, ...]
    colours: tuple[NDArray[np.uint32], ...]

    @property
    def pixels(self) -> float:
        """The shares of all pixels together."""
        return float(self.relevance.shares.sum())

    @property
    def missing(self) -> float:
        """The sum minus the shares of pixels and biases. Exactly 0 unless a layer is `curved`."""
        return self.relevance.total - self.pixels - self.relevance.biases if self.curved else 0.0

    def share(self, row: int, column: int, channel: int | None = None) -> float | None:
        """The share of a pixel of the image, or of one of its channels; None beyond the receptive field."""
        y, x = row - self.relevance.top, column - self.relevance.left
        _, height, width = self.relevance.shares.shape
        if not (0 <= y < height and 0 <= x < width):
            return None
        pixel = self.relevance.shares[:, y, x]
        return float(pixel.sum() if channel is None else pixel[channel])


def attribute(job: AttributionJob, should_stop: ShouldStop = never) -> Attribution:
    """Divide a node's sum among the pixels, and colour them; errors are those of `relevance`."""
    found = relevance(job.layers, job.image, job.place, should_stop)
    together = found.shares.sum(axis=0)
    planes = [together, *found.shares] if len(found.shares) > 1 else [together]
    reach = float(max(np.abs(plane).max(initial=0.0) for plane in planes))
    scale = Scale(-(reach or 1.0), reach or 1.0, job.diverging, dark=True)
    colours = tuple(translucent(plane, scale) for plane in planes)
    return Attribution(job.place, found, reach, scale, curved_layers(job.layers, job.place.layer), colours)


def curved_layers(layers: Sequence[Layer], at: int) -> tuple[str, ...]:
    """Names of the layers below one that are on and not linear piece by piece, from the image on."""
    return tuple(
        label(layers, i)
        for i, layer in enumerate(layers[:at])
        if isinstance(layer, ConvLayer) and layer.enabled and layer.activation not in PIECEWISE_LINEAR
    )


def translucent(shares: NDArray[np.float64], scale: Scale) -> NDArray[np.uint32]:
    """Colours whose opacity grows with the square root of a share, which looks even: 0xaarrggbb.

    Parameters
    ----------
    shares : ndarray, shape (h, w)
        Signed numbers.
    scale : Scale
        Symmetric about 0.
    """
    size = np.clip(np.abs(shares) / scale.high, 0.0, 1.0)
    alpha = np.rint(255 * np.sqrt(size)).astype(np.uint32) << np.uint32(24)
    colours: NDArray[np.uint32] = (colourise(shares, scale) & np.uint32(0x00FFFFFF)) | alpha
    return colours
