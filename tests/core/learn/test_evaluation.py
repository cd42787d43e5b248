"""Why a network answers the same for everything, where that can be told."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.evaluation import Evaluation, find_one_answer
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.training import Training, fit
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.training_settings import Rule, TrainingSettings


def bars(lying: int, standing: int) -> Examples:
    """Noise with a bright bar."""
    generator = np.random.default_rng(lying)
    images = generator.integers(0, 60, (lying + standing, 1, 12, 12), dtype=np.uint8)
    images[:lying, :, 5:7] += 150
    images[lying:, :, :, 5:7] += 150
    return Examples(images, np.repeat([0, 1], (lying, standing)))


def counted(counts: list[int], *, blind: bool = False) -> Evaluation:
    return Evaluation(1.0, 0.5, np.array([counts, counts]), (), blind)


def trained(train: Examples, rate: float, epochs: int) -> Training:
    data = Dataset("bars", ("lying", "standing"), train, bars(20, 20))
    network = Network(random_layers(1, 0, (4,), 3), data.shape, 2)
    training = Training(network, data, TrainingSettings(Rule("adam", rate), batch=16, epochs=epochs))
    list(fit(training))
    return training


def test_answers_that_differ_need_no_explanation():
    assert find_one_answer(counted([3, 1]), bars(30, 30)) is None


@pytest.mark.parametrize(
    ("train", "blind", "reason"),
    [
        (bars(60, 30), False, "imbalance"),
        (bars(60, 30), True, "imbalance"),
        (bars(59, 30), False, "unknown"),
        (bars(30, 60), False, "unknown"),
        (bars(30, 30), True, "blind"),
    ],
)
def test_the_reason_is_that_of_the_training_images_first(train, blind, reason):
    found = find_one_answer(counted([4, 0], blind=blind), train)
    assert found is not None
    assert (found.answer, found.reason) == (0, reason)
    assert found.share == pytest.approx(float((train.labels == 0).mean()))


def test_few_images_of_a_class_are_the_reason_whatever_the_rate():
    for rate in (0.0005, 0.00005):
        training = trained(bars(300, 3), rate, 1)
        found = find_one_answer(training.evaluate(), training.dataset.train)
        assert found is not None
        assert found.reason == "imbalance"
        assert found.share == pytest.approx(300 / 303)


def test_a_network_that_a_high_rate_has_blinded_is_told_from_one_that_learns():
    training = trained(bars(60, 60), 0.01, 4)
    assert training.evaluate().accuracy > 0.95
    training.network.convolutions[0].bias[...] = -100  # As a step that went too far leaves it: no ReLU opens.
    test = training.evaluate()
    assert test.blind
    found = find_one_answer(test, training.dataset.train)
    assert found is not None
    assert found.reason == "blind"
