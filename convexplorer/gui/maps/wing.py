"""The maps and the sliding window, built and connected."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from convexplorer.core.model.layers import source
from convexplorer.core.project.change import Change
from convexplorer.core.project.project import Project, with_layer
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.maps.maps_panel import MapsPanel
from convexplorer.gui.maps.presenter import Presenter
from convexplorer.gui.maps.sliding import Sliding


class MapsWing(QObject):
    """Shows the maps of one layer, and slides the window over them.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    image : ImageView
        Shows what the maps are made of.
    window : QWidget
        Where the panel stands; becomes the owner.
    """

    def __init__(self, exploration: Exploration, image: ImageView, window: QWidget) -> None:
        super().__init__(window)
        self._exploration = exploration
        self._document = exploration.document
        self.navigator = exploration.navigator
        self.sliding = Sliding(exploration.probe, exploration.navigator, self)
        self.maps = MapsPanel(exploration, window)
        self.presenter = Presenter(exploration, image, self.maps, self)
        self.presenter.failed.connect(exploration.failed)
        self.presenter.progressed.connect(self._tell_work)
        self.maps.viewChanged.connect(exploration.possibleChanged)
        self.maps.comparisonClosed.connect(lambda: self.compare(""))
        self.sliding.changed.connect(self._show_sliding)
        self._document.changed.connect(self._follow)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._document.project

    @property
    def selected(self) -> list[int]:
        """Selected filters, the current one first."""
        return self._exploration.selection.current_first()

    @property
    def is_rgb(self) -> bool:
        """Whether filters read three channels."""
        return not self.project.preparation.grey

    @property
    def reads_image(self) -> bool:
        """Whether the planes of the edited filters are colours, and not the maps of another layer."""
        return source(self.project.layers, self.project.edited_index) is None

    def compare(self, what: str) -> None:
        """Show parts of the selected filter, or all filters again (`Presenter.compare`)."""
        self.presenter.compare(what)
        self._exploration.possibleChanged.emit()

    def zoom(self, factor: float) -> None:
        """Show image and maps larger or smaller."""
        frame = self.navigator.frame(self.maps.pane())
        self.navigator.zoom_at(frame, frame.pane.center(), factor)

    def focus_map(self, *, on: bool) -> None:
        """Show the selected map large, or all of them."""
        if on and self.selected:
            self.maps.focus_map(self.selected[0])
        else:
            self.maps.show_all()

    def set_relu(self, *, on: bool) -> None:
        """Switch the ReLU of the edited layer."""
        label = self.tr("Switch ReLU on") if on else self.tr("Switch ReLU off")
        self._document.apply(label, with_layer(self.project, activation="relu" if on else "none"))

    def hold_scale(self, *, on: bool) -> None:
        """Colour all maps on one scale from now on, or each on its own."""
        ranges = self.presenter.ranges.values()
        held = (min(one.low for one in ranges), max(one.high for one in ranges)) if on and ranges else None
        self.presenter.set_look(held=held)
        self._exploration.possibleChanged.emit()

    def _follow(self, change: Change) -> None:
        """Let go of a held scale that other activations make senseless."""
        before, after = change.before.edited_layer, change.after.edited_layer
        if before.activation != after.activation and self.presenter.look.held is not None:
            self.presenter.set_look(held=None)

    def _show_sliding(self) -> None:
        """Show the nodes that the sliding window has passed."""
        self.maps.set_reveal(self.sliding.node)
        self._exploration.possibleChanged.emit()

    def _tell_work(self, share: float) -> None:
        """Tell how much of the maps is computed, 0 to 1; more when nothing is left to do."""
        self._exploration.worked.emit("maps", self.tr("Computing maps") if share <= 1 else "", share)
