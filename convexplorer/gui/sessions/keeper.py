"""The document and its file: opened, saved, reverted, and not lost unasked."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from convexplorer.core.model.images import Image
from convexplorer.core.project.change import Change
from convexplorer.core.project.project import Project, with_image
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.opening import ImageOpener
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.save_dialog import Choice, ask_where
from convexplorer.gui.kit.settings import EMBED
from convexplorer.gui.kit.tasks import Task
from convexplorer.gui.maps.presenter import Presenter
from convexplorer.gui.sessions import view_state
from convexplorer.gui.sessions.questions import Answer, Conflict, ask_conflict, ask_deleted, ask_unsaved
from convexplorer.gui.sessions.recent import RecentFiles
from convexplorer.io.files.stamp import Stamp, stamp_of
from convexplorer.io.sessions.load_save import SESSION_SUFFIX, Session, Unknown, load_session, save_session

_UNKNOWN = Stamp(-1, -1, -1)
"""Of a file of which it is not known what was in it: no file is like that."""


@dataclass(frozen=True)
class _Read:
    """A session that was read, and the state of its file."""

    path: Path
    session: Session
    stamp: Stamp | None


@dataclass(frozen=True)
class _Found:
    """A file that was to be overwritten is not as it was left."""

    deleted: bool


class SessionKeeper(QObject):
    """Knows the document's file and whether it holds what is in the window.

    Attributes
    ----------
    path : Path or None
        The session's file.
    ask : callable
        ``ask(window, name)`` decides over changes that are not saved; a dialog, but in tests and pictures.
    ask_deleted, ask_conflict : callable
        The same over a session whose file is gone when it is left, and, with ``deleted=``, over a file that is not as
        it was when it was opened or saved here.
    """

    stateChanged = Signal()
    """Another file, or what is in the window is saved now, or not any more."""
    failed = Signal(object)
    """Why something could not be done."""
    saved = Signal(str)
    """One line: what is now where."""

    def __init__(
        self,
        exploration: Exploration,
        presenter: Presenter,
        opener: ImageOpener,
        recent: RecentFiles,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._exploration = exploration
        self._presenter = presenter
        self._opener = opener
        self._recent = recent
        self._document = exploration.document
        self._tasks = exploration.tasks
        self.path: Path | None = None
        self.ask: Callable[[QWidget, str], Answer] = ask_unsaved
        self.ask_deleted: Callable[[QWidget, str], Answer] = ask_deleted
        self.ask_conflict: Callable[..., Conflict] = ask_conflict
        self._stamps: dict[Path, Stamp | None] = {}
        self._saved: Project | None = self._document.project
        self._saved_at = 0
        self._edits_before = 0
        self._unknown = Unknown()
        self._writes: list[Project] = []
        self._then: Callable[[], object] | None = None
        self._starting = False
        self._told: tuple[bool, str] | None = None
        self._document.changed.connect(self._follow)
        self._tasks.idle.connect(self._rest)
        opener.busyChanged.connect(self._end_start)

    # --- what there is -------------------------------------------------------------------------------------------

    @property
    def modified(self) -> bool:
        """Whether the window shows another project than the one that was saved, opened or started with."""
        return self._document.project is not self._saved

    @property
    def edits(self) -> int:
        """Steps between what was saved and what is in the window."""
        steps = abs(self._document.undo_stack.index() - self._saved_at)
        return max(1, self._edits_before + steps) if self.modified else 0

    @property
    def name(self) -> str:
        """What the document is called."""
        image = self._document.project.image
        return self.path.name if self.path else image.name if image else self.tr("Untitled")

    def session(self) -> Session:
        """All that a session holds of the window as it is."""
        return Session(self._document.project, view_state.capture(self._exploration, self._presenter), self._unknown)

    def begin(self) -> None:
        """Take what is being opened now as what the program started with, not as changes."""
        self._starting = True
        self._end_start()

    # --- opening -------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a session; asks before changes are lost, once it is read and there is something to lose them for."""

        def take(read: _Read) -> None:
            if self.may_leave(lambda: self._take(read)):
                self._take(read)

        self._load(path.absolute(), take)  # The next start of the program may be in another folder.

    def begin_anew(self, project: Project) -> None:
        """Leave the session for another project that has no file; the caller has asked (`may_leave`)."""
        self._show(Session(project), None, None)
        self._set_saved(project)

    def revert(self) -> None:
        """Go back to what is in the file, as one more step that can be undone."""
        if self.path is not None:
            self._load(self.path, self._take_back)

    def restore(self, session: Session, path: Path | None, edits: int, when: float) -> None:
        """Show work that was never saved; its file, if it has one, stays as it is.

        Parameters
        ----------
        session, path, edits
            The work, its file, and the steps since that was saved.
        when : float
            Seconds since 1970 of the last step; a file that was saved later was saved by somebody else.
        """
        stamp = stamp_of(path) if path else None
        if stamp is not None and stamp.modified > (when + 1) * 1e9:
            stamp = _UNKNOWN
        self._show(session, path, stamp)
        self._set_saved(None, edits)

    def _load(self, path: Path, take: Callable[[_Read], object]) -> None:
        def work(cancelled: ShouldStop) -> Generator[float, None, _Read]:
            yield 0.0
            stamp = stamp_of(path)  # Before, so that what is written meanwhile is seen as a change.
            return _Read(path, load_session(path, cancelled), stamp)

        self._tasks.start(Task(self.tr("Opening {0}").format(path.name), work, take))

    def _take(self, read: _Read) -> None:
        path, session = read.path, read.session
        self._recent.add(path)
        if session.missing is not None:
            # Saving must not make the picture that stands in for it the session's own.
            stand_in = self._document.project.image
            project = session.project if stand_in is None else self._with_stand_in(session.project, stand_in)
            self._show(replace(session, project=project), None, None)
            problem = error_text(session.missing)
            self.failed.emit(
                InvalidValueError("{problem}; the session was opened without its picture", problem=problem)
            )
        else:
            self._show(session, path, read.stamp)
        self._set_saved(self._document.project)

    def _take_back(self, read: _Read) -> None:
        path, session = read.path, read.session
        if session.missing is not None:
            self.failed.emit(session.missing)
            return
        self._document.apply(self.tr("Revert to {0}").format(path.name), session.project)
        self._unknown = session.unknown
        self._stamps[path] = read.stamp
        self._set_saved(self._document.project)

    def _show(self, session: Session, path: Path | None, stamp: Stamp | None) -> None:
        self._opener.forget()
        self._unknown = session.unknown
        self.path, self._stamps = path, {path: stamp} if path else {}
        self._document.reset(session.project)
        if session.view is not None:
            view_state.restore(self._exploration, self._presenter, session.view)

    def _with_stand_in(self, project: Project, image: Image) -> Project:
        try:
            return with_image(project, image)
        except InvalidValueError:
            scale = self._document.project.preparation.scale
            return with_image(replace(project, preparation=replace(project.preparation, scale=scale)), image)

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write the session to its file, or ask for one; `then` follows if that went well.

        If the file was changed or deleted by others since it was opened or saved here, that is asked about first.
        """
        if self.path is None:
            self.save_as(then)
        else:
            self._write(self.path, then, careful=True)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and write the session to it."""
        image = self._document.project.image
        stem = Path(image.name).stem if image else self.tr("Untitled")
        suggested = str(self.path) if self.path else f"{stem}{SESSION_SUFFIX}"
        choices = [Choice("session", SESSION_SUFFIX, self.tr("Sessions"))]
        if answer := ask_where(self._window, self.tr("Save session"), suggested, choices):
            self._write(answer[0], then)

    def _write(self, path: Path, then: Callable[[], object] | None, *, careful: bool = False) -> None:
        session, at = self.session(), self._document.undo_stack.index()
        limit = self._exploration.settings.get(EMBED) << 20
        self._writes.append(session.project)
        self._then = then

        def work(cancelled: ShouldStop) -> Generator[float, None, _Found | None]:
            yield 0.0
            if careful and (there := stamp_of(path)) != self._stamps.get(path):
                return _Found(deleted=there is None)
            save_session(path, session, should_stop=cancelled, embed_up_to=limit)
            self._stamps[path] = stamp_of(path)  # Here, since the next save may begin before this one is told.
            return None

        def done(result: _Found | None) -> None:
            if result is not None:
                self._writes.pop(0)
                follow, self._then = self._then, None
                self._settle_conflict(path, follow, result)
                return
            self._recent.add(path)
            self.path = path
            self._set_saved(session.project, at=at)
            self.saved.emit(self.tr("Saved to {0}").format(path.name))
            self._writes.pop(0)
            if self._then is not None and not self._writes:
                follow, self._then = self._then, None
                follow()

        self._tasks.start(Task(self.tr("Saving {0}").format(path.name), work, done))

    def _settle_conflict(self, path: Path, then: Callable[[], object] | None, found: _Found) -> None:
        answer = self.ask_conflict(self._window, path.name, deleted=found.deleted)
        if answer is Conflict.OVERWRITE:
            self._write(path, then)
        elif answer is Conflict.SAVE_AS:
            self.save_as(then)

    # --- leaving -------------------------------------------------------------------------------------------------

    def may_leave(self, then: Callable[[], object]) -> bool:
        """Whether the document may be given up now; if it is to be saved first, `then` follows that."""
        if self._writes and self._writes[-1] is self._document.project:
            self._then = then
            return False
        if not self.modified and not self._is_deleted():
            return True
        answer = (self.ask if self.modified else self.ask_deleted)(self._window, self.name)
        if answer is Answer.SAVE and self.path is not None and not self.modified:
            self._write(self.path, then)
        elif answer is Answer.SAVE:
            self.save(then)
        return answer is Answer.DISCARD

    def _is_deleted(self) -> bool:
        return self.path is not None and stamp_of(self.path) is None

    # --- following -----------------------------------------------------------------------------------------------

    def _set_saved(self, project: Project | None, edits_before: int = 0, at: int | None = None) -> None:
        self._saved = project
        self._saved_at = self._document.undo_stack.index() if at is None else at
        self._edits_before = edits_before
        self._tell()

    @Slot(object)
    def _follow(self, change: Change) -> None:
        before, after = change.before, change.after
        # The first picture is where everything begins, as is what comes with the program's start.
        first = before.image is None and after.image is not None
        if self._starting or (first and before is self._saved):
            self._saved = after
        if (self.modified, self.name) != self._told:
            self._tell()

    def _tell(self) -> None:
        self._told = self.modified, self.name
        self.stateChanged.emit()

    @Slot()
    def _rest(self) -> None:
        """A task that did not end well leaves nothing to follow it."""
        self._writes.clear()
        self._then = None
        self._end_start()

    @Slot()
    def _end_start(self) -> None:
        if self._starting and not (self._tasks.busy or self._opener.busy):
            self._starting = False
            self._set_saved(self._saved)
