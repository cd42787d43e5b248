"""The training session: sends jobs to the worker thread and signals their results."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot

from convexplorer.core.model.preparation import DEFAULT_GREY, GreyMethod
from convexplorer.core.project.training_run import Plan
from convexplorer.gui.training.jobs import (
    Advance,
    Begin,
    Conclude,
    Exchange,
    Explain,
    Export,
    Freeze,
    PreparedRun,
    Until,
    run_job,
)
from convexplorer.gui.training.prediction_jobs import Picture, Predict, Predicted, Unanswered, newest

if TYPE_CHECKING:
    from convexplorer.core.learn.datasets import Dataset
    from convexplorer.core.learn.network import Network
    from convexplorer.core.learn.one_update import WeightIndex
    from convexplorer.core.learn.training import Training
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.project.training_run import Frozen, Run, Snapshot
    from convexplorer.core.project.training_settings import TrainingSettings
    from convexplorer.gui.kit.worker import Worker

TrainingState = Literal["none", "preparing", "ready", "running", "finished", "watching"]
"""What goes on; "watching" is a run whose images are not there: its network can be asked, not trained."""


class TrainingSession(QObject):
    """One run: prepared, started, paused, gone on with, stepped, put down and taken up again."""

    stateChanged = Signal()
    prepared = Signal(object)
    """`PreparedRun`, when a network is ready."""
    progressed = Signal(object)
    """`RunProgress`, at most ten a second."""
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
        self.state: TrainingState = "none"
        self.dataset: Dataset | None = None
        self._made: tuple[object, int] | None = None
        self._begin: Begin | None = None
        self._network: Network | None = None
        self._training: Training | None = None
        self._former: tuple[Plan, Training] | None = None
        self._advance: Advance | None = None
        self._pause = threading.Event()
        self._end: Conclude | None = None
        self._worker: Worker | None = None

    @property
    def ready(self) -> bool:
        """Whether a network stands ready for the next step, and nothing runs."""
        return self._training is not None and self.state in ("ready", "finished")

    @property
    def can_predict(self) -> bool:
        """Whether the network can be asked now."""
        return self._network is not None and self.state in ("ready", "running", "finished", "watching")

    def prepare(self, plan: Plan, run: Run | None = None, *, or_former: bool = False, reread: bool = False) -> None:
        """Make the data and a network at its start, or where a run was put down; what ran before ends.

        With `reread`, the data are read again even if they were the last ones. With `or_former`, the network from
        before is back if that fails, because the data cannot be read say; and what it is doing now still tells how far
        it comes.
        """
        if not or_former:
            self._former = None
        elif self._training is not None:
            self._former = self.plan, self._training
        self.plan = plan
        self._pause.set()
        self._network, self._training, self._end, self._advance = None, None, None, None
        # The data set that was made last is used again if it would be the same.
        made = self.dataset if self._made == (plan.data, plan.settings.seed) and not reread else None
        self._begin = Begin(plan, run, made)
        self._enter("preparing")
        self._submit(self._begin)

    def run(self, until: Until, settings: TrainingSettings) -> None:
        """Train for a batch, an epoch or to the end, with settings as far as a run can change them."""
        if self._training is not None and self.ready:
            self._pause = threading.Event()
            self._enter("running")
            self._advance = Advance(self._training, self.plan, settings, until, self._pause)
            self._submit(self._advance)

    def pause(self) -> None:
        """Stop after the step that is under way."""
        self._pause.set()

    def stop(self) -> None:
        """End the run after the step that is under way, and try on all test images what it learnt; it can go on later.

        The network stays: it can be asked, its next step explained, its filters taken.
        """
        if self._training is not None and self.state in ("running", "ready") and self._end is None:
            self._pause.set()
            self._end = Conclude(self._training, self.plan)
            self._enter("running")
            self._submit(self._end)

    def explain(self, layer: int, index: WeightIndex) -> None:
        """Work out the next step for one weight; told by `explained`."""
        if self._training is not None and self.ready:
            self._submit(Explain(self._training, layer, index))

    def exchange(self, layer: int, bank: FilterBank) -> None:
        """Go on with other filters in a convolution; told by `progressed`."""
        if self._training is not None and self.ready:
            self._submit(Exchange(self._training, self.plan, layer, bank))

    def freeze(self, frozen: Frozen) -> None:
        """Say what does not learn from now on; told by `progressed`."""
        if self._training is not None and self.ready:
            self._submit(Freeze(self._training, self.plan, frozen))

    def predict(self, image: Picture, asked: int | None = None, grey: GreyMethod = DEFAULT_GREY) -> None:
        """Ask the network about an image (`training_jobs.Predict`)."""
        if self._network is not None and self.can_predict:
            dataset = None if self._training is None else self.dataset
            question = Predict(self._network, dataset, image, asked, grey)
            if self._advance is not None:
                self._advance.questions.put(question)
            else:
                self._submit(question)

    def export(self, snapshots: tuple[Snapshot, ...], path: Path, layer: int) -> None:
        """Write a layer's timeline to a file."""
        self._submit(Export(snapshots, path, layer))

    def close(self) -> None:
        """End for good."""
        self._pause.set()
        if self._worker is not None:
            self._worker.close()

    def _enter(self, state: TrainingState) -> None:
        self.state = state
        self.stateChanged.emit()

    def _submit(self, job: object) -> None:
        if self._worker is None:
            # Most sessions never train: the thread begins with the first that does.
            from convexplorer.gui.kit.worker import Worker

            self._worker = Worker(run_job, newest_wins=False, parent=self)
            self._worker.produced.connect(self._hand_on)
            self._worker.failed.connect(self._handle_failure)
            self._worker.finished.connect(self._handle_end)
        self._worker.submit(job)

    @Slot(object, object)
    def _hand_on(self, job: object, result: object) -> None:
        if isinstance(result, PreparedRun):
            if job is self._begin:
                self._network, self._training, self._former = result.network, result.training, None
                if result.training is None:
                    self.state = "watching"
                else:
                    self.dataset, self._made = result.dataset, (self.plan.data, self.plan.settings.seed)
                    self.state = "finished" if result.training.finished else "ready"
                # First: who hears that it is ready may ask it at once, and must know what it takes.
                self.prepared.emit(result)
                self.stateChanged.emit()
        elif isinstance(result, Predicted | Unanswered):
            self._tell_answer(job, result)
        elif isinstance(job, Export):
            self.exported.emit(result)
        elif isinstance(job, Advance | Conclude | Exchange | Freeze):
            # What ran when another was asked for tells how far it came.
            if job.training is self._training or (self._former is not None and job.training is self._former[1]):
                self.progressed.emit(result)
        elif isinstance(job, Explain) and job.training is self._training:
            self.explained.emit(result)

    def _tell_answer(self, job: object, result: Predicted | Unanswered) -> None:
        network = job.network if isinstance(job, Predict) else None
        if isinstance(job, Advance):
            network = job.training.network
        if network is not self._network:
            return  # Another one stands here meanwhile.
        if isinstance(result, Unanswered):
            self.failed.emit(result.error)
        else:
            self.predicted.emit(result)

    @Slot(object, object)
    def _handle_failure(self, job: object, error: Exception) -> None:
        if isinstance(job, Begin):
            if job is not self._begin:
                return
            if self.state == "watching":
                pass  # What the network is was told before.
            elif self._former is None:
                self._enter("none")
            else:
                (self.plan, self._training), self._former = self._former, None
                self._network = self._training.network
                self._enter("finished" if self._training.finished else "ready")
        self.failed.emit(error)

    @Slot(object)
    def _handle_end(self, job: object) -> None:
        if isinstance(job, Advance) and job is self._advance:
            self._advance = None
            late = newest(job.questions)
            if late is not None:  # It came behind the last step.
                self._submit(late)
        if isinstance(job, Advance) and job.training is self._training and self._end is None:
            self._enter("finished" if job.training.finished else "ready")
        elif job is self._end and self._end is not None:
            self._end = None
            self._enter("finished")
