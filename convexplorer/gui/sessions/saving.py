"""Writing filters, maps and figures: asks where, then leaves the work to a task."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from convexplorer.core.engine.pictures import Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import source
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.save_dialog import Choice, ask_where
from convexplorer.gui.kit.tasks import Task, Tasks
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP, with_count
from convexplorer.gui.maps.map_cell import MapCell
from convexplorer.io.maps.project_maps import (
    map_scale,
    map_settings,
    project_maps,
    shown_input,
    shown_pooling,
    shown_stack,
)

Steps = Generator[float, None, object]

MAP_TITLES = {
    "png": QT_TRANSLATE_NOOP("formats", "PNG as coloured on the screen"),
    "png16": QT_TRANSLATE_NOOP("formats", "16-bit PNG of the values"),
    "tiff": QT_TRANSLATE_NOOP("formats", "Float TIFF of the values"),
    "npy": QT_TRANSLATE_NOOP("formats", "NumPy array of the values"),
    "npz": QT_TRANSLATE_NOOP("formats", "NumPy archive with the filter"),
    "csv": QT_TRANSLATE_NOOP("formats", "Text with commas"),
}
PICTURES = ("png", "png16")
"""Formats that show a map, rather than hold its values."""


class Saver(QObject):
    """Everything the window writes."""

    saved = Signal(str)
    """One line: what is now where."""

    def __init__(self, document: Document, tasks: Tasks, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._tasks = tasks
        self._window = window

    # --- asking --------------------------------------------------------------------------------------------------

    def save_filters(self, indices: Sequence[int] | None = None) -> None:
        """Ask for a file and write all filters, or some."""
        from convexplorer.io.filters.load_save import FORMATS

        bank = self._document.project.bank
        bank = bank if indices is None else bank.subset(sorted(indices))
        choices = [Choice(key, one.suffix, _translate(one.title)) for key, one in FORMATS.items()]
        if answer := ask_where(self._window, self.tr("Save filters"), "filters.json", choices):
            self.write_filters(bank, answer[0], answer[1].key)

    def save_layers(self) -> None:
        """Ask for a file and write the whole stack of layers, or export it as ONNX."""
        choices = [
            Choice("json", ".json", self.tr("Layers as readable JSON")),
            Choice("safetensors", ".safetensors", self.tr("Layers as safetensors")),
            Choice("onnx", ".onnx", self.tr("ONNX model")),
        ]
        if answer := ask_where(self._window, self.tr("Save layers"), "layers.json", choices):
            self.write_layers(answer[0])

    def save_map(self, index: int, look: Look) -> None:
        """Ask for a file and write one map."""
        from convexplorer.io.maps.save import map_file_name

        one = shown_stack(self._document.project)[1].bank[index]
        suggested = map_file_name(self._stem(), index, one.name, ".png")
        if answer := ask_where(self._window, self.tr("Save map"), suggested, _map_choices()):
            self.write_map(index, answer[0], answer[1].key, look)

    def save_maps(self, indices: Sequence[int], look: Look) -> None:
        """Ask for a folder, a format and a beginning of names, and write several maps."""
        title = self.tr("Save maps: folder, format, and how the names begin")
        if answer := ask_where(self._window, title, f"{self._stem()}.png", _map_choices(), confirm=False):
            path, choice = answer
            self.write_maps(sorted(indices), path.parent, path.stem, choice.key, look)

    def export_figure(self, look: Look) -> None:
        """Ask for a file and draw filters and maps on one page."""
        choices = [Choice(kind, f".{kind}", kind.upper()) for kind in ("png", "svg", "pdf")]
        if answer := ask_where(self._window, self.tr("Export figure"), f"{self._stem()} figure.png", choices):
            self.write_figure(answer[0], look)

    # --- writing -------------------------------------------------------------------------------------------------

    def write_filters(self, bank: FilterBank, path: Path, kind: str | None = None) -> None:
        """Write filters to a file that may be replaced; `kind` is a key of `io.filters.load_save.FORMATS`."""

        def work(_cancelled: ShouldStop) -> Steps:
            from convexplorer.io.filters.load_save import save_filters

            yield 0.0
            save_filters(bank, path, format=kind)
            return None

        def done(_result: object) -> None:
            self.saved.emit(
                with_count(self.tr("%n filter(s) saved to {0}", "", len(bank)), len(bank)).format(path.name)
            )

        self._tasks.start(Task(self.tr("Saving filters"), work, done))

    def write_layers(self, path: Path) -> None:
        """Write all layers to a file that may be replaced; its suffix is the format."""
        project = self._document.project

        def work(_cancelled: ShouldStop) -> Steps:
            yield 0.0
            if path.suffix.lower() == ".onnx":
                from convexplorer.io.filters.onnx_export import export_onnx

                export_onnx(project.layers, project.preparation, path)
            else:
                from convexplorer.io.filters.stacks import save_stack

                save_stack(project.layers, path)
            return None

        count = len(project.layers)
        news = with_count(self.tr("%n layer(s) saved to {0}", "", count), count).format(path.name)
        self._start(self.tr("Saving layers"), work, news)

    def write_map(self, index: int, path: Path, kind: str, look: Look) -> None:
        """Write one map to a file that may be replaced; `kind` is a key of `io.maps.save.MAP_FORMATS`."""
        project = self._document.project

        def work(cancelled: ShouldStop) -> Steps:
            from convexplorer.io.maps.save import save_map

            yield 0.0
            for _, one, values in project_maps(project, [index], cancelled, pictured=kind in PICTURES):
                save_map(
                    path,
                    values,
                    format=kind,
                    scale=map_scale(project, look, values) if kind == "png" else None,
                    filter=one,
                    settings=map_settings(project),
                    overwrite=True,
                    should_stop=cancelled,
                )
            return None

        self._start(self.tr("Saving map"), work, self.tr("Map saved to {0}").format(path.name))

    def write_maps(
        self, indices: Sequence[int], folder: Path, stem: str, kind: str, look: Look, *, overwrite: bool = False
    ) -> None:
        """Write several maps into a folder, none over a file that is there unless that was agreed to."""
        project = self._document.project
        bank = shown_stack(project)[1].bank
        wanted = [i for i in indices if bank[i].enabled]

        def work(cancelled: ShouldStop) -> Steps:
            from convexplorer.io.maps.save import save_maps

            written = save_maps(
                folder,
                stem,
                project_maps(project, wanted, cancelled, pictured=kind in PICTURES),
                names=[(i, bank[i].name) for i in wanted],
                format=kind,
                scale=lambda values: map_scale(project, look, values),
                settings=map_settings(project),
                overwrite=overwrite,
                should_stop=cancelled,
            )
            yield 0.0
            for count, _ in enumerate(written, 1):
                yield count / len(wanted)
            return None

        news = with_count(self.tr("%n map(s) saved in {0}", "", len(wanted)), len(wanted)).format(folder.name)
        self._start(self.tr("Saving maps"), work, news)

    def write_figure(self, path: Path, look: Look) -> None:
        """Draw filters and maps to a file that may be replaced."""
        project = self._document.project

        def work(cancelled: ShouldStop) -> Steps:
            from convexplorer.io.figures.figures import save_figure

            yield 0.0
            if project.image is not None:
                image = project.image.prepare(project.preparation, cancelled)
                inputs, layer = shown_input(project, image, cancelled), shown_stack(project)[1]
                save_figure(
                    path,
                    inputs,
                    layer,
                    look=look,
                    deep=source(project.layers, project.shown_index) is not None,
                    pooling=shown_pooling(project),
                    overwrite=True,
                    should_stop=cancelled,
                )
            return None

        self._start(self.tr("Drawing figure"), work, self.tr("Figure saved to {0}").format(path.name))

    def _start(self, label: str, work: Callable[[ShouldStop], Steps], news: str) -> None:
        self._tasks.start(Task(label, work, lambda _: self.saved.emit(news)))

    # --- clipboard and dragging ----------------------------------------------------------------------------------

    def copy_map(self, cell: MapCell) -> None:
        """Put a map on the clipboard as it is coloured."""
        raster = cell.raster()
        if raster is not None:
            QGuiApplication.clipboard().setImage(raster.image)
            self.saved.emit(self.tr("Map of {0} copied").format(cell.filter.name))

    def drag_map(self, cell: MapCell) -> None:
        """Let a map be dropped elsewhere, as a PNG file and as a picture.

        Raises
        ------
        UnwritableFileError
            If the file cannot be written.
        """
        from convexplorer.io.arrays.qimages import png_bytes
        from convexplorer.io.files.atomic import atomic_file
        from convexplorer.io.files.scratch import fresh_folder
        from convexplorer.io.maps.save import map_file_name

        raster = cell.raster()
        if raster is None:
            return
        name = map_file_name(self._stem(), cell.index, cell.filter.name, ".png")
        path = fresh_folder("dragged") / name
        with atomic_file(path) as file:
            file.write(png_bytes(raster.image))
        drag_file(self._window, path, raster.image)

    def _stem(self) -> str:
        image = self._document.project.image
        return Path(image.name).stem if image is not None else "image"


def drag_file(source: QWidget, path: Path, picture: QImage) -> None:
    """Carry a file under the mouse until it is dropped."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    data.setImageData(picture)
    drag = QDrag(source)
    drag.setMimeData(data)
    drag.setPixmap(QPixmap.fromImage(picture.scaled(96, 96, Qt.AspectRatioMode.KeepAspectRatio)))
    drag.exec(Qt.DropAction.CopyAction)


def _map_choices() -> list[Choice]:
    from convexplorer.io.maps.save import MAP_FORMATS

    return [Choice(kind, suffix, _translate(MAP_TITLES[kind])) for kind, suffix in MAP_FORMATS.items()]


def _translate(title: str) -> str:
    return QCoreApplication.translate("formats", title)
