"""Options shared by several commands, and the project that they describe."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from convexplorer.commands.output import complain
from convexplorer.errors import InvalidValueError, UnwritableFileError, one_line

if TYPE_CHECKING:
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.model.layers import Layer
    from convexplorer.core.project.project import Project

GREY_METHODS = ("rec601", "rec709", "mean", "red", "green", "blue")
"""What grey can be made of, as in `convexplorer.core.model.preparation.GREY_PARTS`."""

_Number = TypeVar("_Number", int, float)


def add_layer(parser: argparse.ArgumentParser) -> None:
    """Declare the filters, how an image is prepared for them, and how they are laid over it."""
    parser.add_argument(
        "--filters",
        metavar="FILE",
        type=Path,
        required=True,
        help="a filter file: .json, .npy, .npz, .csv, .txt and others; or a stack of layers in .json, .safetensors",
    )
    parser.add_argument(
        "--layer",
        metavar="N",
        type=whole,
        help="whose maps are wanted, of a stack of layers: 1 is the first, poolings count (default the last)",
    )
    add_layout(parser)
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--grey",
        metavar="METHOD",
        nargs="?",
        const="",
        type=_grey,
        help="take the image grey; filters of depth 3 become their mean plane. METHOD says what grey is made of: "
        f"{', '.join(GREY_METHODS)} (default rec601)",
    )
    depth.add_argument(
        "--rgb", action="store_true", help="take the image in colour; filters of depth 1 are copied to R, G and B"
    )
    parser.add_argument(
        "--scale", metavar="S", type=share, default=1.0, help="size of the image, 0.3 or 30%% (default 1)"
    )
    parser.add_argument("--stride", metavar="N", type=whole, help="steps between windows (default 1)")
    parser.add_argument(
        "--padding",
        metavar="P",
        type=_padding,
        help="zeros around the image: valid (none), same (the map keeps the size) or a number (default valid)",
    )
    parser.add_argument("--dilation", metavar="N", type=whole, help="steps between the inputs of a window (default 1)")
    parser.add_argument(
        "--activation",
        choices=("relu", "leaky_relu", "tanh", "sigmoid", "none"),
        help="what is applied to the sums (default relu)",
    )


def add_layout(parser: argparse.ArgumentParser) -> None:
    """Declare the order of the axes of four-dimensional weights."""
    parser.add_argument(
        "--layout",
        choices=("OIHW", "HWIO"),
        help="axes of four-dimensional weights in a file that does not say: OIHW is filters, channels, rows, columns "
        "(PyTorch); HWIO is rows, columns, channels, filters (Keras). Default OIHW; where both are possible, that is "
        "said",
    )


def tell_doubt(path: Path) -> None:
    """Say on stderr that the axes of a file may have another meaning."""
    from convexplorer.io.filters.load_save import DOUBT

    complain(f"convexplorer: {one_line(path.name)}: {DOUBT}; --layout HWIO reads the other way")


def tell_notes(path: Path, notes: tuple[str, ...]) -> None:
    """Print the notes of a picture on stderr."""
    for note in notes:
        complain(f"convexplorer: {one_line(path.name)}: {note}")


def layers_in(path: Path, layout: str | None) -> tuple[Layer, ...] | FilterBank:
    """Read the layers or filters of a file. A doubtful layout is told on stderr."""
    from convexplorer.io.filters.formats.common import Parsed
    from convexplorer.io.filters.stacks import read_stack_or_filters

    found = read_stack_or_filters(path, layout=layout)
    if not isinstance(found, Parsed):
        return found
    if found.doubtful:
        tell_doubt(path)
    return found.bank


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Declare that files may be replaced."""
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Declare how many threads compute."""
    parser.add_argument(
        "--threads", metavar="N", type=_threads, help="threads that compute at once (default one for each core)"
    )


def set_threads(options: argparse.Namespace) -> None:
    """Set the number of threads that the options ask for."""
    from convexplorer.core.runtime.threads_and_device import use_threads

    use_threads(options.threads)


def check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse a file that would be overwritten unasked, before any work is done for it.

    Raises
    ------
    UnwritableFileError
        If it exists and may not be replaced.
    """
    if not overwrite and os.path.lexists(path):
        raise UnwritableFileError("{file} already exists; --overwrite replaces it", file=path)


