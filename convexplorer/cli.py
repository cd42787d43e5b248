"""The command line: chooses the command, runs it, and turns errors into one line and an exit code.

A mistake of the user gives one line ``convexplorer: error: …`` on stderr and exit code 2; Ctrl+C gives 130. If the
reader of standard output stops early (``| head``), the work is done and the exit code is 0. If standard output is full
or closed, the work is done too, and one line on stderr with exit code 1 says that the output was lost.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from convexplorer import __version__
from convexplorer.commands import Command, apply, figure, filters, register, screenshot, train, window
from convexplorer.commands.output import Output, complain, hold_descriptors
from convexplorer.commands.system import missing_library
from convexplorer.errors import ConvExplorerError, InvalidValueError, UnavailableError

COMMANDS = {
    "apply": apply.COMMAND,
    "figure": figure.COMMAND,
    "filters": filters.COMMAND,
    "register": register.COMMAND,
    "screenshot": screenshot.COMMAND,
    "train": train.COMMAND,
}
"""Commands by their name on the command line. Without one, the window opens."""

_UNHEARD, _MISTAKE, _INTERRUPTED = 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all other errors."""

    def error(self, message: str) -> NoReturn:
        """Raise an error about the arguments."""
        raise InvalidValueError("{message}", message=message)


def program() -> NoReturn:
    """Run the program and end the process with its exit code."""
    hold_descriptors()
    code = main()
    if code == _INTERRUPTED:
        # Whoever presses Ctrl+C does not wait for the interpreter to take itself apart.
        atexit._run_exitfuncs()  # noqa: SLF001
        os._exit(code)
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.
    """
    said = Output(sys.stdout)
    try:
        with said.taking_prints():
            code = _run(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as end:  # What prints help or the version.
        code = end.code if isinstance(end.code, int) else 0
    except (ConvExplorerError, ImportError, OSError, MemoryError) as error:
        line = _line_about(error)
        if line is None:
            raise
        return _complain(line)
    except KeyboardInterrupt:
        return _INTERRUPTED
    if said.problem is not None:
        _complain(said.problem)
        return _UNHEARD
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


def _line_about(error: Exception) -> ConvExplorerError | None:
    """The error as users read it; None if it is a bug of the program."""
    if isinstance(error, ConvExplorerError):
        return error
    if isinstance(error, ImportError):
        return missing_library(error)
    if isinstance(error, MemoryError):
        return UnavailableError("there is not enough memory")
    # What fails for the person's reasons has a line of its own already; this is the system at its limits.
    reason = error.strerror if isinstance(error, OSError) else None
    return UnavailableError("the system refuses: {reason}", reason=reason or error)


def _complain(error: ConvExplorerError) -> int:
    complain(f"convexplorer: error: {error}")
    return _MISTAKE
