"""Filter banks that can be chosen by name.

Titles and sentences are translatable: the window looks them up in the context "banks".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from convexplorer.core.model import initialisers, kernels
from convexplorer.core.model.filters import Filter, FilterBank, frozen_weights
from convexplorer.core.model.initialisers import Initialiser
from convexplorer.core.model.parameters import Parameter, parameter_values, size


@dataclass(frozen=True)
class Bank:
    """A filter bank one can choose by name.

    Parameters
    ----------
    key : str
        Its name in files and on the command line; never changes.
    title, sentence : str
        What menus show: its name, and what is in it.
    build : callable
        Makes it from the values of its parameters.
    parameters : tuple of Parameter
        What can be chosen about it.
    """

    key: str
    title: str
    sentence: str
    build: Callable[..., FilterBank]
    parameters: tuple[Parameter, ...] = ()

    def make(self, **values: float) -> FilterBank:
        """Make the bank; parameters that are not given have their default.

        Raises
        ------
        InvalidValueError
            If a parameter is unknown or out of bounds.
        """
        return self.build(**parameter_values(self.parameters, values))


def four_edges() -> FilterBank:
    """F, −F, Fᵀ and −Fᵀ, named "Filter 1" to "Filter 4": vertical edges, then horizontal ones."""
    edge = kernels.EDGE
    return FilterBank.from_arrays([edge, -edge, edge.T, -edge.T])


def compass_edges() -> FilterBank:
    """Robinson's masks, anticlockwise from the east, named by the direction towards which it gets lighter."""
    return FilterBank(
        tuple(Filter(frozen_weights(one), name=f"Lighter {towards}") for towards, one in kernels.COMPASS.items())
    )


def gabors() -> FilterBank:
    """Eight directions, 22.5° apart, each with an even (light line) and an odd (edge) phase."""
    return FilterBank(
        tuple(
            Filter(frozen_weights(kernels.gabor(15, 6.0, theta, phase, 3.0, 0.8)), name=f"Gabor {theta:g}° {kind}")
            for phase, kind in ((0.0, "line"), (-90.0, "edge"))
            for theta in (22.5 * i for i in range(8))
        )
    )


def random(initialiser: Initialiser, *, count: int, size: int, channels: int, seed: int) -> FilterBank:
    """Filters of random weights with biases of 0; the same for the same seed."""
    names = [f"Random {i + 1}" for i in range(count)]
    return FilterBank.from_arrays(initialiser((count, channels, size, size), seed), names=names)


_RANDOM = (
    Parameter("count", "Filters", 16, 1, 1024, whole=True),
    size(5, low=1, step=1),
    Parameter("channels", "Channels", 1, 1, 3, 2, whole=True),
    Parameter("seed", "Seed", 0, 0, 2**31 - 1, whole=True),
)

_ALL = (
    Bank("four_edges", "Four edge filters", "Vertical and horizontal edges, from one matrix F.", four_edges),
    Bank("compass", "8 compass edges", "Edges in eight directions, 45° apart.", compass_edges),
    Bank("gabors", "16 Gabors", "Lines and edges in eight directions, as the visual cortex sees them.", gabors),
    Bank(
        "glorot",
        "Random (Glorot)",
        "Uniform numbers whose spread keeps signals level on their way through a network.",
        partial(random, initialisers.glorot),
        _RANDOM,
    ),
    Bank(
        "he",
        "Random (He)",
        "Normal numbers whose spread keeps signals level through ReLU.",
        partial(random, initialisers.he),
        _RANDOM,
    ),
    Bank(
        "uniform", "Random (uniform)", "Uniform numbers from −1 to 1.", partial(random, initialisers.uniform), _RANDOM
    ),
)

BANKS: dict[str, Bank] = {one.key: one for one in _ALL}
"""All banks by key, in the order of menus."""
DEFAULT = "four_edges"
"""What the program begins with."""
