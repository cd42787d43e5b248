"""The shift test off the GUI thread: what is asked of the worker, and what it tells back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from convexplorer.core.engine.colour import Scale, colourise
from convexplorer.core.engine.pictures import Colours, InputView, Look, input_picture
from convexplorer.core.explain.dense_comparison import Shifted, dense_shift_test, middle, shift_image, shift_test
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import Layer
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.kit.worker import Worker

STALE_AFTER = 150
"""Milliseconds after which pictures that are behind look so."""
SHOWN_AFTER = 500
"""Milliseconds after which a test that still runs is reported."""


@dataclass(frozen=True, eq=False)
class ShiftJob:
    """Everything a test follows from.

    Parameters
    ----------
    image, preparation : Image, Preparation
        What is moved, once prepared.
    layers : tuple of Layer
        Up to the one whose map is looked at.
    index : int
        Which of its maps.
    shift : (int, int)
        Pixels down and to the right.
    seed : int
        For the dense layer's weights.
    look : Look
        How maps are coloured.
    """

    image: Image
    preparation: Preparation
    layers: tuple[Layer, ...]
    index: int
    shift: tuple[int, int]
    seed: int
    look: Look

    def same(self, other: ShiftJob | None) -> bool:
        """Whether another job asks for the same."""
        return (
            other is not None
            and self.image is other.image
            and len(self.layers) == len(other.layers)
            and all(one is two for one, two in zip(self.layers, other.layers, strict=True))
            and (self.preparation, self.index, self.shift, self.seed, self.look)
            == (other.preparation, other.index, other.shift, other.seed, other.look)
        )


@dataclass(frozen=True, eq=False)
class ShiftShown:
    """A test and its pictures (0xffRRGGBB).

    Parameters
    ----------
    job : ShiftJob
        What it answers.
    size, whole : (int, int), bool
        Rows and columns of the image that was moved, and whether that is all of it.
    image, moved : Colours
        The image before and after.
    maps, dense : Shifted
        The map, and the outputs of the dense layer.
    before, after, difference : Colours
        The map before and after, on one scale, and the difference after moving back.
    """

    job: ShiftJob
    size: tuple[int, int]
    whole: bool
    image: Colours
    moved: Colours
    maps: Shifted
    dense: Shifted
    before: Colours
    after: Colours
    difference: Colours


class ShiftEngine:
    """Answers job after job and keeps what the next can use again."""

    def __init__(self) -> None:
        self._part: tuple[Image, Preparation, Prepared, bool] | None = None
        self._dense: tuple[Prepared, tuple[int, int], int, Shifted] | None = None

    def run(self, job: Any, cancelled: ShouldStop, _superseded: ShouldStop) -> Iterator[ShiftShown]:
        """Do a test; one that is superseded is finished, so that a drag is seen to move."""
        part, whole = self._prepare(job, cancelled)
        maps = shift_test(part, job.layers, job.index, job.shift, cancelled)
        dense = self._try_shift(part, job, cancelled)
        low = min(float(maps.before.min()), float(maps.after.min()))
        high = max(float(maps.before.max()), float(maps.after.max()))
        scale = job.look.scale(low, high, signed=low < 0)
        reach = max(abs(low), abs(high)) or 1.0
        yield ShiftShown(
            job,
            part.shape[1:],
            whole,
            input_picture(part, InputView()).colours[0],
            input_picture(shift_image(part, *job.shift), InputView()).colours[0],
            maps,
            dense,
            colourise(maps.before, scale),
            colourise(maps.after, scale),
            colourise(maps.difference, Scale(-reach, reach, job.look.diverging, job.look.dark)),
        )

    def _prepare(self, job: ShiftJob, cancelled: ShouldStop) -> tuple[Prepared, bool]:
        known = self._part
        if known is None or known[0] is not job.image or known[1] != job.preparation:
            whole = job.image.prepare(job.preparation, cancelled)
            part = middle(whole)
            # A part of a large image must not keep all of it in memory.
            held = part if part is whole else replace(part, stored=part.stored[:].copy())
            known = self._part = job.image, job.preparation, held, part is whole
        return known[2], known[3]

    def _try_shift(self, part: Prepared, job: ShiftJob, cancelled: ShouldStop) -> Shifted:
        key = part, job.shift, job.seed
        known = self._dense
        if known is None or known[0] is not part or known[1:3] != key[1:]:
            known = self._dense = (*key, dense_shift_test(part, job.shift, job.seed, cancelled))
        return known[3]


class CompareSession(QObject):
    """Keeps at most one test running and one waiting."""

    made = Signal(object)
    """`ShiftShown`, the answer to the newest job, or on the way to it to an older one."""
    refused = Signal(object)
    """The error for which the newest job has no answer."""
    failed = Signal(object)
    """An error that nobody foresaw."""
    staleChanged = Signal(bool)
    """Whether what was made last is behind what was asked for."""
    busyChanged = Signal(bool)
    """Whether a test takes long."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = Worker(ShiftEngine().run, newest_wins=True, parent=self)
        self._worker.produced.connect(self._take)
        self._worker.failed.connect(self._fail)
        self._worker.finished.connect(self._finish)
        self._last: ShiftJob | None = None
        self._answered: ShiftJob | None = None
        self._stale = _timer(self, STALE_AFTER)
        self._stale.timeout.connect(lambda: self.staleChanged.emit(True))
        self._slow = _timer(self, SHOWN_AFTER)
        self._slow.timeout.connect(lambda: self.busyChanged.emit(True))

    @property
    def busy(self) -> bool:
        """Whether the newest job has no answer yet."""
        return self._answered is not self._last

    def ask(self, job: ShiftJob) -> None:
        """Do a test, unless the same was asked for last."""
        if job.same(self._last):
            return
        self._last = job
        self._worker.submit(job)
        for timer in (self._stale, self._slow):
            if not timer.isActive():
                timer.start()

    def cancel(self) -> None:
        """Stop; what was made last stays and says that it is behind, until something else is asked for."""
        if self.busy:
            self._worker.cancel()
            self._answered = self._last
            self._rest()
            self.staleChanged.emit(True)

    def close(self) -> None:
        """Stop for good."""
        self._stale.stop()
        self._slow.stop()
        self._worker.close()

    @Slot(object, object)
    def _take(self, job: ShiftJob, shown: ShiftShown) -> None:
        self.made.emit(shown)
        if job is self._last:
            self._answered = job
            self._rest()
            self.staleChanged.emit(False)

    @Slot(object, object)
    def _fail(self, job: ShiftJob, error: BaseException) -> None:
        if not isinstance(error, ConvExplorerError):
            self.failed.emit(error)
        elif job is self._last:
            self._answered = job
            self._rest()
            self.refused.emit(error)

    @Slot(object)
    def _finish(self, job: ShiftJob) -> None:
        if job is self._last:
            self._answered = job
            self._rest()

    def _rest(self) -> None:
        self._stale.stop()
        self._slow.stop()
        self.busyChanged.emit(False)


def _timer(parent: QObject, interval: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    return timer
