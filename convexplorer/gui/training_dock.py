"""The dock that holds the Training panel, which is made when it is first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QWidget

from convexplorer.gui.document import Document

if TYPE_CHECKING:
    from convexplorer.gui.views.training_panel import TrainingPanel


class TrainingDock(QDockWidget):
    """Hidden until training is asked for; until then it costs nothing."""

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingDock")
        self.setWindowTitle(self.tr("Training"))
        self._document = document
        self.panel: TrainingPanel | None = None

    def open(self) -> None:
        """Show the panel in front of what shares its place."""
        self.show()
        self.raise_()

    def close_session(self) -> None:
        """Stop what trains."""
        if self.panel is not None:
            self.panel.close_session()

    def showEvent(self, event: QShowEvent) -> None:
        """Make the panel, and the first data set, when it is first seen."""
        if self.panel is None:
            from convexplorer.gui.views.training_panel import TrainingPanel

            self.panel = TrainingPanel(self._document, self)
            self.panel.failed.connect(self.failed)
            self.panel.said.connect(self.said)
            self.setWidget(self.panel)
            self.panel.presenter.open()
        super().showEvent(event)
