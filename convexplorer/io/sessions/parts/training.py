"""The training run of a project: its settings, its timeline and curves, and all it takes to go on.

::

    {"data": "digits", "title": "Digits", "classes": ["0", …], "shape": [1, 28, 28], "per_epoch": 157, "random": true,
     "settings": {"method": "adam", "rate": 0.002, "momentum": 0.9, "decay": 0.0, "batch": 64, "epochs": 12, "seed": 0},
     "hidden": [], "layers": […], "frozen": [[0, 2], [], []],
     "standing": {"batch": 314, "epochs": 2, "steps": 314, "loss_sum": 0.0, "right": 0, "seen": 0, "first_loss": 2.31},
     "values": "training/values", "first": "training/first", "second": "training/second",
     "timeline": {"batches": "training/timeline/batches", "losses": "training/timeline/losses",
                  "weights": ["training/timeline/weights-0", …], "biases": ["training/timeline/biases-0", …]},
     "curves": {"batches": "training/curves/batches", "epochs": "training/curves/epochs"},
     "images": {"train": 10000, "test": 2000, "digest": "b7c1…"}}

The images themselves are not kept. What is built in is made again from its key and the seed; ``data`` is null for a
person's own images, whose place is nobody else's business; ``images``, which older versions left out, tells whether
those that are shown again are the same. A loss of −1 in the timeline stands for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.learn.curves import MOST
from convexplorer.core.learn.datasets import MAX_CLASSES, MAX_IMAGES, MAX_SIDE
from convexplorer.core.learn.timeline import thin_out
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.project.training_run import (
    Curves,
    Fingerprint,
    Frozen,
    OptimiserState,
    Plan,
    Run,
    Snapshot,
    Standing,
)
from convexplorer.core.project.training_settings import METHODS, Rule, TrainingSettings
from convexplorer.errors import InvalidValueError
from convexplorer.io.datasets.load import BUILT_IN
from convexplorer.io.filters.manifest_fields import Json, Section, Unknown, clean
from convexplorer.io.sessions.parts.arrays import MAX_BYTES, ArrayPart, Arrays
from convexplorer.io.sessions.parts.stack import decode_stack, encode_stack

PATH = "training"
"""Where a manifest has the run."""
MAX_TIMELINE = 16 << 20
"""Most bytes of a timeline in a session; of a longer one every second moment is left out."""
MAX_HIDDEN = 16
"""Most hidden layers."""

_KEYS = frozenset(one.key for one in BUILT_IN)
_PARTS: WeakKeyDictionary[Run, dict[str, ArrayPart]] = WeakKeyDictionary()


def encode_training(run: Run, unknown: Unknown) -> tuple[Json, dict[str, ArrayPart]]:
    """Describe a run for a manifest."""
    plan, standing = run.plan, run.standing
    settings, rule = plan.settings, plan.settings.rule
    layers, parts = encode_stack(run.layers, f"{PATH}.layers", f"{PATH}/layers", unknown)
    kept = range(len(run.snapshots[0].weights))
    total, right, seen = standing.sums
    inner: dict[str, Json] = {
        "settings": {
            "method": rule.method,
            "rate": rule.rate,
            "momentum": rule.momentum,
            "decay": rule.decay,
            "batch": settings.batch,
            "epochs": settings.epochs,
            "seed": settings.seed,
        },
        "standing": {
            "batch": standing.batch,
            "epochs": standing.epochs,
            "steps": standing.state.count,
            "loss_sum": total,
            "right": right,
            "seen": seen,
            "first_loss": standing.first_loss,
        },
        "timeline": {
            "batches": f"{PATH}/timeline/batches",
            "losses": f"{PATH}/timeline/losses",
            "weights": [f"{PATH}/timeline/weights-{number}" for number in kept],
            "biases": [f"{PATH}/timeline/biases-{number}" for number in kept],
        },
        "curves": {"batches": f"{PATH}/curves/batches", "epochs": f"{PATH}/curves/epochs"},
    }
    fields: Json = {
        "data": plan.data if plan.data in _KEYS else None,
        "title": clean(run.title),
        "classes": [clean(one) for one in run.classes],
        "shape": list(run.shape),
        "per_epoch": run.per_epoch,
        "random": not plan.layers,
        "hidden": list(plan.hidden),
        "layers": layers,
        "frozen": [sorted(one) for one in run.frozen],
        "values": f"{PATH}/values",
        "first": f"{PATH}/first",
        "second": f"{PATH}/second",
        **{name: unknown.with_unknown(f"{PATH}.{name}", one) for name, one in inner.items()},
    }
    if run.images is not None:
        images: Json = {"train": run.images.train, "test": run.images.test, "digest": run.images.digest}
        fields["images"] = unknown.with_unknown(f"{PATH}.images", images)
    return unknown.with_unknown(PATH, fields), {**parts, **_parts(run)}


def decode_training(section: Section, arrays: Arrays) -> tuple[Run, list[Section]]:
    """Take a run out of a manifest.

    Returns
    -------
    Run
        Whether it fits its data set is judged when that is made.
    list of Section
        All sections; what is left in them is unknown.

    Raises
    ------
    InvalidValueError
        If it makes no sense.
    """
    settings, standing, timeline, curves = (
        section.section(name) for name in ("settings", "standing", "timeline", "curves")
    )
    sections = [section, settings, standing, timeline, curves]
    classes, per_epoch = section.take_numbers("classes", str), section.take("per_epoch", int)
    channels, rows, columns = section.take_numbers("shape", int, 3)
    hidden, random = section.take_numbers("hidden", int), section.take("random", bool)
    data = section.take("data", str) if section.has("data") else None
    sensible = (
        channels in (1, 3)
        and all(0 < side <= MAX_SIDE for side in (rows, columns))
        and 2 <= len(classes) <= MAX_CLASSES
        and 0 < per_epoch <= MAX_IMAGES
        and len(hidden) <= MAX_HIDDEN
        and all(0 < units <= MAX_IMAGES for units in hidden)
    )
    if not sensible:
        raise _wrong()
    layers = decode_stack(section.sections("layers"), arrays, sections)
    plan = Plan(data if data in _KEYS else None, _settings(settings), hidden, () if random else layers)
    run = Run(
        plan,
        section.take("title", str),
        classes,
        (channels, rows, columns),
        per_epoch,
        layers,
        _take_frozen(section),
        _standing(section, standing, arrays),
        _snapshots(timeline, arrays, layers, per_epoch),
        Curves(
            _take_array(curves, "batches", arrays, "<f8", (None, 2), MOST),
            _take_array(curves, "epochs", arrays, "<f8", (None, 5), MAX_IMAGES),
        ),
        _fingerprint(section, sections),
    )
    return run, sections


def _parts(run: Run) -> dict[str, ArrayPart]:
    """The arrays of a run, made and hashed once: a journal asks for those of the same one at every edit.

    Only the last one's are kept. Undo holds on to many runs, which share their moments; their arrays would not.
    """
    found = _PARTS.get(run)
    if found is None:
        standing = run.standing
        snapshots = thin_out(run.snapshots, MAX_TIMELINE)
        losses = np.array([one.loss for one in snapshots])
        arrays: dict[str, NDArray[Any]] = {
            "values": standing.values,
            "first": standing.state.first,
            "second": standing.state.second,
            "timeline/batches": np.array([one.batch for one in snapshots], np.int64),
            "timeline/losses": np.where(np.isnan(losses), -1.0, losses),
            "curves/batches": run.curves.batches,
            "curves/epochs": run.curves.epochs,
        }
        for number in range(len(snapshots[0].weights)):
            arrays[f"timeline/weights-{number}"] = np.stack([one.weights[number] for one in snapshots])
            arrays[f"timeline/biases-{number}"] = np.stack([one.biases[number] for one in snapshots])
        found = {f"{PATH}/{name}": ArrayPart.of(array) for name, array in arrays.items()}
        _PARTS.clear()
        _PARTS[run] = found
    return found


def _settings(section: Section) -> TrainingSettings:
    method = section.take("method", str)
    rate, momentum, decay = (section.take(name, float) for name in ("rate", "momentum", "decay"))
    batch, epochs, seed = (section.take(name, int) for name in ("batch", "epochs", "seed"))
    for known in METHODS:
        if method == known:
            return TrainingSettings(Rule(known, rate, momentum, decay), batch, epochs, seed)
    raise InvalidValueError("it was trained by {method}, unknown to this version; please update", method=method)


def _fingerprint(section: Section, sections: list[Section]) -> Fingerprint | None:
    if not section.has("images"):
        return None
    images = section.section("images")
    sections.append(images)
    return Fingerprint(images.take("train", int), images.take("test", int), images.take("digest", str))


def _standing(section: Section, inner: Section, arrays: Arrays) -> Standing:
    batch, epochs, steps, right, seen = (
        inner.take(name, int) for name in ("batch", "epochs", "steps", "right", "seen")
    )
    total, first_loss = inner.take("loss_sum", float), inner.take("first_loss", float)
    if min(batch, epochs, steps, right, seen, total, first_loss) < 0:
        raise _wrong()
    values = _take_array(section, "values", arrays, "<f4", (None,))
    first, second = (_take_array(section, name, arrays, "<f4", values.shape) for name in ("first", "second"))
    if second.min(initial=0) < 0:
        raise _wrong()
    return Standing(batch, epochs, values, OptimiserState(first, second, steps), (total, right, seen), first_loss)


def _snapshots(section: Section, arrays: Arrays, layers: Sequence[Layer], per_epoch: int) -> tuple[Snapshot, ...]:
    batches = _take_array(section, "batches", arrays, "<i8", (None,), MAX_IMAGES)
    losses = _take_array(section, "losses", arrays, "<f8", batches.shape)
    names = section.take_numbers("weights", str), section.take_numbers("biases", str)
    expected = [one.bank.weights.shape for one in layers if isinstance(one, ConvLayer) and one.enabled]
    with_dense = len(names[0]) == len(expected) + 1
    if not len(batches) or batches.min() < 0 or not len(expected) + with_dense == len(names[0]) == len(names[1]):
        raise _wrong()
    sizes: list[tuple[int | None, ...]] = [*expected, *([(None,) * 4] if with_dense else [])]
    kernels = [_array(name, arrays, "<f4", (len(batches), *size)) for name, size in zip(names[0], sizes, strict=True)]
    numbers = [_array(name, arrays, "<f4", one.shape[:2]) for name, one in zip(names[1], kernels, strict=True)]
    return tuple(
        Snapshot(
            int(batch),
            int(batch) / per_epoch,
            float(loss) if loss >= 0 else float("nan"),
            tuple(one[at] for one in kernels),
            tuple(one[at] for one in numbers),
        )
        for at, (batch, loss) in enumerate(zip(batches, losses, strict=True))
    )


def _take_array(
    section: Section, key: str, arrays: Arrays, dtype: str, sizes: tuple[int | None, ...], most: int = MAX_BYTES
) -> NDArray[Any]:
    """The array that a field names."""
    return _array(section.take(key, str), arrays, dtype, sizes, most)


def _array(name: str, arrays: Arrays, dtype: str, sizes: tuple[int | None, ...], most: int = MAX_BYTES) -> NDArray[Any]:
    """An array in the machine's own byte order, of a shape; None in it is any number from 0 to `most`."""
    array = arrays.take(name, (dtype,), lambda shape: _check_shape(shape, sizes, most))
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _take_frozen(section: Section) -> Frozen:
    made = []
    for one in section.take("frozen", list):
        if not isinstance(one, list) or not all(type(unit) is int and unit >= 0 for unit in one):
            raise _wrong()
        made.append(frozenset(one))
    return tuple(made)


def _check_shape(shape: tuple[int, ...], sizes: tuple[int | None, ...], most: int) -> None:
    """Make sure of a shape; None is any number from 0 to `most`."""
    fits = len(shape) == len(sizes) and all(
        one == size if size is not None else one <= most for one, size in zip(shape, sizes, strict=True)
    )
    if not fits:
        raise _wrong()


def _wrong() -> InvalidValueError:
    return InvalidValueError("its training history makes no sense")
