"""How a gradient becomes a step: SGD, momentum and Adam.

Each works number by number, so `steps` of one weight alone is what that weight gets among all others; the page that
explains one update uses the same code as training.
"""

from __future__ import annotations

import numpy as np

from convexplorer.core.learn.dense_and_activation import Array
from convexplorer.core.project.training_run import OptimiserState
from convexplorer.core.project.training_settings import Rule

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's decay rates and the number that keeps it from dividing by zero."""


def advance(rule: Rule, state: OptimiserState, values: Array, gradient: Array, decays: Array) -> Array:
    """Bring the state one step on.

    Parameters
    ----------
    rule : Rule
        What to do.
    state : OptimiserState
        Changed in place.
    values, gradient : ndarray, shape (P,)
        The weights, and the loss's gradient; neither is changed.
    decays : ndarray, shape (P,)
        1 where weight decay applies, else 0.

    Returns
    -------
    ndarray, shape (P,)
        What is to be taken from the weights.
    """
    if rule.decay:
        gradient = gradient + rule.decay * decays * values
    state.count += 1
    if rule.method == "sgd":
        return rule.rate * gradient
    if rule.method == "momentum":
        state.first *= rule.momentum
        state.first += gradient
        return rule.rate * state.first
    state.first *= BETA1
    state.first += (1 - BETA1) * gradient
    state.second *= BETA2
    state.second += (1 - BETA2) * gradient * gradient
    first = state.first / (1 - BETA1**state.count)
    second = state.second / (1 - BETA2**state.count)
    return rule.rate * first / (np.sqrt(second) + EPSILON)
