"""The session of exploring: what all wings share, in one object that each of them is given."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from convexplorer.core.project.project import Project
from convexplorer.gui.canvas.navigator import Navigator
from convexplorer.gui.canvas.probe import Probe
from convexplorer.gui.canvas.results import Results
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.kit.settings import Settings
from convexplorer.gui.kit.tasks import Tasks


class Exploration(QObject):
    """A project, and how it is looked at: which filters, which part of the picture, which node, and what is known.

    What a wing has to say goes out by the signals here; the window shows it.

    Parameters
    ----------
    project : Project
        What to begin with.
    parent : QObject, optional
        Qt's owner.

    Attributes
    ----------
    document : Document
        The project, with undo.
    selection : Selection
        The selected filters.
    navigator : Navigator
        Pan, zoom and the mouse.
    probe : Probe
        The node that is looked at.
    results : Results
        What has been computed.
    tasks : Tasks
        Work with files, one after the other.
    settings : Settings
        What the user has chosen for good.
    """

    failed = Signal(object)
    """An exception that somebody has to be told of."""
    said = Signal(str)
    """One line of news."""
    refused = Signal(str)
    """One line: why something was not done."""
    offered = Signal(str, str, object)
    """One line, what can be done, and the function that does it."""
    worked = Signal(str, str, float)
    """Whose work takes long, what is being done ("" when it is over), and its share from 0 to 1, or −1."""
    possibleChanged = Signal()
    """What can be done now may have changed."""

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = Document(project, self)
        self.selection = Selection(self.document, self)
        self.navigator = Navigator(self)
        self.probe = Probe(self.navigator, self)
        self.results = Results(self.document, self.selection, self)
        self.tasks = Tasks(self)
        self.settings = Settings(self)
        self.selection.changed.connect(self.possibleChanged)
        self.tasks.failed.connect(self.failed)
        self.tasks.progressed.connect(lambda label, share: self.worked.emit("task", label, share))
