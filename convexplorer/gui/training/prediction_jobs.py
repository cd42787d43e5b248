"""Questions to a network that trains or stands ready, and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from convexplorer.core.model.images import Image
from convexplorer.core.model.preparation import DEFAULT_GREY, GreyMethod, grey_plane
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError, ConvExplorerError

if TYPE_CHECKING:
    from convexplorer.core.learn.datasets import Dataset
    from convexplorer.core.learn.network import Network
    from convexplorer.core.learn.novelty import Novelty
    from convexplorer.core.learn.prediction import Prediction
    from convexplorer.core.runtime.types import Values

Picture = Image | Path | QImage | NDArray[np.float32]

_NOVELTIES: WeakKeyDictionary[Dataset, Novelty | None] = WeakKeyDictionary()


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
    of_picture: bool = False
    """Whether the image was made of a picture or a file, not given as values."""


@dataclass(frozen=True, eq=False)
class Unanswered:
    """Why a question could not be answered."""

    error: ConvExplorerError


def newest(questions: SimpleQueue[Predict]) -> Predict | None:
    """Empty a queue; returns what came last, if anything did."""
    found = None
    while True:
        try:
            found = questions.get_nowait()
        except Empty:
            return found


def answer_meanwhile(question: Predict, cancelled: ShouldStop) -> Iterator[Predicted | Unanswered]:
    """Answer while a run goes on, which a picture that cannot be read must not end."""
    try:
        yield predict_image(question, cancelled)
    except CancelledError:
        raise
    except ConvExplorerError as error:
        yield Unanswered(error)


def predict_image(job: Predict, cancelled: ShouldStop) -> Predicted:
    """Ask the network; a picture is cropped, reduced and made grey as the network needs it."""
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
    return Predicted(values, predict(job.network, values, job.asked), unlike, values is not job.image)


def _novelty(dataset: Dataset) -> Novelty | None:
    """What is usual in a data set, learnt when a network of it is asked for the first time."""
    from convexplorer.core.learn.novelty import learn_novelty

    if dataset not in _NOVELTIES:
        _NOVELTIES[dataset] = learn_novelty(dataset)
    return _NOVELTIES[dataset]
