"""Kernels of image processing: constants with their sources, and functions that sample formulas.

All are written for cross-correlation, rows from top to bottom. Angles are in degrees, anticlockwise on the screen from
the direction to the right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KernelWeights = NDArray[np.float64]


def _rows(*rows: tuple[float, ...]) -> KernelWeights:
    kernel = np.array(rows, np.float64)
    kernel.setflags(write=False)
    return kernel


IDENTITY = _rows((0, 0, 0), (0, 1, 0), (0, 0, 0))

EDGE = _rows(*[(-1, -1, 1, 1)] * 4)
"""The lecture's filter F: dark left, light right."""

# I. Sobel and G. Feldman, "A 3×3 isotropic gradient operator for image processing", 1968.
SOBEL_X = _rows((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
SOBEL_Y = _rows((-1, -2, -1), (0, 0, 0), (1, 2, 1))

# J. M. S. Prewitt, "Object enhancement and extraction", in Picture Processing and Psychopictorics, 1970.
PREWITT_X = _rows((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
PREWITT_Y = _rows((-1, -1, -1), (0, 0, 0), (1, 1, 1))

# H. Scharr, "Optimale Operatoren in der digitalen Bildverarbeitung", dissertation, Heidelberg 2000; whole numbers.
SCHARR_X = _rows((-3, 0, 3), (-10, 0, 10), (-3, 0, 3))
SCHARR_Y = _rows((-3, -10, -3), (0, 0, 0), (3, 10, 3))

# L. G. Roberts, "Machine perception of three-dimensional solids", 1963.
ROBERTS_FALLING = _rows((1, 0), (0, -1))
ROBERTS_RISING = _rows((0, 1), (-1, 0))

# R. C. Gonzalez and R. E. Woods, "Digital Image Processing", 4th ed., 2018, sections 3.6 and 10.2.
LAPLACIAN_4 = _rows((0, 1, 0), (1, -4, 1), (0, 1, 0))
LAPLACIAN_8 = _rows((1, 1, 1), (1, -8, 1), (1, 1, 1))
SHARPEN = IDENTITY - LAPLACIAN_4
LINES = {
    0: _rows((-1, -1, -1), (2, 2, 2), (-1, -1, -1)),
    45: _rows((-1, -1, 2), (-1, 2, -1), (2, -1, -1)),
    90: _rows((-1, 2, -1), (-1, 2, -1), (-1, 2, -1)),
    135: _rows((2, -1, -1), (-1, 2, -1), (-1, -1, 2)),
}
"""Lines one pixel wide, by the angle they run at."""

# V. Powell, "Image Kernels Explained Visually", setosa.io/ev/image-kernels.
EMBOSS = _rows((-2, -1, 0), (-1, 1, 1), (0, 1, 2))

# G. S. Robinson, "Edge detection by compass gradient masks", Computer Graphics and Image Processing 6, 1977.
COMPASS = {
    "east": SOBEL_X,
    "north-east": _rows((0, 1, 2), (-1, 0, 1), (-2, -1, 0)),
    "north": -SOBEL_Y,
    "north-west": _rows((2, 1, 0), (1, 0, -1), (0, -1, -2)),
    "west": -SOBEL_X,
    "south-west": _rows((0, -1, -2), (1, 0, -1), (2, 1, 0)),
    "south": SOBEL_Y,
    "south-east": _rows((-2, -1, 0), (-1, 0, 1), (0, 1, 2)),
}
"""Edges by the direction towards which it gets lighter."""


def box(size: int) -> KernelWeights:
    """The mean of size × size pixels."""
    return np.full((size, size), 1 / size**2)


def gaussian(size: int, sigma: float) -> KernelWeights:
    """exp(−(x² + y²) / 2σ²), scaled to sum 1; σ in pixels."""
    x, y = _grid(size)
    values = np.exp(-(x * x + y * y) / (2 * sigma**2))
    return np.asarray(values / values.sum())


def unsharp(size: int, sigma: float, amount: float) -> KernelWeights:
    """Unsharp masking: image + amount · (image − Gaussian blur), as one kernel of odd size."""
    centre = np.zeros((size, size))
    centre[size // 2, size // 2] = 1.0
    return centre + amount * (centre - gaussian(size, sigma))


def laplacian_of_gaussian(size: int, sigma: float) -> KernelWeights:
    """(r² − 2σ²) / σ⁴ · Gaussian. The mean is subtracted, so that a flat area gives 0 although the kernel is cut off.

    D. Marr and E. Hildreth, "Theory of edge detection", Proceedings of the Royal Society B 207, 1980.
    """
    x, y = _grid(size)
    values = (x * x + y * y - 2 * sigma**2) / sigma**4 * gaussian(size, sigma)
    return np.asarray(values - values.mean())


def gabor(size: int, wavelength: float, theta: float, phase: float, sigma: float, gamma: float) -> KernelWeights:
    """exp(−(x′² + γ²y′²) / 2σ²) · cos(2πx′ / λ + ψ), with x′ in direction θ and y′ across it.

    J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and orientation …", Journal of
    the Optical Society of America A 2, 1985. Stripes run across θ; λ and σ are in pixels, θ and ψ in degrees.
    """
    x, y = _grid(size)
    angle = np.deg2rad(theta)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    envelope = np.exp(-(along**2 + (gamma * across) ** 2) / (2 * sigma**2))
    return np.asarray(envelope * np.cos(2 * np.pi * along / wavelength + np.deg2rad(phase)))


def red_green(size: int, sigma: float) -> KernelWeights:
    """Planes (3, size, size): a Gaussian of red less one of green, so that grey gives 0.

    L. M. Hurvich and D. Jameson, "An opponent-process theory of color vision", Psychological Review 64, 1957.
    """
    return np.array([1.0, -1.0, 0.0])[:, np.newaxis, np.newaxis] * gaussian(size, sigma)


def blue_yellow(size: int, sigma: float) -> KernelWeights:
    """Planes (3, size, size): a Gaussian of blue less one of yellow, the mean of red and green; grey gives 0."""
    return np.array([-0.5, -0.5, 1.0])[:, np.newaxis, np.newaxis] * gaussian(size, sigma)


def _grid(size: int) -> tuple[KernelWeights, KernelWeights]:
    """Coordinates of the cells' centres in pixels from the kernel's centre: x to the right, y upwards."""
    steps = np.arange(size, dtype=np.float64) - (size - 1) / 2
    return steps[np.newaxis, :], -steps[:, np.newaxis]
