"""The document: the current project, its undo stack, and the word of every change, told once."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtGui import QUndoCommand, QUndoStack

from convexplorer.core.project.change import Cause, Kind, difference
from convexplorer.core.project.project import Project

UNDO_LIMIT = 2000
"""Steps that can be taken back."""


class _Channel(QObject):
    """Tells those who asked for some kinds of change; Qt forgets receivers that are gone."""

    came = Signal(object)


class Document(QObject):
    """Holds the project; the only place that exchanges it.

    Parameters
    ----------
    project : Project
        What to begin with.
    parent : QObject, optional
        Qt's owner.
    """

    changed = Signal(object)
    """Every `Change` (apply, undo, redo, going to another layer, reset), after those who asked for its kinds."""

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._channels: dict[Kind, _Channel] = {}
        self.telling = False
        """Whether a change is being told, so that some parts have followed and others have not."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)

    @property
    def project(self) -> Project:
        """The current project."""
        return self._project

    def changes(self, kinds: Kind) -> SignalInstance:
        """A signal of the changes of some kinds, which gives the `Change`.

        Who asks first for a set of kinds is told first.
        """
        if kinds not in self._channels:
            self._channels[kinds] = _Channel(self)
        return self._channels[kinds].came

    def apply(self, label: str, project: Project, *, merge: Hashable = None) -> None:
        """Make an edit and remember it as one step.

        Parameters
        ----------
        label : str
            Its name behind "Undo", translated.
        project : Project
            What the edit of `core.project.project` returned; the same object means that nothing changes.
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
            self._exchange(project, "edit")
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
            self._exchange(project, "view")

    def reset(self, project: Project) -> None:
        """Begin anew with another project; nothing can be undone."""
        self.undo_stack.clear()
        self._exchange(project, "reset")

    def _exchange(self, project: Project, cause: Cause) -> None:
        change = difference(self._project, project, cause)
        self._project, self.telling = project, True
        try:
            for kinds, channel in list(self._channels.items()):
                if kinds & change.kinds:
                    channel.came.emit(change)
        finally:
            self.telling = False
        self.changed.emit(change)


class _Edit(QUndoCommand):
    """One step: the project before and after. They share all that is equal, so this is small."""

    def __init__(
        self,
        label: str,
        before: Project,
        after: Project,
        merge: Hashable,
        exchange: Callable[[Project, Cause], None],
    ) -> None:
        super().__init__(label)
        self.before = before
        self.after = after
        self.merge = merge
        self.exchange = exchange
        self.called_off = False
        self._done = False

    def redo(self) -> None:
        """Go to the state after the step."""
        cause: Cause = "redo" if self._done else "edit"
        self._done = True
        self.exchange(self.after, cause)

    def undo(self) -> None:
        """Go back to the state before it."""
        # Qt takes an obsolete step off the stack, but would not undo one that is so beforehand.
        self.setObsolete(self.called_off)
        self.exchange(self.before, "undo")
