"""Evaluates a network on images that it does not learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.datasets import Examples
from convexplorer.core.learn.loss import Labels, cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError

WORST = 24
"""How many of the most wrong images are kept."""
MAX_BATCH_BYTES = 2 << 30
"""Most memory that the layers may take for a batch."""
IMBALANCE = 2.0
"""How many times the images of the other classes, on average, make a class the answer to everything by their number."""
_TEST_BATCH = 256
_SAME = 1e-6


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
    blind : bool
        Whether the probabilities are the same for all images, so that nothing of an image reaches the answer.
    """

    loss: float
    accuracy: float
    confusion: NDArray[np.int64]
    worst: tuple[Mistake, ...]
    blind: bool = False


@dataclass(frozen=True)
class OneAnswer:
    """All test images are taken for one class.

    Parameters
    ----------
    answer : int
        The class.
    share : float
        How much of the training images are of it, from 0 to 1.
    reason : "imbalance", "blind" or "unknown"
        The class has at least `IMBALANCE` times as many training images as the others on average, which no learning
        rate mends; or the answer does not depend on the image, as where a rate that is too high has left no ReLU open;
        or neither: it may have to learn longer.
    """

    answer: int
    share: float
    reason: Literal["imbalance", "blind", "unknown"]


def find_one_answer(test: Evaluation, train: Examples) -> OneAnswer | None:
    """Tell whether all test images got the same answer, and why, as far as that can be seen; None if they did not."""
    answers = np.flatnonzero(test.confusion.sum(axis=0))
    if len(answers) != 1:
        return None
    answer, classes = int(answers[0]), len(test.confusion)
    own = int((train.labels == answer).sum())
    others = (len(train) - own) / (classes - 1)
    reason: Literal["imbalance", "blind", "unknown"] = "blind" if test.blind else "unknown"
    if own >= IMBALANCE * others:
        reason = "imbalance"
    return OneAnswer(answer, own / len(train), reason)


def evaluate(network: Network, examples: Examples, should_stop: ShouldStop = never) -> Evaluation:
    """Try a network on images; raises `CancelledError` if told to stop."""
    classes, count = len(network.dense[-1].bias), len(examples)
    losses, answers = np.empty(count), np.empty(count, np.int64)
    low, high = np.full(classes, np.inf), np.full(classes, -np.inf)
    at_once = max(1, min(_TEST_BATCH, MAX_BATCH_BYTES // network.image_bytes))
    for part, images, labels in _parts(examples, at_once):
        if should_stop():
            raise CancelledError
        loss = cross_entropy(network.forward(images), labels)
        losses[part], answers[part] = loss.losses, loss.probabilities.argmax(axis=0)
        low = np.minimum(low, loss.probabilities.min(axis=1))
        high = np.maximum(high, loss.probabilities.max(axis=1))
    labels = examples.labels
    confusion = np.bincount(labels * classes + answers, minlength=classes * classes).reshape(classes, classes)
    wrong = np.flatnonzero(answers != labels)
    worst = wrong[np.argsort(-losses[wrong], kind="stable")][:WORST]
    mistakes = tuple(Mistake(int(i), int(labels[i]), int(answers[i]), float(losses[i])) for i in worst)
    blind = count > 1 and bool((high - low).max() < _SAME)
    return Evaluation(float(losses.mean()), 1 - len(wrong) / count, confusion, mistakes, blind)


def _parts(examples: Examples, at_once: int) -> Iterator[tuple[slice, Values, Labels]]:
    for begin in range(0, len(examples), at_once):
        part = slice(begin, begin + at_once)
        images, labels = examples.batch(part)
        yield part, images, labels
