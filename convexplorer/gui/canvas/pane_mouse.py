"""The mouse on pictures: hover, click to pin, drag to pan, wheel to zoom; the same on the image and on every map."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from convexplorer.gui.canvas.navigator import STEP, Frame, Navigator
from convexplorer.gui.canvas.probe import Probe

FrameAt = Callable[[QPointF], Frame | None]
"""The pane under a point of the widget, if there is one."""


class PaneMouse:
    """Turns a widget's mouse events into moves of the navigator and the probe.

    Parameters
    ----------
    widget : QWidget
        The widget that the events belong to; its cursor shape follows.
    navigator : Navigator
        What is moved.
    probe : Probe
        What a click pins.
    frame_at : callable
        Finds the pane under the mouse.
    """

    def __init__(self, widget: QWidget, navigator: Navigator, probe: Probe, frame_at: FrameAt) -> None:
        self._widget = widget
        self._navigator = navigator
        self._probe = probe
        self._frame_at = frame_at
        self._grabbed: Frame | None = None
        self._last = QPointF()
        self._dragged = False

    def press(self, event: QMouseEvent) -> None:
        """Begin to pan."""
        self._dragged = False
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grabbed = self._frame_at(event.position())
            self._last = event.position()

    def move(self, event: QMouseEvent) -> None:
        """Pan while a button is down, else move the cursor."""
        if self._grabbed is not None and event.buttons() != Qt.MouseButton.NoButton:
            delta = event.position() - self._last
            if self._dragged or delta.manhattanLength() >= 4:
                self._dragged = True
                self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._navigator.pan(self._navigator.frame(self._grabbed.pane), delta)
                self._last = event.position()
            return
        self.hover(event.position())

    def release(self, event: QMouseEvent) -> None:
        """Let go; a click that moved nothing pins the node under it, or lets a pinned one go."""
        frame, self._grabbed = self._grabbed, None
        self._widget.unsetCursor()
        if frame is None or self._dragged or event.button() != Qt.MouseButton.LeftButton:
            return
        point, placement = frame.to_input(event.position()), self._probe.placement
        inside = 0 <= point[0] < frame.height and 0 <= point[1] < frame.width
        if placement is None or not inside:
            return
        if self._probe.pinned and self._probe.node == placement.node_at(*point):
            self._probe.let_go()
        else:
            self._probe.pin_at(*point)

    def hover(self, point: QPointF) -> None:
        """Put the cursor where the mouse is."""
        frame = self._frame_at(point)
        self._navigator.set_cursor(frame.to_input(point) if frame else None)

    def leave(self) -> None:
        """Take the cursor away."""
        self._navigator.set_cursor(None)

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom about the mouse; False where there is no picture under it."""
        frame = self._frame_at(event.position())
        notches = event.angleDelta().y() / 120
        if frame is None or not notches:
            return False
        self._navigator.zoom_at(frame, event.position(), STEP**notches)
        self.hover(event.position())
        event.accept()
        return True
