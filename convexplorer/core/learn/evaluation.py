"""How a network does on images that it does not learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Examples
from convexplorer.core.learn.loss import Labels, cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.model.images import ShouldStop, Values, never
from convexplorer.errors import CancelledError

WORST = 24
"""How many of the most wrong images are kept."""
MAX_BATCH_BYTES = 2 << 30
"""Most memory that the layers may take for a batch."""
_TEST_BATCH = 256


@dataclass(frozen=True)
class Mistake:
    """A test image that is taken for something else.

    Parameters
    ----------
    index : int
        Its number in the test part.
    label, answer : int
        The right class and the most probable one.
    loss : float
        −log p of the right class.
    """

    index: int
    label: int
    answer: int
    loss: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a network does on images it does not learn from.

    Parameters
    ----------
    loss, accuracy : float
        Mean of −log p of the right class, in nats; share of images whose own class was the most probable one.
    confusion : ndarray, shape (K, K), int
        How many images of class [row] were taken for class [column].
    worst : tuple of Mistake
        Those with the largest loss, at most `WORST`.
    """

    loss: float
    accuracy: float
    confusion: NDArray[np.int64]
    worst: tuple[Mistake, ...]

    @property
    def one_answer(self) -> bool:
        """Whether all images are taken for one and the same class."""
        return int((self.confusion.sum(axis=0) > 0).sum()) == 1


def evaluate(network: Network, examples: Examples, should_stop: ShouldStop = never) -> Evaluation:
    """Try a network on images; raises `CancelledError` if told to stop."""
    classes, count = len(network.dense[-1].bias), len(examples)
    losses, answers = np.empty(count), np.empty(count, np.int64)
    at_once = max(1, min(_TEST_BATCH, MAX_BATCH_BYTES // network.image_bytes))
    for part, images, labels in _parts(examples, at_once):
        if should_stop():
            raise CancelledError
        loss = cross_entropy(network.forward(images), labels)
        losses[part], answers[part] = loss.losses, loss.probabilities.argmax(axis=0)
    labels = examples.labels
    confusion = np.bincount(labels * classes + answers, minlength=classes * classes).reshape(classes, classes)
    wrong = np.flatnonzero(answers != labels)
    worst = wrong[np.argsort(-losses[wrong], kind="stable")][:WORST]
    mistakes = tuple(Mistake(int(i), int(labels[i]), int(answers[i]), float(losses[i])) for i in worst)
    return Evaluation(float(losses.mean()), 1 - len(wrong) / count, confusion, mistakes)


def _parts(examples: Examples, at_once: int) -> Iterator[tuple[slice, Values, Labels]]:
    for begin in range(0, len(examples), at_once):
        part = slice(begin, begin + at_once)
        images, labels = examples.batch(part)
        yield part, images, labels
