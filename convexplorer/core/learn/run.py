"""Begins a training run, captures it as a value, and takes it up again (`core.project.training_run.Run`)."""

from __future__ import annotations

from dataclasses import replace

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.training import Training
from convexplorer.core.model.layers import with_image_channels
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.training_run import Plan, Run
from convexplorer.errors import InvalidValueError


def begin_training(plan: Plan, dataset: Dataset) -> Training:
    """A network at its start.

    Raises
    ------
    InvalidValueError
        If layers, images and settings do not fit each other.
    """
    channels, seed = dataset.shape[0], plan.settings.seed
    layers = with_image_channels(plan.layers, channels) if plan.layers else random_layers(channels, seed)
    network = Network(layers, dataset.shape, len(dataset.classes), hidden=plan.hidden, seed=seed)
    return Training(network, dataset, plan.settings)


def capture_run(training: Training, plan: Plan) -> Run:
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


def resume_training(run: Run, dataset: Dataset) -> Training:
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
