"""What ``convexplorer`` can do from the shell, one module a command.

Every module holds a `Command`. They are all imported to print help, so what a command needs to run is imported when
it runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command of the shell.

    Parameters
    ----------
    summary : str
        One line for the list of commands.
    description : str
        What its own help begins with.
    add_arguments : callable
        Declares its arguments.
    run : callable
        Does the work; returns the exit code.
    """

    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
