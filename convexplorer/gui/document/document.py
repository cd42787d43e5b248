"""The document: the current project, its undo stack, and the one signal that everything follows."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from convexplorer.core.model.project import Project

UNDO_LIMIT = 2000
"""Steps that can be taken back."""


class Document(QObject):
    """Holds the project; the only place that exchanges it.

    Parameters
    ----------
    project : Project
        What to begin with.
    parent : QObject, optional
        Qt's owner.
    """

    changed = Signal(object, object)
    """The project before and after a change (apply, undo, redo, reset)."""

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)

    @property
    def project(self) -> Project:
        """The current project."""
        return self._project

    def apply(self, label: str, project: Project, *, merge: Hashable = None) -> None:
        """Make an edit and remember it as one step.

        Parameters
        ----------
        label : str
            Its name behind "Undo", translated.
        project : Project
            What the edit of `core.model.project` returned; the same object means that nothing changes.
        merge : hashable, optional
            Edits in a row with an equal key become one step: one drag, one burst of the wheel. It has the name of
            the last one.
        """
        if project is self._project:
            return
        stack = self.undo_stack
        last = stack.command(stack.index() - 1)
        if merge is not None and isinstance(last, _Edit) and last.merge == merge and not stack.canRedo():
            # Qt would merge too, but PySide never lets go of a command that Qt deletes for that, nor of its projects.
            last.after = project
            last.setText(label)
            self._exchange(project)
            stack.undoTextChanged.emit(label)
        else:
            stack.push(_Edit(label, self._project, project, merge, self._exchange))

    def take_back(self) -> None:
        """Undo the last step and forget it: it was called off, so it is not offered to be done again.

        If steps that were undone may still follow it, it stays among them.
        """
        last = self.undo_stack.command(self.undo_stack.index() - 1)
        if isinstance(last, _Edit):
            last.called_off = not self.undo_stack.canRedo()
            self.undo_stack.undo()

    def navigate(self, project: Project) -> None:
        """Go to the same project seen from elsewhere, such as another layer; that is no edit to be taken back."""
        if project is not self._project:
            self._exchange(project)

    def reset(self, project: Project) -> None:
        """Begin anew with another project; nothing can be undone."""
        self.undo_stack.clear()
        self._exchange(project)

    def _exchange(self, project: Project) -> None:
        before, self._project = self._project, project
        self.changed.emit(before, project)


class _Edit(QUndoCommand):
    """One step: the project before and after. They share all that is equal, so this is small."""

    def __init__(
        self, label: str, before: Project, after: Project, merge: Hashable, exchange: Callable[[Project], None]
    ) -> None:
        super().__init__(label)
        self.before = before
        self.after = after
        self.merge = merge
        self.exchange = exchange
        self.called_off = False

    def redo(self) -> None:
        """Go to the state after the step."""
        self.exchange(self.after)

    def undo(self) -> None:
        """Go back to the state before it."""
        # Qt takes an obsolete step off the stack, but would not undo one that is so beforehand.
        self.setObsolete(self.called_off)
        self.exchange(self.before)
