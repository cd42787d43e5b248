"""The cases of `engine.py`: whole maps, and live edits that add to a map or compute what the screen can show.

Peers have nothing like the latter: each computes its whole pass. What ours gives is a part of it, checked node by node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from convexplorer.core.engine.increment import HeldSums, WeightChange, add_change
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob
from convexplorer.core.engine.pictures import InputView, Look
from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer

DELTA = 0.0625
"""What a weight is changed by, to and fro."""


@dataclass(frozen=True, eq=False)
class Case:
    """What is timed.

    Parameters
    ----------
    title : str
        What the table shows.
    run : callable
        Gives ours, shape (O, rows, columns): every `step`-th node of the whole maps.
    work : Work or None
        The whole pass, with the weights of the last run; None where its maps would hardly fit the memory.
    whole : bool
        Whether ours computes the whole pass, too.
    step : int
        Nodes from one value to the next.
    """

    title: str
    run: Callable[[], np.ndarray]
    work: Work | None
    whole: bool = False
    step: int = 1


def whole(title: str, image: tuple[int, int, int], weights: tuple[int, int, int, int]) -> Case:
    """All maps of a layer, by the route that the program chooses."""
    rng = np.random.default_rng(0)
    work = Work(
        rng.random(image, np.float32),
        rng.standard_normal(weights, np.float32),
        np.zeros(weights[0], np.float32),
        Geometry.of(image[1:], weights[2:]),
        "relu",
    )
    return Case(f"{title}, {choose(work).__name__.removeprefix('by_')}", lambda: choose(work)(work), work, whole=True)


def one_weight() -> Case:
    """E7: one weight of one 5×5 filter on 1920×1080 RGB, the whole map anew."""
    rng = np.random.default_rng(7)
    prepared = Prepared(rng.integers(0, 256, (3, 1080, 1920), np.uint8), 1 / 255)
    weights = rng.standard_normal((1, 3, 5, 5), np.float32)
    geometry = Geometry.of((1080, 1920), (5, 5))
    work = Work(prepared.values(), weights, np.zeros(1, np.float32), geometry, "relu")
    sums = choose(work)(replace(work, activation="none"))[0].copy()
    lattice = range(geometry.output[0]), range(geometry.output[1])
    held = HeldSums(Filter(weights[0]), lattice, sums)
    sign = 1.0

    def edit() -> np.ndarray:
        nonlocal sign
        sign = -sign
        work.weights[0, 1, 2, 3] += np.float32(sign * DELTA)
        change = WeightChange((1, 2, 3), sign * DELTA)
        return add_change(held, change, prepared, geometry, "relu", muted=False)[np.newaxis]

    return Case("RGB 1920×1080, one weight of a 5×5", edit, work)


def preview(width: int, height: int, edited: int, *, peers: bool = True) -> Case:
    """E8 and E9: sixteen 5×5 filters on a large RGB picture, all maps in view, zoomed out to 300 columns each.

    Timed is all that a nudge takes in the worker: the exact values that the screen can show, and their colours.
    """
    rng = np.random.default_rng(8)
    image = Image(rng.integers(0, 256, (height, width, 3), np.uint8))
    bank = FilterBank(tuple(map(Filter, rng.standard_normal((16, 3, 5, 5), np.float32))))
    step = width // 300
    view = View(tuple(range(16)), (0, height), (0, width), step)
    job = MapsJob(image, Preparation(grey=False, scale=1.0), (), ConvLayer(bank), view, InputView(step=step), Look())
    engine = MapEngine()
    sign = 1.0

    def edit() -> np.ndarray:
        nonlocal job, sign
        sign = -sign
        changed = {}
        for index in range(edited):
            one = job.layer.bank[index]
            weights = one.weights.copy()
            weights[index % 3, index % 5, 2] += np.float32(sign * DELTA)
            if work is not None:
                work.weights[index] = weights
            changed[index] = one.with_weights(weights)
        job = replace(job, layer=replace(job.layer, bank=job.layer.bank.with_filters(changed)))
        for event in engine.run(job):
            if isinstance(event, MapPictures):
                return np.stack([picture.tile.values for picture in event.pictures])
        raise AssertionError("no maps came")

    work = None
    if peers:
        prepared = image.prepare(job.preparation)
        geometry = job.layer.geometry(height, width)
        work = Work(prepared.values(), bank.weights.copy(), np.zeros(16, np.float32), geometry, "relu")
    edit()  # The first one gathers the windows of the lattice.
    return Case(f"RGB {width}×{height}, {edited} of 16 5×5 edited", edit, work, step=step)
