"""Restores where the window and its docks stood, or places them by the size of the screen at the first start."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

STATE_VERSION = 6
"""Of the arrangement of docks; another one's is not restored."""
LEAST = QSize(1280, 800)
MOST = QSize(1920, 1200)
"""Sizes of the first window, as far as the screen has room for them."""
SCREEN_SHARE = 0.9
TITLE_BAR = QSize(0, 40)
"""Room for what the system draws around a window; it is not known before the window is shown."""


def restore(window: QMainWindow) -> bool:
    """Give the window the place, the size and the arrangement it was left with; whether there is an arrangement."""
    settings = QSettings()
    geometry, state = settings.value("window/geometry"), settings.value("window/state")
    # The file may hold anything else under these names.
    if not isinstance(geometry, QByteArray) or not window.restoreGeometry(geometry):
        window.resize(_first_size(window.screen().availableSize()))
    restored = isinstance(state, QByteArray) and window.restoreState(state, STATE_VERSION)
    _clear_away_tabs(window)
    return restored


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
