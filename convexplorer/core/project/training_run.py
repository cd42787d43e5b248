"""A training run: its plan, its progress, and the state from which it goes on exactly, to the last bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.filters import Weights
from convexplorer.core.model.layers import Layer
from convexplorer.core.project.training_settings import TrainingSettings

Frozen = tuple[frozenset[int], ...]
"""Filters or units that do not learn, for each layer: first convolutions, then dense layers. Layers that are not listed
learn."""


Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """Data of a run's curves.

    Parameters
    ----------
    batches : ndarray, shape (n, 2), float64
        Batch and loss, in order.
    epochs : ndarray, shape (m, 5), float64
        Epoch, loss and accuracy of its batches, loss and accuracy of the test images; accuracies from 0 to 1.
    """

    batches: Points = field(default_factory=lambda: np.empty((0, 2)))
    epochs: Points = field(default_factory=lambda: np.empty((0, 5)))


@dataclass(frozen=True)
class Fingerprint:
    """Identifies a data set whose images are not kept.

    Parameters
    ----------
    train, test : int
        Numbers of images.
    digest : str
        A hash of all pixels and labels, as hexadecimal digits.
    """

    train: int
    test: int
    digest: str


@dataclass(eq=False)
class OptimiserState:
    """What an optimiser remembers between steps.

    Parameters
    ----------
    first, second : ndarray, shape (P,)
        Momentum's velocity v or Adam's mean of gradients m; Adam's mean of their squares.
    count : int
        Steps taken.
    """

    first: NDArray[Any]
    second: NDArray[Any]
    count: int = 0

    @classmethod
    def of(cls, values: NDArray[Any]) -> OptimiserState:
        """The state before the first step."""
        return cls(np.zeros_like(values), np.zeros_like(values))

    def copy(self) -> OptimiserState:
        """A state of its own memory."""
        return OptimiserState(self.first.copy(), self.second.copy(), self.count)

    def at(self, position: int) -> OptimiserState:
        """The state of one weight, of its own memory."""
        here = slice(position, position + 1)
        return OptimiserState(self.first[here].copy(), self.second[here].copy(), self.count)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The weights of a network at one moment.

    Parameters
    ----------
    batch : int
        Batches trained on so far, from 0.
    epoch : float
        Epochs trained so far.
    loss : float
        Loss of the batch before it; NaN at the start.
    weights : tuple of ndarray, shape (O, C, kh, kw) each
        Of every convolutional layer, and where they are not too many, of the first dense one, laid over
        the maps that it reads; read-only.
    biases : tuple of ndarray, shape (O,) each
        Likewise.
    """

    batch: int
    epoch: float
    loss: float
    weights: tuple[Weights, ...]
    biases: tuple[Weights, ...]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(one.nbytes for one in (*self.weights, *self.biases))

    def change(self, start: Snapshot, layer: int) -> Weights:
        """How far each filter of a layer has come since `start`: ‖w − w₀‖ over its weights, shape (O,)."""
        moved = (self.weights[layer] - start.weights[layer]).reshape(len(self.weights[layer]), -1)
        lengths: Weights = np.linalg.norm(moved, axis=1)
        return lengths


@dataclass(frozen=True, eq=False)
class Standing:
    """The state of a run from which the next step follows, besides layers, data and settings.

    Parameters
    ----------
    batch, epochs : int
        Steps taken, and epochs that are finished.
    values : ndarray, shape (P,)
        The network's parameters.
    state : OptimiserState
        The optimiser's memory.
    sums : (float, int, int)
        Of the current epoch: sum of the losses of all images, number of right images, number of images seen.
    first_loss : float
        The loss is compared with it to detect divergence; 0 before the first step with these filters.
    """

    batch: int
    epochs: int
    values: NDArray[Any]
    state: OptimiserState
    sums: tuple[float, int, int]
    first_loss: float


@dataclass(frozen=True)
class Plan:
    """What is to be trained.

    Parameters
    ----------
    data : str, Path or None
        Key of a built-in data set, or path of the user's own; None if the path is not known any more.
    settings : TrainingSettings
        How.
    hidden : tuple of int
        Units of the dense layers before the last.
    layers : tuple of Layer
        The layers to start from; () is a small random network.
    """

    data: str | Path | None = "shapes"
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    hidden: tuple[int, ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """A run at a moment between two steps.

    Parameters
    ----------
    plan : Plan
        How it was started.
    title : str
        The data set's name.
    classes : tuple of str
        Its classes.
    shape : (int, int, int)
        Channels, rows and columns of its images.
    per_epoch : int
        Steps of an epoch.
    layers : tuple of Layer
        The network's layers, with their initial filters.
    frozen : Frozen
        What does not learn.
    standing : Standing
        Its state.
    snapshots : tuple of Snapshot
        The timeline.
    curves : Curves
        Losses and accuracies.
    images : Fingerprint or None
        Identifies its data set; None if an older version saved the run.
    """

    plan: Plan
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    per_epoch: int
    layers: tuple[Layer, ...]
    frozen: Frozen
    standing: Standing
    snapshots: tuple[Snapshot, ...]
    curves: Curves
    images: Fingerprint | None = None

    @property
    def nbytes(self) -> int:
        """Memory of what only this moment holds: parameters and the optimiser's memory."""
        return 3 * self.standing.values.nbytes
