"""How a gradient becomes a step: SGD, momentum and Adam.

Each works number by number, so `steps` of one weight alone is what that weight gets among all others; the page that
explains one update uses the same code as training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from convexplorer.core.learn.dense_and_activation import Array
from convexplorer.core.model.numerals import short_text
from convexplorer.errors import InvalidValueError

Method = Literal["sgd", "momentum", "adam"]
METHODS: tuple[Method, ...] = ("sgd", "momentum", "adam")
DEFAULT_METHOD: Method = "adam"
DEFAULT_RATES: Mapping[Method, float] = MappingProxyType({"sgd": 0.05, "momentum": 0.02, "adam": 0.002})
"""Learning rate of each method where none is said, in the window and in the shell."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's decay rates and the number that keeps it from dividing by zero."""
MOST_RATE, MOST_DECAY = 1_000_000, 1000
"""Largest learning rate and weight decay; beyond, float32 weights overflow with the first step."""


@dataclass(frozen=True)
class Rule:
    """What to do with a gradient g of a weight w.

    Parameters
    ----------
    method : "sgd", "momentum" or "adam"
        "sgd": w ← w − η·g. "momentum": v ← μ·v + g, w ← w − η·v (as PyTorch has it). "adam": D. Kingma and J. Ba,
        "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    rate : float
        η, the learning rate.
    momentum : float
        μ, from 0 to below 1.
    decay : float
        λ: λ·w is added to the gradient of weights (not of biases), as if λ/2 · Σw² were part of the loss.

    Raises
    ------
    InvalidValueError
        If a number makes no sense.
    """

    method: Method
    rate: float
    momentum: float = 0.9
    decay: float = 0.0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidValueError(
                "the optimiser is one of {known}, not {method}", known=", ".join(METHODS), method=self.method
            )
        if not 0 < self.rate <= MOST_RATE:
            raise InvalidValueError(
                "the learning rate is above 0 and at most {most}, not {rate}",
                most=MOST_RATE,
                rate=short_text(self.rate),
            )
        if not 0 <= self.momentum < 1:
            raise InvalidValueError("momentum is from 0 to below 1, not {value}", value=short_text(self.momentum))
        if not 0 <= self.decay <= MOST_DECAY:
            raise InvalidValueError(
                "weight decay is a number from 0 to {most}, not {value}",
                most=MOST_DECAY,
                value=short_text(self.decay),
            )

    @classmethod
    def default(cls, method: Method = DEFAULT_METHOD) -> Rule:
        """The rule of a method where no numbers are said."""
        return cls(method, DEFAULT_RATES[method])


@dataclass(eq=False)
class State:
    """What an optimiser remembers between steps.

    Parameters
    ----------
    first, second : ndarray, shape (P,)
        Momentum's velocity v or Adam's mean of gradients m; Adam's mean of their squares.
    count : int
        Steps taken.
    """

    first: Array
    second: Array
    count: int = 0

    @classmethod
    def of(cls, values: Array) -> State:
        """The state before the first step."""
        return cls(np.zeros_like(values), np.zeros_like(values))

    def copy(self) -> State:
        """A state of its own memory."""
        return State(self.first.copy(), self.second.copy(), self.count)

    def at(self, position: int) -> State:
        """The state of one weight, of its own memory."""
        here = slice(position, position + 1)
        return State(self.first[here].copy(), self.second[here].copy(), self.count)


def advance(rule: Rule, state: State, values: Array, gradient: Array, decays: Array) -> Array:
    """Bring the state one step on.

    Parameters
    ----------
    rule : Rule
        What to do.
    state : State
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
