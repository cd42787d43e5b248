"""What the system must have for Qt to work: asked beforehand, since Qt ends the program where something is missing."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from convexplorer.errors import UnavailableError

X11_LIBRARIES = (
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-keysyms.so.1",
    "libxcb-shape.so.0",
    "libxcb-xkb.so.1",
    "libxkbcommon-x11.so.0",
    "libxcb-image.so.0",
    "libxcb-randr.so.0",
    "libxcb-render-util.so.0",
    "libxcb-sync.so.1",
    "libxcb-xfixes.so.0",
    "libX11-xcb.so.1",
)
"""What Qt's X11 platform is linked with; first those that bring the others along."""
WAYLAND_LIBRARIES = ("libwayland-client.so.0", "libwayland-cursor.so.0")
"""What Qt's Wayland platform is linked with."""
HANDLES = 64
"""Files that a window needs open at once: about half of them itself, the rest for what a person opens."""
NAMED = 6
"""Most packages that fit into one line."""


def require_display() -> None:
    """Make sure that a window can be shown. Only Linux can lack that.

    Raises
    ------
    UnavailableError
        If there is no display, it does not answer, a library for it is missing, or Qt does not know the platform that
        QT_QPA_PLATFORM asks for.
    """
    if not sys.platform.startswith("linux"):
        return
    asked = os.environ.get("QT_QPA_PLATFORM", "")
    platforms = {one.partition(":")[0] for one in asked.split(";")}
    if not platforms <= {"", "xcb", "wayland"}:
        if not platforms <= {"offscreen", "minimal"} and not _starts():
            raise UnavailableError("QT_QPA_PLATFORM is {asked}, on which Qt cannot start here", asked=asked)
        return
    platform = platforms.pop() if len(platforms) == 1 else ""
    wayland = os.environ.get("WAYLAND_DISPLAY") if platform != "xcb" else None
    if wayland and _wayland_answers(wayland) and all(map(_loads, WAYLAND_LIBRARIES)):
        return
    x11 = os.environ.get("DISPLAY") if platform != "wayland" else None
    if not x11 and not wayland:
        raise UnavailableError("there is no display to open a window on; set DISPLAY or WAYLAND_DISPLAY")
    missing = [package(name) for name in (X11_LIBRARIES if x11 else WAYLAND_LIBRARIES) if not _loads(name)]
    if missing:
        raise UnavailableError("missing libraries: apt install {packages}", packages=" ".join(missing[:NAMED]))
    if not x11 or not _x11_answers():
        raise UnavailableError("the display {name} does not answer", name=x11 or wayland)


def require_handles(needed: int = HANDLES) -> None:
    """Make sure that a window can open enough files. Qt ends the program if it cannot.

    Raises
    ------
    UnavailableError
        If the system allows too few, even after asking for more.
    """
    if sys.platform == "win32":
        return
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        more = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, more), most))
        if more < needed:
            raise UnavailableError(
                "only {allowed} files may be open at once, a window needs {needed}; ulimit -n allows more",
                allowed=most,
                needed=needed,
            )


def missing_library(error: ImportError) -> UnavailableError | None:
    """The error that names the package to install if an import failed because of a missing system library."""
    found = re.match(r"(lib\S+\.so[.\d]*): cannot open shared object file", str(error))
    if not found:
        return None
    return UnavailableError("{library} is missing: apt install {package}", library=found[1], package=package(found[1]))


def package(library: str) -> str:
    """Debian's package of a shared library, by Debian's rule for their names (GLib keeps an older one)."""
    if library in {"libglib-2.0.so.0", "libgthread-2.0.so.0"}:
        return "libglib2.0-0"
    name, _, version = library.lower().partition(".so.")
    return f"{name}-{version}" if name[-1].isdigit() else f"{name}{version}"


def _starts() -> bool:
    """Whether Qt starts on the platform named in the environment. Tried in another process, which Qt may abort."""
    code = "from PySide6.QtGui import QGuiApplication as A; raise SystemExit(A([]).primaryScreen() is None)"
    try:
        return not subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=20).returncode  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _wayland_answers(name: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.fspath(path))
    except OSError:
        return False
    return True


def _x11_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
