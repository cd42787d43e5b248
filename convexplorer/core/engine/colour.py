"""Value → colour: the one place, for screen, saved pictures and figures alike.

Scales are linear. A signed scale is symmetric about zero. Palettes are interpolated in OKLab, where equal steps look
equal (Björn Ottosson, "A perceptual color space for image processing", 2020), between a few anchors; those of
viridis, magma and cividis are matplotlib's. Colours never change values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

RGB = NDArray[np.uint8]

SEQUENTIAL: dict[str, tuple[str, ...]] = {
    "magma": ("000004", "1d1147", "51127c", "832681", "b73779", "e75263", "fc8961", "fec488", "fcfdbf"),
    "grey": ("000000", "ffffff"),
    "viridis": ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"),
    "cividis": ("00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369", "e1cc55", "fee838"),
}
"""Palettes for values from zero up, by name; dark is low."""

DIVERGING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "blue–red": (("0b3c8c", "2f78c4", "8fbfe6"), ("f2a98c", "d0493f", "8a0f2a")),
    "purple–orange": (("45197e", "7a5bb0", "b9abd9"), ("f3c07a", "d9822b", "8f4300")),
    "blue–gold": (("123a63", "3f6f9e", "a3bfd8"), ("e6cf7a", "b8912a", "6b4e05")),
}
"""Palettes for signed values, by name: the negative arm up to zero, the positive arm from zero.

Each is told apart with any kind of colour vision.
"""

FORMER_NAMES = {"green–pink": "blue–gold"}
"""Palettes that are gone, and what stands in for each where a setting or a session names it."""

LINES = "blue–red"
"""The diverging palette of what is drawn by weights on a ground of its own, such as lines and bars.

There black and white, which show weights in cells, would be lost.
"""

LIGHT_ZERO = "f4f4f2"
DARK_ZERO = "24262a"
"""What zero looks like on a signed scale: the surface's own tone in the light and in the dark theme."""

CLIPPED_LOW, CLIPPED_HIGH = "00b7c3", "dd00ff"
"""Marks for values that the display cuts off; neither colour occurs in a palette."""


@dataclass(frozen=True)
class Scale:
    """How values of one map are shown.

    Parameters
    ----------
    low, high : float
        The values at the ends of the palette; low < high.
    palette : str
        A name in `SEQUENTIAL` or `DIVERGING`.
    dark : bool
        Whether zero of a diverging palette is a dark tone.
    """

    low: float
    high: float
    palette: str
    dark: bool = False

    @property
    def signed(self) -> bool:
        """Whether the palette diverges from zero."""
        return self.palette in DIVERGING


def scale_for(low: float, high: float, *, sequential: str, diverging: str, signed: bool, dark: bool = False) -> Scale:
    """The scale that shows a range of values whole.

    A signed one reaches equally far to both sides of zero; a sequential one begins at zero where no value is
    negative. A map of one single value gets a scale about 1 wide, so that nothing divides by zero.
    """
    if signed:
        reach = max(abs(low), abs(high)) or 1.0
        return Scale(-reach, reach, diverging, dark)
    low = min(low, 0.0)
    return Scale(low, high if high > low else low + 1.0, sequential, dark)


@lru_cache(maxsize=64)
def palette(name: str, *, dark: bool = False) -> RGB:
    """The 256 colours of a palette, shape (256, 3), low to high; read-only."""
    if name in DIVERGING:
        negative, positive = DIVERGING[name]
        if dark:  # What lies far from zero stands out from the dark by its lightness.
            negative, positive = negative[::-1], positive[::-1]
        zero = DARK_ZERO if dark else LIGHT_ZERO
        # Odd inside: 255 steps have zero exactly in their middle; the last colour is doubled to make 256.
        low, high = _ramp((*negative, zero), 128), _ramp((zero, *positive), 128)
        colours = np.concatenate([low, high[1:], high[-1:]])
    else:
        colours = _ramp(SEQUENTIAL[name], 256)
    colours.setflags(write=False)
    return colours


def positions(values: ArrayLike, scale: Scale) -> NDArray[np.uint8]:
    """Index of each value's colour in the palette; what lies beyond the scale gets the end's."""
    steps = 254.0 if scale.signed else 255.0
    factor = steps / (scale.high - scale.low)
    index = np.asarray(values, np.float32) * np.float32(factor)
    index += np.float32(0.5 - scale.low * factor)
    np.clip(index, 0.0, steps + 0.5, out=index)
    return index.astype(np.uint8)


def colourise(values: ArrayLike, scale: Scale, *, mark_clipped: bool = False) -> NDArray[np.uint32]:
    """Colours of values as 0xffRRGGBB, same shape.

    Parameters
    ----------
    values : array_like of float32
        Finite numbers.
    scale : Scale
        Palette and ends.
    mark_clipped : bool
        Show values below and above the scale in `CLIPPED_LOW` and `CLIPPED_HIGH`.
    """
    values = np.asarray(values, np.float32)
    # All positions are valid; told so, `take` is half as fast again as indexing.
    colours = packed_palette(scale.palette, dark=scale.dark).take(positions(values, scale), mode="clip")
    if mark_clipped:
        slack = 1e-6 * (scale.high - scale.low)
        colours[values < scale.low - slack] = 0xFF000000 | int(CLIPPED_LOW, 16)
        colours[values > scale.high + slack] = 0xFF000000 | int(CLIPPED_HIGH, 16)
    return colours


def colour(value: float, scale: Scale) -> tuple[int, int, int]:
    """Red, green and blue (0–255) of one value."""
    red, green, blue = palette(scale.palette, dark=scale.dark)[positions([value], scale)[0]].tolist()
    return red, green, blue


def ink(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever is easier to read on a colour (WCAG 2 relative luminance)."""
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (0, 0, 0) if luminance > 0.179 else (255, 255, 255)


def weight_scale(weights: ArrayLike) -> Scale:
    """The symmetric scale of a filter's weights, as in the classic figure: black lowest, mid grey zero, white highest.

    It is the same on screen and on paper, in every theme, so that one filter always looks the same.
    """
    reach = float(np.abs(np.asarray(weights)).max(initial=0.0)) or 1.0
    return Scale(-reach, reach, "grey")


def rounded_up(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a positive number; 1 for any other."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 5, 10, 20) if step * unit >= value)


def packed(red: RGB, green: RGB, blue: RGB) -> NDArray[np.uint32]:
    """Three channels of 0…255 as one number 0xffRRGGBB a pixel, as Qt's RGB32 wants it."""
    high, middle, low = (channel.astype(np.uint32) for channel in (red, green, blue))
    result: NDArray[np.uint32] = np.uint32(0xFF000000) | high << np.uint32(16) | middle << np.uint32(8) | low
    return result


@lru_cache(maxsize=64)
def packed_palette(name: str, *, dark: bool = False) -> NDArray[np.uint32]:
    """The 256 colours of a palette as 0xffRRGGBB."""
    colours = palette(name, dark=dark)
    return packed(colours[:, 0], colours[:, 1], colours[:, 2])


def _ramp(anchors: tuple[str, ...], count: int) -> RGB:
    rgb = np.array([[int(one[i : i + 2], 16) for i in (0, 2, 4)] for one in anchors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    at = np.linspace(0, len(anchors) - 1, count)
    lab = np.stack([np.interp(at, np.arange(len(anchors)), lab[:, i]) for i in range(3)], axis=1)
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    colours: RGB = np.rint(encoded * 255).astype(np.uint8)
    return colours


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
