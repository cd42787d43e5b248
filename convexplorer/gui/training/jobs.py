"""What the training's worker does: one function for each kind of job, and what comes back of it.

The network belongs to the worker. What comes back is copied or never changes again, so nothing is locked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError
from convexplorer.gui.training.prediction_jobs import (
    Predict,
    Predicted,
    Unanswered,
    answer_meanwhile,
    newest,
    predict_image,
)

if TYPE_CHECKING:
    from convexplorer.core.learn.datasets import Dataset
    from convexplorer.core.learn.evaluation import Evaluation
    from convexplorer.core.learn.network import Network
    from convexplorer.core.learn.one_update import WeightIndex
    from convexplorer.core.learn.training import Training
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.project.training_run import Curves, Frozen, Plan, Run, Snapshot
    from convexplorer.core.project.training_settings import TrainingSettings

Until = Literal["batch", "epoch", "end"]


EVERY = 0.1
"""Seconds between two pictures of a run."""
KEEP_EVERY = 5.0
"""Seconds after which the end of an epoch is worth keeping in the document, where a crash does not take it."""


@dataclass(frozen=True, eq=False)
class RunProgress:
    """What a run looks like at a moment.

    Parameters
    ----------
    now : Snapshot
        The filters.
    timeline : tuple of Snapshot
        What is kept so far.
    curves : Curves
        Losses and accuracies so far.
    batch, per_epoch, epochs : int
        Steps taken, steps of an epoch, and epochs that are wanted.
    loss : float or None
        Of the last step since the frame before, if there was one.
    test : Evaluation or None
        An epoch ended with it.
    what : str
        What came before it.
    same : float or None
        After a single step, the loss of the same batch once more.
    run : Run or None
        The whole run, where it is worth keeping.
    """

    now: Snapshot
    timeline: tuple[Snapshot, ...]
    curves: Curves
    batch: int
    per_epoch: int
    epochs: int
    loss: float | None = None
    test: Evaluation | None = None
    what: Literal["train", "exchange", "freeze", "stop"] = "train"
    same: float | None = None
    run: Run | None = None


@dataclass(frozen=True, eq=False)
class Begin:
    """Make a network at its start, or take a run up again; the data set is made unless it is there already."""

    plan: Plan
    run: Run | None = None
    dataset: Dataset | None = None


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """A network stands ready; without its images, which could not be had, it can only be looked at and asked."""

    network: Network
    frame: RunProgress
    dataset: Dataset | None = None
    training: Training | None = None
    other_pixels: bool = False
    """Whether some image of the data set is not what it was when the run began."""


@dataclass(frozen=True, eq=False)
class Advance:
    """Train on, with these settings as far as a run can change them, until told to pause.

    Of the questions that come meanwhile, the newest is answered between two steps.
    """

    training: Training
    plan: Plan
    settings: TrainingSettings
    until: Until
    pause: threading.Event
    questions: SimpleQueue[Predict] = field(default_factory=SimpleQueue)


@dataclass(frozen=True, eq=False)
class Conclude:
    """Try the network, as far as it has come, on the test images."""

    training: Training
    plan: Plan


@dataclass(frozen=True, eq=False)
class Explain:
    """Work out the next step for one weight."""

    training: Training
    layer: int
    index: WeightIndex


@dataclass(frozen=True, eq=False)
class Exchange:
    """Go on with other filters in a convolution."""

    training: Training
    plan: Plan
    layer: int
    bank: FilterBank


@dataclass(frozen=True, eq=False)
class Freeze:
    """Say what does not learn any more."""

    training: Training
    plan: Plan
    frozen: Frozen


@dataclass(frozen=True, eq=False)
class Export:
    """Write the timeline of a layer to a file (`io.figures.timelines.save_timeline`)."""

    snapshots: tuple[Snapshot, ...]
    path: Path
    layer: int


def run_job(job: object, cancelled: ShouldStop, _superseded: ShouldStop) -> Iterator[object]:
    """Do one job, as `gui.kit.worker.Worker` asks for it."""
    if isinstance(job, Begin):
        yield from _prepare_run(job, cancelled)
    elif isinstance(job, Advance):
        yield from _advance(job, cancelled)
    elif isinstance(job, Conclude):
        test = job.training.evaluate(should_stop=cancelled)
        yield replace(frame_of(job.training, job.plan, keep=False), what="stop", test=test)
    elif isinstance(job, Explain):
        from convexplorer.core.learn.one_update import explain_update

        yield explain_update(job.training, job.layer, job.index)
    elif isinstance(job, Exchange):
        job.training.exchange(job.layer, job.bank)
        yield replace(frame_of(job.training, job.plan), what="exchange")
    elif isinstance(job, Freeze):
        job.training.network.freeze(job.frozen)
        yield replace(frame_of(job.training, job.plan), what="freeze")
    elif isinstance(job, Predict):
        yield predict_image(job, cancelled)
    elif isinstance(job, Export):
        from convexplorer.io.figures.timelines import save_timeline

        save_timeline(job.snapshots, job.path, job.layer)
        yield job.path


def _prepare_run(job: Begin, cancelled: ShouldStop) -> Iterator[PreparedRun]:
    from convexplorer.core.learn.run import (
        begin_training,
        check_dataset,
        has_other_pixels,
        resume_training,
        trained_network,
    )
    from convexplorer.errors import UnavailableError
    from convexplorer.io.datasets.load import load_dataset

    plan, run, dataset = job.plan, job.run, job.dataset
    try:
        if dataset is None:
            if plan.data is None:
                if run is None:
                    raise InvalidValueError("choose a data set first")
                raise UnavailableError(
                    "the images of {title} are not in the session: it can be watched, not trained on", title=run.title
                )
            dataset = load_dataset(plan.data, plan.settings.seed, cancelled)
        if run is not None:
            check_dataset(run, dataset)
    except CancelledError:
        raise
    except ConvExplorerError:
        if run is not None:
            yield PreparedRun(trained_network(run), frame_of_run(run))
        raise
    training = begin_training(plan, dataset) if run is None else resume_training(run, dataset)
    test = training.evaluate(should_stop=cancelled) if training.batches else None
    other = run is not None and has_other_pixels(run, dataset)
    yield PreparedRun(training.network, replace(frame_of(training, plan), test=test), dataset, training, other)


def _advance(job: Advance, cancelled: ShouldStop) -> Iterator[RunProgress | Predicted | Unanswered]:
    from convexplorer.core.learn.one_update import batch_loss
    from convexplorer.core.learn.training import EpochDone

    training, loss, plan = job.training, None, job.plan
    training.use(job.settings)
    if training.finished:
        training.settings = replace(training.settings, epochs=training.epochs + 1)
    began, shown = training.batches, time.monotonic()
    kept = shown
    numbers = training.indices()
    while not (training.finished or job.pause.is_set() or cancelled()):
        if (question := newest(job.questions)) is not None:
            yield from answer_meanwhile(question, cancelled)
        try:
            done = training.advance()
        except ConvExplorerError:
            yield frame_of(training, plan)
            raise
        epoch = done if isinstance(done, EpochDone) else None
        loss = loss if epoch else done.loss
        over = (job.until == "batch" and epoch is None) or (job.until == "epoch" and epoch is not None)
        now = time.monotonic()
        if epoch is not None or over or now - shown >= EVERY:
            same = batch_loss(training, numbers) if job.until == "batch" else None
            keep = over or training.finished or (epoch is not None and now - kept >= KEEP_EVERY)
            kept = now if keep else kept
            frame = frame_of(training, plan, keep=keep)
            yield replace(frame, loss=loss, test=epoch.test if epoch else None, same=same)
            loss, shown = None, time.monotonic()
        if over:
            return
    if not training.finished and training.batches > began:
        yield replace(frame_of(training, plan), loss=loss)


def frame_of(training: Training, plan: Plan, *, keep: bool = True) -> RunProgress:
    """What a run looks like now."""
    from convexplorer.core.learn.run import capture_run
    from convexplorer.core.learn.timeline import take_snapshot

    count, per_epoch, curves = training.batches, training.per_epoch, training.record.curves
    last = float(curves.batches[-1, 1]) if len(curves.batches) else float("nan")
    now = take_snapshot(training.network, count, count / per_epoch, last)
    run = capture_run(training, plan) if keep else None
    return RunProgress(now, training.timeline.snapshots, curves, count, per_epoch, training.settings.epochs, run=run)


def frame_of_run(run: Run) -> RunProgress:
    """What a run that was put down looks like, without its network."""
    standing = run.standing
    return RunProgress(
        run.snapshots[-1], run.snapshots, run.curves, standing.batch, run.per_epoch, run.plan.settings.epochs, run=run
    )
