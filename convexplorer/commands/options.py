"""Options that several commands share, and the project they describe."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from convexplorer.errors import UnwritableFileError

if TYPE_CHECKING:
    from convexplorer.core.filters import FilterBank
    from convexplorer.core.project import Project


def add_layer(parser: argparse.ArgumentParser) -> None:
    """Declare the filters, how an image is prepared for them, and how they are laid over it."""
    parser.add_argument(
        "--filters",
        metavar="FILE",
        type=Path,
        required=True,
        help="a filter file: .json, .npy, .npz, .csv, .txt and others",
    )
    add_layout(parser)
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--grey", action="store_true", help="take the image grey; filters of depth 3 become their mean plane"
    )
    depth.add_argument(
        "--rgb", action="store_true", help="take the image in colour; filters of depth 1 are copied to R, G and B"
    )
    parser.add_argument(
        "--scale", metavar="S", type=float, default=1.0, help="size of the image, 0.3 for 30 %% (default 1)"
    )
    parser.add_argument("--stride", metavar="N", type=int, default=1, help="steps between windows (default 1)")
    parser.add_argument(
        "--padding",
        metavar="P",
        type=_padding,
        default="valid",
        help="zeros around the image: valid (none), same (the map keeps the size) or a number (default valid)",
    )
    parser.add_argument(
        "--dilation", metavar="N", type=int, default=1, help="steps between the inputs of a window (default 1)"
    )
    parser.add_argument(
        "--activation", choices=("relu", "none"), default="relu", help="what is applied to the sums (default relu)"
    )


def add_layout(parser: argparse.ArgumentParser) -> None:
    """Declare the order of the axes of four-dimensional weights."""
    parser.add_argument(
        "--layout",
        choices=("OIHW", "HWIO"),
        default="OIHW",
        help="axes of four-dimensional weights in a file that does not say (default OIHW)",
    )


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Declare that files may be replaced."""
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")


def check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse a file that would be overwritten unasked, before any work is done for it.

    Raises
    ------
    UnwritableFileError
        If it exists and may not be replaced.
    """
    if not overwrite and os.path.lexists(path):
        raise UnwritableFileError("{file} already exists; --overwrite replaces it", file=path)


def bank_of(options: argparse.Namespace) -> FilterBank:
    """The filters asked for."""
    from convexplorer.io.filters import load_filters

    return load_filters(options.filters, layout=options.layout)


def project_of(options: argparse.Namespace, bank: FilterBank) -> Project:
    """What the options describe, still without an image.

    The depth of the filters says whether the image is taken grey or in colour, unless `--grey` or `--rgb` does;
    then the filters follow (`FilterBank.with_channels`).

    Raises
    ------
    InvalidValueError
        If the filters do not fit an image, or an option makes no sense.
    """
    from convexplorer.core.project import ConvLayer, Project, with_bank, with_preparation

    layer = ConvLayer(
        bank.selected(()).with_channels(1), options.stride, options.padding, options.dilation, options.activation
    )
    project = with_bank(Project((layer,)), bank)
    preparation = replace(project.preparation, scale=options.scale)
    if options.grey or options.rgb:
        preparation = replace(preparation, grey=options.grey)
    return with_preparation(project, preparation)


def _padding(text: str) -> int | Literal["valid", "same"]:
    if text == "valid":
        return "valid"
    if text == "same":
        return "same"
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"valid, same or a whole number from 0, not {text!r}")
    return int(text)
