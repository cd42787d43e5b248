"""Registers the program with a Linux desktop: it appears in the menu and opens sessions on a double click.

For the current user only, by the rules of freedesktop.org: Desktop Entry 1.5, Shared MIME-info 0.22, Icon Theme 0.13.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from string import Template

from convexplorer.errors import UnavailableError, UnwritableFileError
from convexplorer.io.files.atomic import atomic_file
from convexplorer.resources import resource

_PATIENCE = 30.0
"""Seconds that a tool of the desktop may take."""
_TOOLS = {
    "update-mime-database": "mime",
    "update-desktop-database": "applications",
    "gtk-update-icon-cache": "icons/hicolor",
}
"""Tools that tell the desktop of changes, with the folder. If one is missing, the next login has the same effect."""


def register() -> list[Path]:
    """Make the program known to the desktop; returns the files that were written.

    Raises
    ------
    UnavailableError
        If this system has no such desktop.
    UnwritableFileError
        If a file cannot be written.
    """
    home = data_home()
    written = []
    for path, data in _files(home):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise UnwritableFileError("{folder} cannot be made: {reason}", folder=path.parent, reason=reason) from error
        with atomic_file(path) as file:
            file.write(data)
        written.append(path)
    _tell(home)
    return written


def unregister() -> list[Path]:
    """Undo `register`; returns the files that were removed.

    Raises
    ------
    UnavailableError
        If this system has no such desktop.
    UnwritableFileError
        If a file cannot be removed.
    """
    home = data_home()
    removed = []
    for path, _ in _files(home):
        with suppress(FileNotFoundError):
            try:
                path.unlink()
            except PermissionError as error:
                raise UnwritableFileError("{file} may not be removed", file=path.name) from error
            removed.append(path)
    _tell(home)
    return removed


def data_home() -> Path:
    """The user's folder for desktop files.

    Raises
    ------
    UnavailableError
        If this system has none.
    """
    if not sys.platform.startswith("linux"):
        raise UnavailableError('file types are registered on Linux only; here, choose the program by "Open with" once')
    chosen = Path(os.environ.get("XDG_DATA_HOME") or "")
    return chosen if chosen.is_absolute() else Path.home() / ".local" / "share"


def command_line() -> str:
    """How the program that runs is started, quoted for a desktop entry."""
    script = Path(sys.executable).with_name("convexplorer")
    words = [str(script)] if script.is_file() else [sys.executable, "-m", "convexplorer"]
    return " ".join(map(_quote, words))


def _quote(word: str) -> str:
    # Within quotes a backslash keeps these four; of the file as a whole, another one keeps each backslash.
    kept = re.sub(r'(["`$\\])', r"\\\1", word).replace("\\", "\\\\").replace("%", "%%")
    return f'"{kept}"'


def _files(home: Path) -> Iterator[tuple[Path, bytes]]:
    entry = Template(resource("desktop", "convexplorer.desktop").read_text("utf-8")).substitute(command=command_line())
    yield home / "applications" / "convexplorer.desktop", entry.encode()
    yield home / "mime" / "packages" / "convexplorer.xml", resource("desktop", "convexplorer.xml").read_bytes()
    icons = home / "icons" / "hicolor"
    yield icons / "scalable" / "apps" / "convexplorer.svg", resource("app", "icon.svg").read_bytes()
    for path in resource("app").glob("icon-*.png"):
        side = path.stem.partition("-")[2]
        yield icons / f"{side}x{side}" / "apps" / "convexplorer.png", path.read_bytes()


def _tell(home: Path) -> None:
    for name, folder in _TOOLS.items():
        tool = shutil.which(name)
        if tool is not None and (home / folder).is_dir():
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run(  # noqa: S603 (a tool of the system, and a folder of the user's)
                    [tool, str(home / folder)], check=False, capture_output=True, timeout=_PATIENCE
                )
