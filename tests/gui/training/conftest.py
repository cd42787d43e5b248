"""A window whose training learns from a small folder of pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PILImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from convexplorer.gui.training.panel import TrainingPanel
from convexplorer.gui.window.main_window import MainWindow
from tests.helpers.training_wing import opened, ready


@pytest.fixture
def data(tmp_path):
    """Dark and bright pictures with a bar, as a folder of folders."""
    generator = np.random.default_rng(0)
    for label in ("lying", "standing"):
        (tmp_path / "bars" / label).mkdir(parents=True)
        for number in range(30):
            pixels = generator.integers(0, 60, (32, 32), dtype=np.uint8)
            at = generator.integers(4, 24)
            (pixels if label == "lying" else pixels.T)[at : at + 4] += 150
            PILImage.fromarray(pixels).save(tmp_path / "bars" / label / f"{number}.png")
    return tmp_path / "bars"


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, data, monkeypatch) -> TrainingPanel:
    made = opened(window, qtbot)
    made.settings.epochs.setValue(4)
    made.settings.batch.setValue(8)
    made.settings.rate.setText("0.005")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(data))
    made.controls.data.activated.emit(made.controls.data.findData("@folder"))
    ready(made, qtbot)
    return made
