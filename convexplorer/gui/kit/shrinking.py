"""A panel that can be made smaller than it needs: what has no room is scrolled to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ShrinkingPanel(QScrollArea):
    """Holds the content of a dock, so that its least size does not become the window's.

    Without it, docks beside each other ask for more room than a small screen has, and lie over one another.

    Parameters
    ----------
    panel : QWidget
        What is shown. It never gets less than its own least size.
    height : int
        Height in pixels below which not even a part of it is of use.
    width : int, optional
        The same for its width; by default all of it stays in sight.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, panel: QWidget, height: int, width: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{panel.objectName()}Scroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if width is None:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._panel, self._height, self._width = panel, height, width
        self.setWidget(panel)
        for ground in (self.viewport(), panel):
            ground.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        """As large as the panel likes to be."""
        return self._panel.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """What must stay in sight; where that is the whole width, it leaves room for the bar."""
        needed = self._needed_size()
        whole = needed.width() + self.verticalScrollBar().sizeHint().width()
        return QSize(whole if self._width is None else self._width, min(needed.height(), self._height))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what the panel needs."""
        if watched is self._panel and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the panel what there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Make the panel as large as what is seen of it, or as it needs to be.

        Not left to Qt, which takes for its height what lines that wrap need at the least width there is.
        """
        seen, needed, layout = self.viewport().size(), self._needed_size(), self._panel.layout()
        if layout is not None and layout.hasHeightForWidth() and not self._panel.minimumHeight():
            needed.setHeight(layout.minimumHeightForWidth(max(seen.width(), needed.width())))
        self._panel.resize(seen.expandedTo(needed))

    def _needed_size(self) -> QSize:
        return self._panel.minimumSize() if self._panel.minimumWidth() else self._panel.minimumSizeHint()
