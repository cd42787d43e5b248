"""Random walks through every kind of edit, with undo and redo, beside a model that replays them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np

from convexplorer.core.model import transforms
from convexplorer.core.model.banks import BANKS
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.initialisers import INITIALISERS
from convexplorer.core.model.presets import PRESETS
from convexplorer.core.project.layer_edits import (
    add_layer,
    initialise_layer,
    move_layer,
    new_convolution,
    remove_layer,
    select_layer,
    switch_layer,
    with_layer_settings,
    with_stack,
)
from convexplorer.core.project.project import (
    ConvLayer,
    PoolLayer,
    Project,
    add_filters,
    duplicate_filters,
    move_filters,
    remove_filters,
    with_bank,
    with_channel,
    with_filter,
    with_image,
    with_layer,
    with_preparation,
    with_weights_at,
)
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import UNDO_LIMIT, Document

Edit = Callable[[Project], Project]
MOST_FILTERS = 16
MOST_LAYERS = 4
STACK_KINDS = (
    *("add_layer", "remove_layer", "move_layer", "switch_layer", "with_layer_settings", "initialise_layer"),
    "with_stack",
)
TRANSFORMS: dict[str, transforms.Transform] = {
    one.__name__: one
    for one in (
        transforms.negate,
        transforms.transpose,
        transforms.rotate_90,
        transforms.flip_horizontally,
        transforms.flip_vertically,
        transforms.normalise_sum,
        transforms.subtract_mean,
        transforms.zero,
        transforms.same_for_all_channels,
    )
}
PICTURES = tuple(
    Image(np.random.default_rng(seed).integers(0, 255, shape, np.uint8), f"picture {seed}")
    for seed, shape in enumerate([(6, 6, 1), (60, 90, 3), (300, 40, 3)])
)


def start() -> Project:
    """What every walk begins with."""
    return Project((ConvLayer(BANKS["four_edges"].make()),), PICTURES[1])


def rows(project: Project, rng: random.Random) -> list[int]:
    """Some filters, perhaps all."""
    count = len(project.bank)
    return sorted(rng.sample(range(count), rng.randint(1, count)))


def number(rng: random.Random) -> float:
    """A weight or a bias, now and then one that float32 does not hold exactly, or a special one."""
    return rng.choice((0.0, -0.0, 1.0, 1 / 3, 1e-40, -1e20, rng.uniform(-2, 2)))


def made(parameters: object, rng: random.Random) -> dict[str, float]:
    """Values for the parameters of a preset or bank."""
    values = {}
    for one in parameters:  # type: ignore[attr-defined]
        high = min(one.high, 7 if one.name == "size" else MOST_FILTERS if one.name == "count" else one.high)
        values[one.name] = rng.randint(int(one.low), int(high)) if one.whole else rng.uniform(one.low, high)
        if one.name == "channels":
            values[one.name] = rng.choice((1, 3))
    return values


def changes_of_a_filter(project: Project, rng: random.Random) -> dict[str, object]:
    shape = project.bank.shape
    return rng.choice(
        (
            {"bias": number(rng)},
            {"name": f"name {rng.random()}"},
            {"enabled": rng.random() < 0.5},
            {"weights": np.random.default_rng(rng.randrange(10**6)).normal(size=shape)},
        )
    )


def settings_of_the_layer(rng: random.Random) -> dict[str, object]:
    return rng.choice(
        (
            {"stride": rng.randint(0, 4)},
            {"dilation": rng.randint(1, 3)},
            {"padding": rng.choice(("valid", "same", 0, 2))},
            {"activation": rng.choice(("relu", "none"))},
        )
    )


def new_filters(project: Project, rng: random.Random) -> list[Filter]:
    preset = PRESETS[rng.choice(list(PRESETS))]
    zeros = Filter(np.zeros(project.bank.shape, np.float32), name="zeros")
    return [preset.make(**made(preset.parameters, rng)), zeros][: rng.randint(1, 2)]


def random_edit(project: Project, rng: random.Random) -> tuple[str, Edit]:
    """A kind of edit and the edit itself, with all that it needs chosen beforehand."""
    kinds = [
        "with_image",
        "with_preparation",
        "with_layer",
        "with_bank",
        "add_filters",
        "with_channel",
        *STACK_KINDS,
    ]
    if project.bank:
        kinds += [
            *("with_filter", "with_weights_at", "with_weights_at", "duplicate_filters", "move_filters"),
            *("remove_filters", "transform_filters", "transform_filters"),
        ]
    kind = rng.choice(kinds)
    if len(project.bank) > MOST_FILTERS and rng.random() < 0.5:
        kind = "remove_filters"
    if len(project.layers) > MOST_LAYERS and rng.random() < 0.5:
        kind = "remove_layer"
    return kind, _edit_of_the_stack(kind, project, rng) if kind in STACK_KINDS else _edit(kind, project, rng)


def _edit_of_the_stack(kind: str, project: Project, rng: random.Random) -> Edit:  # noqa: PLR0911 (a table of kinds)
    at = rng.randrange(len(project.layers))
    match kind:
        case "add_layer":
            filters, seed = rng.randint(1, 4), rng.randrange(100)
            conv = new_convolution(project, at, filters=filters, initialiser=rng.choice(list(INITIALISERS)), seed=seed)
            layer = rng.choice((conv, PoolLayer(rng.choice(("max", "average")), rng.randint(1, 3))))
            return lambda now: add_layer(now, at, layer)
        case "move_layer":
            to = rng.randint(0, len(project.layers))
            return lambda now: move_layer(now, at, to)
        case "switch_layer":
            on = rng.random() < 0.7
            return lambda now: switch_layer(now, at, on=on)
        case "with_layer_settings":
            settings = _settings(project.layers[at], rng)
            return lambda now: with_layer_settings(now, at, **settings)
        case "initialise_layer":
            initialiser, seed = rng.choice(list(INITIALISERS)), rng.randrange(100)
            return lambda now: initialise_layer(now, at, initialiser, seed)
        case "with_stack":
            layers = rng.choice((start().layers, (PoolLayer(), *project.layers)))[: MOST_LAYERS + 1]
            return lambda now: with_stack(now, layers)
    return lambda now: remove_layer(now, at)


def _settings(layer: ConvLayer | PoolLayer, rng: random.Random) -> dict[str, object]:
    if isinstance(layer, PoolLayer):
        return rng.choice(({"kind": rng.choice(("max", "average"))}, {"size": rng.randint(0, 4)}, {"stride": 2}))
    of_filters = {"filters": rng.randint(0, 6), "seed": rng.randrange(100)}
    return rng.choice((of_filters, {"kernel": (rng.randint(0, 9), rng.randint(1, 9))}, settings_of_the_layer(rng)))


def _edit(kind: str, project: Project, rng: random.Random) -> Edit:  # noqa: C901, PLR0911 (a table of kinds)
    channels, height, width = project.bank.shape
    match kind:
        case "with_image":
            picture = rng.choice(PICTURES)
            return lambda now: with_image(now, picture)
        case "with_preparation":
            preparation = Preparation(rng.random() < 0.5, rng.choice((0.3, 1.0, 2.5)), rng.random() < 0.8)
            return lambda now: with_preparation(now, preparation)
        case "with_layer":
            settings = settings_of_the_layer(rng)
            return lambda now: with_layer(now, **settings)
        case "with_bank":
            bank = BANKS[rng.choice(list(BANKS))]
            filters = bank.make(**made(bank.parameters, rng))
            return lambda now: with_bank(now, filters)
        case "add_filters":
            added, at = new_filters(project, rng), rng.randint(0, len(project.bank))
            return lambda now: add_filters(now, at, added)
        case "with_channel":
            channel, on = rng.randrange(channels), rng.random() < 0.5
            return lambda now: with_channel(now, channel, on=on)
        case "with_filter":
            index, changes = rng.randrange(len(project.bank)), changes_of_a_filter(project, rng)
            return lambda now: with_filter(now, index, **changes)
        case "with_weights_at":
            index = rng.randrange(len(project.bank))
            where = rng.randrange(channels), rng.randrange(height), rng.randrange(width)
            block = [[number(rng) for _ in range(rng.randint(1, 3))]]
            return lambda now: with_weights_at(now, index, *where, block)
        case "move_filters":
            chosen, to = rows(project, rng), rng.randint(0, len(project.bank))
            return lambda now: move_filters(now, chosen, to)
        case "transform_filters":
            chosen, transform = rows(project, rng), TRANSFORMS[rng.choice(list(TRANSFORMS))]
            return lambda now: with_bank(now, transforms.transform_filters(now.bank, chosen, transform))
    chosen = rows(project, rng)
    return {
        "remove_filters": lambda now: remove_filters(now, chosen),
        "duplicate_filters": lambda now: duplicate_filters(now, chosen),
    }[kind]


@dataclass
class Step:
    """One undo step of the model: the edits that merged into it, and the ways gone to other layers before them.

    Going to another layer is no step, but undoing one leads back to the layer where it was made.
    """

    ways: list[Edit]
    edits: list[Edit]
    merge: Hashable


@dataclass
class Walk:
    """A document and the model beside it.

    Parameters
    ----------
    seed : int
        What all choices depend on.
    """

    seed: int
    forgotten: list[Edit] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    ways: list[Edit] = field(default_factory=list)
    at: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.document = Document(start())

    def replay(self) -> Project:
        """Do all edits again that have not been taken back."""
        project = start()
        done = (edit for step in self.steps[: self.at] for edit in (*step.ways, *step.edits))
        for edit in (*self.forgotten, *done, *self.ways):
            project = edit(project)
        return project

    def go(self) -> None:
        """One edit, undo or redo, or a way to another layer."""
        way, stack = self.rng.random(), self.document.undo_stack
        if way < 0.2:
            stack.undo()
            self._move(max(0, self.at - 1))
            self.counts["undo"] += 1
        elif way < 0.35:
            stack.redo()
            self._move(min(len(self.steps), self.at + 1))
            self.counts["redo"] += 1
        elif way < 0.4:
            to = self.rng.randrange(len(self.document.project.layers))
            self.document.navigate(select_layer(self.document.project, to))
            self.ways.append(lambda now: select_layer(now, to))
            self.counts["select_layer"] += 1
        elif way < 0.45:
            self._call_off()
        else:
            self._apply()
        assert stack.index() == self.at
        assert stack.count() == len(self.steps)

    def _move(self, to: int) -> None:
        if to != self.at:
            self.ways = list(self.steps[to].ways) if to < self.at else []
            self.at = to

    def _call_off(self) -> None:
        if self.at:
            self.document.take_back()
            self._move(self.at - 1)
            if self.at == len(self.steps) - 1:
                del self.steps[self.at]
            self.counts["take_back"] += 1

    def _apply(self) -> None:
        before = self.document.project
        try:
            kind, edit = random_edit(before, self.rng)
            after = edit(before)
        except InvalidValueError:
            self.counts["refused"] += 1
            return
        merge = self.rng.choice((None, None, "drag", "wheel"))
        self.document.apply(kind, after, merge=merge)
        self.counts[kind] += 1
        if after is before:
            return
        goes_on = self.at == len(self.steps)
        del self.steps[self.at :]
        if merge is not None and goes_on and self.steps and self.steps[-1].merge == merge:
            self.steps[-1].edits += [*self.ways, edit]
        else:
            self.steps.append(Step(self.ways, [edit], merge))
        self.ways = []
        if len(self.steps) > UNDO_LIMIT:
            oldest = self.steps.pop(0)
            self.forgotten += [*oldest.ways, *oldest.edits]
        self.at = len(self.steps)

    def check(self) -> None:
        """Compare the document with the replay, and both ends of the undo stack with theirs.

        Raises
        ------
        AssertionError
            If they are not equal in every bit.
        """
        here = self.at
        assert self.document.project == self.replay()
        for end in (0, len(self.steps), here):
            self.document.undo_stack.setIndex(end)
            self._move(end)
            assert self.document.project == self.replay()


def walk(seed: int, count: int, *, checks: int = 4) -> Counter[str]:
    """Take a walk and compare it with its replay now and then; returns how often each kind of edit came.

    Raises
    ------
    AssertionError
        If document and replay differ.
    """
    one = Walk(seed)
    for step in range(1, count + 1):
        one.go()
        if step % max(1, count // checks) == 0:
            one.check()
    return one.counts
