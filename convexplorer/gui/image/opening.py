"""Getting pictures: from files, samples and the clipboard, decoded off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import Layer
from convexplorer.core.project.layer_edits import select_layer, with_stack
from convexplorer.core.project.project import with_image
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.worker import Worker


@dataclass(frozen=True, eq=False)
class _Order:
    """One picture to get: how, what to call it, and its place in the list of files."""

    load: Callable[[ShouldStop], Image]
    name: str
    place: int | None = None
    scale: float | None = None
    layers: tuple[Layer, ...] | None = None


class ImageOpener(QObject):
    """Opens pictures into the document and remembers what else was dropped with them."""

    opened = Signal(object)
    """The picture that is now the document's."""
    failed = Signal(object)
    """Why one could not be opened; the document is as it was."""
    busyChanged = Signal(str)
    """Name of the picture being decoded, or ""."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.files: list[Path] = []
        self.place = 0
        self._latest: _Order | None = None
        self._ended: _Order | None = None
        self._worker = Worker(_decode, newest_wins=True, parent=self)
        self._worker.produced.connect(self._take)
        self._worker.failed.connect(self._refuse)
        self._worker.finished.connect(self._finish)

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open the first of some files; the others can be stepped through."""
        if paths:
            self.files = list(paths)
            self._open_place(0)

    def step(self, by: int) -> None:
        """Go on to another of the files that were opened together."""
        if len(self.files) > 1:
            self._open_place((self.place + by) % len(self.files))

    def open_sample(self, key: str, title: str) -> None:
        """Open a built-in picture, with its layers if it is an example, at the size at which it is to be explored."""
        from convexplorer.io.images.samples import find_sample, load_sample, sample_layers

        scale, layers = find_sample(key).scale, sample_layers(key)
        self._submit(_Order(lambda _stop: load_sample(key), title, scale=scale, layers=layers))

    def open_qimage(self, image: QImage, name: str) -> None:
        """Open a picture from the clipboard or a drop."""
        from convexplorer.io.images.load import image_from_qimage

        copy = image.copy()
        self._submit(_Order(lambda _stop: image_from_qimage(copy, name), name))

    def reload(self) -> None:
        """Read the picture's file again."""
        image = self._document.project.image
        if image is not None and image.path is not None:
            self._submit(_file_order(image.path))

    def forget(self) -> None:
        """Let no picture that is still being decoded come any more, nor others that were opened with it."""
        self.files, self.place = [], 0
        self.cancel()

    def cancel(self) -> None:
        """Let no picture that is still being decoded come any more; what is shown stays."""
        self._latest = self._ended = None
        self._worker.cancel()
        self.busyChanged.emit("")

    @property
    def busy(self) -> bool:
        """Whether a picture is being decoded, or has just been and is not yet shown."""
        return self._ended is not self._latest

    def close(self) -> None:
        """Stop for good."""
        self._worker.close()

    def _open_place(self, place: int) -> None:
        self._submit(_file_order(self.files[place], place))

    def _submit(self, order: _Order) -> None:
        self._latest = order
        self.busyChanged.emit(order.name)
        self._worker.submit(order)

    @Slot(object, object)
    def _take(self, order: _Order, image: Image) -> None:
        if order is not self._latest:
            return
        if order.place is not None:
            self.place = order.place
        elif image.path is None:
            self.files = []
        project = self._document.project
        if order.scale is not None:
            project = replace(project, preparation=replace(project.preparation, scale=order.scale))
        first = project.image is None
        project = with_image(project, image)
        if order.layers is not None:
            project = select_layer(with_stack(project, order.layers), len(order.layers) - 1)
        if first:
            # The first picture is where everything begins, not an edit to be taken back.
            self._document.reset(project)
        else:
            self._document.apply(self.tr("Open {0}").format(image.name), project)
        self.opened.emit(image)

    @Slot(object, object)
    def _refuse(self, order: _Order, error: BaseException) -> None:
        if order is self._latest or not isinstance(error, ConvExplorerError):
            self.failed.emit(error)

    @Slot(object)
    def _finish(self, order: _Order) -> None:
        if order is self._latest:
            self._ended = order
            self.busyChanged.emit("")


def _file_order(path: Path, place: int | None = None) -> _Order:
    def load(stop: ShouldStop) -> Image:
        from convexplorer.io.images.apart import load_image_apart

        return load_image_apart(path, stop)

    return _Order(load, path.name, place)


def _decode(order: Any, _cancelled: ShouldStop, superseded: ShouldStop) -> Iterator[Image]:
    yield order.load(superseded)
