"""The learning filters on the explorer's picture while a network trains, and what stood there before."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import label
from convexplorer.core.project.change import Change
from convexplorer.core.project.project import Project, with_bank
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.training.filters_page import FiltersPage

LIVE_AFTER = 120
"""Milliseconds from a picture of a run until its filters are laid over the explorer's picture."""


class LiveFilters(QObject):
    """Lays the first layer's filters, as they are shown, over the picture; unticked, brings back what was there."""

    failed = Signal(object)
    """An error for the message bar."""
    said = Signal(str)
    """A line for the message bar."""
    laid = Signal(object)
    """The project with the filters over it, some time after they were announced."""

    def __init__(self, document: Document, filters: FiltersPage, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._filters = document, filters
        # None while no learning filters are on the picture.
        self._before: Project | None = None
        # Neither in the same turn of the event loop as the panel, nor as often: all that shows filters follows.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LIVE_AFTER)
        self._timer.timeout.connect(lambda: self.laid.emit(self.lay(document.project)))
        filters.live.toggled.connect(self._switch)

    @property
    def wanted(self) -> bool:
        """Whether they are to be on the picture while a network trains."""
        return self._filters.live.isChecked()

    def announce(self) -> None:
        """Lay them soon."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Lay none that were announced."""
        self._timer.stop()

    def lay(self, project: Project) -> Project:
        """The project with the filters, after remembering what stood in their place."""
        laid = self.with_first(project)
        if self._before is None and laid.layers != project.layers:
            self._before = project
        return laid

    def with_first(self, project: Project) -> Project:
        """The project with the first layer's filters as they are shown; nothing is remembered."""
        bank = self._filters.first_bank()
        try:
            return project if bank is None else with_bank(project, bank)
        except ConvExplorerError as error:
            self._filters.live.setChecked(False)
            self.failed.emit(error)
            return project

    def forget(self) -> None:
        """Let the filters that are on the picture be the person's own from here on."""
        self._before = None

    def follow(self, change: Change) -> None:
        """Forget what stood there before once it stands there again, or another session was opened."""
        before = self._before
        if before is not None and (change.after.layers == before.layers or not self._document.undo_stack.count()):
            self._before = None

    def _switch(self, on: bool) -> None:
        """Say what the tick will do; without it, bring back what the learning filters took the place of."""
        self.stop()
        bank, project = self._filters.first_bank(), self._document.project
        if on:
            if bank is not None:
                self.said.emit(self._announcement(project, bank))
            return
        before, self._before = self._before, None
        if before is None:
            return
        preparation = replace(project.preparation, grey=before.preparation.grey)
        current = min(project.shown_index, len(before.layers) - 1)
        back = replace(project, layers=before.layers, preparation=preparation, shown_index=current)
        self._document.apply(self.tr("Take learning filters off the picture"), back)
        self.said.emit(self.tr("Your own layers are back, as they were before the live filters"))

    def _announcement(self, project: Project, bank: FilterBank) -> str:
        text = self.tr("While it trains, its {0} filters stand in {1} in the place of yours")
        parts = [text.format(len(bank), label(project.layers, project.edited_index))]
        grey = bank.channels == 1
        if grey != project.preparation.grey:
            in_colour = self.tr("and the picture is read in colour")
            parts.append(self.tr("and the picture is read in grey") if grey else in_colour)
        return f"{', '.join(parts)}. {self.tr('Untick it, and yours are back.')}"
