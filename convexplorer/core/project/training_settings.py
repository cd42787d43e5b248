"""How a network is trained: the optimiser, its numbers, batches and epochs, and the one default of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from convexplorer.core.model.numerals import short_text
from convexplorer.errors import InvalidValueError

Method = Literal["sgd", "momentum", "adam"]
METHODS: tuple[Method, ...] = ("sgd", "momentum", "adam")
DEFAULT_METHOD: Method = "adam"
DEFAULT_RATES: Mapping[Method, float] = MappingProxyType({"sgd": 0.05, "momentum": 0.02, "adam": 0.002})
"""Default learning rate of each method, in the window and on the command line."""

MOST_RATE, MOST_DECAY = 1_000_000, 1000
"""Largest learning rate and weight decay; beyond, float32 weights overflow with the first step."""


@dataclass(frozen=True)
class Rule:
    """The update rule: how a gradient g changes a weight w.

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
        """The rule of a method with default numbers."""
        return cls(method, DEFAULT_RATES[method])


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained. The window and the command line share these defaults.

    Parameters
    ----------
    rule : Rule
        The update rule.
    batch : int
        Images of a step, 1 to 4096; the last batch of an epoch takes what is left.
    epochs : int
        How often every image is seen.
    seed : int
        For the order of the images, another one each epoch.
    """

    rule: Rule = field(default_factory=Rule.default)
    batch: int = 64
    epochs: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, most in (("batch size", self.batch, 4096), ("number of epochs", self.epochs, 100_000)):
            if not 1 <= value <= most:
                raise InvalidValueError("the {name} is 1 to {most}, not {value}", name=name, most=most, value=value)
        if self.seed < 0:
            raise InvalidValueError("the seed is a whole number from 0, not {seed}", seed=self.seed)
