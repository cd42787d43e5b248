"""The lecture's notebook, step by step with the arithmetic of its libraries, against what the program computes.

The notebook reads a picture with OpenCV, makes it grey, resizes it to 30 % with SciPy's `imresize` (Pillow's bilinear
filter on 8-bit pixels), divides by 255, and lays four 4 × 4 filters with ReLU over it.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PILImage
from scipy.signal import correlate2d

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.model.images import Preparation
from convexplorer.core.model.preparation import GreyMethod
from convexplorer.gui.window.app import default_project
from convexplorer.io.images.samples import DEFAULT_SAMPLE, load_sample

STEP = 1 / 255
ROUNDED = 1.5 * STEP
"""What the notebook's pixels are rounded by at most: grey, then resized rows, then columns, each to whole levels."""
SHADES = np.array([9798, 19235, 3735])
"""OpenCV's parts of R, G and B in 8-bit grey, of 2¹⁵ (`modules/imgproc/src/color_rgb.simd.hpp`)."""


def notebook_grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)``."""
    return ((rgb.astype(np.int64) @ SHADES + (1 << 14)) >> 15).astype(np.uint8)


def notebook_maps(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The notebook from its picture to its four maps."""
    grey = notebook_grey(rgb)
    size = int(grey.shape[1] * 0.3), int(grey.shape[0] * 0.3)
    small = np.asarray(PILImage.fromarray(grey).resize(size, PILImage.Resampling.BILINEAR)).astype("float32") / 255
    first = np.array([[-1, -1, 1, 1]] * 4)
    filters = first, -first, first.T, -first.T
    return np.array([np.maximum(correlate2d(small.astype(np.float64), one, "valid"), 0) for one in filters])


@pytest.fixture(scope="module")
def rgb() -> NDArray[np.uint8]:
    return load_sample(DEFAULT_SAMPLE).native


def our_maps(preparation: Preparation) -> NDArray[np.float32]:
    """The maps of the project that the program starts with."""
    layer = default_project().edited_layer
    return feature_maps(load_sample(DEFAULT_SAMPLE).prepare(preparation), layer, range(4))


def test_the_first_maps_are_those_of_the_lecture(rgb: NDArray[np.uint8]) -> None:
    expected, found = notebook_maps(rgb), our_maps(default_project().preparation)
    assert found.shape == expected.shape == (4, 147, 219)
    apart = np.abs(found - expected)
    assert apart.max() <= 16 * ROUNDED
    # Roundings of sixteen pixels cancel for the most part.
    assert np.sqrt(np.mean(apart**2)) < 2 * STEP


def test_the_four_largest_values_are_those_of_the_lecture(rgb: NDArray[np.uint8]) -> None:
    expected, found = notebook_maps(rgb), our_maps(default_project().preparation)
    np.testing.assert_allclose(found.max(axis=(1, 2)), expected.max(axis=(1, 2)), rtol=0, atol=2 * STEP)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.unravel_index(ours.argmax(), ours.shape) == np.unravel_index(theirs.argmax(), theirs.shape)


@pytest.mark.parametrize("method", ["rec709", "mean", "red", "green", "blue"])
def test_other_greys_are_not_the_lecture(rgb: NDArray[np.uint8], method: GreyMethod) -> None:
    """The bounds above can tell one grey from another."""
    expected, found = notebook_maps(rgb), our_maps(Preparation(grey_method=method))
    assert np.abs(found.max(axis=(1, 2)) - expected.max(axis=(1, 2))).max() > 4 * STEP


def test_the_emulated_grey_is_that_of_opencv(rgb: NDArray[np.uint8]) -> None:
    """Where OpenCV is installed; where not, its formula stands on its own beside Pillow's, which rounds likewise."""
    try:
        import cv2
    except ImportError:
        expected, slack = np.asarray(PILImage.fromarray(rgb).convert("L")).astype(int), 1
    else:
        expected, slack = cv2.cvtColor(rgb[..., ::-1].copy(), cv2.COLOR_BGR2GRAY).astype(int), 0
    assert np.abs(notebook_grey(rgb) - expected).max() <= slack
