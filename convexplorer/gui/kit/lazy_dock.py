"""A dock, hidden at first, whose content is made when it is first seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QWidget


class LazyDock(QDockWidget):
    """Costs nothing until it is opened.

    Parameters
    ----------
    name : str
        Its object name, by which its place is remembered.
    title : str
        What stands on it, translated.
    make : callable
        Makes the content; called once.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, name: str, title: str, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self._make = make

    def open(self) -> None:
        """Show it in front of what shares its place."""
        self.show()
        self.raise_()

    def showEvent(self, event: QShowEvent) -> None:
        """Make the content when it is first seen."""
        if self.widget() is None:
            self.setWidget(self._make())
        super().showEvent(event)
