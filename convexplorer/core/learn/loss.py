"""Softmax and categorical cross-entropy: what training makes small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.dense_and_activation import Array

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a batch of N examples in K classes.

    Parameters
    ----------
    probabilities : ndarray, shape (K, N)
        softmax(logits): exp(z_k) / Σ exp(z).
    losses : ndarray, shape (N,)
        −log p of each example's right class.
    labels : ndarray, shape (N,), int
        The right classes.
    """

    probabilities: Array
    losses: Array
    labels: Labels

    @property
    def mean(self) -> float:
        """The batch's loss: the mean of −log p of the right class, in nats."""
        return float(self.losses.mean(dtype=np.float64))

    @property
    def right(self) -> int:
        """How many examples have their own class as the most probable one."""
        return int((self.probabilities.argmax(axis=0) == self.labels).sum())

    @property
    def delta(self) -> Array:
        """Gradient of `mean` with respect to the logits, (K, N): (p − y) / N, with y = 1 for the right class only."""
        delta = self.probabilities.copy()
        delta[self.labels, np.arange(len(self.labels))] -= 1
        delta /= len(self.labels)
        return delta


def cross_entropy(logits: Array, labels: Labels) -> Loss:
    """Loss of logits (K, N) against the right classes (N,).

    −log p = log Σ exp(z) − z_right, with the largest logit taken out of the sum first, so that nothing overflows and
    −log p stays exact where p rounds to 1 or 0.
    """
    shifted = logits - logits.max(axis=0)
    powers = np.exp(shifted)
    sums = powers.sum(axis=0)
    losses = np.log(sums) - shifted[labels, np.arange(len(labels))]
    return Loss(powers / sums, losses, labels)
