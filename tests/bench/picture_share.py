"""How much of the window the pictures get: photo and maps, in the default view with a node pinned, at usual sizes.

    python tests/bench/picture_share.py [--rgb] [--save FOLDER]

Counted are the pixels in which the photo and the maps themselves are drawn, without their heads and margins. With
--save, pictures of the windows are kept. A size that misses its share makes the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, QSettings

from convexplorer.gui.canvas.navigator import Frame
from convexplorer.gui.kit import theme
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.window.app import default_project, is_settled, make_application, open_first, wait_until
from convexplorer.gui.window.main_window import MainWindow

WANTED = {(1024, 768): 0.0, (1280, 720): 0.40, (1440, 900): 0.45, (1920, 1080): 0.55, (2560, 1440): 0.55}
"""Sizes of the window, and the least share at each; 0 where none is asked."""


def drawn(frame: Frame) -> float:
    """Pixels of a pane in which its picture is drawn."""
    area = frame.to_screen(QRectF(0, 0, frame.width, frame.height)).intersected(frame.pane)
    return area.width() * area.height()


def shares(window: MainWindow) -> tuple[float, float]:
    """Parts of the window that the photo and the maps have."""
    whole = window.width() * window.height()
    photo = drawn(window.image.any_frame()) if window.image.isVisible() else 0.0
    each = drawn(window.navigator.frame(window.maps.pane()))
    return photo / whole, each * len(window.maps.visible_indices()) / whole


def main() -> int:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rgb", action="store_true", help="a colour picture instead of a grey one")
    parser.add_argument("--save", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(kind, QSettings.Scope.UserScope, home)
        application = make_application()
        theme.apply("light")
        window = MainWindow(default_project())
        window.keeper.ask = lambda _parent, _name: Answer.DISCARD
        open_first(window, [])
        window.show()
        wait_until(lambda: is_settled(window), 60)
        if options.rgb:
            window.actions_by_key["rgb"].trigger()
        missed = False
        for size, wanted in WANTED.items():
            window.resize(*size)
            wait_until(lambda: is_settled(window), 60)
            window.probe.pin(45, 167)
            wait_until(lambda: False, 0.5)
            photo, maps = shares(window)
            missed |= photo + maps < wanted
            asked = f"  ({wanted:.0%} asked)" if wanted else ""
            print(f"{size[0]}×{size[1]}: photo {photo:.1%}, maps {maps:.1%}, together {photo + maps:.1%}{asked}")
            if options.save is not None:
                window.grab().save(str(options.save / f"{size[0]}x{size[1]}.png"))
        window.close()
        window.deleteLater()
        application.processEvents()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
