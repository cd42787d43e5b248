"""Records losses and accuracies during training, with bounded memory."""

from __future__ import annotations

import numpy as np

from convexplorer.core.project.training_run import Curves

MOST = 2000
"""Most points of the curve of batches; beyond them every second one goes."""


class Record:
    """Curves that grow.

    Parameters
    ----------
    curves : Curves
        What there is so far.
    """

    def __init__(self, curves: Curves | None = None) -> None:
        begun = Curves() if curves is None else curves
        self._batches = [(float(at), float(loss)) for at, loss in begun.batches]
        self._epochs = [tuple(map(float, row)) for row in begun.epochs]

    @property
    def curves(self) -> Curves:
        """All figures so far, of their own memory."""
        return Curves(np.array(self._batches, float).reshape(-1, 2), np.array(self._epochs, float).reshape(-1, 5))

    def add_batch(self, batch: int, loss: float) -> None:
        """Take on a batch."""
        self._batches.append((batch, loss))
        if len(self._batches) > MOST:
            del self._batches[1::2]

    def add_epoch(self, epoch: int, train: tuple[float, float], test: tuple[float, float]) -> None:
        """Take on an epoch: losses and accuracies."""
        self._epochs.append((epoch, *train, *test))

    def back_to(self, batch: int, epoch: int) -> None:
        """Drop what came after a batch, and after an epoch."""
        self._batches = [one for one in self._batches if one[0] <= batch]
        self._epochs = [one for one in self._epochs if one[0] <= epoch]
