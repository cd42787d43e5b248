"""Docks that grow and shrink with the window: each keeps its share of it, until somebody drags its edge."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow

WIDTHS = {"imageDock": 0.31, "filterDock": 0.2}
"""Share of the window's width of the docks at its sides."""


class DockShares(QObject):
    """Gives docks their sizes whenever the window gets another one.

    Parameters
    ----------
    window : QMainWindow
        Whose docks they are, found by their object names.
    restored : bool
        Whether they stand as somebody left them; what they have then is their share.
    """

    def __init__(self, window: QMainWindow, *, restored: bool) -> None:
        super().__init__(window)
        self._window = window
        self._docks = {dock.objectName(): dock for dock in window.findChildren(QDockWidget)}
        self._shares = dict(WIDTHS)
        self._size = window.size()
        self._restored = restored
        self._begun = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._follow)
        window.installEventFilter(self)
        for name in self._shares:
            self._docks[name].installEventFilter(self)

    def apply(self) -> None:
        """Give every dock its share of the window as it is now."""
        self._size = self._window.size()
        docks = [self._docks[name] for name in WIDTHS if self._is_placed(self._docks[name])]
        if docks:
            sizes = [round(self._shares[dock.objectName()] * self._size.width()) for dock in docks]
            self._window.resizeDocks(docks, sizes, Qt.Orientation.Horizontal)

    def begin(self) -> None:
        """Start once the window is shown for the first time."""
        if not self._begun:
            self._begun = True
            self._soon.start()

    def _follow(self) -> None:
        if self._restored:
            self._restored, self._size = False, self._window.size()
            for name in self._shares:
                self._take(name)
        else:
            self.apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window, and remember what is dragged."""
        if event.type() == QEvent.Type.Resize:
            if watched is self._window:
                if self._begun:
                    self._soon.start()
            elif QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton and self._window.size() == self._size:
                self._take(watched.objectName())  # The window stays as it is, so it is the edge that is dragged.
        return super().eventFilter(watched, event)

    def _take(self, name: str) -> None:
        dock, width = self._docks[name], self._window.width()
        if self._is_placed(dock) and width:
            self._shares[name] = dock.width() / width

    def _is_placed(self, dock: QDockWidget) -> bool:
        """Whether a dock is seen where it belongs: a floating one has a size of its own."""
        area = self._window.dockWidgetArea(dock)
        sides = Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
        return dock.isVisible() and not dock.isFloating() and bool(area & sides)
