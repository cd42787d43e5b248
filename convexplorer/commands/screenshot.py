"""``convexplorer screenshot``: saves a picture of the window; no display is needed."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from convexplorer.commands import Command
from convexplorer.commands.options import add_overwrite, check_target
from convexplorer.commands.system import require_handles
from convexplorer.commands.window import check_files
from convexplorer.errors import InvalidValueError


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{3,5})[x×](\d{3,5})", text)
    if not found or not all(320 <= int(side) <= 16384 for side in found.groups()):
        raise argparse.ArgumentTypeError(f"a size is WIDTHxHEIGHT, 320 to 16384 a side, not {text!r}")
    return int(found[1]), int(found[2])


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="images, filter files or a session to open")
    parser.add_argument("--out", metavar="PNG", type=Path, required=True, help="where to save the picture")
    parser.add_argument(
        "--size", metavar="WxH", type=_size, default=(1440, 900), help="size of the window (default 1440x900)"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="its look (default light)")
    add_overwrite(parser)


def _run(options: argparse.Namespace) -> int:
    if options.out.suffix.lower() != ".png":
        raise InvalidValueError("{file}: a screenshot is saved as .png", file=options.out.name)
    check_target(options.out, overwrite=options.overwrite)
    check_files(options.files)
    require_handles()
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from convexplorer.gui.window.app import screenshot

    return screenshot(options.files, options.out, options.size, options.theme)


COMMAND = Command(
    summary="draw the window to a PNG file; needs no display",
    description="Draw the real window, once its maps have settled, to a PNG file. Needs no display.",
    add_arguments=_add_arguments,
    run=_run,
)
