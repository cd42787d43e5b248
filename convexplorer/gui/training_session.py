"""Training in the window: what is asked of the worker, and what it tells back.

The network belongs to the worker. What comes back is copied or never changes again, so nothing is locked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot

from convexplorer.core.optimisers import Rule
from convexplorer.core.training import BatchDone, EpochDone, Settings

if TYPE_CHECKING:
    from convexplorer.core.datasets import Dataset
    from convexplorer.core.filters import FilterBank
    from convexplorer.core.images import Image, Values
    from convexplorer.core.layers import Layer
    from convexplorer.core.one_update import Update, WeightIndex
    from convexplorer.core.prediction import Prediction
    from convexplorer.core.timeline import Snapshot
    from convexplorer.core.training import Training
    from convexplorer.gui.worker import Worker

Until = Literal["batch", "epoch", "end"]
State = Literal["none", "preparing", "ready", "running", "finished"]

EVERY = 0.1
"""Seconds between two pictures of a run."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained.

    Parameters
    ----------
    data : str or Path
        Key of a built-in data set, or where the user's own is.
    settings : Settings
        How.
    hidden : tuple of int
        Units of the dense layers before the last.
    layers : tuple of Layer
        What to start from; () is a small random network.
    frozen : frozenset of int
        Filters of the first layer that stay as they are.
    """

    data: str | Path = "shapes"
    settings: Settings = field(default_factory=lambda: Settings(Rule("adam", 0.002)))
    hidden: tuple[int, ...] = ()
    layers: tuple[Layer, ...] = ()
    frozen: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network stands at its start."""

    dataset: Dataset
    training: Training
    frame: Frame


@dataclass(frozen=True, eq=False)
class Frame:
    """What a run looks like at a moment.

    Parameters
    ----------
    batches : tuple of BatchDone
        Steps since the last frame.
    epoch : EpochDone or None
        An epoch that ended with them.
    now : Snapshot
        The filters.
    timeline : tuple of Snapshot
        What is kept so far.
    batch, per_epoch : int
        Steps taken, and steps of an epoch.
    same : float or None
        After a single step, the loss of the same batch once more.
    """

    batches: tuple[BatchDone, ...]
    epoch: EpochDone | None
    now: Snapshot
    timeline: tuple[Snapshot, ...]
    batch: int
    per_epoch: int
    same: float | None = None


@dataclass(frozen=True, eq=False)
class _Advance:
    training: Training
    until: Until
    pause: threading.Event


@dataclass(frozen=True, eq=False)
class _Explain:
    training: Training
    layer: int
    index: WeightIndex


@dataclass(frozen=True, eq=False)
class _Load:
    training: Training
    bank: FilterBank


@dataclass(frozen=True, eq=False)
class _Predict:
    training: Training
    image: Image | Values


@dataclass(frozen=True, eq=False)
class Predicted:
    """An image in the network's own size, (C, H, W) in [0, 1], and the answer to it."""

    image: Values
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class _Export:
    snapshots: tuple[Snapshot, ...]
    path: Path


class TrainingSession(QObject):
    """One run: prepared, started, paused, gone on with, stepped."""

    stateChanged = Signal()
    prepared = Signal(object)
    """`Prepared`, when a network is ready."""
    progressed = Signal(object)
    """`Frame`, at most ten a second."""
    explained = Signal(object)
    """`Update`, the next step as one weight takes it."""
    predicted = Signal(object)
    """`Predicted`."""
    exported = Signal(object)
    """The path of a timeline that was written."""
    failed = Signal(object)
    """An error for the user's eyes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan = Plan()
        self.state: State = "none"
        self.dataset: Dataset | None = None
        self._training: Training | None = None
        self._pause = threading.Event()
        self._worker: Worker | None = None

    def prepare(self, plan: Plan) -> None:
        """Make the data and a network at its start; what ran before ends."""
        self.plan = plan
        self._pause.set()
        self._training = None
        self._enter("preparing")
        self._submit(plan)

    def run(self, until: Until) -> None:
        """Train for a batch, an epoch or to the end."""
        if self._training is None or self.state not in ("ready", "finished"):
            return
        self._pause = threading.Event()
        self._enter("running")
        self._submit(_Advance(self._training, until, self._pause))

    def pause(self) -> None:
        """Stop after the step that is under way."""
        self._pause.set()

    def explain(self, layer: int, index: WeightIndex) -> None:
        """Work out the next step for one weight; told by `explained`."""
        if self._training is not None and self.state in ("ready", "finished"):
            self._submit(_Explain(self._training, layer, index))

    def load(self, bank: FilterBank) -> None:
        """Go on with other filters in the first layer."""
        if self._training is not None and self.state in ("ready", "finished"):
            self._submit(_Load(self._training, bank))

    def predict(self, image: Image | Values) -> None:
        """Ask the network about a picture, of which the middle square is taken, or about values of its own shape."""
        if self._training is not None and self.state in ("ready", "finished"):
            self._submit(_Predict(self._training, image))

    def export(self, snapshots: tuple[Snapshot, ...], path: Path) -> None:
        """Write the first layer's timeline to a file (`io.timelines.save_timeline`)."""
        self._submit(_Export(snapshots, path))

    def close(self) -> None:
        """End for good."""
        self._pause.set()
        if self._worker is not None:
            self._worker.close()

    def _enter(self, state: State) -> None:
        self.state = state
        self.stateChanged.emit()

    def _submit(self, job: object) -> None:
        if self._worker is None:
            # Most sessions never train: the thread begins with the first that does.
            from convexplorer.gui.worker import Worker

            self._worker = Worker(_run, newest_wins=False, parent=self)
            self._worker.produced.connect(self._produced)
            self._worker.failed.connect(self._failed)
            self._worker.finished.connect(self._finished)
        self._worker.submit(job)

    @Slot(object, object)
    def _produced(self, job: object, result: object) -> None:
        if isinstance(result, Prepared) and job is self.plan:
            self._training, self.dataset = result.training, result.dataset
            self._enter("ready")
            self.prepared.emit(result)
        elif isinstance(job, _Advance | _Load) and job.training is self._training:
            self.progressed.emit(result)
        elif isinstance(job, _Export):
            self.exported.emit(result)
        elif isinstance(job, _Predict) and job.training is self._training:
            self.predicted.emit(result)
        elif isinstance(job, _Explain) and job.training is self._training:
            self.explained.emit(result)

    @Slot(object, object)
    def _failed(self, job: object, error: Exception) -> None:
        if job is self.plan:
            self._enter("none")
        self.failed.emit(error)

    @Slot(object)
    def _finished(self, job: object) -> None:
        if isinstance(job, _Advance) and job.training is self._training:
            self._enter("finished" if job.training.finished else "ready")


