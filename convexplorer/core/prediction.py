"""What a network says to one image, and which maps spoke for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convexplorer.core.images import Values
from convexplorer.core.learner import Network
from convexplorer.core.loss import cross_entropy
from convexplorer.core.nn import Array


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer to an image.

    Parameters
    ----------
    probabilities : ndarray, shape (K,)
        Of every class.
    answer : int
        The most probable class.
    maps : tuple of ndarray, shape (O, H', W') each
        What every stage makes of the image: after activation and pooling.
    shares : ndarray, shape (O,)
        What each map of the last stage adds to the logit of the answer: the sum over its nodes of value times the
        logit's slope there. Without hidden layers these and the bias add up to the logit.
    """

    probabilities: Array
    answer: int
    maps: tuple[Values, ...]
    shares: Array


def predict(network: Network, image: Values) -> Prediction:
    """Ask a network about an image (C, H, W) of its shape, values in [0, 1]."""
    logits, stages = network.trace(image[np.newaxis])
    answer = int(logits[:, 0].argmax())
    probabilities = cross_entropy(logits, np.array([answer])).probabilities[:, 0]
    slopes = network.slopes(answer)[..., 0]
    shares: Array = (slopes * stages[-1][..., 0]).sum(axis=(0, 2))
    maps = tuple(np.ascontiguousarray(stage[..., 0].transpose(1, 0, 2), np.float32) for stage in stages)
    return Prediction(probabilities, answer, maps, shares)
