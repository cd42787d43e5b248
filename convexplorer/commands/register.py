"""``convexplorer register``: adds the program to the menu of a Linux desktop, and lets it open sessions."""

from __future__ import annotations

import argparse

from convexplorer.commands import Command


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--remove", action="store_true", help="take it back")


def _run(options: argparse.Namespace) -> int:
    from convexplorer.io.files.desktop import register, unregister

    for path in unregister() if options.remove else register():
        print(path)
    return 0


COMMAND = Command(
    summary="let sessions (.cvx) open on a double click; Linux",
    description="Put the program into this user's desktop menu and let it open sessions (.cvx) on a double click. "
    "Of Linux; prints the files it writes.",
    add_arguments=_add_arguments,
    run=_run,
)
