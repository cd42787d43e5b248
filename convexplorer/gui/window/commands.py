"""What the window's actions do that takes more than a line (`gui.window.view_actions` and `other_actions`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from convexplorer import __version__
from convexplorer.core.model.layers import source
from convexplorer.core.project.project import Project, with_layer
from convexplorer.gui.window.first_project import default_project, open_default_picture

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


class Commands(QObject):
    """Carries out actions on a window's parts.

    Parameters
    ----------
    window : MainWindow
        Whose parts they are.
    """

    window: MainWindow

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self._document = window.document

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._document.project

    @property
    def selected(self) -> list[int]:
        """Selected filters, the current one first."""
        return self.window.selected()

    @property
    def is_rgb(self) -> bool:
        """Whether filters read three channels."""
        return not self.project.preparation.grey

    @property
    def reads_image(self) -> bool:
        """Whether the planes of the edited filters are colours, and not the maps of another layer."""
        return source(self.project.layers, self.project.edited_index) is None

    def ask_new(self) -> None:
        """Begin anew with the photograph and filters of the start; asks before changes are lost."""
        if self.window.keeper.may_leave(self._begin_anew):
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.window.keeper.begin_anew(default_project())
        open_default_picture(self.window)
        self.window.keeper.begin()

    # --- maps ----------------------------------------------------------------------------------------------------

    def compare(self, what: str) -> None:
        """Show parts of the selected filter, or all filters again (`Presenter.compare`)."""
        self.window.presenter.compare(what)
        self.window.refresh_actions()

    def zoom(self, factor: float) -> None:
        """Show image and maps larger or smaller."""
        navigator = self.window.navigator
        frame = navigator.frame(self.window.maps.pane())
        navigator.zoom_at(frame, frame.pane.center(), factor)

    def focus_map(self, *, on: bool) -> None:
        """Show the selected map large, or all of them."""
        if on and self.window.selected():
            self.window.maps.focus_map(self.window.selected()[0])
        else:
            self.window.maps.show_all()

    def set_relu(self, *, on: bool) -> None:
        """Switch the ReLU of the edited layer."""
        label = self.tr("Switch ReLU on") if on else self.tr("Switch ReLU off")
        self._document.apply(label, with_layer(self._document.project, activation="relu" if on else "none"))

    def hold_scale(self, *, on: bool) -> None:
        """Colour all maps on one scale from now on, or each on its own."""
        ranges = self.window.presenter.ranges.values()
        held = (min(one.low for one in ranges), max(one.high for one in ranges)) if on and ranges else None
        self.window.presenter.set_look(held=held)
        self.window.refresh_actions()

    def show_layer_settings(self, *, on: bool) -> None:
        """Show the settings of the layer that is looked at below the bar, or hide them."""
        self.window.layer_bar.setVisible(on)
        self.window.refresh_actions()

    def show_about(self) -> None:
        """Show version and libraries."""
        import PySide6

        text = self.tr(
            "Conv Explorer {0}\n\nExplore convolutional layers by hand.\nNodes are cross-correlations of window and "
            "filter,\nwhich is what deep learning calls convolution.\n\nPySide6 {1}"
        ).format(__version__, PySide6.__version__)
        box = QMessageBox(self.window)
        box.setWindowTitle(self.tr("About Conv Explorer"))
        box.setIconPixmap(self.window.windowIcon().pixmap(64, 64))
        box.setText(text)
        box.open()
