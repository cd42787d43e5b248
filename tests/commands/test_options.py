"""Numbers in the shell's options, whatever the decimal mark."""

from __future__ import annotations

import argparse

import pytest

from convexplorer.commands import options, train
from convexplorer.errors import InvalidValueError


def read(command, line):
    parser = argparse.ArgumentParser(exit_on_error=False)
    command(parser)
    return parser.parse_args(line.split("|"))


def test_options_read_one_grammar():
    one = read(options.add_layer, "--filters|a.npy|--scale|30 %|--stride|4/2|--padding|3")
    assert (one.scale, one.stride, one.padding) == (0.3, 2, 3)
    assert read(options.add_layer, "--filters|a.npy|--scale|0,3").scale == 0.3
    one = read(train.COMMAND.add_arguments, "--data|digits|--rate|1/500|--decay|1e\u22123|--epochs|3")
    assert (one.rate, one.decay, one.epochs) == (0.002, 0.001, 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("--epochs|1,000", "1,000 can be 1 or 1000: write it without a comma"),
        ("--epochs|1.5", "1.5 is not a whole number"),
        ("--rate|fast", "fast is not a number"),
        ("--rate|1.000,5", "1.000,5 has a comma and a point: write it with a point alone"),
        ("--threads|0", "a whole number from 1, not '0'"),
        (f"--seed|{'9' * 5000}", "is too large"),
    ],
)
def test_what_is_no_number_is_told_in_one_line(line, reason):
    with pytest.raises((argparse.ArgumentError, InvalidValueError)) as caught:
        read(train.COMMAND.add_arguments, f"--data|digits|{line}")
    assert reason in str(caught.value)
