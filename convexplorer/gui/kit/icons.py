"""Our line icons in the tones of a theme, as files that Qt finds under ``:/icons`` without a byte on the disk.

Style sheets and Qt's own SVG icons take nothing but a file's name, and an icon shall follow the theme by itself. Qt's
compiled resources are files in memory; what makes them, rcc, is a program for the time of building, while the tones
are known only when the program runs. So the few bytes of its format are written here (version 1, as documented in
Qt's rcc.cpp and qresource.cpp): a tree of folders and files, their names, and their contents.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QResource
from PySide6.QtGui import QPixmapCache

from convexplorer.resources import resource

TONES = ("text", "muted", "faint", "accent", "accent_text", "error")
"""Fields of `theme.Theme` in which icons are drawn."""
_ROOT = "/icons"
_FOLDER, _C_LOCALE = 2, 1
_registered: list[bytes] = []
"""What Qt reads now; it keeps no copy."""


def icon_file(name: str, tone: str) -> str:
    """Name under which Qt finds an icon in a tone.

    Raises
    ------
    FileNotFoundError
        If there is no such icon.
    """
    _drawing(name)
    if tone not in TONES:
        raise ValueError(f"icons are not drawn in the tone {tone!r}")
    return f":{_ROOT}/{name}@{tone}.svg"


def has_icons() -> bool:
    """Whether icons are in place."""
    return bool(_registered)


def colour_icons(tones: Mapping[str, object]) -> None:
    """Put all icons in place, in the colours of a theme's tones; those that are shown follow."""
    names = [path.stem for path in resource("icons").glob("*.svg")]
    files = {
        f"{name}@{tone}.svg": _drawing(name).replace("currentColor", str(tones[tone])).encode()
        for name in names
        for tone in TONES
    }
    packed = pack_files(files)
    for old in _registered:
        QResource.unregisterResourceData(old, _ROOT)
    _registered[:] = [packed]
    QResource.registerResourceData(packed, _ROOT)
    QPixmapCache.clear()  # Qt reads a file anew when its pixmaps are gone.


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """One folder of files as Qt's compiled resources."""
    entries = sorted((_hash(name), name, content) for name, content in files.items())
    names, contents, positions = bytearray(), bytearray(), []
    for code, name, content in entries:
        positions.append((len(names), len(contents)))
        names += struct.pack(">HI", len(name), code) + name.encode("utf-16-be")
        contents += struct.pack(">I", len(content)) + content
    # The root, whose children follow it, then the files; Qt looks for a name by its hash, so they are sorted by it.
    tree = struct.pack(">IHII", 0, _FOLDER, len(entries), 1)
    tree += b"".join(struct.pack(">IHHHI", name, 0, 0, _C_LOCALE, content) for name, content in positions)
    head = 20
    starts = head + len(names) + len(contents), head + len(names), head
    return struct.pack(">4sIIII", b"qres", 1, *starts) + names + contents + tree


def _hash(name: str) -> int:
    """Qt's hash of a name in a resource."""
    code = 0
    for letter in name:
        code = (code << 4) + ord(letter)
        code ^= (code & 0xF0000000) >> 23
        code &= 0x0FFFFFFF
    return code


@cache
def _drawing(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text("utf-8")
