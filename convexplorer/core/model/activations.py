"""Activation functions and their derivatives."""

from __future__ import annotations

from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

Activation = Literal["relu", "leaky_relu", "tanh", "sigmoid", "none"]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
"""All activations, in the order of menus."""
LEAK = 0.01
"""Slope of the leaky ReLU for negative sums: A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve
neural network acoustic models", 2013; also what PyTorch and ONNX take unless told otherwise."""

Real = TypeVar("Real", np.float32, np.float64)


def activate(values: NDArray[Real], activation: Activation, out: NDArray[Real] | None = None) -> NDArray[Real]:
    """Apply a layer's activation to weighted sums.

    ReLU is max(0, z), leaky ReLU max(`LEAK` · z, z), sigmoid 1 / (1 + e⁻ᶻ).

    Parameters
    ----------
    values : ndarray
        Weighted sums.
    activation : Activation
        What to apply.
    out : ndarray, optional
        Where the result is written. By default `values` is overwritten.

    Returns
    -------
    ndarray
        `out`.
    """
    out = values if out is None else out
    if activation == "relu":
        # A row of zeros: NumPy's maximum with a single number is two to three times as slow.
        np.maximum(values, np.zeros(values.shape[-1:], values.dtype), out=out)
    elif activation == "leaky_relu":
        np.maximum(values, values * values.dtype.type(LEAK), out=out)
    elif activation == "tanh":
        np.tanh(values, out=out)
    elif activation == "sigmoid":
        # By the tangent, which cannot overflow: 1 / (1 + e⁻ᶻ) = (1 + tanh(z / 2)) / 2.
        np.multiply(values, values.dtype.type(0.5), out=out)
        np.tanh(out, out=out)
        out += values.dtype.type(1.0)
        out *= values.dtype.type(0.5)
    elif out is not values:
        np.copyto(out, values)
    return out


def slope(sums: NDArray[np.float64], activation: Activation) -> NDArray[np.float64]:
    """Derivative of an activation at weighted sums.

    At 0, ReLU and leaky ReLU have no derivative; the one from the left is taken, as in PyTorch and ONNX Runtime. So a
    node that gives 0 passes no gradient on.
    """
    if activation == "none":
        return np.ones_like(sums)
    if activation in {"relu", "leaky_relu"}:
        return np.where(sums > 0, 1.0, 0.0 if activation == "relu" else LEAK)
    values = activate(sums.copy(), activation)
    return 1 - values**2 if activation == "tanh" else values * (1 - values)


def is_signed(activation: Activation) -> bool:
    """Whether values after the activation may be negative."""
    return activation not in {"relu", "sigmoid"}
