"""Widgets side by side that go on in the next row where the width ends.

Written here since Qt has no such layout, only an example of one.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

GAP = 4


class WrappingRow(QWidget):
    """As high as its rows are at the width it gets."""

    heightChanged = Signal()
    """It has another number of rows, or higher ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def add(self, widget: QWidget) -> None:
        """Put a widget behind the others; Tab reaches it after them."""
        widget.setParent(self)
        if self._widgets:
            self.setTabOrder(self._widgets[-1], widget)
        self._widgets.append(widget)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Follow widgets that want another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        """As high as it is now: the width decides."""
        return QSize(self.minimumSizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        """Room for the widest widget."""
        return QSize(max((one.sizeHint().width() for one in self._widgets), default=0), self.minimumHeight())

    def _arrange(self) -> None:
        x, y, high = 0, 0, 0
        for widget in self._widgets:
            size = widget.sizeHint().expandedTo(widget.minimumSize())
            if x and x + size.width() > self.width():
                x, y, high = 0, y + high + GAP, 0
            widget.setGeometry(x, y, size.width(), size.height())
            x, high = x + size.width() + GAP, max(high, size.height())
        if self.minimumHeight() != y + high:
            self.setFixedHeight(y + high)
            self.heightChanged.emit()
