"""What the window's actions do that takes more than a line (`gui.window.file_actions` and the others)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from convexplorer import __version__
from convexplorer.core.model.layers import source
from convexplorer.core.project.project import Project, with_layer
from convexplorer.gui.filters.opening import FilterOpener
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.sessions.drops import Dropped, sort_drop, sort_files
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
        self.filter_opener = FilterOpener(window.document, window.tasks, self)

    def run(self, action: Action[Commands], on: bool) -> None:
        """Do what an action says, with what is being typed already taken."""
        take_typed()
        action.run(self, on)

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

    # --- opening -------------------------------------------------------------------------------------------------

    def ask_images(self) -> None:
        """Ask for pictures and open them."""
        from convexplorer.io.images.load import IMAGE_SUFFIXES

        pattern = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        names = [self.tr("Pictures ({0})").format(pattern), self.tr("All files (*)")]
        if paths := self._ask("folders/images", self.tr("Open images"), names, many=True):
            self.open_files(paths)

    def ask_session(self) -> None:
        """Ask for a session and open it."""
        from convexplorer.io.sessions.load_save import SESSION_SUFFIX

        names = [self.tr("Sessions ({0})").format(f"*{SESSION_SUFFIX}"), self.tr("All files (*)")]
        if paths := self._ask("folders/sessions", self.tr("Open session"), names, many=False):
            self.window.keeper.open(paths[0])

    def ask_filters(self) -> None:
        """Ask for a file of filters and open it."""
        from convexplorer.io.filters.load_save import FILTER_SUFFIXES

        pattern = " ".join(f"*{suffix}" for suffix in sorted(FILTER_SUFFIXES))
        names = [self.tr("Filters ({0})").format(pattern), self.tr("All files (*)")]
        if paths := self._ask("folders/filters", self.tr("Open filters"), names, many=False):
            self.filter_opener.open(paths[0])

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open sessions, images and filter files, whichever they are."""
        self.take(sort_files(list(paths)))

    def take(self, what: Dropped) -> None:
        """Open what was dropped or pasted; a session, which holds both, goes before images and filters."""
        if what.sessions:
            if len(what.sessions) + len(what.filters) + len(what.images) > 1:
                text = self.tr("Only the session {0} is opened: it holds picture and filters")
                self.window.message.say(text.format(what.sessions[0].name))
            self.window.keeper.open(what.sessions[0])
            return
        if what.filters:
            self.filter_opener.open(what.filters[0], more=len(what.filters) - 1)
        if what.images:
            self.window.opener.open_files(what.images)
        elif what.picture is not None:
            self.window.opener.open_qimage(what.picture, self.tr("Pasted image"))

    def paste_image(self) -> None:
        """Open the picture or the file that the clipboard holds."""
        # Some platforms give None for an empty clipboard.
        self.take_data(QGuiApplication.clipboard().mimeData() or QMimeData())

    def take_data(self, data: QMimeData) -> None:
        """Open what a drop or the clipboard holds, or say why there is nothing to open."""
        what = sort_drop(data)
        if what:
            self.take(what)
        elif data.hasImage():
            self.window.message.complain(self.tr("This picture cannot be read: it is damaged, or too large"))
        elif data.urls():
            self.window.message.complain(self.tr("Only files on this computer are opened; save it to one first"))
        else:
            self.window.message.say(self.tr("There is no picture and no file to open"))

    def _ask(self, key: str, title: str, names: list[str], *, many: bool) -> list[Path]:
        settings = QSettings()
        dialog = QFileDialog(self.window, title, str(settings.value(key, str(Path.home()))))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(names)
        if not dialog.exec():
            return []
        paths = [Path(name) for name in dialog.selectedFiles()]
        settings.setValue(key, str(paths[0].parent))
        return paths

    # --- maps ----------------------------------------------------------------------------------------------------

    def copy_map(self) -> None:
        """Put the selected map on the clipboard."""
        for cell in self.window.maps.grid.cells:
            if cell.index in self.window.selected()[:1]:
                self.window.saver.copy_map(cell)

    def compare(self, what: str) -> None:
        """Show parts of the selected filter, or all filters again (`Presenter.compare`)."""
        self.window.presenter.compare(what)
        self.window.refresh_actions()

    def enabled_maps(self) -> list[int]:
        """Maps that there are: those of filters that are on."""
        return self.window.presenter.shown.maps

    def selected_maps(self) -> list[int]:
        """Maps of the selected filters; a pooling of the image has others, and a filter that is off has none."""
        maps = self.enabled_maps()
        return [row for row in self.window.selected() if row in maps]

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
