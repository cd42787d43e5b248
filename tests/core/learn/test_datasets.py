"""Built-in data sets: the same for a seed, balanced, split, and not trivial; and what a data set must be."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.learn.datasets import Dataset, Examples, split
from convexplorer.core.learn.digits import digits
from convexplorer.core.learn.shapes import shapes
from convexplorer.core.learn.textures import textures
from convexplorer.errors import InvalidValueError

MAKERS = {
    "shapes": (shapes, 10, (1, 20, 20)),
    "digits": (digits, 10, (1, 28, 28)),
    "textures": (textures, 8, (3, 24, 24)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_seed_gives_the_same_pictures(name):
    make, classes, shape = MAKERS[name]
    one, same, other = make(3, 80, 40), make(3, 80, 40), make(4, 80, 40)
    assert one.train.images.tobytes() == same.train.images.tobytes()
    assert one.test.labels.tobytes() == same.test.labels.tobytes()
    assert one.train.images.tobytes() != other.train.images.tobytes()
    assert one.shape == shape
    assert len(one.classes) == classes == len(set(one.classes))
    for part, count in ((one.train, 80), (one.test, 40)):
        assert len(part) == count
        assert set(np.bincount(part.labels, minlength=classes)) == {count // classes}
        assert part.images.dtype == np.uint8
        assert not part.images.flags.writeable


@pytest.mark.parametrize("name", MAKERS)
def test_no_picture_is_both_learnt_from_and_tested_on(name):
    data = MAKERS[name][0](0, 400, 200)
    train = {image.tobytes() for image in data.train.images}
    assert not train & {image.tobytes() for image in data.test.images}
    assert len(train) > 390


def test_digits_lie_within_the_picture_and_fill_it_as_in_mnist():
    data = digits(0, 500, 100)
    border = np.concatenate([data.train.images[..., 0], data.train.images[..., -1]], axis=-1)
    assert (border > 128).mean() < 0.02
    heights = (data.train.images[:, 0] > 100).any(axis=2).sum(axis=1)
    assert 14 < heights.mean() < 25


def test_pictures_of_a_class_are_no_copies_of_one():
    data = digits(0, 1000, 100)
    means = np.stack([data.train.images[data.train.labels == label].mean(axis=0) for label in range(10)])
    test = data.test.images.astype(float)
    nearest = ((test[:, np.newaxis] - means) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1)
    assert 0.3 < (nearest == data.test.labels).mean() < 0.9


@pytest.mark.parametrize("orientations", [4, 6, 8])
def test_shapes_have_as_many_orientations_as_asked_for(orientations):
    assert len(shapes(0, 40, 20, orientations).classes) == 2 * orientations + 2


def test_bars_run_along_their_orientation():
    data = shapes(0, 2000, 20)
    for label, title in enumerate(data.classes):
        if not title.startswith("edge"):
            continue
        images = data.train.batch(data.train.labels == label)[0][:, 0].astype(float)
        down, right = np.gradient(images, axis=(1, 2))
        # The structure tensor's main direction is across the edge.
        angle = np.rad2deg(0.5 * np.arctan2(2 * (down * right).sum(), (right**2 - down**2).sum()))
        off = (-(angle + 90) - float(title[5:-1])) % 180
        assert min(off, 180 - off) < 8


def test_batches_are_floats_from_0_to_1():
    images = np.array([[[[0, 255]]], [[[51, 102]]]], np.uint8)
    batch, labels = Examples(images, np.array([1, 0])).batch(np.array([1, 0]))
    np.testing.assert_allclose(batch[:, 0, 0], [[0.2, 0.4], [0, 1]], rtol=1e-6)
    assert batch.dtype == np.float32
    assert labels.tolist() == [0, 1]


def test_a_split_takes_its_share_of_every_class():
    images = np.arange(60, dtype=np.uint8).reshape(60, 1, 1, 1)
    labels = np.repeat([0, 1], [50, 10])
    data, same = (split("x", ("a", "b"), images, labels, seed=1) for _ in range(2))
    assert np.bincount(data.test.labels).tolist() == [10, 2]
    assert len(data.train) == 48
    assert data.test.images.tobytes() == same.test.images.tobytes()
    assert sorted({*data.train.images.ravel().tolist(), *data.test.images.ravel().tolist()}) == list(range(60))


def one(count=4, label=0, shape=(1, 3, 3)):
    return Examples(np.zeros((count, *shape), np.uint8), np.full(count, label))


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: Examples(np.zeros((2, 2, 3, 3), np.uint8), np.zeros(2)), "images have shape"),
        (lambda: Examples(np.zeros((0, 1, 3, 3), np.uint8), np.zeros(0)), "images have shape"),
        (lambda: Examples(np.zeros((2, 1, 3, 3)), np.zeros(2)), "float64 are not supported"),
        (lambda: Examples(np.zeros((2, 1, 3, 3), np.uint8), np.zeros(3)), "2 images have 3 labels"),
        (lambda: Examples(np.zeros((1, 1, 3, 300), np.uint8), np.zeros(1)), "too large"),
        (lambda: Dataset("x", ("a",), one(), one()), "2 to 1000 classes"),
        (lambda: Dataset("x", ("a", "b"), one(), one(shape=(1, 4, 4))), "those to test on"),
        (lambda: Dataset("x", ("a", "b"), one(label=2), one()), "an image has class 2"),
        (lambda: Dataset("x", ("a", "b"), one(label=-1), one()), "an image has class -1"),
        (lambda: split("x", ("a", "b"), np.zeros((3, 1, 2, 2), np.uint8), [0, 0, 1]), "class b has too few images"),
        (lambda: shapes(orientations=3), "4 to 8 orientations"),
    ],
)
def test_what_makes_no_sense_is_one_line(make, line):
    with pytest.raises(InvalidValueError, match=line):
        make()
