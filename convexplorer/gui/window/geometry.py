"""Where the window and its docks stand: as they were left, or at first by the size of the screen."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

STATE_VERSION = 4
"""Of the arrangement of docks; another one's is not restored."""
LEAST = QSize(1280, 800)
MOST = QSize(1920, 1200)
"""Sizes of the first window, as far as the screen has room for them."""
SCREEN_SHARE = 0.9
TITLE_BAR = QSize(0, 40)
"""Room for what the system draws around a window; it is not known before the window is shown."""
WIDTHS = {"imageDock": (288, 0.22), "filterDock": (384, 0.22)}
"""Least width in pixels of the docks at the sides, and their share of a wide window."""
HEIGHTS = {"nodeDock": (208, 0.3)}
"""Least height of the dock below, and its share."""


def restore(window: QMainWindow) -> None:
    """Give the window the place, the size and the arrangement it was left with."""
    settings = QSettings()
    geometry, state = settings.value("window/geometry"), settings.value("window/state")
    # The file may hold anything else under these names.
    if not isinstance(geometry, QByteArray) or not window.restoreGeometry(geometry):
        window.resize(_first_size(window.screen().availableSize()))
    if not isinstance(state, QByteArray) or not window.restoreState(state, STATE_VERSION):
        _share(window, WIDTHS, Qt.Orientation.Horizontal, window.width())
        _share(window, HEIGHTS, Qt.Orientation.Vertical, window.height())

    _clear_away_tabs(window)


def raise_floating(window: QMainWindow) -> None:
    """Put floating panels before the window: restored ones are shown first, and it would hide them."""
    for dock in window.findChildren(QDockWidget):
        if dock.isFloating() and not dock.isHidden():
            QTimer.singleShot(0, dock, dock.raise_)


def keep(window: QMainWindow) -> None:
    """Remember how the window is left."""
    settings = QSettings()
    settings.setValue("window/geometry", window.saveGeometry())
    settings.setValue("window/state", window.saveState(STATE_VERSION))


def _clear_away_tabs(window: QMainWindow) -> None:
    """Move tab bars that Qt has made and not placed out of sight, as it does with those of single docks itself."""
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if bar.count() < 2:
            bar.move(-bar.width(), -bar.height() - 1000)


def _first_size(screen: QSize) -> QSize:
    return (screen * SCREEN_SHARE).expandedTo(LEAST).boundedTo(MOST).boundedTo(screen - TITLE_BAR)


def _share(window: QMainWindow, wanted: dict[str, tuple[int, float]], orientation: Qt.Orientation, room: int) -> None:
    docks = {dock.objectName(): dock for dock in window.findChildren(QDockWidget)}
    sizes = [max(least, int(share * room)) for least, share in wanted.values()]
    window.resizeDocks([docks[name] for name in wanted], sizes, orientation)
