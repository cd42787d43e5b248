"""A map that is dragged out of the window: a file and a picture, or one line where there is no room for the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtGui import QImage

from convexplorer.gui.sessions import saving
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.io.files import scratch


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


def test_without_room_there_is_one_line(
    window: MainWindow, dragged: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch.Path, "mkdir", full)
    window.maps.dragRequested.emit(0)
    assert window.message.text == "there is no room for temporary files: No space left on device"
    assert not dragged
