"""Which images are called unlike those that were learnt from, and how seldom that is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.digits import digits
from convexplorer.core.learn.novelty import FEWEST, learn_novelty
from convexplorer.core.learn.textures import textures
from convexplorer.resources import resource


def photographs(shape):
    """The middles of the program's own photographs in the shape of a data set's images."""
    channels, rows, columns = shape
    found = []
    for name in ("chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"):
        with PILImage.open(resource("photographs", name)) as picture:
            side = min(picture.size)
            square = picture.convert("L" if channels == 1 else "RGB").crop((0, 0, side, side)).resize((columns, rows))
        found.append(np.atleast_3d(np.asarray(square, np.float32) / 255).transpose(2, 0, 1))
    return found


@pytest.mark.parametrize("make", [digits, textures])
def test_photographs_are_unlike_drawn_images_and_fresh_ones_of_the_kind_are_not(make):
    data, other = make(0, 600, 200), make(1, 20, 200)
    novelty = learn_novelty(data)
    assert novelty is not None
    assert all(novelty.is_unlike(one) for one in photographs(data.shape))
    fresh, _ = other.test.batch(slice(None))
    assert np.mean([novelty.is_unlike(one) for one in fresh]) < 0.06


def test_nothing_is_said_where_too_few_images_could_tell():
    data = digits(0, 60, FEWEST - 1)
    assert learn_novelty(data) is None


def test_large_images_are_compared_by_the_means_of_their_blocks():
    images = np.random.default_rng(0).random((60, 1, 70, 45), dtype=np.float32)
    data = Dataset("noise", ("a", "b"), Examples(images[:40], np.arange(40) % 2), Examples(images[40:], np.zeros(20)))
    novelty = learn_novelty(data)
    assert novelty is not None
    assert novelty.mean.shape == (32 * 32,)
    rows, columns = (np.arange(32) * size // 32 for size in (70, 45))
    block = images[:40:2, 0, rows[3] : rows[4], columns[5] : columns[6]]
    assert novelty.mean[3 * 32 + 5] == pytest.approx(block.mean(dtype=float))
    assert novelty.is_unlike(np.ones((1, 70, 45), np.float32))
    assert not novelty.is_unlike(images[41])


def test_images_that_are_all_the_same_say_nothing_of_others_but_their_difference():
    images = np.full((60, 1, 8, 8), 128, np.uint8)
    data = Dataset("flat", ("a", "b"), Examples(images[:40], np.arange(40) % 2), Examples(images[40:], np.zeros(20)))
    novelty = learn_novelty(data)
    assert novelty is not None
    assert not novelty.is_unlike(np.full((1, 8, 8), 128 / 255, np.float32))
    assert novelty.is_unlike(np.full((1, 8, 8), 0.9, np.float32))
