"""Snapshots of the filters during training, with bounded memory."""

from __future__ import annotations

import numpy as np

from convexplorer.core.learn.dense_and_activation import Array
from convexplorer.core.learn.network import Network
from convexplorer.core.model.filters import Weights
from convexplorer.core.project.training_run import Snapshot

MAX_BYTES = 64 << 20
"""Most memory that a timeline takes; beyond it every second snapshot goes."""
MAX_DENSE = 1 << 16
"""Most weights of the dense layer that a snapshot takes with it."""


class Timeline:
    """Snapshots in order of time.

    Grown beyond its bound it keeps the first, the last, and every second one between.
    """

    def __init__(self, most: int = MAX_BYTES, snapshots: tuple[Snapshot, ...] = ()) -> None:
        self._most = most
        self._kept = snapshots

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """All that is kept; a tuple that no later step changes."""
        return self._kept

    def add(self, snapshot: Snapshot) -> None:
        """Append a snapshot; one of the same batch is replaced."""
        kept = self._kept[:-1] if self._kept and self._kept[-1].batch == snapshot.batch else self._kept
        self._kept = thin_out((*kept, snapshot), self._most)

    def back_to(self, batch: int) -> None:
        """Drop what came after a batch."""
        self._kept = tuple(one for one in self._kept if one.batch <= batch)


def take_snapshot(network: Network, batch: int, epoch: float, loss: float) -> Snapshot:
    """Copy the filters out of a network, and the first dense layer's weights where there are at most `MAX_DENSE`."""
    weights = [_read_only_copy(conv.weights) for conv in network.convolutions]
    biases = [_read_only_copy(conv.bias) for conv in network.convolutions]
    if network.dense[0].weights.size <= MAX_DENSE:
        weights.append(_read_only_copy(network.patterns()))
        biases.append(_read_only_copy(network.dense[0].bias))
    return Snapshot(batch, epoch, loss, tuple(weights), tuple(biases))


def thin_out(snapshots: tuple[Snapshot, ...], most: int) -> tuple[Snapshot, ...]:
    """Some moments within a bound of memory: the first, the last, and as often as needed every second one between."""
    while len(snapshots) > 3 and len(snapshots) * snapshots[0].nbytes > most:
        # Every second one goes, not the oldest: a run of any length keeps its beginning, and steps of one size.
        snapshots = (*snapshots[:-1:2], snapshots[-1])
    return snapshots


def is_due(batch: int, per_epoch: int) -> bool:
    """Whether a snapshot is kept after a batch: every epoch, and early on more often, when filters change most."""
    if batch % per_epoch == 0:
        return True
    if batch < per_epoch:
        # In the first epoch after 1, 2, 4, 8 … batches, and about 24 times.
        return batch & (batch - 1) == 0 or batch % max(1, per_epoch // 24) == 0
    return batch < 4 * per_epoch and batch % max(1, per_epoch // 4) == 0


def _read_only_copy(array: Array) -> Weights:
    copy = np.array(array, np.float32, order="C")
    copy.setflags(write=False)
    return copy
