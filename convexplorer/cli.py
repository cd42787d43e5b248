"""The shell's side of the program: which command is meant, and how it ends.

A mistake of the user ends in one line ``convexplorer: error: …`` on stderr and exit code 2, Ctrl+C in 130, a closed
pipe quietly in 141.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from convexplorer import __version__
from convexplorer.commands import Command, apply, figure, filters, register, screenshot, train, window
from convexplorer.commands.system import missing_library
from convexplorer.errors import ConvExplorerError, InvalidValueError

COMMANDS = {
    "apply": apply.COMMAND,
    "figure": figure.COMMAND,
    "filters": filters.COMMAND,
    "register": register.COMMAND,
    "screenshot": screenshot.COMMAND,
    "train": train.COMMAND,
}
"""Commands by the word that calls them; without one, the window opens."""

_MISTAKE, _INTERRUPTED, _CLOSED_PIPE = 2, 130, 141


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        """Complain about the arguments."""
        raise InvalidValueError("{message}", message=message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Instead of those of the process.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # Names of filters may hold what a terminal cannot show.
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except ConvExplorerError as error:
        return _complain(error)
    except ImportError as error:
        missing = missing_library(error)
        if missing is None:
            raise
        return _complain(missing)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes once more at its end, which must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    return code


def _run(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        command = COMMANDS[name]
        options = _parser(f"convexplorer {name}", command).parse_args(arguments[1:])
    else:
        command = window.COMMAND
        options = _window_parser().parse_args(arguments)
    return command.run(options)


def _parser(program: str, command: Command) -> _Parser:
    parser = _Parser(
        prog=program,
        description=command.description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def _window_parser() -> _Parser:
    parser = _parser("convexplorer", window.COMMAND)
    parser.usage = "convexplorer [FILE ...]\n       convexplorer COMMAND ..."
    parser.add_argument("--version", action="version", version=f"convexplorer {__version__}")
    width = max(map(len, COMMANDS))
    lines = (f"  {name:{width}}  {command.summary}" for name, command in COMMANDS.items())
    parser.epilog = "\n".join(
        (
            "commands:",
            *lines,
            "",
            '"convexplorer COMMAND --help" says more. A file that is called like a command is opened as ./apply.',
        )
    )
    return parser


def _complain(error: ConvExplorerError) -> int:
    sys.stderr.write(f"convexplorer: error: {error}\n")
    return _MISTAKE
