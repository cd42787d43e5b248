"""One layer of a stack as it is kept: what reached it, what left it, and what an edit made of that."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import ReferenceType, ref

import numpy as np

from convexplorer.core.engine.noise import passed_on
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import Layer
from convexplorer.core.runtime.types import Values


@dataclass(eq=False)
class OutputChange:
    """What has become of a level's outputs: `delta` (n, H, W) was added to some channels of `before`."""

    before: Prepared
    channels: list[int]
    delta: Values


@dataclass(eq=False)
class Level:
    """A layer that is on, with what reached it and what left it.

    Parameters
    ----------
    layer : Layer
        With these settings and filters.
    inputs, outputs : Prepared
        The maps that reached it and those that left it; a new object wherever values have changed.
    sums : ndarray, shape (O, H', W') or None
        Before the activation, where they are held; of filters that are off, nothing sensible.
    room : float
        What further additions may amount to (`LEAP`).
    steps : int
        Additions since the sums were computed.
    own : bool
        Whether nobody else has seen the outputs, so that they may be overwritten.
    former : (weak reference, ndarray) or None
        The outputs before these, and their memory.
    """

    layer: Layer
    inputs: Prepared
    outputs: Prepared
    sums: Values | None = None
    room: float = 0.0
    steps: int = 0
    own: bool = True
    former: tuple[ReferenceType[Prepared], Values] | None = None

    @property
    def values(self) -> Values:
        """The outputs, where they are held."""
        held = self.outputs.stored_array
        assert held is not None  # noqa: S101
        return held

    def memory(self, *, filled: bool) -> Values:
        """Where the next outputs go; if `filled`, holding those of now.

        Fresh memory costs more than the arithmetic, so that of outputs which nobody holds any more is used again.
        """
        if self.own:
            return self.values
        if self.former is None or self.former[0]() is not None:
            return self.values.copy() if filled else np.empty_like(self.values)
        if filled:
            np.copyto(self.former[1], self.values)
        return self.former[1]

    def next(self, layer: Layer, inputs: Prepared, values: Values, *, steps: int = 0, spent: float = 0.0) -> Level:
        """The level after an edit that changed the outputs to `values`; `steps` additions more took `spent` room."""
        former = None if self.own else (ref(self.outputs), self.values)
        outputs = outputs_of(values, layer, inputs)
        return Level(layer, inputs, outputs, self.sums, self.room - spent, self.steps + steps, former=former)


def outputs_of(values: Values, layer: Layer, inputs: Prepared) -> Prepared:
    """What leaves a layer, with what it may be wrong by."""
    return Prepared(values, noise=passed_on(layer, inputs))
