"""Initial weights of filters: small random numbers, the same ones for the same seed.

Numbers come from NumPy's ``Generator(PCG64(seed))`` (M. E. O'Neill, "PCG: A family of simple fast space-efficient
statistically good algorithms for random number generation", 2014). A filter bank (O, C, kh, kw) has
fan_in = C·kh·kw and fan_out = O·kh·kw (`fans`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from convexplorer.core.model.filters import Weights

BankShape = tuple[int, int, int, int]
Initialiser = Callable[[BankShape, int], Weights]
"""Takes a bank's shape (O, C, kh, kw) and a seed from 0 to its weights."""


def fans(shape: BankShape) -> tuple[int, int]:
    """fan_in and fan_out of a bank: how many inputs a node reads, and how many nodes an input feeds (at stride 1)."""
    count, channels, height, width = shape
    return channels * height * width, count * height * width


def glorot_reach(shape: BankShape) -> float:
    """Bound of the uniform distribution of `glorot`."""
    return sqrt(6 / sum(fans(shape)))


def he_deviation(shape: BankShape) -> float:
    """The standard deviation of `he`."""
    return sqrt(2 / fans(shape)[0])


def glorot(shape: BankShape, seed: int) -> Weights:
    """Uniform on ±√(6 / (fan_in + fan_out)).

    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
    2010, equation 16. The default of Keras.
    """
    return (glorot_reach(shape) * _symmetric(shape, seed)).astype(np.float32)


def he(shape: BankShape, seed: int) -> Weights:
    """Normal with mean 0 and standard deviation √(2 / fan_in), which keeps the variance through ReLU.

    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.
    """
    return (he_deviation(shape) * _generator(seed).standard_normal(shape)).astype(np.float32)


def uniform(shape: BankShape, seed: int) -> Weights:
    """Uniform on ±1, whatever the shape."""
    return _symmetric(shape, seed).astype(np.float32)


def zeros(shape: BankShape, seed: int) -> Weights:  # noqa: ARG001
    """Only zeros. Every map is its bias, and training cannot tell the filters apart."""
    return np.zeros(shape, np.float32)


INITIALISERS: dict[str, Initialiser] = {"glorot": glorot, "he": he, "uniform": uniform, "zeros": zeros}
"""All of them by key, in the order of menus."""


def _symmetric(shape: BankShape, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return 2.0 * _generator(seed).random(shape) - 1.0


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))
