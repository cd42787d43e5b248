"""What is dragged out of the program: Qt's own part of a drag, which waits for a drop, is left out."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True)
class Carried:
    """One drag, as another program sees it."""

    data: QMimeData
    width: int
    actions: Qt.DropAction
    proposed: Qt.DropAction | None


def recording_drag(carried: list[Carried]) -> type[QDrag]:
    """A QDrag that is dropped nowhere, and remembered."""

    class Recorded(QDrag):
        def exec(self, actions: Qt.DropAction, proposed: Qt.DropAction | None = None) -> Qt.DropAction:
            copy = QMimeData()
            for kind in self.mimeData().formats():
                copy.setData(kind, self.mimeData().data(kind))
            if self.mimeData().hasImage():
                copy.setImageData(self.mimeData().imageData())
            carried.append(Carried(copy, self.pixmap().width(), actions, proposed))
            return Qt.DropAction.IgnoreAction

    return Recorded


def drag_from(widget: QWidget, start: QPoint) -> None:
    """Press at a point of a widget and pull to the right, further than by accident."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 5):
        at = start + QPoint(step * QApplication.startDragDistance(), 0)
        buttons = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            at,
            widget.mapToGlobal(at),
            Qt.MouseButton.NoButton,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
