"""``convexplorer filters``: prints the contents of a filter file, or converts it to another format."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from convexplorer.commands import Command
from convexplorer.commands.options import add_layout, add_overwrite, check_target, tell_doubt

if TYPE_CHECKING:
    from convexplorer.core.model.filters import FilterBank


def table(bank: FilterBank) -> list[str]:
    """The shape of a bank, and a line for each filter with its number, name, size, bias, sum and range."""
    from convexplorer.core.model.digits import digits_of
    from convexplorer.core.model.numerals import MINUS

    height, width = bank.size
    lines = [f"shape {' x '.join(map(str, bank.weights.shape))} (filters, channels, rows, columns)"]
    rows = []
    for number, one in enumerate(bank, 1):
        total = float(one.weights.sum(dtype="float64"))
        numbers = (one.bias, total, float(one.weights.min()), float(one.weights.max()))
        bias, added, low, high = (digits_of(one).weight(number).replace(MINUS, "-") for number in numbers)
        rows.append(
            (
                str(number),
                # Quoted, so that a name with spaces is one word, and one with control characters does no harm.
                repr(one.name),
                f"{height}x{width}",
                f"bias {bias}",
                f"sum {added}",
                f"range {low} to {high}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines += ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a filter file")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the filters here; the suffix is the format")
    add_layout(parser)
    add_overwrite(parser)


def _run(options: argparse.Namespace) -> int:
    from convexplorer.io.filters.load_save import read_filters, save_filters

    bank, doubtful = read_filters(options.file, layout=options.layout)
    if doubtful:
        tell_doubt(options.file)
    if options.out is None:
        print("\n".join(table(bank)))
        return 0
    check_target(options.out, overwrite=options.overwrite)
    save_filters(bank, options.out, overwrite=options.overwrite)
    print(options.out)
    return 0


COMMAND = Command(
    summary="print what is in a filter file, or convert it",
    description=(
        "Print the shape of the filters in a file and a line for each: number, name, size, bias, sum of the weights\n"
        "and their range. With --out, write them in another format instead."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
