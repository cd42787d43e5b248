"""The cases of `engine.py`: whole maps, and live edits that add to a map or compute what the screen can show.

Peers have nothing like the latter: each computes its whole pass. What ours gives is a part of it, checked node by node.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from convexplorer.core.engine.full_passes import Pass
from convexplorer.core.engine.increment import HeldSums, WeightChange, add_change
from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob
from convexplorer.core.engine.pictures import InputView, Look
from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.engine.tiles import Source
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.runtime.types import never

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
    figures : bool
        Whether only the figures of the maps are wanted, as `figures_of` gives them.
    """

    title: str
    run: Callable[[], np.ndarray]
    work: Work | None
    whole: bool = False
    step: int = 1
    figures: bool = False

    @property
    def products(self) -> float:
        """Multiply-adds of the whole pass; 0 where ours does not compute all."""
        if self.work is None or not self.whole:
            return 0
        count, rows, columns = self.work.shape
        return count * rows * columns * self.work.weights[0].size

    @property
    def numbers(self) -> float:
        """Numbers that the whole pass reads and writes."""
        if self.work is None:
            return 0
        written = 0 if self.figures else int(np.prod(self.work.shape))
        return self.work.image.size + written

    @property
    def bound(self) -> float:
        """What a value may be wrong by."""
        if self.work is None:
            return np.inf
        norms = np.abs(self.work.weights).sum(axis=(1, 2, 3))
        return 1e-5 * float(norms.max() * np.abs(self.work.image).max())


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


def layer(image: list[int], weights: list[int], stride: int, dilation: int) -> Case:
    """A layer as `random_layers` describes it; as `whole`."""
    rng = np.random.default_rng(0)
    geometry = Geometry.of((image[1], image[2]), (weights[2], weights[3]), stride=stride, dilation=dilation)
    work = Work(
        rng.random(image, np.float32),
        rng.standard_normal(weights, np.float32),
        np.zeros(weights[0], np.float32),
        geometry,
        "relu",
    )
    return Case("", lambda: choose(work)(work), work, whole=True)


def random_layers(count: int) -> Iterator[str]:
    """Layers of 1–64 channels and filters, kernels 1–31, strides 1–3, dilations 1 and 2, as `layer` takes them."""
    rng = np.random.default_rng(1)
    while count:
        channels, filters = (int(2 ** rng.uniform(0, 6.02)) for _ in range(2))
        kernel = [int(2 ** rng.uniform(0, 5)) for _ in range(2)]
        kernel = kernel if rng.random() < 0.5 else kernel[:1] * 2
        stride, dilation = int(rng.choice([1, 1, 2, 3])), int(rng.choice([1, 1, 2]))
        size = [(n - 1) * dilation + int(2 ** rng.uniform(4.5, 10.5)) for n in kernel]
        nodes = (size[0] // stride) * (size[1] // stride)
        if 2e6 < nodes * channels * filters * kernel[0] * kernel[1] < 2e9 and nodes * max(channels, filters) < 4e7:
            count -= 1
            yield json.dumps([[channels, *size], [filters, channels, *kernel], stride, dilation])


def figures_of(maps: np.ndarray) -> np.ndarray:
    """Smallest and largest value, mean, and share of active nodes of maps (O, H', W'), shape (O, 4)."""
    return np.array([[one.min(), one.max(), one.mean(dtype=np.float64), (one > 0).mean()] for one in maps])


def figures_alone() -> Case:
    """F12: the figures of sixteen maps of 12 megapixels, 8-bit RGB, of which none is written."""
    rng = np.random.default_rng(9)
    prepared = Prepared(rng.integers(0, 256, (3, 3000, 4000), np.uint8), 1 / 255)
    bank = FilterBank(tuple(map(Filter, rng.standard_normal((16, 3, 5, 5), np.float32))))
    source = Source(prepared, ConvLayer(bank))

    def run() -> np.ndarray:
        steps = Pass(source, range(16), None).run(never)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found = [one.figures for one in end.value]
                return np.array([[one.low, one.high, one.mean, one.active] for one in found])

    work = Work(prepared.values(), bank.weights, bank.bias, source.geometry, "relu")
    return Case("RGB 4000×3000, figures of 16 of 5×5", run, work, whole=True, figures=True)


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


CASES: dict[str, Callable[[], Case]] = {
    "E1": partial(whole, "grey 1920×1080, 4 of 4×4", (1, 1080, 1920), (4, 1, 4, 4)),
    "E2": partial(whole, "RGB 1920×1080, 8 of 3×3", (3, 1080, 1920), (8, 3, 3, 3)),
    "E3": partial(whole, "RGB 4000×3000, 16 of 5×5", (3, 3000, 4000), (16, 3, 5, 5)),
    "E4": partial(whole, "RGB 512×512, 64 of 7×7", (3, 512, 512), (64, 3, 7, 7)),
    "E5": partial(whole, "64 channels 224×224, 64 of 3×3", (64, 224, 224), (64, 64, 3, 3)),
    "E6": partial(whole, "grey 1920×1080, 4 of 31×31", (1, 1080, 1920), (4, 1, 31, 31)),
    "RGB64": partial(whole, "RGB 1920×1080, 64 of 3×3", (3, 1080, 1920), (64, 3, 3, 3)),
    "G12": partial(whole, "grey 4000×3000, 1 of 3×3", (1, 3000, 4000), (1, 1, 3, 3)),
    "F12": figures_alone,
    "E7": one_weight,
    "E8": partial(preview, 4000, 3000, edited=1),
    "E8 all": partial(preview, 4000, 3000, edited=16),
    "E9": partial(preview, 8000, 6000, edited=1, peers=False),
    "E9 all": partial(preview, 8000, 6000, edited=16, peers=False),
}
"""All that `engine.py` measures, by name."""
