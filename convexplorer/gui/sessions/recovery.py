"""Work that was not saved when the program was killed: journalled meanwhile, offered at the next start."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QObject, QStandardPaths, Qt, QTimer, Slot
from PySide6.QtWidgets import QMainWindow

from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError, UnreadableFileError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.message_bar import bar_above
from convexplorer.gui.kit.tasks import Task
from convexplorer.gui.kit.translation import with_count
from convexplorer.gui.kit.worker import Worker
from convexplorer.gui.sessions.keeper import SessionKeeper
from convexplorer.io.sessions.journal import Journal, Note, adopt_abandoned
from convexplorer.io.sessions.load_save import Session

_LOG = logging.getLogger("convexplorer")
EVERY = 2000
"""Milliseconds between two writes while edits follow each other; after a rest the first one is written at once."""


def journals_folder() -> Path:
    """Where the journals of all running programs are."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(place) / "recovery"


_Finds = list[tuple[Journal, Note | UnreadableFileError]]


@dataclass(frozen=True, eq=False)
class _Entry:
    """What the journal is to hold, unsaved work or nothing, and which other journals are spent then."""

    session: Session | None
    note: Note | None
    spent: tuple[Journal, ...]


class Recovery(QObject):
    """Keeps the journal of a window, and brings back what others left.

    Parameters
    ----------
    window : MainWindow
        The window.
    exploration : Exploration
        What is explored in it.
    keeper : SessionKeeper
        Knows what is saved.
    root : Path
        The folder of all journals.
    """

    def __init__(self, window: QMainWindow, exploration: Exploration, keeper: SessionKeeper, root: Path) -> None:
        super().__init__(window)
        self._exploration = exploration
        self._keeper = keeper
        self._root = root
        self._journal: Journal | None = None
        self._offers: list[tuple[Journal, Note]] = []
        self._spent: list[Journal] = []
        self._told = False
        self._written_at = 0.0
        self.bar = bar_above(window, "recoveryBar")
        self._worker = Worker(self._run, newest_wins=True, parent=self)
        self._worker.produced.connect(self._take)
        self._worker.failed.connect(self._tell)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._write)
        exploration.document.changed.connect(self._remember)
        self._keeper.stateChanged.connect(self._remember)

    def start(self) -> None:
        """Look for work that a program left behind which is gone, and offer it."""
        root = self._root

        def work(_cancelled: ShouldStop) -> Generator[float, None, _Finds]:
            yield 0.0
            return [(journal, _read_note(journal)) for journal in adopt_abandoned(root)]

        self._exploration.tasks.start(Task(self.tr("Looking for unsaved work"), work, self._sort_finds))

    def close(self, *, finished: bool) -> None:
        """Stop for good.

        Parameters
        ----------
        finished : bool
            Whether the window was closed, so that nothing is unsaved; otherwise what is goes to the journal, and the
            next start offers it.
        """
        # A write that is under way is called off: either it is for nothing, or it is made anew.
        late = not finished and (self._soon.isActive() or self._worker.busy)
        self._soon.stop()
        self._worker.close()
        if late:
            self._write_now()
        for journal, _ in self._offers:
            journal.leave()
        for journal in (*self._spent, *([self._journal] if self._journal else [])):
            if finished:
                journal.close()
            else:
                journal.leave()

    # --- writing -------------------------------------------------------------------------------------------------

    @Slot()
    def _remember(self) -> None:
        if not self._soon.isActive():
            rested = (time.monotonic() - self._written_at) * 1000
            self._soon.start(max(0, round(EVERY - rested)))

    def _write(self) -> None:
        self._written_at = time.monotonic()
        self._worker.submit(self._entry())

    def _write_now(self) -> None:
        """Write what the worker would have been asked to, had it not ended; there is nobody left to be told."""
        try:
            for _ in self._run(self._entry(), lambda: False, lambda: False):
                pass
        except ConvExplorerError as error:
            _LOG.error("unsaved work is not kept: %s", error)

    def _entry(self) -> _Entry:
        session = note = None
        if self._keeper.modified:
            session = self._keeper.session()
            path = str(self._keeper.path) if self._keeper.path else ""
            now = QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate)
            note = Note(self._keeper.name, self._keeper.edits, now, path)
        return _Entry(session, note, tuple(self._spent))

    def _run(self, entry: Any, cancelled: ShouldStop, _superseded: ShouldStop) -> Iterator[object]:
        """Write an entry; in the worker's thread."""
        if entry.session is not None:
            if self._journal is None:
                self._journal = Journal.create(self._root)
            self._journal.write(entry.session, entry.note, cancelled)
        elif self._journal is not None:
            self._journal.clear()
        for journal in entry.spent:
            journal.close()
        yield entry

    @Slot(object, object)
    def _take(self, _entry: _Entry, done: _Entry) -> None:
        self._spent = [journal for journal in self._spent if journal not in done.spent]

    @Slot(object, object)
    def _tell(self, _entry: _Entry, error: Exception) -> None:
        if not isinstance(error, ConvExplorerError):
            self._exploration.failed.emit(error)
        elif not self._told:
            self._told = True
            self._exploration.refused.emit(self.tr("Unsaved work is not kept: {0}").format(error_text(error)))

    # --- bringing back -------------------------------------------------------------------------------------------

    def _sort_finds(self, finds: _Finds) -> None:
        self._offers += [(journal, note) for journal, note in finds if isinstance(note, Note)]
        self._refuse([note for _, note in finds if isinstance(note, UnreadableFileError)])

    def _refuse(self, problems: list[UnreadableFileError]) -> None:
        """Tell what cannot be restored, then offer the rest."""
        if problems:
            self.bar.complain(error_text(problems[0]), action=self.tr("Close"), run=lambda: self._refuse(problems[1:]))
        else:
            self._offer()

    def _offer(self) -> None:
        if not self._offers:
            self.bar.hide()
            return
        note = self._offers[0][1]
        text = with_count(self.tr("Work that was not saved: {0}, %n edit(s), {1}", "", note.edits), note.edits)
        self.bar.ask(
            text.format(note.name, _moment(note.when)),
            (self.tr("Restore"), self._restore),
            (self.tr("Discard"), self._discard),
        )

    def _discard(self) -> None:
        self._spent.append(self._offers.pop(0)[0])
        self._remember()
        self._offer()

    def _restore(self) -> None:
        if not self._offers or not self._keeper.may_leave(self._restore):
            self._offer()
            return
        journal, note = self._offers[0]

        def work(_cancelled: ShouldStop) -> Generator[float, None, Session | UnreadableFileError]:
            yield 0.0
            try:
                return journal.load()
            except UnreadableFileError:
                return _set_aside(journal)

        def done(found: Session | UnreadableFileError) -> None:
            self._offers.pop(0)
            if isinstance(found, UnreadableFileError):
                self._refuse([found])
                return
            self._spent.append(journal)
            self._keeper.restore(found, Path(note.path) if note.path else None, note.edits, _seconds(note.when))
            self._offer()

        self._exploration.tasks.start(Task(self.tr("Restoring {0}").format(note.name), work, done))


def _read_note(journal: Journal) -> Note | UnreadableFileError:
    try:
        return journal.note()
    except UnreadableFileError:
        return _set_aside(journal)


def _set_aside(journal: Journal) -> UnreadableFileError:
    """Put a damaged journal where it is not offered again."""
    place = journal.folder
    with suppress(OSError):
        place = journal.set_aside()
    return UnreadableFileError("unsaved work is damaged and cannot be restored; it is in {folder}", folder=place)


def _seconds(when: str) -> float:
    """An ISO 8601 time as seconds since 1970; 0 if it makes no sense."""
    moment = QDateTime.fromString(when, Qt.DateFormat.ISODate)
    return moment.toSecsSinceEpoch() if moment.isValid() else 0.0


def _moment(when: str) -> str:
    """A time of today, or date and time, as people write them here."""
    moment, locale = QDateTime.fromString(when, Qt.DateFormat.ISODate), QLocale()
    if not moment.isValid():
        return QCoreApplication.translate("Recovery", "at an unknown time")
    if moment.date() == QDate.currentDate():
        return locale.toString(moment.time(), QLocale.FormatType.ShortFormat)
    return locale.toString(moment, QLocale.FormatType.ShortFormat)
