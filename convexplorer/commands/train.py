"""``convexplorer train``: trains filters and prints a line for each epoch."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from convexplorer.commands import Command
from convexplorer.commands.options import (
    add_layout,
    add_overwrite,
    add_threads,
    check_target,
    layers_in,
    number,
    set_threads,
    whole,
)
from convexplorer.commands.output import ProgressBar
from convexplorer.errors import UnwritableFileError

if TYPE_CHECKING:
    from convexplorer.core.learn.datasets import Dataset
    from convexplorer.core.learn.training import EpochDone, Training
    from convexplorer.core.model.layers import Layer
    from convexplorer.core.project.training_settings import Rule

_HEAD = "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    # Here and not above: every command is imported to print help, but only the one that is called declares this.
    from convexplorer.core.project.training_settings import DEFAULT_RATES, METHODS, TrainingSettings

    default = TrainingSettings()
    rates = ", ".join(f"{rate} with {method}" for method, rate in DEFAULT_RATES.items())
    parser.add_argument(
        "--data",
        metavar="NAME|PATH",
        required=True,
        help="shapes, digits, faces or textures; or a folder of folders, IDX files, .npz, CIFAR-10's .bin",
    )
    parser.add_argument(
        "--layers",
        metavar="FILE",
        type=Path,
        help="start from a file of layers, or of filters for the first one",
    )
    add_layout(parser)
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=whole,
        default=default.epochs,
        help="how often all images are seen (default %(default)s)",
    )
    parser.add_argument(
        "--seed", metavar="S", type=whole, default=default.seed, help="for everything random (default %(default)s)"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="write all layers here (.json, .safetensors), or the first one's filters (others)",
    )
    parser.add_argument("--log", metavar="CSV", type=Path, help="write the figures of every epoch here")
    parser.add_argument(
        "--optimiser",
        choices=METHODS,
        default=default.rule.method,
        help="how steps are made (default %(default)s)",
    )
    parser.add_argument("--rate", metavar="R", type=number, help=f"learning rate (default {rates})")
    parser.add_argument(
        "--decay", metavar="D", type=number, default=default.rule.decay, help="weight decay (default %(default)g)"
    )
    parser.add_argument(
        "--batch", metavar="N", type=whole, default=default.batch, help="images of a step (default %(default)s)"
    )
    parser.add_argument(
        "--hidden",
        metavar="N",
        type=whole,
        action="append",
        default=[],
        help="a dense layer of N units; may be repeated",
    )
    add_threads(parser)
    add_overwrite(parser)


def _run(options: argparse.Namespace) -> int:
    from convexplorer.core.learn.training import DivergedError, EpochDone, fit
    from convexplorer.io.filters.load_save import FILTER_SUFFIXES, is_filter_file

    for target in (options.out, options.log):
        if target is not None:
            check_target(target, overwrite=options.overwrite)
    if options.out is not None and not is_filter_file(options.out):
        # Said now, not after all the work.
        raise UnwritableFileError(
            "{file}: its name must end in {suffixes}", file=options.out.name, suffixes=", ".join(FILTER_SUFFIXES)
        )
    set_threads(options)
    training = _training(options)
    begun, diverged = time.monotonic(), None
    with ExitStack() as stack:
        log = _open_log(options, stack)
        try:
            with ProgressBar("training") as progress:
                for done in fit(training):
                    progress.share = training.batches / (training.per_epoch * options.epochs)
                    if isinstance(done, EpochDone):
                        with progress.hide():
                            _tell(done, training.dataset, options.epochs, time.monotonic() - begun, log)
        except DivergedError as error:
            diverged = error
    if options.out is not None:
        _save(training, options.out, overwrite=options.overwrite)
    if diverged is not None:
        raise diverged
    return 0


def _training(options: argparse.Namespace) -> Training:
    from convexplorer.core.learn.network import Network
    from convexplorer.core.learn.training import Training
    from convexplorer.core.project.training_settings import TrainingSettings
    from convexplorer.io.datasets.load import load_dataset

    settings = TrainingSettings(_plan_rule(options), options.batch, options.epochs, options.seed)
    dataset = load_dataset(options.data, options.seed)
    for note in dataset.notes:
        print(note)
    network = Network(
        _layers(options, dataset), dataset.shape, len(dataset.classes), hidden=options.hidden, seed=options.seed
    )
    return Training(network, dataset, settings)


def _plan_rule(options: argparse.Namespace) -> Rule:
    from convexplorer.core.project.training_settings import Rule

    rule = Rule.default(options.optimiser)
    return replace(rule, rate=rule.rate if options.rate is None else options.rate, decay=options.decay)


def _layers(options: argparse.Namespace, dataset: Dataset) -> tuple[Layer, ...]:
    """The default layers, those of a file, or the default ones with the filters of a file in the first."""
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.model.layers import ConvLayer, PoolLayer, with_image_channels
    from convexplorer.core.model.random_layers import random_layers

    channels = dataset.shape[0]
    if options.layers is None:
        return random_layers(channels, options.seed)
    found = layers_in(options.layers, options.layout)
    if isinstance(found, FilterBank):
        behind = random_layers(len(found), options.seed + 1, filters=(16,))
        found = (ConvLayer(found), PoolLayer(), *behind)
    return with_image_channels(found, channels)


def _save(training: Training, path: Path, *, overwrite: bool) -> None:
    """Write all layers if the format can hold them, else the filters of the first one."""
    from convexplorer.io.filters.load_save import save_filters
    from convexplorer.io.filters.stacks import STACK_SUFFIXES, save_stack

    if path.suffix.lower() in STACK_SUFFIXES:
        save_stack(training.network.trained_layers(), path, overwrite=overwrite)
    else:
        save_filters(training.network.banks()[0], path, overwrite=overwrite)
    print(path)


def _open_log(options: argparse.Namespace, stack: ExitStack) -> BinaryIO | None:
    """Open the log, if one is wanted. It appears under its name when everything is written."""
    from convexplorer.io.files.atomic import atomic_file

    if options.log is None:
        return None
    log = stack.enter_context(atomic_file(options.log, overwrite=options.overwrite))
    log.write(f"{_HEAD}\n".encode())
    return log


def _tell(done: EpochDone, data: Dataset, epochs: int, seconds: float, log: BinaryIO | None) -> None:
    from convexplorer.core.learn.evaluation import find_one_answer

    width = len(str(epochs))
    line = (
        f"epoch {done.epoch:{width}}/{epochs}  loss {done.loss:.4f}  accuracy {done.accuracy:.4f}  "
        f"test loss {done.test.loss:.4f}  test accuracy {done.test.accuracy:.4f}  {seconds:.1f} s"
    )
    print(line, flush=True)
    found = find_one_answer(done.test, data.train)
    if found is not None:
        title = data.classes[found.answer]
        reason = {
            "imbalance": f": {100 * found.share:.0f} % of the training images are of it, the others need more",
            "blind": ", whatever the image; begin anew with a lower learning rate",
            "unknown": "",
        }[found.reason]
        print(f"it answers {title} for everything{reason}", flush=True)
    if log is not None:
        figures = (done.loss, done.accuracy, done.test.loss, done.test.accuracy)
        row = ",".join(f"{one:.6g}" for one in figures)
        log.write(f"{done.epoch},{row},{seconds:.2f}\n".encode())


COMMAND = Command(
    summary="let filters learn from labelled images",
    description=(
        "Train convolutional layers on a data set and print a line for each epoch: the mean loss and accuracy over\n"
        "the epoch's batches, then those of the test images, which are never learnt from. The same seed gives the\n"
        "same run. If the loss diverges, training ends there, and --out holds the last good filters."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
