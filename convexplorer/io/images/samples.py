"""The pictures of the Sample menu: photographs (``resources/photographs``) and test patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from convexplorer.core.model import patterns
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.stack_examples import example_stack
from convexplorer.core.runtime.types import Pixels
from convexplorer.errors import InvalidValueError, UnavailableError
from convexplorer.io.images.load import load_image
from convexplorer.resources import resource

Group = Literal["Examples", "Photographs", "Test patterns"]


@dataclass(frozen=True)
class Sample:
    """A built-in picture.

    Parameters
    ----------
    key : str
        What names it in files and settings; never changes.
    title, hint : str
        Its name, and a sentence on what to look for. English; the window translates them in the context "samples".
    group : "Examples", "Photographs" or "Test patterns"
        The part of the menu it belongs to. Examples bring layers of their own (`sample_layers`).
    scale : float or None
        The size it is to be explored at (`core.model.images.Preparation`); None is any.
    """

    key: str
    title: str
    hint: str
    group: Group
    scale: float | None = 1.0


def _photograph(key: str, title: str, hint: str) -> Sample:
    return Sample(key, title, hint, "Photographs", scale=None)


def _pattern(key: str, title: str, hint: str) -> Sample:
    return Sample(key, title, hint, "Test patterns")


SAMPLES = (
    Sample(
        "one-filter",
        "A grid and one filter",
        "6 × 6 zeros and ones and a filter for upright lines: the largest value, 3, occurs exactly twice",
        "Examples",
    ),
    Sample(
        "two-layers",
        "Corners from edges",
        "A second layer, made by hand, reads the first one's edges and lines: each corner filter finds its quarter of "
        "every coin",
        "Examples",
        0.6,
    ),
    Sample(
        "crossings",
        "Crossings from lines",
        "The same second layer on bricks: one filter finds where upright and level joints meet",
        "Examples",
        0.2,
    ),
    _photograph("motorcycle", "Motorcycle", "Spokes, shelves and cables: sharp edges in every direction"),
    _photograph("coffee", "Coffee", "A bright rim, a dark saucer, and the grain of wood"),
    _photograph("astronaut", "Astronaut", "A portrait with fine seams, soft skin and reflections in glass"),
    _photograph("cat", "Cat", "Stripes and whiskers, sharp at the eyes and soft behind"),
    _photograph("rocket", "Rocket", "Upright towers and a rocket against an evening sky"),
    _photograph("cameraman", "Cameraman", "The classic grey test picture: a dark coat, a tripod, grass"),
    _photograph("coins", "Coins", "Round edges on an uneven background"),
    _photograph("bricks", "Bricks", "Long joints one way, short ones the other"),
    _photograph("gravel", "Gravel", "A texture without direction"),
    _photograph("grass", "Grass", "A texture of thin lines"),
    _photograph("galaxies", "Galaxies", "Coloured points on black, by the Hubble Space Telescope"),
    _photograph("retina", "Retina", "Fine vessels, clearest in the green channel"),
    _photograph("tissue", "Tissue", "Brown and blue stains that a filter for colours can tell apart"),
    _pattern("steps-vertical", "Vertical steps", "Edges of contrast 1, 1/2, 1/4 and 1/8, and the way back"),
    _pattern("steps-horizontal", "Horizontal steps", "The same edges, running from left to right"),
    _pattern("steps-diagonal", "Diagonal steps", "The same edges at 45°"),
    _pattern("binary-grid", "Binary grid", "6 × 6 zeros and ones, small enough to be worked out on paper"),
    _pattern("impulse", "Impulse", "One white pixel: each map shows its filter, turned by 180°"),
    _pattern("checkerboard", "Checkerboard", "Edges along rows and columns, and corners"),
    _pattern("gradient", "Gradient", "An even ramp: edge filters give the same small value everywhere"),
    _pattern("zone-plate", "Zone plate", "Rings of every frequency and direction: what a filter lets through"),
    _pattern("siemens-star", "Siemens star", "Edges of every direction, meeting in one point"),
    _pattern("sine-gratings", "Sine gratings", "Four periods in four directions, for Gabor filters"),
    _pattern("colour-bars", "Colour bars", "The corners of RGB: which filters see which change of colour"),
    _pattern("noise", "Noise", "Random pixels: a map shows the filter's own texture"),
)
"""All samples, in the order of the menu."""

DEFAULT_SAMPLE = "motorcycle"
"""The first picture anyone sees: grey at 30 %, each of the four edge filters finds a rich and different part of it."""

_FILES = {
    "two-layers": "coins.png",
    "crossings": "brick.png",
    "motorcycle": "motorcycle_left.png",
    "coffee": "coffee.png",
    "astronaut": "astronaut.png",
    "cat": "chelsea.png",
    "rocket": "rocket.jpg",
    "cameraman": "camera.png",
    "coins": "coins.png",
    "bricks": "brick.png",
    "gravel": "gravel.png",
    "grass": "grass.png",
    "galaxies": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
    "tissue": "ihc.png",
}
"""Files in ``resources/photographs``; the README there says whose they are."""

_PATTERNS: dict[str, Callable[[], Pixels]] = {
    "steps-vertical": lambda: patterns.step_edges("vertical"),
    "steps-horizontal": lambda: patterns.step_edges("horizontal"),
    "steps-diagonal": lambda: patterns.step_edges("diagonal"),
    "one-filter": lambda: patterns.BINARY_GRID * np.uint8(255),
    "binary-grid": lambda: patterns.BINARY_GRID * np.uint8(255),
    "impulse": patterns.impulse,
    "checkerboard": patterns.checkerboard,
    "gradient": patterns.gradient,
    "zone-plate": patterns.zone_plate,
    "siemens-star": patterns.siemens_star,
    "sine-gratings": patterns.sine_gratings,
    "colour-bars": patterns.colour_bars,
    "noise": patterns.noise,
}


def find_sample(key: str) -> Sample:
    """The sample with a key.

    Raises
    ------
    InvalidValueError
        If there is none.
    """
    for one in SAMPLES:
        if one.key == key:
            return one
    raise InvalidValueError("there is no sample named {key}", key=key)


def load_sample(key: str) -> Image:
    """Make or read a sample; its key is the image's `sample`, its title the name, and it has no path.

    Raises
    ------
    InvalidValueError
        If there is no sample with this key.
    UnavailableError
        If the photograph's file is missing.
    """
    title = find_sample(key).title
    if key in _PATTERNS:
        return Image(_PATTERNS[key](), title, sample=key)
    path = resource("photographs", _FILES[key])
    if not path.is_file():
        raise UnavailableError("the photograph {file} is missing from this installation", file=path.name)
    return replace(load_image(path), name=title, path=None, sample=key)


def sample_layers(key: str) -> tuple[Layer, ...] | None:
    """The layers that an example brings along, the last to be looked at, or None where a sample is just a picture."""
    if key == "one-filter":
        return (ConvLayer(FilterBank.from_arrays(patterns.LINE_FILTER, names=["Upright line"])),)
    if key in ("two-layers", "crossings"):
        return example_stack(crossings_first=key == "crossings")
    return None
