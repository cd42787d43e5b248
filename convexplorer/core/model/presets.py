"""Filters that can be chosen by name, each with a sentence on what it does.

Titles and sentences are translatable: the window looks them up in the context "presets".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from numpy.typing import ArrayLike

from convexplorer.core.model import kernels
from convexplorer.core.model.filters import Filter, frozen_weights
from convexplorer.core.model.parameters import Parameter, parameter_values, size


@dataclass(frozen=True)
class Preset:
    """A filter one can choose by name.

    Parameters
    ----------
    key : str
        Its name in files and on the command line; never changes.
    title, sentence, group : str
        What menus show: its name, what it does, and what it is listed under.
    build : callable
        Makes its weights, (kh, kw) or (3, kh, kw), from the values of its parameters.
    parameters : tuple of Parameter
        What can be chosen about it.
    """

    key: str
    title: str
    sentence: str
    group: str
    build: Callable[..., ArrayLike]
    parameters: tuple[Parameter, ...] = ()

    @cached_property
    def channels(self) -> int:
        """Planes of the filter: 1, which any number of channels can share, or 3 (R, G, B)."""
        return self.make().channels

    def make(self, **values: float) -> Filter:
        """Make the filter; parameters that are not given have their default.

        Raises
        ------
        InvalidValueError
            If a parameter is unknown or out of bounds.
        """
        return Filter(frozen_weights(self.build(**parameter_values(self.parameters, values))), name=self.title)


_SIGMA = Parameter("sigma", "Sigma", 1.0, 0.1, 15.0, 0.1)
_SIZE = size(5)

_ALL = (
    Preset("identity", "Identity", "Leaves the image as it is.", "Basics", lambda: kernels.IDENTITY),
    Preset(
        "edge",
        "Edge F",
        "Answers where it is dark on the left and light on the right.",
        "Basics",
        lambda: kernels.EDGE,
    ),
    Preset(
        "box",
        "Box blur",
        "Replaces each pixel by the mean of those around it.",
        "Smoothing",
        kernels.box,
        (size(3, low=1, step=1),),
    ),
    Preset(
        "gaussian",
        "Gaussian blur",
        "Blurs softly: near pixels count more than far ones.",
        "Smoothing",
        kernels.gaussian,
        (_SIZE, _SIGMA),
    ),
    Preset(
        "sharpen",
        "Sharpen",
        "Raises each pixel's difference from its four neighbours.",
        "Sharpening",
        lambda: kernels.SHARPEN,
    ),
    Preset(
        "unsharp",
        "Unsharp mask",
        "Adds what a Gaussian blur takes away, so that details stand out.",
        "Sharpening",
        kernels.unsharp,
        (_SIZE, _SIGMA, Parameter("amount", "Amount", 1.0, 0.0, 10.0, 0.1)),
    ),
    Preset(
        "emboss",
        "Emboss",
        "Makes the image look raised, lit from the upper left.",
        "Sharpening",
        lambda: kernels.EMBOSS,
    ),
    Preset(
        "sobel_x",
        "Sobel x",
        "Answers to vertical edges, smoothed along the edge.",
        "Edges",
        lambda: kernels.SOBEL_X,
    ),
    Preset(
        "sobel_y",
        "Sobel y",
        "Answers to horizontal edges, smoothed along the edge.",
        "Edges",
        lambda: kernels.SOBEL_Y,
    ),
    Preset(
        "prewitt_x",
        "Prewitt x",
        "Answers to vertical edges; all rows count alike.",
        "Edges",
        lambda: kernels.PREWITT_X,
    ),
    Preset(
        "prewitt_y",
        "Prewitt y",
        "Answers to horizontal edges; all columns count alike.",
        "Edges",
        lambda: kernels.PREWITT_Y,
    ),
    Preset(
        "scharr_x",
        "Scharr x",
        "Answers to vertical edges; its gradients point in the right direction more exactly.",
        "Edges",
        lambda: kernels.SCHARR_X,
    ),
    Preset(
        "scharr_y",
        "Scharr y",
        "Answers to horizontal edges; its gradients point in the right direction more exactly.",
        "Edges",
        lambda: kernels.SCHARR_Y,
    ),
    Preset(
        "roberts_falling",
        "Roberts ↘",
        "Compares each pixel with the one to its lower right.",
        "Edges",
        lambda: kernels.ROBERTS_FALLING,
    ),
    Preset(
        "roberts_rising",
        "Roberts ↗",
        "Compares a pixel with the one to its lower left.",
        "Edges",
        lambda: kernels.ROBERTS_RISING,
    ),
    Preset(
        "laplacian_4",
        "Laplacian, 4 neighbours",
        "Answers to edges and spots in any direction: the curvature of brightness.",
        "Edges",
        lambda: kernels.LAPLACIAN_4,
    ),
    Preset(
        "laplacian_8",
        "Laplacian, 8 neighbours",
        "As the Laplacian with 4 neighbours, counting the diagonal ones too.",
        "Edges",
        lambda: kernels.LAPLACIAN_8,
    ),
    Preset(
        "log",
        "Laplacian of Gaussian",
        "Answers to spots of about its own size: darker ones positive, lighter ones negative.",
        "Edges",
        kernels.laplacian_of_gaussian,
        (size(9), Parameter("sigma", "Sigma", 1.4, 0.3, 8.0, 0.1)),
    ),
    Preset(
        "line",
        "Line",
        "Answers to light lines one pixel wide that run at its angle.",
        "Lines and textures",
        lambda angle: kernels.LINES[round(angle / 45) * 45],
        (Parameter("angle", "Angle (°)", 0.0, 0.0, 135.0, 45.0),),
    ),
    Preset(
        "gabor",
        "Gabor",
        "Answers to stripes of its wavelength across its direction, as cells of the visual cortex do.",
        "Lines and textures",
        kernels.gabor,
        (
            size(15),
            Parameter("wavelength", "Wavelength (pixels)", 6.0, 2.0, 40.0, 0.5),
            Parameter("theta", "Direction (°)", 0.0, -180.0, 180.0, 5.0),
            Parameter("phase", "Phase (°)", 0.0, -180.0, 180.0, 15.0),
            Parameter("sigma", "Sigma (pixels)", 3.0, 0.5, 15.0, 0.1),
            Parameter("gamma", "Aspect ratio", 0.8, 0.1, 4.0, 0.1),
        ),
    ),
    Preset(
        "red_green",
        "Red–green",
        "Positive on red, negative on green, zero on every grey.",
        "Colour",
        kernels.red_green,
        (_SIZE, _SIGMA),
    ),
    Preset(
        "blue_yellow",
        "Blue–yellow",
        "Positive on blue, negative on yellow, zero on every grey.",
        "Colour",
        kernels.blue_yellow,
        (_SIZE, _SIGMA),
    ),
)

PRESETS: dict[str, Preset] = {one.key: one for one in _ALL}
"""All presets by key, in the order of menus; those of a group stand together."""
