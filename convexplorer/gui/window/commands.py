"""What the window's actions do, and when they can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QSettings
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from convexplorer import __version__
from convexplorer.core.model.layers import source
from convexplorer.core.project.project import Project, with_layer
from convexplorer.gui.canvas.navigator import STEP
from convexplorer.gui.filters.opening import FilterOpener
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.sessions.drops import Dropped, dropped, sorted_files

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


class Commands(QObject):
    """Carries out the actions of `menus.WINDOW_ACTIONS` on a window's parts."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._document = window.document
        self.filter_opener = FilterOpener(window.document, window.tasks, self)
        stack = window.document.undo_stack
        self._run: dict[str, Callable[[bool], object]] = {
            "openImage": lambda _: self.ask_images(),
            "nextImage": lambda _: window.opener.step(1),
            "previousImage": lambda _: window.opener.step(-1),
            "reloadImage": lambda _: window.opener.reload(),
            "pasteImage": lambda _: self.paste_image(),
            "openSession": lambda _: self.ask_session(),
            "saveSession": lambda _: window.keeper.save(),
            "saveSessionAs": lambda _: window.keeper.save_as(),
            "revertSession": lambda _: window.keeper.revert(),
            "openFilters": lambda _: self.ask_filters(),
            "saveFilters": lambda _: window.saver.save_filters(),
            "saveLayers": lambda _: window.saver.save_layers(),
            "saveSelectedFilters": lambda _: window.saver.save_filters(window.selected()),
            "saveMap": lambda _: window.saver.save_map(self._selected_maps()[0], window.presenter.look),
            "saveMaps": lambda _: window.saver.save_maps(self._enabled_maps(), window.presenter.look),
            "saveSelectedMaps": lambda _: window.saver.save_maps(self._selected_maps(), window.presenter.look),
            "exportFigure": lambda _: window.saver.export_figure(window.presenter.look),
            "quit": lambda _: window.close(),
            "undo": lambda _: stack.undo(),
            "redo": lambda _: stack.redo(),
            "copyMap": lambda _: self.copy_map(),
            "grey": lambda _: window.preparation.grey.click(),
            "rgb": lambda _: window.preparation.rgb.click(),
            "planes": lambda on: window.presenter.set_planes(apart=on),
            "zoomIn": lambda _: self._zoom(STEP),
            "zoomOut": lambda _: self._zoom(1 / STEP),
            "zoomFit": lambda _: window.navigator.fit(),
            "focusMap": self._focus,
            "flow": lambda on: window.flow.switch(on=on),
            "relu": self._set_relu,
            "holdScale": self._hold_scale,
            "markStrongest": lambda on: window.node_presenter.set_marking(on=on),
            "attribution": lambda on: window.attributor.switch(on=on),
            "zoomField": lambda _: window.tracer.zoom_to_field(),
            "traceBack": lambda _: window.tracer.back(),
            "splitChannels": lambda on: self.compare("channels" if on else ""),
            "showFlipped": lambda on: self.compare("flipped" if on else ""),
            "slide": lambda _: window.sliding.toggle(),
            "slideStep": lambda _: window.sliding.step(1),
            "slideBack": lambda _: window.sliding.step(-1),
            "slideEnd": lambda _: window.sliding.end(),
            "training": lambda _: window.training.open(),
            "settings": lambda _: window.show_settings(),
            "shortcuts": lambda _: window.show_keys(),
            "about": lambda _: self._about(),
        }

    def run(self, key: str, checked: bool = False) -> None:
        """Do what an action says, with what is being typed already taken."""
        take_typed()
        self._run[key](checked)

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now, and check what is on."""
        window = self._window
        project, selected = self._document.project, window.selected()
        image = project.image
        rgb = not project.preparation.grey
        enabled = {
            "nextImage": len(window.opener.files) > 1,
            "previousImage": len(window.opener.files) > 1,
            "reloadImage": image is not None and image.path is not None,
            "revertSession": window.keeper.path is not None and window.keeper.modified,
            "saveFilters": bool(len(project.bank)),
            "saveSelectedFilters": bool(selected),
            "saveMap": bool(self._selected_maps()) and image is not None,
            "saveMaps": bool(self._enabled_maps()) and image is not None,
            "saveSelectedMaps": bool(self._selected_maps()) and image is not None,
            "exportFigure": bool(self._enabled_maps()) and image is not None,
            "undo": self._document.undo_stack.canUndo(),
            "redo": self._document.undo_stack.canRedo(),
            "copyMap": bool(selected),
            "planes": rgb,
            "splitChannels": project.bank.channels == 3 and bool(selected) and _reads_image(project),
            "showFlipped": bool(selected),
            "zoomField": window.tracer.pinned,
            "traceBack": len(window.tracer.trail.steps) > 1,
            "slideBack": window.sliding.position is not None,
            "slideEnd": window.sliding.position is not None,
            "focusMap": bool(selected) or window.maps.focused is not None,
        }
        for key, on in enabled.items():
            actions[key].setEnabled(on)
        checked = {
            "grey": not rgb,
            "rgb": rgb,
            "planes": window.presenter.planes and rgb,
            "markStrongest": window.node_presenter.marking,
            "attribution": window.attributor.on,
            "splitChannels": window.presenter.shown.comparison == "channels",
            "showFlipped": window.presenter.shown.comparison == "flipped",
            "slide": window.sliding.playing,
            "flow": window.flow.on,
            "relu": project.edited_layer.activation == "relu",
            "holdScale": window.presenter.look.held is not None,
            "focusMap": window.maps.focused is not None,
        }
        for key, on in checked.items():
            actions[key].setChecked(on)

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
            self._window.keeper.open(paths[0])

    def ask_filters(self) -> None:
        """Ask for a file of filters and open it."""
        from convexplorer.io.filters.load_save import FILTER_SUFFIXES

        pattern = " ".join(f"*{suffix}" for suffix in sorted(FILTER_SUFFIXES))
        names = [self.tr("Filters ({0})").format(pattern), self.tr("All files (*)")]
        if paths := self._ask("folders/filters", self.tr("Open filters"), names, many=False):
            self.filter_opener.open(paths[0])

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open sessions, images and filter files, whichever they are."""
        self.take(sorted_files(list(paths)))

    def take(self, what: Dropped) -> None:
        """Open what was dropped or pasted; a session, which holds both, goes before images and filters."""
        if what.sessions:
            if len(what.sessions) + len(what.filters) + len(what.images) > 1:
                text = self.tr("Only the session {0} is opened: it holds picture and filters")
                self._window.message.say(text.format(what.sessions[0].name))
            self._window.keeper.open(what.sessions[0])
            return
        if what.filters:
            self.filter_opener.open(what.filters[0], more=len(what.filters) - 1)
        if what.images:
            self._window.opener.open_files(what.images)
        elif what.picture is not None:
            self._window.opener.open_qimage(what.picture, self.tr("Pasted image"))

    def paste_image(self) -> None:
        """Open the picture or the file that the clipboard holds."""
        # Some platforms give None for an empty clipboard.
        self.take_data(QGuiApplication.clipboard().mimeData() or QMimeData())

    def take_data(self, data: QMimeData) -> None:
        """Open what a drop or the clipboard holds, or say why there is nothing to open."""
        what = dropped(data)
        if what:
            self.take(what)
        elif data.hasImage():
            self._window.message.complain(self.tr("This picture cannot be read: it is damaged, or too large"))
        elif data.urls():
            self._window.message.complain(self.tr("Only files on this computer are opened; save it to one first"))
        else:
            self._window.message.say(self.tr("There is no picture and no file to open"))

    def _ask(self, key: str, title: str, names: list[str], *, many: bool) -> list[Path]:
        settings = QSettings()
        dialog = QFileDialog(self._window, title, str(settings.value(key, str(Path.home()))))
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
        for cell in self._window.maps.grid.cells:
            if cell.index in self._window.selected()[:1]:
                self._window.saver.copy_map(cell)

    def compare(self, what: str) -> None:
        """Show parts of the selected filter, or all filters again (`Presenter.compare`)."""
        self._window.presenter.compare(what)
        self._window.refresh_actions()

    def _enabled_maps(self) -> list[int]:
        return self._window.presenter.shown.maps

    def _selected_maps(self) -> list[int]:
        """Maps of the selected filters; a pooling of the image has others, and a filter that is off has none."""
        maps = self._enabled_maps()
        return [row for row in self._window.selected() if row in maps]

    def _zoom(self, factor: float) -> None:
        navigator = self._window.navigator
        frame = navigator.frame(self._window.maps.pane())
        navigator.zoom_at(frame, frame.pane.center(), factor)

    def _focus(self, on: bool) -> None:
        if on and self._window.selected():
            self._window.maps.focus_map(self._window.selected()[0])
        else:
            self._window.maps.show_all()

    def _set_relu(self, on: bool) -> None:
        label = self.tr("Switch ReLU on") if on else self.tr("Switch ReLU off")
        self._document.apply(label, with_layer(self._document.project, activation="relu" if on else "none"))

    def _hold_scale(self, on: bool) -> None:
        ranges = self._window.presenter.ranges.values()
        held = (min(one.low for one in ranges), max(one.high for one in ranges)) if on and ranges else None
        self._window.presenter.set_look(held=held)
        self._window.refresh_actions()

    def _about(self) -> None:
        import PySide6

        text = self.tr(
            "Conv Explorer {0}\n\nExplore convolutional layers by hand.\nNodes are cross-correlations of window and "
            "filter,\nwhich is what deep learning calls convolution.\n\nPySide6 {1}"
        ).format(__version__, PySide6.__version__)
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("About Conv Explorer"))
        box.setIconPixmap(self._window.windowIcon().pixmap(64, 64))
        box.setText(text)
        box.open()


def _reads_image(project: Project) -> bool:
    """Whether the planes of the edited filters are colours, and not the maps of another layer."""
    return source(project.layers, project.edited_index) is None
