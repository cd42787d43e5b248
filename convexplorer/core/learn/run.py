"""A training run as a value: how it was planned, how far it has come, and all it takes to go on to the bit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from convexplorer.core.learn.curves import Curves
from convexplorer.core.learn.datasets import Dataset, Fingerprint
from convexplorer.core.learn.network import Frozen, Network
from convexplorer.core.learn.timeline import Snapshot
from convexplorer.core.learn.training import Settings, Standing, Training
from convexplorer.core.model.layers import Layer, reading
from convexplorer.core.model.random_layers import random_layers
from convexplorer.errors import InvalidValueError


@dataclass(frozen=True)
class Plan:
    """What is to be trained.

    Parameters
    ----------
    data : str, Path or None
        Key of a built-in data set, or where the user's own is; None where that is not known any more.
    settings : Settings
        How.
    hidden : tuple of int
        Units of the dense layers before the last.
    layers : tuple of Layer
        What to start from; () is a small random network.
    """

    data: str | Path | None = "shapes"
    settings: Settings = field(default_factory=Settings)
    hidden: tuple[int, ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """A run at a moment between two steps.

    Parameters
    ----------
    plan : Plan
        What it began with.
    title : str
        The data set's name.
    classes : tuple of str
        Its classes.
    shape : (int, int, int)
        Channels, rows and columns of its images.
    per_epoch : int
        Steps of an epoch.
    layers : tuple of Layer
        The network's, with the filters that they began with.
    frozen : Frozen
        What does not learn.
    standing : Standing
        Where it stands.
    snapshots : tuple of Snapshot
        The timeline.
    curves : Curves
        Losses and accuracies.
    images : Fingerprint or None
        By what its data set is known again; None where an older version kept it.
    """

    plan: Plan
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    per_epoch: int
    layers: tuple[Layer, ...]
    frozen: Frozen
    standing: Standing
    snapshots: tuple[Snapshot, ...]
    curves: Curves
    images: Fingerprint | None = None

    @property
    def nbytes(self) -> int:
        """Memory of what only this moment holds: parameters and the optimiser's memory."""
        return 3 * self.standing.values.nbytes


def begun(plan: Plan, dataset: Dataset) -> Training:
    """A network at its start.

    Raises
    ------
    InvalidValueError
        If layers, images and settings do not fit each other.
    """
    channels, seed = dataset.shape[0], plan.settings.seed
    layers = reading(plan.layers, channels) if plan.layers else random_layers(channels, seed)
    network = Network(layers, dataset.shape, len(dataset.classes), hidden=plan.hidden, seed=seed)
    return Training(network, dataset, plan.settings)


def captured(training: Training, plan: Plan) -> Run:
    """The run as it stands, which no later step changes."""
    network, data = training.network, training.dataset
    return Run(
        replace(plan, settings=training.settings),
        data.name,
        data.classes,
        data.shape,
        training.per_epoch,
        network.layers,
        network.frozen,
        training.standing(),
        training.timeline.snapshots,
        training.record.curves,
        data.fingerprint,
    )


def resumed(run: Run, dataset: Dataset) -> Training:
    """Take a run up again; the next step is the one that followed there.

    Raises
    ------
    InvalidValueError
        If the data set is another one, or the run makes no sense.
    """
    check_dataset(run, dataset)
    training = Training(trained_network(run), dataset, run.plan.settings)
    training.stand(run.standing, run.snapshots, run.curves)
    return training


def check_dataset(run: Run, dataset: Dataset) -> None:
    """Refuse a data set that cannot be the one of a run: other classes, sizes or numbers of images.

    Raises
    ------
    InvalidValueError
        That says what differs.
    """
    if dataset.classes != run.classes:
        strange = sorted({*dataset.classes} ^ {*run.classes})
        raise InvalidValueError(
            "these are other images: the network learnt {expected} classes, not {found}; {strange} is not in both",
            expected=len(run.classes),
            found=len(dataset.classes),
            strange=strange[0] if strange else dataset.classes[0],
        )
    if dataset.shape != run.shape:
        raise InvalidValueError(
            "these are other images: the network learnt from {expected}, not {found} (channels, rows, columns)",
            expected=run.shape,
            found=dataset.shape,
        )
    train, test = len(dataset.train), len(dataset.test)
    if run.images is not None and (run.images.train, run.images.test) != (train, test):
        raise InvalidValueError(
            "these are other images: {train} to train on and {test} to test on, not {old_train} and {old_test}",
            train=train,
            test=test,
            old_train=run.images.train,
            old_test=run.images.test,
        )
    if -(-train // run.plan.settings.batch) != run.per_epoch:
        raise InvalidValueError("these are other images: {train} to train on are too many or too few", train=train)


def has_other_pixels(run: Run, dataset: Dataset) -> bool:
    """Whether a data set that could be a run's is known to differ from it in some pixel or label."""
    return run.images is not None and run.images.digest != dataset.fingerprint.digest


def trained_network(run: Run) -> Network:
    """The network of a run as it stands, for which no images are needed.

    Raises
    ------
    InvalidValueError
        If the run makes no sense.
    """
    plan = run.plan
    network = Network(
        run.layers, run.shape, len(run.classes), hidden=plan.hidden, seed=plan.settings.seed, frozen=run.frozen
    )
    if run.standing.values.shape != network.values.shape:
        raise InvalidValueError("what was trained does not fit the network")
    network.values[...] = run.standing.values
    return network
