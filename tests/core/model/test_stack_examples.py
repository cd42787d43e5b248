"""The second layer made by hand finds what its filters are named after."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, check_depths
from convexplorer.core.model.stack_examples import FIRST, example_stack
from convexplorer.io.images.samples import load_sample

LAYERS = example_stack()
NAMES = LAYERS[1].bank.names
MIDDLE = 4
"""Pixels from the corner of a node's receptive field to its middle."""


def maps(pixels: np.ndarray) -> dict[str, np.ndarray]:
    made = Stack().through(Prepared(pixels[np.newaxis].astype(np.float32)), LAYERS).values()
    return dict(zip(NAMES, made, strict=True))


def strongest(values: np.ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(values.argmax(), values.shape)
    return int(row) + MIDDLE, int(column) + MIDDLE


@pytest.mark.parametrize("contrast", [1.0, 0.3])
def test_corners_are_found_where_they_are(contrast):
    square = np.zeros((60, 60))
    square[20:40, 15:45] = contrast
    found = maps(square)
    for name, corner in (("⌜", (19.5, 14.5)), ("⌝", (19.5, 44.5)), ("⌞", (39.5, 14.5)), ("⌟", (39.5, 44.5))):
        values = found[f"Corner {name}"]
        row, column = strongest(values)
        assert abs(row - corner[0]) <= 0.5
        assert abs(column - corner[1]) <= 0.5
        far = np.hypot(
            *np.ogrid[MIDDLE - corner[0] : 60 - MIDDLE - corner[0], MIDDLE - corner[1] : 60 - MIDDLE - corner[1]]
        )
        assert not values[far > 6].any()


def test_crossings_are_found_where_lines_cross():
    upright = np.zeros((51, 51))
    upright[25], upright[:, 20] = 1.0, 1.0
    slanted = np.maximum(np.eye(51), np.eye(51)[::-1])
    for name, lines, at in (("+", upright, (25, 20)), ("×", slanted, (25, 25))):
        values = maps(lines)[f"Crossing {name}"]
        row, column = strongest(values)
        assert np.hypot(row - at[0], column - at[1]) < 1.5
        alone = np.hypot(*np.ogrid[MIDDLE - at[0] : 51 - MIDDLE - at[0], MIDDLE - at[1] : 51 - MIDDLE - at[1]]) > 8
        assert values.max() > 2 * values[alone].max()


@pytest.mark.parametrize(("key", "scale"), [("motorcycle", 0.3), ("motorcycle", 1.0), ("coins", 1.0)])
def test_every_filter_does_something_on_a_photograph(key, scale):
    image = load_sample(key).prepare(Preparation(scale=scale))
    for values in Stack().through(image, LAYERS).values():
        assert values.max() > 0.05
        assert (values > 0).mean() > 0.005
        assert values.std() > 0.003


def test_in_colour_the_mean_is_read():
    grey = np.random.default_rng(0).integers(0, 256, (30, 40, 1), np.uint8)
    colour = Image(np.repeat(grey, 3, axis=2)).prepare(Preparation(grey=False, scale=1.0))
    alone = Image(grey).prepare(Preparation(scale=1.0))
    layers = example_stack(3)
    check_depths(layers, 3)
    ours, theirs = Stack().through(colour, layers), Stack().through(alone, LAYERS)
    np.testing.assert_allclose(ours.values(), theirs.values(), atol=1e-5)


def test_the_first_layer_gives_one_on_its_pattern():
    step = np.zeros((9, 9))
    step[:, 5:] = 1.0
    line = np.zeros((9, 9))
    line[:, 4] = 1.0
    first = LAYERS[0]
    assert isinstance(first, ConvLayer)
    assert first.bank.names == FIRST
    for pixels, name in ((step, "Lighter right"), (step.T, "Lighter below"), (line, "Line |"), (line.T, "Line —")):
        made = Stack().through(Prepared(pixels[np.newaxis].astype(np.float32)), (first,)).values()
        assert made[FIRST.index(name)].max() == pytest.approx(1.0)
