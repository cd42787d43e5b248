"""``convexplorer [FILE …]``: opens the window."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from pathlib import Path

from convexplorer.commands import Command
from convexplorer.commands.system import require_display, require_handles


def check_files(files: Sequence[Path]) -> None:
    """Check that the files exist before a window is opened.

    Raises
    ------
    UnreadableFileError
        If one is missing, or cannot be reached.
    """
    from convexplorer.io.files.reading import check_reachable

    for path in files:
        check_reachable(path)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="images, filter files or a session to open")


def _run(options: argparse.Namespace) -> int:
    check_files(options.files)
    require_handles()
    require_display()
    from convexplorer.gui.window.app import run

    code = run(options.files)
    # What is left goes with the process: Python need not look for cycles in it, which takes a tenth of a second or two.
    gc.freeze()
    return code


COMMAND = Command(
    summary="open the window",
    description="Explore convolutional layers by hand: opens a window with images and filters.",
    add_arguments=_add_arguments,
    run=_run,
)
