"""The commands of ``convexplorer`` on the command line, one module each.

Every module holds a `Command`. All modules are imported to print help; so a command imports what it needs only when it
runs.
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
        First paragraph of its help.
    add_arguments : callable
        Declares its arguments.
    run : callable
        Does the work; returns the exit code.
    """

    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
