"""What a person can set for the whole program: its keys in the settings file, its defaults, and what is allowed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QSettings, QStandardPaths, Signal

from convexplorer.core.engine.colour import DIVERGING, FORMER_NAMES, SEQUENTIAL
from convexplorer.core.engine.pictures import Look
from convexplorer.core.engine.routes.devices import DEVICES
from convexplorer.core.runtime import budget
from convexplorer.core.runtime.threads_and_device import CPU
from convexplorer.io.sessions.parts.image import EMBEDDED_UP_TO

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """One of the settings.

    Parameters
    ----------
    key : str
        Its name in the settings file.
    default : object
        What holds unless another value is chosen.
    read : callable
        Takes what the file holds, which is often text, to a value; ValueError or TypeError if that is none.
    """

    key: str
    default: T
    read: Callable[[object], T]


def one_of(
    key: str, default: str, allowed: Sequence[str], former: Mapping[str, str] = MappingProxyType({})
) -> Setting[str]:
    """A choice among names; `former` gives the names of today for older ones."""

    def read(stored: object) -> str:
        stored = former.get(str(stored), stored)
        if stored not in allowed:
            raise ValueError(stored)
        return str(stored)

    return Setting(key, default, read)


def switch(key: str, *, default: bool) -> Setting[bool]:
    """On or off."""

    def read(stored: object) -> bool:
        return {"true": True, "false": False}.get(str(stored).lower(), default)

    return Setting(key, default, read)


@dataclass(frozen=True, eq=False)
class Number(Setting[int]):
    """A whole number from `low` to `high`."""

    low: int
    high: int


def number(key: str, default: int, low: int, high: int) -> Number:
    """A whole number within bounds; what is beyond is taken as the bound."""

    def read(stored: object) -> int:
        return min(max(int(str(stored)), low), high)

    return Number(key, default, read, low, high)


THEME = one_of("theme", "system", ("system", "light", "dark"))
SEQUENTIAL_PALETTE = one_of("look/sequential", Look().sequential, tuple(SEQUENTIAL))
DIVERGING_PALETTE = one_of("look/diverging", Look().diverging, tuple(DIVERGING), FORMER_NAMES)
MOVEMENT = switch("look/movement", default=True)
THREADS = number("engine/threads", 0, 0, 1024)
"""0 is one for each physical core."""
MEMORY = number("engine/memory", budget.DEFAULT >> 20, budget.LEAST >> 20, budget.MOST >> 20)
"""MB for caches."""
DEVICE = one_of("engine/device", CPU, (CPU, *(one.key for one in DEVICES)))
EMBED = number("files/embed", EMBEDDED_UP_TO >> 20, 0, 4096)
"""MB of pixels up to which a picture is kept in a session though its file lies beside."""

SETTINGS: tuple[Setting[Any], ...] = (
    THEME,
    SEQUENTIAL_PALETTE,
    DIVERGING_PALETTE,
    MOVEMENT,
    THREADS,
    MEMORY,
    DEVICE,
    EMBED,
)


def settings_obstacle() -> Path | None:
    """What stands where settings are kept and is no file, such as a pipe, which Qt would wait for; None if nothing.

    Only where settings are files of text; looked for without asking Qt, which opens them.
    """
    if sys.platform in ("win32", "darwin"):
        return None
    place = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation))
    owner, program = QCoreApplication.organizationName(), QCoreApplication.applicationName()
    names = (place / owner / f"{program}.conf", place / f"{owner}.conf")
    return next((one for one in names if os.path.lexists(one) and not one.is_file()), None)


def keep_elsewhere(folder: Path) -> None:
    """Keep settings in another folder, from now on until the program ends."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(folder))


class Settings(QObject):
    """The settings, remembered from one start to the next."""

    changed = Signal(object)
    """The `Setting` that was chosen a value."""

    def get(self, setting: Setting[T]) -> T:
        """The value; the default where none was chosen, or the file holds nonsense."""
        stored = QSettings().value(setting.key)
        try:
            return setting.default if stored is None else setting.read(stored)
        except (TypeError, ValueError):
            return setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Choose a value; it holds, and is remembered, from now on.

        Chosen again, it takes effect again: a session may have brought other palettes meanwhile.
        """
        QSettings().setValue(setting.key, value)
        self.changed.emit(setting)

    def restore_defaults(self) -> None:
        """Choose the default of every setting."""
        for one in SETTINGS:
            self.set(one, one.default)
