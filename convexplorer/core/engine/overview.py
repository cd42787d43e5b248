"""Every layer's maps at once, small: what the view of the whole network shows, and the node it follows.

Each small map shows the strongest node of every block, so that a bright spot is not lost by making the map small. The
maps of a layer share one scale, since they are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convexplorer.core.engine.colour import Scale, colourise
from convexplorer.core.engine.lattice import Lattice
from convexplorer.core.engine.pictures import Colours, InputPicture, InputView, Look, input_picture
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, source
from convexplorer.core.model.streams import bands
from convexplorer.core.runtime.types import ShouldStop, Values, never
from convexplorer.errors import CancelledError

PICTURE = 560
"""Pixels of the longer side of the picture of the input."""


@dataclass(frozen=True, eq=False)
class OverviewJob:
    """What is wanted: the maps of all layers of a project, so many pixels wide or high at the most."""

    image: Image
    preparation: Preparation
    layers: tuple[Layer, ...]
    look: Look
    side: int


@dataclass(frozen=True, eq=False)
class SmallMaps:
    """The maps of one layer.

    Parameters
    ----------
    layer : int
        Which layer of the stack.
    size : (int, int)
        Rows and columns of the whole maps.
    values : ndarray, shape (n, rows, columns), float32
        The strongest node of each block of each map.
    lattice : (range, range)
        The first node of each block.
    shown : tuple of bool
        Which maps there are; those of filters that are off are not.
    scale : Scale
        Of all maps of the layer.
    colours : tuple of ndarray, shape (rows, columns)
        Each map as 0xffRRGGBB.
    """

    layer: int
    size: tuple[int, int]
    values: Values
    lattice: Lattice
    shown: tuple[bool, ...]
    scale: Scale
    colours: tuple[Colours, ...]


@dataclass(frozen=True, eq=False)
class _Reduced:
    """What a layer's maps were reduced to, and from what."""

    outputs: Prepared
    side: int
    values: Values
    lattice: Lattice


@dataclass
class OverviewEngine:
    """Answers one `OverviewJob` after the other and keeps what the next can use again. Not for two threads at once."""

    _of: tuple[Image, Preparation] | None = None
    _prepared: Prepared | None = None
    _stack: Stack = field(default_factory=Stack)
    _reduced: dict[int, _Reduced] = field(default_factory=dict)

    def run(
        self, job: OverviewJob, cancelled: ShouldStop = never, superseded: ShouldStop = never
    ) -> Iterator[InputPicture | SmallMaps]:
        """Give the picture of the input, then the maps of each layer that is on, from the image on.

        Parameters
        ----------
        job : OverviewJob
            What is wanted.
        cancelled, superseded : callable
            Whether to stop at once; whether a newer job waits. Maps that are held are still brought then, so that a
            drag is seen to move.

        Raises
        ------
        InvalidValueError
            If a window does not fit.
        CancelledError
            If stopped before all was done.
        """
        prepared = self._prepare(job, cancelled)
        yield input_picture(prepared, InputView(step=_step(prepared.shape[1:], PICTURE)))
        kept, self._reduced = self._reduced, {}
        for at, outputs in self._stack.levels(prepared, job.layers, cancelled):
            known = kept.get(at)
            if known is None or known.outputs is not outputs or known.side != job.side:
                stop = cancelled if outputs.stored_array is not None else superseded
                known = _Reduced(outputs, job.side, *reduced_maps(outputs, job.side, stop))
            self._reduced[at] = known
            yield _coloured(at, known, job)
        if self._stack.drifting and not superseded():
            # Additions of an edit round; what stays on the screen is computed afresh.
            self._stack.settle()
            for at, outputs in self._stack.levels(prepared, job.layers, superseded):
                if self._reduced[at].outputs is not outputs:
                    self._reduced[at] = _Reduced(outputs, job.side, *reduced_maps(outputs, job.side, superseded))
                    yield _coloured(at, self._reduced[at], job)

    def _prepare(self, job: OverviewJob, cancelled: ShouldStop) -> Prepared:
        if self._prepared is None or self._of is None or self._of[0] is not job.image or self._of[1] != job.preparation:
            self._prepared, self._stack, self._reduced = None, Stack(), {}
            self._prepared = job.image.prepare(job.preparation, cancelled)
            self._of = job.image, job.preparation
        return self._prepared


def reduced_maps(outputs: Prepared, side: int, should_stop: ShouldStop = never) -> tuple[Values, Lattice]:
    """Make maps small: of each block, the value farthest from zero.

    Parameters
    ----------
    outputs : Prepared
        All maps, shape (C, H, W).
    side : int
        Most rows and columns of a small map, from 1.
    should_stop : callable
        Asked now and then.

    Returns
    -------
    values : ndarray, shape (C, rows, columns), float32
        One value a block.
    lattice : (range, range)
        The first node of each block.
    """
    channels, height, width = outputs.shape
    step = _step((height, width), side)
    lattice = range(0, height, step), range(0, width, step)
    values = np.empty((channels, len(lattice[0]), len(lattice[1])), np.float32)
    starts = np.arange(0, width, step)
    for first, rows in bands(channels, lattice[0], range(width)):
        if should_stop():
            raise CancelledError
        block = outputs.block(slice(rows[0], min(rows[-1] + step, height)), slice(0, width))
        if step == 1:
            values[:, first : first + len(rows)] = block
            continue
        down = np.arange(0, block.shape[1], step)
        high, low = (
            choose.reduceat(choose.reduceat(block, down, axis=1), starts, axis=2) for choose in (np.maximum, np.minimum)
        )
        values[:, first : first + len(rows)] = np.where(high >= -low, high, low)
    return values, lattice


def _step(size: Sequence[int], side: int) -> int:
    return max(1, -(-max(size) // side))


def _coloured(at: int, known: _Reduced, job: OverviewJob) -> SmallMaps:
    layer = job.layers[at]
    made = at if isinstance(layer, ConvLayer) else source(job.layers, at)
    maker = None if made is None else job.layers[made]
    on = tuple(one.enabled for one in maker.bank) if isinstance(maker, ConvLayer) else (True,) * known.outputs.shape[0]
    seen = known.values[list(on)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
    signed = isinstance(maker, ConvLayer) and is_signed(maker.activation)
    scale = replace(job.look, held=None).scale(low, high, signed=signed)
    colours = tuple(colourise(one, scale) for one in known.values)
    return SmallMaps(at, known.outputs.shape[1:], known.values, known.lattice, on, scale, colours)
