"""The document and its file: opened, saved, reverted, and not lost unasked."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSize, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox, QWidget

from convexplorer.core.model.images import Image
from convexplorer.core.model.project import Project, with_image
from convexplorer.errors import InvalidValueError
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.save_dialog import Choice, ask_where
from convexplorer.gui.kit.settings import EMBED
from convexplorer.gui.kit.tasks import Task
from convexplorer.gui.sessions import view_state
from convexplorer.io.sessions.load_save import SESSION_SUFFIX, Session, Unknown, load_session, save_session

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

Stop = Callable[[], bool]


class Answer(Enum):
    """What is to become of changes that are not saved."""

    SAVE = auto()
    DISCARD = auto()
    CANCEL = auto()


def ask_unsaved(parent: QWidget, name: str) -> Answer:
    """Ask what is to become of changes, in a dialog."""
    box = QMessageBox(parent)
    box.setObjectName("unsavedDialog")
    box.setIconPixmap(theme.icon("warning").pixmap(QSize(32, 32), parent.devicePixelRatioF()))
    box.setWindowTitle(QCoreApplication.applicationName())
    box.setText(QCoreApplication.translate("SessionKeeper", "Save the changes to {0}?").format(name))
    box.setInformativeText(QCoreApplication.translate("SessionKeeper", "They are lost if you do not save them."))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    for button in box.buttons():
        button.setIcon(QIcon())  # The style's own pictures are of another family than ours.
    answers = {buttons.Save: Answer.SAVE, buttons.Discard: Answer.DISCARD}
    answer = answers.get(QMessageBox.StandardButton(box.exec()), Answer.CANCEL)
    box.deleteLater()
    return answer


class SessionKeeper(QObject):
    """Knows the document's file and whether it holds what is in the window.

    Attributes
    ----------
    path : Path or None
        The session's file.
    ask : callable
        ``ask(window, name)`` decides over changes that are not saved; a dialog, but in tests and pictures.
    """

    stateChanged = Signal()
    """Another file, or what is in the window is saved now, or not any more."""
    failed = Signal(object)
    """Why something could not be done."""
    saved = Signal(str)
    """One line: what is now where."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._document = window.document
        self._tasks = window.tasks
        self.path: Path | None = None
        self.ask: Callable[[QWidget, str], Answer] = ask_unsaved
        self._saved: Project | None = self._document.project
        self._saved_at = 0
        self._edits_before = 0
        self._unknown = Unknown()
        self._writes: list[Project] = []
        self._then: Callable[[], object] | None = None
        self._starting = False
        self._document.changed.connect(self._follow)
        self._tasks.idle.connect(self._rest)
        window.opener.busyChanged.connect(self._end_start)

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
        return Session(self._document.project, view_state.capture(self._window), self._unknown)

    def begin(self) -> None:
        """Take what is being opened now as what the program started with, not as changes."""
        self._starting = True
        self._end_start()

    # --- opening -------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a session; asks before changes are lost."""
        path = path.absolute()  # The next start of the program may be in another folder.
        if self.may_leave(lambda: self._load(path, self._take)):
            self._load(path, self._take)

    def revert(self) -> None:
        """Go back to what is in the file, as one more step that can be undone."""
        if self.path is not None:
            self._load(self.path, self._take_back)

    def restore(self, session: Session, path: Path | None, edits: int) -> None:
        """Show work that was never saved; its file, if it has one, stays as it is."""
        self._show(session, path)
        self._set_saved(None, edits)

    def _load(self, path: Path, take: Callable[[Path, Session], object]) -> None:
        def work(cancelled: Stop) -> Generator[float, None, Session]:
            yield 0.0
            return load_session(path, cancelled)

        label = self.tr("Opening {0}").format(path.name)
        self._tasks.start(Task(label, work, lambda session: take(path, session)))

    def _take(self, path: Path, session: Session) -> None:
        self._window.recent.add(path)
        if session.missing is not None:
            # Saving must not make the picture that stands in for it the session's own.
            stand_in = self._document.project.image
            project = session.project if stand_in is None else self._with_stand_in(session.project, stand_in)
            self._show(replace(session, project=project), None)
            problem = error_text(session.missing)
            self.failed.emit(
                InvalidValueError("{problem}; the session was opened without its picture", problem=problem)
            )
        else:
            self._show(session, path)
        self._set_saved(self._document.project)

    def _take_back(self, path: Path, session: Session) -> None:
        if session.missing is not None:
            self.failed.emit(session.missing)
            return
        self._document.apply(self.tr("Revert to {0}").format(path.name), session.project)
        self._unknown = session.unknown
        self._set_saved(self._document.project)

    def _show(self, session: Session, path: Path | None) -> None:
        self._window.opener.forget()
        self._unknown = session.unknown
        self.path = path
        self._document.reset(session.project)
        if session.view is not None:
            view_state.restore(self._window, session.view)

    def _with_stand_in(self, project: Project, image: Image) -> Project:
        try:
            return with_image(project, image)
        except InvalidValueError:
            scale = self._document.project.preparation.scale
            return with_image(replace(project, preparation=replace(project.preparation, scale=scale)), image)

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write the session to its file, or ask for one; `then` follows if that went well."""
        if self.path is None:
            self.save_as(then)
        else:
            self._write(self.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and write the session to it."""
        image = self._document.project.image
        stem = Path(image.name).stem if image else self.tr("Untitled")
        suggested = str(self.path) if self.path else f"{stem}{SESSION_SUFFIX}"
        choices = [Choice("session", SESSION_SUFFIX, self.tr("Sessions"))]
        if answer := ask_where(self._window, self.tr("Save session"), suggested, choices):
            self._write(answer[0], then)

    def _write(self, path: Path, then: Callable[[], object] | None) -> None:
        session, at = self.session(), self._document.undo_stack.index()
        limit = self._window.settings.get(EMBED) << 20
        self._writes.append(session.project)
        self._then = then

        def work(cancelled: Stop) -> Generator[float, None, None]:
            yield 0.0
            save_session(path, session, should_stop=cancelled, embed_up_to=limit)

        def done(_result: None) -> None:
            self._window.recent.add(path)
            self.path = path
            self._set_saved(session.project, at=at)
            self.saved.emit(self.tr("Saved to {0}").format(path.name))
            self._writes.pop(0)
            if self._then is not None and not self._writes:
                follow, self._then = self._then, None
                follow()

        self._tasks.start(Task(self.tr("Saving {0}").format(path.name), work, done))

    # --- leaving -------------------------------------------------------------------------------------------------

    def may_leave(self, then: Callable[[], object]) -> bool:
        """Whether the document may be given up now; if it is to be saved first, `then` follows that."""
        if self._writes and self._writes[-1] is self._document.project:
            self._then = then
            return False
        if not self.modified:
            return True
        answer = self.ask(self._window, self.name)
        if answer is Answer.SAVE:
            self.save(then)
        return answer is Answer.DISCARD

    # --- following -----------------------------------------------------------------------------------------------

    def _set_saved(self, project: Project | None, edits_before: int = 0, at: int | None = None) -> None:
        self._saved = project
        self._saved_at = self._document.undo_stack.index() if at is None else at
        self._edits_before = edits_before
        self.stateChanged.emit()

    @Slot(object, object)
    def _follow(self, before: Project, after: Project) -> None:
        # The first picture is where everything begins, as is what comes with the program's start.
        first = before.image is None and after.image is not None
        if self._starting or (first and before is self._saved):
            self._saved = after
        self.stateChanged.emit()

    @Slot()
    def _rest(self) -> None:
        """A task that did not end well leaves nothing to follow it."""
        self._writes.clear()
        self._then = None
        self._end_start()

    @Slot()
    def _end_start(self) -> None:
        if self._starting and not (self._tasks.busy or self._window.opener.busy):
            self._starting = False
            self._set_saved(self._saved)
