"""Filters, and whole stacks of layers, from a file into the document; what that changed besides is told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from convexplorer.core.project.layer_edits import with_stack
from convexplorer.core.project.project import Project, with_bank
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.tasks import Task, Tasks
from convexplorer.gui.kit.translation import with_count

if TYPE_CHECKING:
    from convexplorer.core.model.layers import Layer
    from convexplorer.io.filters.formats.common import Parsed, WeightLayout

Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True)
class Opened:
    """What is said about a file that was opened.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        One line.
    actions : tuple of (str, callable)
        At most two things that can be done about it.
    """

    path: Path
    text: str
    actions: tuple[Action, ...] = ()


class FilterOpener(QObject):
    """Reads files of filters and puts these in the place of those there are.

    Parameters
    ----------
    document : Document
        Where they go.
    tasks : Tasks
        Reads files.
    parent : QObject, optional
        Qt's owner.
    """

    opened = Signal(object)
    """An `Opened`."""
    failed = Signal(object)
    """Why the filters of a file cannot be used here."""

    def __init__(self, document: Document, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._tasks = tasks

    def open(self, path: Path, layout: WeightLayout | None = None, *, more: int = 0) -> None:
        """Read a file.

        Parameters
        ----------
        path : Path
            The file.
        layout : "OIHW" or "HWIO", optional
            What four axes mean; without it, the person is offered the other reading where that is possible too.
        more : int
            How many files came with it, which are not opened.
        """
        self._open(path, layout, more, (object(),))

    def _open(self, path: Path, layout: WeightLayout | None, more: int, merge: tuple[object, ...]) -> None:
        def work(_cancelled: ShouldStop) -> Generator[float, None, Parsed | tuple[Layer, ...]]:
            from convexplorer.io.filters.stacks import read_stack_or_filters

            yield 0.0
            return read_stack_or_filters(path, layout=layout)

        def done(read: Parsed | tuple[Layer, ...]) -> None:
            self._take(read, path, layout, more, merge)

        self._tasks.start(Task(self.tr("Opening {0}").format(path.name), work, done))

    def _take(
        self,
        read: Parsed | tuple[Layer, ...],
        path: Path,
        layout: WeightLayout | None,
        more: int,
        merge: tuple[object, ...],
    ) -> None:
        from convexplorer.io.filters.formats.common import Parsed

        before = self._document.project
        try:
            after = with_bank(before, read.bank) if isinstance(read, Parsed) else with_stack(before, read)
        except ValueError as error:
            self.failed.emit(error)
            return
        # Read otherwise it is still one step, and "Undo" leads to what was there before the file.
        self._document.apply(self.tr("Open {0}").format(path.name), after, merge=merge)
        texts = [self._count(len(after.bank)), *self._changes(before, after)]
        changed = len(texts) > 1
        actions: list[Action] = []
        if layout is not None or (isinstance(read, Parsed) and read.doubtful):
            other: WeightLayout = "OIHW" if layout == "HWIO" else "HWIO"
            texts[0] = f"{texts[0]} {self._axes(layout or 'OIHW')}"
            actions.append((self._offer(other), lambda: self._open(path, other, 0, merge)))
        if changed or actions:
            actions.append((self.tr("Undo"), lambda: self._undo(after)))
        if more:
            texts.append(self.tr("Only {0} is opened: one file of filters at a time").format(path.name))
        self.opened.emit(Opened(path, ". ".join(texts), tuple(actions)))

    def _undo(self, after: Project) -> None:
        """Take back what was opened, if nothing was done since."""
        if self._document.project is after:
            self._document.undo_stack.undo()

    def _count(self, count: int) -> str:
        return with_count(self.tr("%n filter(s) opened", "", count), count)

    def _changes(self, before: Project, after: Project) -> list[str]:
        """What else became another, without having been asked for."""
        if before.preparation.grey == after.preparation.grey:
            return []
        if after.preparation.grey:
            return [self.tr("They have one plane, so the picture is grey now")]
        return [self.tr("They have three planes, so the picture is RGB now")]

    def _axes(self, layout: WeightLayout) -> str:
        if layout == "HWIO":
            return self.tr("in Keras’ order: rows, columns, channels, filters")
        return self.tr("in PyTorch’s order: filters, channels, rows, columns")

    def _offer(self, layout: WeightLayout) -> str:
        if layout == "HWIO":
            return self.tr("Read as Keras")
        return self.tr("Read as PyTorch")
