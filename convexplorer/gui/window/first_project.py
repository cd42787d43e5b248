"""What the program starts with: a photograph and four edge filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.core.model.banks import BANKS, DEFAULT
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.project.project import Project

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


def default_project() -> Project:
    """The four edge filters; the picture follows from the worker."""
    return Project((ConvLayer(BANKS[DEFAULT].make()),))


def open_default_picture(window: MainWindow) -> None:
    """Open the sample photograph that comes first."""
    from convexplorer.io.images.samples import DEFAULT_SAMPLE, find_sample

    window.opener.open_sample(DEFAULT_SAMPLE, find_sample(DEFAULT_SAMPLE).title)
