"""What the training's worker does: one function for each kind of job, and what comes back of it.

The network belongs to the worker. What comes back is copied or never changes again, so nothing is locked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from convexplorer.core.model.images import Image
from convexplorer.core.model.preparation import DEFAULT_GREY, GreyMethod, grey_plane
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError

if TYPE_CHECKING:
    from convexplorer.core.learn.datasets import Dataset
    from convexplorer.core.learn.evaluation import Evaluation
    from convexplorer.core.learn.network import Network
    from convexplorer.core.learn.novelty import Novelty
    from convexplorer.core.learn.one_update import WeightIndex
    from convexplorer.core.learn.prediction import Prediction
    from convexplorer.core.learn.training import Training
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.model.training.run import Curves, Frozen, Plan, Run, Snapshot
    from convexplorer.core.model.training.settings import TrainingSettings
    from convexplorer.core.runtime.types import Values

Picture = Image | Path | QImage | NDArray[np.float32]
Until = Literal["batch", "epoch", "end"]

_NOVELTIES: WeakKeyDictionary[Dataset, Novelty | None] = WeakKeyDictionary()

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
    """Train on, with these settings as far as a run can change them, until told to pause."""

    training: Training
    plan: Plan
    settings: TrainingSettings
    until: Until
    pause: threading.Event


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
class Predict:
    """Ask the network about values of its own shape, or about a picture or its file, of which the middle square counts.

    `asked` is the class to be explained; None is the most probable one. `grey` is what a picture becomes grey by, for a
    network of grey images.
    """

    network: Network
    dataset: Dataset | None
    image: Picture
    asked: int | None = None
    grey: GreyMethod = DEFAULT_GREY


@dataclass(frozen=True, eq=False)
class Predicted:
    """An image in the network's own size, (C, H, W) in [0, 1], and the answer to it.

    `unlike` says whether it looks like no image of the data set; None where nothing is known of those.
    """

    image: Values
    prediction: Prediction
    unlike: bool | None = None


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
        yield _predict(job, cancelled)
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


def _advance(job: Advance, cancelled: ShouldStop) -> Iterator[RunProgress]:
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


def _predict(job: Predict, cancelled: ShouldStop) -> Predicted:
    from convexplorer.core.learn.prediction import predict
    from convexplorer.io.datasets.formats.folders import middle_part
    from convexplorer.io.images.load import image_from_qimage, load_image

    channels, rows, columns = job.network.shape
    image = job.image
    if isinstance(image, Path):
        image = load_image(image, cancelled)
    elif isinstance(image, QImage):
        image = image_from_qimage(image, "")
    if isinstance(image, Image):
        values = middle_part(image, (rows, columns)).astype(np.float32) / np.float32(255)
        values = grey_plane(values, job.grey) if channels == 1 else values
    else:
        values = image
    novelty = _novelty(job.dataset) if job.dataset is not None else None
    unlike = novelty.is_unlike(values) if novelty is not None else None
    return Predicted(values, predict(job.network, values, job.asked), unlike)


def _novelty(dataset: Dataset) -> Novelty | None:
    """What is usual in a data set, learnt when a network of it is asked for the first time."""
    from convexplorer.core.learn.novelty import learn_novelty

    if dataset not in _NOVELTIES:
        _NOVELTIES[dataset] = learn_novelty(dataset)
    return _NOVELTIES[dataset]
