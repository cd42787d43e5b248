"""The dock of training, and where its parts are put together: the session that trains, the panel, the presenter.

They are made when the dock is first seen, piece by piece, so that the window is not held up.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QWidget

from convexplorer.background import give_way
from convexplorer.core.project.change import Change, Kind
from convexplorer.gui.document.document import Document

if TYPE_CHECKING:
    from convexplorer.gui.training.panel import TrainingPanel
    from convexplorer.gui.training.presenter import TrainingPresenter
    from convexplorer.gui.training.session import TrainingSession

_MODULES = "convexplorer.gui.training.panel", "convexplorer.gui.training.presenter"


class TrainingDock(QDockWidget):
    """Hidden until training is asked for; until then it costs nothing.

    Attributes
    ----------
    panel, session, presenter : TrainingPanel, TrainingSession and TrainingPresenter, or None
        As soon as all of them are ready.
    """

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""
    found = Signal(str)
    """A line on a run that came with a session while nobody looks."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingDock")
        self.setWindowTitle(self.tr("Training"))
        wait = QLabel(self.tr("Opening…"), self)
        wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        wait.setProperty("tone", "muted")
        self.setWidget(wait)
        self._document = document
        self._loader: _Loader | None = None
        self._parts: Iterator[None] = iter(())
        self._made: TrainingPanel | None = None
        self._closed = False
        self.panel: TrainingPanel | None = None
        self.session: TrainingSession | None = None
        self.presenter: TrainingPresenter | None = None
        document.changes(Kind.TRAINING).connect(self._follow)

    def open(self) -> None:
        """Show the panel in front of what shares its place."""
        self.show()
        self.raise_()

    def close_session(self) -> None:
        """Stop what trains."""
        if self._loader is not None:
            self._loader.wait()
        self._made, self._closed = None, True
        if self.panel is not None and self.session is not None:
            self.panel.filters.stop()
            self.session.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to make the panel when it is first seen: its code is loaded in a thread of its own."""
        if self._loader is None:
            self._loader = _Loader(self)
            self._loader.finished.connect(self._begin)
            self._loader.start(QThread.Priority.LowPriority)
        super().showEvent(event)

    @Slot()
    def _begin(self) -> None:
        if self._closed:
            return
        from convexplorer.gui.training.panel import TrainingPanel

        self._made = TrainingPanel(self)
        self._made.hide()
        self._parts = self._made.build()
        self._go_on()

    def _go_on(self) -> None:
        """Make one more page, then let the window live; nothing where that was closed meanwhile."""
        made = self._made
        if made is None:
            return
        if next(self._parts, self) is not self:
            QTimer.singleShot(0, self, self._go_on)
            return
        wait = self.widget()
        self.setWidget(made)
        wait.deleteLater()
        made.show()
        self._compose(made)

    def _compose(self, panel: TrainingPanel) -> None:
        """Make the session and the presenter between it, the document and the panel, and begin."""
        from convexplorer.gui.training.presenter import TrainingPresenter
        from convexplorer.gui.training.session import TrainingSession

        session = TrainingSession(self)
        presenter = TrainingPresenter(self._document, session, panel)
        presenter.failed.connect(self.failed)
        presenter.said.connect(self.said)
        self.panel, self.session, self.presenter = panel, session, presenter
        presenter.open()

    @Slot(object)
    def _follow(self, change: Change) -> None:
        run = change.after.training
        if run is not None and change.before.training is None and self.isHidden():
            self.found.emit(
                self.tr("A training on {0} comes with it: epoch {1} of {2}").format(
                    run.title, run.standing.epochs, run.plan.settings.epochs
                )
            )


class _Loader(QThread):
    """Loads what the panel and its presenter are made of."""

    def run(self) -> None:
        """Called by Qt in the new thread."""
        give_way()
        for module in _MODULES:
            import_module(module)
