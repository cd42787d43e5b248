"""The application: made once, dressed, and shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from convexplorer.errors import UnwritableFileError
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.qt_messages import leave_out_noise
from convexplorer.gui.kit.settings import THEME, Settings, keep_elsewhere, settings_obstacle
from convexplorer.gui.sessions.questions import Answer
from convexplorer.gui.sessions.recovery import Recovery, journals_folder
from convexplorer.gui.window.first_project import default_project, open_default_picture
from convexplorer.gui.window.garbage import Collector
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.gui.window.signals import Interrupts
from convexplorer.gui.window.uncaught import Mishaps, log_folder
from convexplorer.io.files.scratch import fresh_folder
from convexplorer.resources import resource

__all__ = [
    "MainWindow",
    "default_project",
    "is_settled",
    "make_application",
    "open_first",
    "run",
    "screenshot",
    "wait_until",
]

SIGNALLED = 128
"""Exit codes of programs ended by a signal are its number and this."""
SETTLED_WITHIN = 60.0
"""Seconds that a screenshot waits for its maps at the longest."""


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """Make the QApplication, or take the one there is, and name it."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["convexplorer", *arguments])
    app.setApplicationName("Conv Explorer")
    app.setOrganizationName("Conv Explorer")
    app.setDesktopFileName("convexplorer")
    app.setWindowIcon(application_icon())
    return app


def avoid_obstacle() -> Path | None:
    """Start with settings of this run only where something stands in the place of their file; returns what."""
    obstacle = settings_obstacle()
    if obstacle is not None:
        keep_elsewhere(fresh_folder("settings"))
    return obstacle


def application_icon() -> QIcon:
    """The icon of windows and task bars, at every size there is."""
    icon = QIcon()
    for path in sorted(resource("app").glob("*.png")):
        icon.addFile(str(path))
    return icon


def run(files: Sequence[Path]) -> int:
    """Show the window with some files, or the default picture, until it is closed; returns the exit code."""
    app = make_application()
    obstacle = avoid_obstacle()
    mishaps = Mishaps(log_folder())
    mishaps.install()
    interrupts = Interrupts()
    theme.apply(Settings().get(THEME))
    window = MainWindow(default_project())
    window.effects.begin()
    show_something(window)
    open_first(window, files)
    recovery = Recovery(window, window.exploration, window.keeper, journals_folder())
    recovery.start()
    mishaps.show_in(window)
    if obstacle is not None:
        window.complain(UnwritableFileError("settings are not kept: {file} is not an ordinary file", file=obstacle))
    window.show()
    # Nothing is asked then: what is not saved stays in the journal, and the next start offers it.
    interrupts.came.connect(lambda number: app.exit(SIGNALLED + number))
    collector = Collector()
    collector.start()
    code = app.exec()
    interrupts.close()
    closed = not window.isVisible()
    window.stop()
    recovery.close(finished=closed)
    window.effects.end()
    # Widgets go before the interpreter does; plots crash otherwise.
    window.deleteLater()
    QApplication.processEvents()
    del window
    collector.stop()
    mishaps.remove()
    return code


def open_first(window: MainWindow, files: Sequence[Path]) -> None:
    """Open the files of the command line; without a picture or session among them, the default sample."""
    from convexplorer.gui.sessions.drops import sort_files

    what = sort_files(list(files))
    window.files.take(what)
    if not what.images and not what.sessions:
        open_default_picture(window)
    window.keeper.begin()


def show_something(window: MainWindow) -> None:
    """Show the default sample, too, if what the command line names cannot be opened; what is wrong stays said."""

    def instead(error: Exception) -> None:
        if window.document.project.image is None:
            once = Qt.ConnectionType.SingleShotConnection
            window.opener.opened.connect(lambda _image: window.complain(error), once)
            open_default_picture(window)

    def unless_opening(error: Exception) -> None:
        """Filters or a session failed: a picture may still come."""
        if not window.opener.busy:
            instead(error)

    window.opener.failed.connect(instead)
    window.tasks.failed.connect(unless_opening)
    window.keeper.failed.connect(unless_opening)


def screenshot(files: Sequence[Path], out: Path, size: tuple[int, int], choice: str) -> int:
    """Draw the window, once its maps have settled, to a PNG file; needs no display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application()
    avoid_obstacle()
    leave_out_noise()
    theme.apply(choice)
    window = MainWindow(default_project())
    failures: list[Exception] = []
    for signal_ in (window.presenter.failed, window.opener.failed, window.tasks.failed, window.keeper.failed):
        signal_.connect(failures.append)
    window.keeper.ask = window.keeper.ask_deleted = lambda _parent, _name: Answer.DISCARD
    open_first(window, files)
    window.resize(QSize(*size))
    window.show()
    wait_until(lambda: bool(failures) or is_settled(window), SETTLED_WITHIN)
    picture = window.grab().toImage()
    window.close()
    app.processEvents()
    if failures:
        raise failures[0]
    from convexplorer.io.arrays.qimages import png_bytes
    from convexplorer.io.files.atomic import atomic_file

    with atomic_file(out, overwrite=True) as file:
        file.write(png_bytes(picture))
    return 0


def is_settled(window: MainWindow) -> bool:
    """Whether everything asked for is on the screen."""
    busy = window.opener.busy or window.tasks.busy or window.presenter.busy
    return not busy and window.document.project.image is not None and window.presenter.input is not None


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Let the event loop turn until a condition holds, twice in a row, or time is up."""
    end, held = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        held = held + 1 if condition() else 0
        if held >= 2:
            return True
    return False
