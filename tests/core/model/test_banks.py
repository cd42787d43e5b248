"""Banks by name, and the random numbers that filters begin with."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine.conv import correlate
from convexplorer.core.model import initialisers
from convexplorer.core.model.banks import BANKS, DEFAULT
from convexplorer.errors import InvalidValueError

RANDOM = ("glorot", "he", "uniform")


def test_the_default_is_the_lecture_s():
    bank = BANKS[DEFAULT].make()
    edge = np.array([[-1, -1, 1, 1]] * 4)
    assert np.array_equal(bank.weights[:, 0], [edge, -edge, edge.T, -edge.T])
    assert bank.names == ("Filter 1", "Filter 2", "Filter 3", "Filter 4")
    assert not bank.bias.any()


def test_compass_edges_answer_to_their_direction():
    bank = BANKS["compass"].make()
    assert len(bank) == 8
    for index, name in enumerate(bank.names):
        angle = np.deg2rad(45 * index)
        rows, columns = np.mgrid[-1:2, -1:2]
        ramp = np.cos(angle) * columns - np.sin(angle) * rows
        answers = correlate(ramp, bank.weights).ravel()
        assert bank.names[int(answers.argmax())] == name
        turned = np.roll(np.arange(8), -index)[4]
        assert np.array_equal(bank[index].weights, -bank[int(turned)].weights)
    assert bank.names[2] == "Lighter north"


def test_gabors_come_in_eight_directions_and_two_phases():
    bank = BANKS["gabors"].make()
    assert bank.shape == (1, 15, 15)
    assert len(set(bank.names)) == len(bank) == 16
    turned = np.rot90(bank.weights, axes=(2, 3))
    assert np.allclose(bank.weights[4:8], turned[:4], atol=1e-6)
    assert np.allclose(bank.weights[:8], bank.weights[:8, :, ::-1, ::-1])
    assert np.allclose(bank.weights[8:], -bank.weights[8:, :, ::-1, ::-1], atol=1e-6)
    edge = np.broadcast_to(np.arange(15) > 7, (15, 15))
    assert correlate(edge, bank.weights)[8, 0, 0] > 1


@pytest.mark.parametrize("key", RANDOM)
def test_the_same_seed_gives_the_same_filters(key):
    settings = {"count": 7, "size": 4, "channels": 3, "seed": 42}
    bank = BANKS[key].make(**settings)
    assert bank.weights.shape == (7, 3, 4, 4)
    assert bank == BANKS[key].make(**settings)
    assert not np.array_equal(bank.weights, BANKS[key].make(**settings | {"seed": 43}).weights)
    assert not bank.bias.any()
    assert bank.names[0] == "Random 1"


def test_numbers_are_those_of_the_published_stream():
    # Saved lessons rely on them; should NumPy's stream ever change, the initialisers need one of their own.
    expected = np.random.Generator(np.random.PCG64(5)).random(4)
    assert np.allclose(expected, [0.80500292, 0.80794079, 0.51532556, 0.28580138], atol=1e-8)
    assert np.array_equal(initialisers.uniform((1, 1, 2, 2), 5).ravel(), np.float32(2 * expected - 1))
    normals = initialisers.he((1, 1, 2, 1), 5).ravel()
    assert np.allclose(normals, [-0.80193144, -1.32435890], atol=1e-6)


def test_spreads_follow_the_published_formulas():
    shape = (256, 8, 5, 5)
    fan_in, fan_out = 8 * 25, 256 * 25
    glorot, he, uniform = (make(shape, 1) for make in (initialisers.glorot, initialisers.he, initialisers.uniform))
    limit = np.sqrt(6 / (fan_in + fan_out))
    assert limit * 0.999 < np.abs(glorot).max() <= limit * (1 + 1e-6)
    assert glorot.std() == pytest.approx(np.sqrt(2 / (fan_in + fan_out)), rel=0.01)
    assert he.std() == pytest.approx(np.sqrt(2 / fan_in), rel=0.01)
    assert 0.999 < np.abs(uniform).max() <= 1
    for values in (glorot, he, uniform):
        assert values.dtype == np.float32
        assert abs(values.mean()) < 0.02 * values.std()


def test_he_keeps_the_variance_through_relu():
    rng = np.random.default_rng(2)
    values = rng.standard_normal((8, 40, 40))
    for seed in range(4):
        values = np.maximum(
            correlate(values, initialisers.he((len(values) if seed else 64, len(values), 3, 3), seed)), 0
        )
    assert 0.5 < np.mean(values**2) < 2


@pytest.mark.parametrize("bank", BANKS.values(), ids=BANKS)
def test_every_bank_can_be_made(bank):
    assert BANKS[bank.key] is bank
    assert bank.sentence.endswith(".")
    made = bank.make()
    assert made.channels == 1
    assert len(made) in (4, 8, 16)


def test_impossible_banks():
    with pytest.raises(InvalidValueError, match="Seed is a whole number from 0 to"):
        BANKS["he"].make(seed=-1)
    with pytest.raises(InvalidValueError, match="there is no parameter seed here"):
        BANKS[DEFAULT].make(seed=1)
