"""Predicts the class of one image, and attributes the answer to maps and pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convexplorer.core.learn.dense_and_activation import Array
from convexplorer.core.learn.loss import cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.runtime.types import Values


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer to an image.

    Parameters
    ----------
    probabilities : ndarray, shape (K,)
        Of every class.
    answer : int
        The most probable class.
    asked : int
        The class whose logit `shares` and `drive` explain.
    maps : tuple of ndarray, shape (O, H', W') each
        What every convolution makes of the image: after its activation and the poolings behind it.
    shares : ndarray, shape (O,)
        What each of the last maps adds to the logit: the sum over its nodes of value times the logit's slope there.
        Without hidden layers these and the bias add up to the logit.
    drive : ndarray, shape (H, W)
        What each pixel adds to the logit, its channels together: value times slope (gradient × input; A. Shrikumar,
        P. Greenside, A. Shcherbina and A. Kundaje, "Not just a black box", 2016, arXiv:1605.01713). A network of
        ReLUs, max poolings and no bias is linear where it stands; there these add up to the logit.
    """

    probabilities: Array
    answer: int
    asked: int
    maps: tuple[Values, ...]
    shares: Array
    drive: Values


def predict(network: Network, image: Values, asked: int | None = None) -> Prediction:
    """Ask a network about an image (C, H, W) of its shape, values in [0, 1].

    Parameters
    ----------
    network : Network
        Nothing in it changes.
    image : ndarray, shape (C, H, W)
        The image.
    asked : int, optional
        The class that is explained; the most probable one unless told otherwise.
    """
    logits, handed = network.trace(image[np.newaxis])
    answer = int(logits[:, 0].argmax())
    asked = answer if asked is None else asked
    probabilities = cross_entropy(logits, np.array([answer])).probabilities[:, 0]
    last, first = network.slopes(asked)
    shares: Array = (last[..., 0] * handed[-1][..., 0]).sum(axis=(0, 2))
    drive = (first[0] * image).sum(axis=0).astype(np.float32)
    maps = tuple(np.ascontiguousarray(one[..., 0].transpose(1, 0, 2), np.float32) for one in handed)
    return Prediction(probabilities, answer, asked, maps, shares, drive)
