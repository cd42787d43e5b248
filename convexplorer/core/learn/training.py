"""The training loop: one step or one epoch's evaluation at a time, so that it can pause anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite, log

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.curves import Record
from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.evaluation import MAX_BATCH_BYTES, Evaluation, evaluate
from convexplorer.core.learn.loss import cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.optimisers import advance
from convexplorer.core.learn.timeline import Timeline, is_due, take_snapshot
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.project.training_run import Curves, OptimiserState, Snapshot, Standing
from convexplorer.core.project.training_settings import TrainingSettings
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import CancelledError, InvalidValueError

GROWN = 5
"""A loss that is so many times the first one's, or that of guessing, will not come back."""


class DivergedError(InvalidValueError):
    """The loss grew beyond all bounds; the last good state is back."""


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
    settings : TrainingSettings
        May be exchanged between two steps, to train longer or with another rule.

    Attributes
    ----------
    batches : int
        Steps taken.
    timeline : Timeline
        The filters from the start on.
    record : Record
        Its figures.

    Raises
    ------
    InvalidValueError
        If images and network do not fit, or a batch not into memory.
    """

    def __init__(self, network: Network, dataset: Dataset, settings: TrainingSettings) -> None:
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
        self.state = OptimiserState.of(network.values)
        self.batches = 0
        self.timeline = Timeline()
        self.record = Record()
        self._epochs_told = 0
        self._first_loss = 0.0
        self._sums = (0.0, 0, 0)
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))
        self._kept: Standing = self.standing()
        self._good = self._kept
        self._keep(float("nan"))

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

    def standing(self) -> Standing:
        """Where the run stands, of its own memory."""
        values, state = self.network.values.copy(), self.state.copy()
        return Standing(self.batches, self._epochs_told, values, state, self._sums, self._first_loss)

    @property
    def epochs(self) -> int:
        """Epochs that are done and told."""
        return self._epochs_told

    def use(self, settings: TrainingSettings) -> None:
        """Go on with another rule, or for more or fewer epochs; batch size and seed stay what the run began with.

        Another method forgets what the one before it remembered.
        """
        if settings.rule.method != self.settings.rule.method:
            self.state = OptimiserState.of(self.network.values)
        self.settings = replace(self.settings, rule=settings.rule, epochs=settings.epochs)

    def stand(self, standing: Standing, snapshots: tuple[Snapshot, ...], curves: Curves) -> None:
        """Go to where a run of this network on these data stood; the next step is the one that followed there.

        Raises
        ------
        InvalidValueError
            If it was another network's.
        """
        epochs, rest = divmod(standing.batch, self.per_epoch)
        waiting = epochs and not rest and standing.epochs == epochs - 1 and standing.sums[2] > 0
        fits = standing.values.shape == self.network.values.shape and (standing.epochs == epochs or waiting)
        if not fits or not snapshots:
            raise InvalidValueError("what was trained does not fit the network and its images")
        self._go_to(standing)
        self.timeline, self.record = Timeline(snapshots=snapshots), Record(curves)
        self._kept = self._good = standing

    def exchange(self, convolution: int, bank: FilterBank) -> None:
        """Go on with other filters of the same shape; what the optimiser remembers of them is forgotten.

        Raises
        ------
        InvalidValueError
            If the shape is another one.
        """
        self.network.load(convolution, bank)
        here = self.network.span(convolution)
        self.state.first[here] = 0
        self.state.second[here] = 0
        self._first_loss = 0.0
        last = self.timeline.snapshots[-1]
        loss = last.loss if last.batch == self.batches else float("nan")
        self._keep(loss)

    def evaluate(self, examples: Examples | None = None, should_stop: ShouldStop = never) -> Evaluation:
        """Try the network on the test part, or on other images."""
        return evaluate(self.network, self.dataset.test if examples is None else examples, should_stop)

    def _step(self) -> BatchDone:
        images, labels = self.dataset.train.batch(self.indices())
        with np.errstate(over="ignore", invalid="ignore"):
            loss = cross_entropy(self.network.forward(images), labels)
            mean = loss.mean
            if not self._first_loss and isfinite(mean):
                # Filters made by hand may begin with a loss far above that of guessing.
                self._first_loss = max(log(len(self.dataset.classes)), mean)
            if not mean <= GROWN * self._first_loss:
                self._go_back(mean)
            if self._kept.batch == self.batches:
                self._good = self._kept
            self.network.backward(loss.delta)
            values = self.network.values
            step = advance(self.settings.rule, self.state, values, self.network.gradient, self.network.decays)
            # What was frozen just now would be carried on by what the optimiser remembers.
            values -= step * self.network.learns
            if not np.isfinite(values).all():
                self._go_back(float("inf"))
        self.batches += 1
        self.record.add_batch(self.batches, mean)
        total, right, seen = self._sums
        self._sums = (total + mean * len(labels), right + loss.right, seen + len(labels))
        if is_due(self.batches, self.per_epoch):
            self._keep(mean)
        return BatchDone(self.batches, mean, loss.right / len(labels))

    def _end_epoch(self) -> EpochDone:
        total, right, seen = self._sums
        self._sums = (0.0, 0, 0)
        self._epochs_told = self.batches // self.per_epoch
        done = EpochDone(self._epochs_told, total / seen, right / seen, self.evaluate())
        self.record.add_epoch(done.epoch, (done.loss, done.accuracy), (done.test.loss, done.test.accuracy))
        return done

    def _keep(self, loss: float) -> None:
        """Take a snapshot, and the state that may be gone back to."""
        self.timeline.add(take_snapshot(self.network, self.batches, self.batches / self.per_epoch, loss))
        self._kept = self.standing()

    def _go_to(self, standing: Standing) -> None:
        self.network.values[...] = standing.values
        self.state, self.batches, self._sums = standing.state.copy(), standing.batch, standing.sums
        self._epochs_told, self._first_loss = standing.epochs, standing.first_loss

    def _go_back(self, loss: float) -> None:
        failed, good = self.batches + 1, self._good
        self._kept = good
        self._go_to(good)
        self.timeline.back_to(good.batch)
        self.record.back_to(good.batch, good.epochs)
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
