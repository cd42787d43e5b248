"""A map that is dragged out of the window: a file and a picture, or one line where there is no room for the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from convexplorer.gui.sessions import saving
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.files import scratch
from tests.helpers.carried import Carried, drag_from, recording_drag


@pytest.fixture
def dragged(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were carried under the mouse."""
    files: list[Path] = []
    monkeypatch.setattr(saving, "drag_file", lambda _source, path, _picture: files.append(path))
    return files


def test_the_file_is_the_map_as_it_is_coloured_and_the_last_one_only(window: MainWindow, dragged: list[Path]) -> None:
    window.maps.dragRequested.emit(0)
    window.maps.dragRequested.emit(1)
    first, second = dragged
    assert not first.exists()
    raster = window.maps.grid.cells[1].raster()
    assert raster is not None
    with PILImage.open(second) as picture:
        wanted = raster.image.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(wanted.constBits(), np.uint8).reshape(wanted.height(), wanted.bytesPerLine())
        found = np.asarray(picture.convert("RGB")).reshape(wanted.height(), -1)
    assert np.array_equal(found, rows[:, : 3 * wanted.width()])
    assert second.is_relative_to(scratch.scratch_folder())


def test_pulling_a_map_by_its_header_carries_a_file_and_a_picture(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[Carried] = []
    monkeypatch.setattr(saving, "QDrag", recording_drag(carried))
    grid = window.maps.grid
    drag_from(grid.viewport(), grid.cell_rect(2).topLeft().toPoint() + QPoint(20, 6))
    [one] = carried
    [url] = one.data.urls()
    path = Path(url.toLocalFile())
    assert path.name == "small_003_Filter-3.png"
    raster = grid.cells[2].raster()
    assert raster is not None
    assert QImage(str(path)).convertToFormat(raster.image.format()) == raster.image
    assert one.data.imageData() == raster.image
    assert 0 < one.width <= 96
    assert one.actions == Qt.DropAction.CopyAction
    assert window.selected() == [2]


def test_pulling_a_map_by_its_nodes_carries_nothing(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[Carried] = []
    monkeypatch.setattr(saving, "QDrag", recording_drag(carried))
    drag_from(window.maps.grid.viewport(), window.maps.grid.cell_rect(2).center().toPoint())
    assert carried == []


def test_without_room_there_is_one_line(
    window: MainWindow, dragged: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch.Path, "mkdir", full)
    window.maps.dragRequested.emit(0)
    assert window.message.text == "there is no room for temporary files: No space left on device"
    assert not dragged