def _run(job: object, cancelled: Callable[[], bool], _superseded: Callable[[], bool]) -> Iterator[object]:
    if isinstance(job, Plan):
        yield _prepared(job, cancelled)
    elif isinstance(job, _Advance):
        yield from _advanced(job, cancelled)
    elif isinstance(job, _Explain):
        yield _explained(job)
    elif isinstance(job, _Load):
        job.training.network.load(0, job.bank)
        yield _frame(job.training, [], None)
    elif isinstance(job, _Predict):
        yield _predicted(job)
    elif isinstance(job, _Export):
        from convexplorer.io.timelines import save_timeline

        save_timeline(job.snapshots, job.path)
        yield job.path


def _prepared(plan: Plan, cancelled: Callable[[], bool]) -> Prepared:
    from dataclasses import replace
    from importlib import import_module

    from convexplorer.core.learner import Network, random_stages, stages_of
    from convexplorer.core.training import Training
    from convexplorer.io.datasets import load_dataset

    seed = plan.settings.seed
    dataset = load_dataset(plan.data, seed, cancelled)
    stages = stages_of(plan.layers) if plan.layers else random_stages(dataset.shape[0], seed)
    stages = (replace(stages[0], frozen=plan.frozen), *stages[1:])
    network = Network(stages, dataset.shape, len(dataset.classes), hidden=plan.hidden, seed=seed)
    training = Training(network, dataset, plan.settings)
    # The curves will need it; loaded in the GUI thread it would stop the window for a third of a second.
    import_module("pyqtgraph")
    return Prepared(dataset, training, _frame(training, [], None))


def _advanced(job: _Advance, cancelled: Callable[[], bool]) -> Iterator[Frame]:
    from convexplorer.core.one_update import batch_loss
    from convexplorer.errors import ConvExplorerError

    training, batches = job.training, list[BatchDone]()
    if training.finished:
        from dataclasses import replace

        training.settings = replace(training.settings, epochs=training.settings.epochs + 1)
    shown, numbers = time.monotonic(), training.indices()
    while not (training.finished or job.pause.is_set() or cancelled()):
        try:
            done = training.advance()
        except ConvExplorerError:
            yield _frame(training, [], None)
            raise
        epoch = done if isinstance(done, EpochDone) else None
        if isinstance(done, BatchDone):
            batches.append(done)
        over = (job.until == "batch" and epoch is None) or (job.until == "epoch" and epoch is not None)
        if epoch is not None or over or time.monotonic() - shown >= EVERY:
            same = batch_loss(training, numbers) if job.until == "batch" else None
            yield _frame(training, batches, epoch, same)
            batches, shown = [], time.monotonic()
        if over:
            return
    if batches:
        yield _frame(training, batches, None)


def _frame(training: Training, batches: list[BatchDone], epoch: EpochDone | None, same: float | None = None) -> Frame:
    from convexplorer.core.timeline import Snapshot

    loss = batches[-1].loss if batches else float("nan")
    count, per_epoch = training.batches, training.per_epoch
    now = Snapshot.of(training.network, count, count / per_epoch, loss)
    return Frame(tuple(batches), epoch, now, training.timeline.snapshots, count, per_epoch, same)


def _explained(job: _Explain) -> Update:
    from convexplorer.core.one_update import explain_update

    return explain_update(job.training, job.layer, job.index)


def _predicted(job: _Predict) -> Predicted:
    import numpy as np

    from convexplorer.core.images import LUMA, Image
    from convexplorer.core.prediction import predict
    from convexplorer.io.dataset_formats.folders import middle_square

    channels, rows, columns = job.training.network.shape
    if isinstance(job.image, Image):
        values = middle_square(job.image, (rows, columns)).astype(np.float32) / np.float32(255)
        values = np.tensordot(LUMA, values, 1)[np.newaxis] if channels == 1 else values
    else:
        values = job.image
    return Predicted(values, predict(job.training.network, values))