def project_of(options: argparse.Namespace) -> Project:
    """The project that the options describe, without an image. Its shown layer is the one asked for.

    `--grey` and `--rgb` say whether the image is taken grey or in colour. Without them, the depth of the filters that
    read the image decides. With them, the filters are adapted (`FilterBank.with_channels`).

    Raises
    ------
    UnreadableFileError
        If the file of filters or layers cannot be read.
    InvalidValueError
        If the filters do not fit an image, or an option makes no sense.
    """
    from convexplorer.core.model.images import Preparation
    from convexplorer.core.model.layers import ConvLayer
    from convexplorer.core.model.preparation import DEFAULT_GREY
    from convexplorer.core.project.project import Project, with_preparation

    layers = _layers(options)
    depth = next(one.bank.channels for one in layers if isinstance(one, ConvLayer))
    if depth not in (1, 3):
        raise InvalidValueError("an image has 1 or 3 channels; filters with {depth} planes do not fit it", depth=depth)
    current = len(layers) - 1 if options.layer is None else options.layer - 1
    preparation = Preparation(grey=depth == 1, scale=options.scale)
    project = Project(layers, preparation=preparation, shown_index=current)
    grey = options.grey is not None
    if grey or options.rgb:
        preparation = replace(preparation, grey=grey, grey_method=options.grey or DEFAULT_GREY)
    return with_preparation(project, preparation)


def _layers(options: argparse.Namespace) -> tuple[Layer, ...]:
    """The layers of a file, or one layer of its filters with the stride, padding and so on of the options."""
    from convexplorer.core.model.filters import FilterBank
    from convexplorer.core.model.layers import ConvLayer

    found = layers_in(options.filters, options.layout)
    laid = {
        key: value
        for key in ("stride", "padding", "dilation", "activation")
        if (value := vars(options)[key]) is not None
    }
    if isinstance(found, FilterBank):
        return (ConvLayer(found, **laid),)
    if laid:
        raise InvalidValueError(
            "{file} says how its layers are laid; --{option} is for filters alone",
            file=options.filters.name,
            option=next(iter(laid)),
        )
    return found


def number(text: str) -> float:
    """A number of the command line, as `core.model.numerals` reads it."""
    from convexplorer.core.model.numerals import parse_number

    return _read(parse_number, text)


def whole(text: str) -> int:
    """A whole number of the command line."""
    from convexplorer.core.model.numerals import parse_whole

    return _read(parse_whole, text)


def share(text: str) -> float:
    """A part of the command line: 0.3, or 30 %."""
    from convexplorer.core.model.numerals import parse_share

    return _read(parse_share, text)


def _read(read: Callable[[str], _Number], text: str) -> _Number:
    try:
        return read(text)
    except InvalidValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _threads(text: str) -> int:
    threads = whole(text)
    if threads < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {text!r}")
    return threads


def _grey(text: str) -> str:
    # Not `choices`: what follows may be an image, and then the message says what to do.
    if text and text not in GREY_METHODS:
        raise argparse.ArgumentTypeError(
            f"{', '.join(GREY_METHODS[:-1])} or {GREY_METHODS[-1]}, not {text!r}; files go before --grey"
        )
    return text


def _padding(text: str) -> int | Literal["valid", "same"]:
    if text == "valid":
        return "valid"
    if text == "same":
        return "same"
    try:
        zeros = whole(text)
    except argparse.ArgumentTypeError:
        zeros = -1
    if zeros < 0:
        raise argparse.ArgumentTypeError(f"valid, same or a whole number from 0, not {text!r}")
    return zeros
