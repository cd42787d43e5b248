"""Training: batch after batch, epoch after epoch, as something that can be stopped and gone on with at any point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.datasets import Dataset, Examples
from convexplorer.core.images import ShouldStop, Values, never
from convexplorer.core.learner import Network
from convexplorer.core.loss import Labels, cross_entropy
from convexplorer.core.nn import Array
from convexplorer.core.optimisers import Rule, State, advance
from convexplorer.core.timeline import Snapshot, Timeline, due
from convexplorer.errors import CancelledError, InvalidValueError

GROWN = 5
"""A loss that is so many times the first one's, or that of guessing, will not come back."""
WORST = 24
"""How many of the most wrong images are kept."""
MAX_BATCH_BYTES = 2 << 30
"""Most memory that the layers may take for a batch."""
_TEST_BATCH = 256


class DivergedError(InvalidValueError):
    """The loss grew beyond all bounds; the last good state is back."""


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Parameters
    ----------
    rule : Rule
        What becomes of a gradient.
    batch : int
        Images of a step, 1 to 4096; the last batch of an epoch takes what is left.
    epochs : int
        How often every image is seen.
    seed : int
        For the order of the images, another one each epoch.
    """

    rule: Rule = field(default_factory=Rule)
    batch: int = 64
    epochs: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, most in (("batch size", self.batch, 4096), ("number of epochs", self.epochs, 100_000)):
            if not 1 <= value <= most:
                raise InvalidValueError("the {name} is 1 to {most}, not {value}", name=name, most=most, value=value)
        if self.seed < 0:
            raise InvalidValueError("the seed is a whole number from 0, not {seed}", seed=self.seed)


@dataclass(frozen=True)
class BatchDone:
    """A step was taken; the figures are those of its images before it.

    Parameters
    ----------
    batch : int
        Steps taken so far.
    loss, accuracy : float
        Mean of −log p of the right class, in nats; share of images whose own class was the most probable one.
    """

    batch: int
    loss: float
    accuracy: float


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
        As in `BatchDone`, of all images.
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


@dataclass(frozen=True, eq=False)
class EpochDone:
    """All images were seen once more.

    Parameters
    ----------
    epoch : int
        Epochs so far.
    loss, accuracy : float
        Means over the epoch's batches, taken while the network was learning.
    test : Evaluation
        At the end of the epoch.
    """

    epoch: int
    loss: float
    accuracy: float
    test: Evaluation


Progress = BatchDone | EpochDone


@dataclass(frozen=True, eq=False)
class _Kept:
    """A state to go back to, as soon as the loss of the next batch shows that it is good."""

    batch: int
    values: Array
    state: State
    sums: tuple[float, int, int]


class Training:
    """A network, what it learns from, and how far it has come.

    The order of the images depends on the seed and the epoch only, so a run that is paused and gone on with is the
    same, bit for bit, as one in a piece.

    Parameters
    ----------
    network : Network
        Its values are changed in place.
    dataset : Dataset
        Images of the network's shape.
    settings : Settings
        May be exchanged between two steps, to train longer or with another rule.

    Attributes
    ----------
    batches : int
        Steps taken.
    timeline : Timeline
        The filters from the start on.

    Raises
    ------
    InvalidValueError
        If images and network do not fit, or a batch not into memory.
    """

    def __init__(self, network: Network, dataset: Dataset, settings: Settings) -> None:
        if network.shape != dataset.shape:
            raise InvalidValueError(
                "the network takes images of {shape}, not {given}", shape=network.shape, given=dataset.shape
            )
        if len(network.dense[-1].bias) != len(dataset.classes):
            raise InvalidValueError("the network and the data set have different numbers of classes")
        needed = settings.batch * network.image_bytes
        if needed > MAX_BATCH_BYTES:
            raise InvalidValueError(
                "a batch of {batch} such images takes {needed} GB of memory; at most {most} fit",
                batch=settings.batch,
                needed=f"{needed / 2**30:.1f}",
                most=MAX_BATCH_BYTES // network.image_bytes,
            )
        self.network = network
        self.dataset = dataset
        self.settings = settings
        self.state = State.of(network.values)
        self.batches = 0
        self.timeline = Timeline()
        self._epochs_told = 0
        self._first_loss = log(len(dataset.classes))
        self._sums = (0.0, 0, 0)
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))
        self._keep(float("nan"))
        self._good = self._kept

    @property
    def per_epoch(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.dataset.train) // self.settings.batch)

    @property
    def finished(self) -> bool:
        """Whether all epochs of the settings are done and told."""
        return self._epochs_told >= self.settings.epochs

    def indices(self) -> NDArray[np.int64]:
        """Numbers of the training images that the next step takes."""
        epoch, batch = divmod(self.batches, self.per_epoch)
        if self._order[0] != epoch:
            generator = np.random.default_rng((self.settings.seed, epoch))
            self._order = (epoch, generator.permutation(len(self.dataset.train)))
        return self._order[1][batch * self.settings.batch : (batch + 1) * self.settings.batch]

    def advance(self) -> Progress:
        """Do the next thing: a step, or behind the last one of an epoch its evaluation.

        Raises
        ------
        DivergedError
            If the loss or a weight is not finite, or the loss has grown `GROWN`-fold. The last good state is back.
        """
        if self.batches and self.batches % self.per_epoch == 0 and self._epochs_told < self.batches // self.per_epoch:
            return self._end_epoch()
        return self._step()

    def evaluate(self, examples: Examples | None = None, should_stop: ShouldStop = never) -> Evaluation:
        """Try the network on the test part, or on other images."""
        return evaluate(self.network, self.dataset.test if examples is None else examples, should_stop)

    def _step(self) -> BatchDone:
        images, labels = self.dataset.train.batch(self.indices())
        with np.errstate(over="ignore", invalid="ignore"):
            loss = cross_entropy(self.network.forward(images), labels)
            mean = loss.mean
            if not mean <= GROWN * self._first_loss:
                self._diverged(mean)
            if self._kept.batch == self.batches:
                self._good = self._kept
            self.network.backward(loss.delta)
            values = self.network.values
            values -= advance(self.settings.rule, self.state, values, self.network.gradient, self.network.decays)
            if not np.isfinite(values).all():
                self._diverged(float("inf"))
        if self.batches == 0:
            self._first_loss = max(self._first_loss, mean)
        self.batches += 1
        total, right, seen = self._sums
        self._sums = (total + mean * len(labels), right + loss.right, seen + len(labels))
        if due(self.batches, self.per_epoch):
            self._keep(mean)
        return BatchDone(self.batches, mean, loss.right / len(labels))

    def _end_epoch(self) -> EpochDone:
        total, right, seen = self._sums
        self._sums = (0.0, 0, 0)
        self._epochs_told = self.batches // self.per_epoch
        return EpochDone(self._epochs_told, total / seen, right / seen, self.evaluate())

    def _keep(self, loss: float) -> None:
        """Take a snapshot, and the state that may be gone back to."""
        self.timeline.add(Snapshot.of(self.network, self.batches, self.batches / self.per_epoch, loss))
        self._kept = _Kept(self.batches, self.network.values.copy(), self.state.copy(), self._sums)

    def _diverged(self, loss: float) -> None:
        failed, good = self.batches + 1, self._good
        self._kept = good
        self.network.values[...] = good.values
        self.state, self.batches, self._sums = good.state.copy(), good.batch, good.sums
        self.timeline.back_to(good.batch)
        raise DivergedError(
            "the loss grew to {loss} in batch {failed}: the learning rate {rate} is too high; batch {good} is back",
            loss=f"{loss:.3g}",
            failed=failed,
            rate=f"{self.settings.rule.rate:g}",
            good=good.batch,
        )


def fit(training: Training, should_stop: ShouldStop = never) -> Iterator[Progress]:
    """Train up to the last epoch of the settings.

    Between two of the things it yields, nothing happens: not asking for the next one is a pause, and another `fit`
    goes on where this one stopped.

    Parameters
    ----------
    training : Training
        From where it stands.
    should_stop : callable
        Asked before each step.

    Yields
    ------
    BatchDone or EpochDone
        Of each step, and behind the last one of an epoch the epoch's.

    Raises
    ------
    DivergedError
        As in `Training.advance`.
    CancelledError
        If `should_stop` said so.
    """
    while not training.finished:
        if should_stop():
            raise CancelledError
        yield training.advance()


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
