"""A widget that shows a picture: what mouse and keys do on the image and on a large map."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.gui.canvas.navigator import STEP, Frame, Navigator
from convexplorer.gui.canvas.pane_mouse import PaneMouse
from convexplorer.gui.canvas.probe import Probe


class Pane(QWidget):
    """Passes mouse and keys on to the navigator and the probe, and is drawn again when they change."""

    def __init__(self, navigator: Navigator, probe: Probe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._navigator = navigator
        self._probe = probe
        self._mouse = PaneMouse(self, navigator, probe, self.frame_at)
        navigator.changed.connect(self.update)
        probe.changed.connect(self.update)

    @abstractmethod
    def frame_at(self, point: QPointF) -> Frame | None:
        """How the input lies in the picture under a point, if there is one."""

    @abstractmethod
    def any_frame(self) -> Frame:
        """How the input lies in a picture, for keys."""

    @abstractmethod
    def double_clicked(self) -> None:
        """Do what a double click asks for."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan."""
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan or move the cursor."""
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pin a node, or end a pan."""
        self._mouse.release(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Take back the pin of the first click."""
        self._probe.let_go()
        self.double_clicked()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        if not self._mouse.wheel(event):
            event.ignore()

    def leaveEvent(self, _event: QEvent) -> None:
        """Take the cursor away."""
        self._mouse.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move a pinned node by arrows, let it go by Esc; zoom and pan by + − 0 and arrows."""
        if not self._probe.key(event) and not navigate(self._navigator, self.any_frame(), event):
            super().keyPressEvent(event)


def navigate(navigator: Navigator, frame: Frame, event: QKeyEvent) -> bool:
    """Zoom by + and −, fit by 0, pan by arrows; whether the key was one of these."""
    key, distance = event.key(), 48.0
    moves = {
        Qt.Key.Key_Left: QPointF(distance, 0),
        Qt.Key.Key_Right: QPointF(-distance, 0),
        Qt.Key.Key_Up: QPointF(0, distance),
        Qt.Key.Key_Down: QPointF(0, -distance),
    }
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        navigator.zoom_at(frame, frame.pane.center(), STEP)
    elif key == Qt.Key.Key_Minus:
        navigator.zoom_at(frame, frame.pane.center(), 1 / STEP)
    elif key == Qt.Key.Key_0:
        navigator.fit()
    elif key in moves and navigator.zoom > 1.0:
        navigator.pan(frame, moves[Qt.Key(key)])
    else:
        return False
    return True
