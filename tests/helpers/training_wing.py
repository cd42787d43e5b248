"""What tests of training in the window share."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.training.panel import TrainingPanel
from convexplorer.gui.training.presenter import TrainingPresenter
from convexplorer.gui.training.session import TrainingSession
from convexplorer.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def shown(panel: TrainingPanel) -> FilterBank:
    """The first layer's filters at the moment shown."""
    return panel.filters.layers()[0].bank


def opened(window: MainWindow, qtbot: QtBot) -> TrainingPanel:
    """Open the dock and wait for its panel, which comes piece by piece."""
    window.actions_by_key["training"].trigger()
    qtbot.waitUntil(lambda: window.training.panel is not None, timeout=20_000)
    panel = window.training.panel
    assert panel is not None
    return panel


def session_of(panel: TrainingPanel) -> TrainingSession:
    """The session that trains for a panel, of its window."""
    window = panel.window()
    assert isinstance(window, MainWindow)
    assert window.training.session is not None
    return window.training.session


def presenter_of(panel: TrainingPanel) -> TrainingPresenter:
    """The presenter of a panel, of its window."""
    window = panel.window()
    assert isinstance(window, MainWindow)
    assert window.training.presenter is not None
    return window.training.presenter


def ready(panel: TrainingPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session_of(panel).state in ("ready", "finished"), timeout=20_000)


def drop(page: QWidget, data: QMimeData) -> None:
    at, action, left = QPoint(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(at, action, data, left, none))
    QApplication.sendEvent(page, QDropEvent(QPointF(at), action, data, left, none))
