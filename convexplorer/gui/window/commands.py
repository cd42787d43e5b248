"""Functions of the window's own actions that take more than a line; see `gui.window.window_actions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from convexplorer import __version__
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

    def ask_new(self) -> None:
        """Begin anew with the photograph and filters of the start; asks before changes are lost."""
        if self.window.keeper.may_leave(self._begin_anew):
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.window.keeper.begin_anew(default_project())
        open_default_picture(self.window)
        self.window.keeper.begin()

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
