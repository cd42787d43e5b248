"""Handles uncaught exceptions: logs them, tells them in one line with details at hand, and lets the program go on."""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import PySide6
from PySide6.QtCore import QDateTime, QObject, QStandardPaths, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication

from convexplorer import __version__
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.kit.message_bar import MessageBar, bar_above
from convexplorer.gui.kit.qt_messages import is_noise
from convexplorer.io.files.crashes import CrashFile, take_traces

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

LOG_BYTES, LOGS = 256 * 1024, 3
"""Longest log file, and how many older ones are kept."""

_LOG = logging.getLogger("convexplorer")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_MOST_TOLD = 20


def log_folder() -> Path:
    """Where the log and the traces of crashes are."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(place) / "log"


class _LogFile(RotatingFileHandler):
    """A log that does without what it cannot write, on a full disk, instead of printing a traceback for each line."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing."""

    def close(self) -> None:
        """End, also with lines that could not be written."""
        with suppress(OSError):
            super().close()


@dataclass(frozen=True)
class Mishap:
    """Something that went wrong without being foreseen.

    Parameters
    ----------
    line : str
        Kind and message of the exception.
    details : str
        Its traceback.
    memory : bool
        Whether memory was all that was lacking.
    """

    line: str
    details: str
    memory: bool = False


class Mishaps(QObject):
    """Takes over what Python, its threads and Qt do with uncaught exceptions and messages.

    Parameters
    ----------
    folder : Path
        Where log and traces go.
    """

    happened = Signal(object)
    """A `Mishap`, from any thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._handler: logging.Handler | None = None
        self._crash_file = CrashFile(folder)
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._window: MainWindow | None = None
        self._bar: MessageBar | None = None
        self._open: list[Mishap] = []
        self._last, self._again = "", 0
        self._counting = threading.Lock()
        # Never at once: an exception may come from within a paint event, where no widget can be changed.
        self.happened.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    # --- taking over ---------------------------------------------------------------------------------------------

    def install(self) -> None:
        """Take over, until `remove`; without a folder to write to, only the log is missing."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._take
        threading.excepthook = self._take_thread
        sys.unraisablehook = lambda args: self._take(args.exc_type, args.exc_value, args.exc_traceback)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handler = _LogFile(
                self._log, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8", errors="backslashreplace"
            )
            self._crash_file.start(f"{versions()}\n{_now()}")
        except OSError as error:
            _LOG.warning("no log is kept: %s", error.strerror or error)
        else:
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s: %(message)s"))
            _LOG.addHandler(handler)
            _LOG.setLevel(logging.INFO)
            self._handler = handler
            _LOG.info("%s", versions())
        qInstallMessageHandler(self._take_message)

    def remove(self) -> None:
        """Give everything back; the program ends well."""
        qInstallMessageHandler(None)
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        self._crash_file.close()
        if self._handler is not None:
            _LOG.removeHandler(self._handler)
            self._handler.close()

    @property
    def _log(self) -> Path:
        return self._folder / "convexplorer.log"

    def _take(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.exit(130)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        with self._counting:
            self._again = self._again + 1 if details == self._last else 0
            self._last, again = details, self._again
        if not again:
            if sys.stderr is not None:  # There is none without a console.
                sys.stderr.write(details)
            _LOG.error("%s", details)
        elif again & (again - 1) == 0:
            # What fails while it is painted fails sixty times a second; that must not push its cause out of the log.
            _LOG.error("the same again, %d times", again)
        said = str(traceback.TracebackException(kind, error, trace)).strip() if error is not None else ""
        line = f"{kind.__name__}: {said.splitlines()[0]}" if said else kind.__name__
        self.happened.emit(Mishap(line, details, issubclass(kind, MemoryError)))

    def _take_thread(self, args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, SystemExit):  # A thread may end itself so.
            self._take(args.exc_type, args.exc_value, args.exc_traceback)

    def _take_message(self, kind: QtMsgType, context: object, text: str) -> None:
        if is_noise(text):
            return
        _LOG.log(_LEVELS[kind], "%s: %s", getattr(context, "category", None) or "qt", text)
        if sys.stderr is not None:
            sys.stderr.write(f"{text}\n")

    # --- telling -------------------------------------------------------------------------------------------------

    def show_in(self, window: MainWindow) -> None:
        """Tell in a bar of this window from now on, and first of crashes that ended the program before."""
        self._window = window
        self._bar = bar_above(window, "mishapBar")
        traces = take_traces(self._folder)
        if traces:
            _LOG.critical("the program had crashed:\n%s", "\n".join(traces))
            text = self.tr("The program ended unexpectedly last time")
            self._bar.complain(text, action=self.tr("Copy details"), run=lambda: self._copy("\n".join(traces)))

    @Slot(object)
    def _tell(self, mishap: Mishap) -> None:
        if self._bar is None:
            return
        if self._bar.isHidden():
            self._open = []
        if mishap in self._open or len(self._open) == _MOST_TOLD:
            return
        self._open.append(mishap)
        self._bar.complain(self._text(), action=self.tr("Copy details"), run=self._copy_open)

    def _text(self) -> str:
        first = self._open[0]
        if first.memory:
            return self.tr("There is not enough memory for this. The project is as it was; try a smaller image size")
        if len(self._open) == 1:
            template = self.tr("Something went wrong, but the program goes on: {problem}")
        else:
            # The first one caused the others, as a rule.
            template = self.tr("%n things went wrong, but the program goes on: {problem}", "", len(self._open))
        return ConvExplorerError(template, problem=first.line).message()

    def _copy_open(self) -> None:
        self._copy("\n".join([versions(), *(one.details for one in self._open)]))

    def _copy(self, details: str) -> None:
        QGuiApplication.clipboard().setText(f"{details.rstrip()}\n\n{self._log}\n")
        if self._window is not None:
            self._window.message.say(self.tr("The details are on the clipboard"))


def versions() -> str:
    """One line that says what runs here."""
    return f"Conv Explorer {__version__}, PySide6 {PySide6.__version__}, Python {sys.version.split()[0]}, {_system()}"


def _system() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _now() -> str:
    return QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate)
