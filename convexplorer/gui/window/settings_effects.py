"""Applies changed settings at once to the parts of the program that they are about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from convexplorer.background import give_way
from convexplorer.core.runtime.budget import budget
from convexplorer.core.runtime.threads_and_device import CPU, physical_cores, settings, usable_threads, use_threads
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import UnavailableError
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.settings import (
    DEVICE,
    DIVERGING_PALETTE,
    MEMORY,
    MOVEMENT,
    SEQUENTIAL_PALETTE,
    THEME,
    THREADS,
    Setting,
)
from convexplorer.gui.kit.tasks import Task

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

_MOVING = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
_one_at_a_time = threading.Lock()


class SettingsEffects(QObject):
    """Applies settings to a window and, between `begin` and `end`, to the engine, of which there is one.

    Parameters
    ----------
    window : MainWindow
        The window, with its settings and its presenter.
    """

    _deviceFailed = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._settings = window.settings
        look: dict[Setting[Any], Callable[[Any], object]] = {
            SEQUENTIAL_PALETTE: lambda name: window.presenter.set_look(sequential=name),
            DIVERGING_PALETTE: lambda name: window.presenter.set_look(diverging=name),
            MOVEMENT: self._set_movement,
        }
        self._moving = [one for one in _MOVING if QApplication.isEffectEnabled(one)]
        self._effects: dict[Setting[Any], Callable[[Any], object]] = {
            THEME: theme.apply,
            **look,
            THREADS: lambda _: threading.Thread(target=self._set_threads).start(),
            MEMORY: _set_memory,
            DEVICE: self._choose_device,
        }
        self._deviceFailed.connect(self._give_up)
        self._settings.changed.connect(self._apply)
        for one in look:
            self._apply(one)

    def begin(self) -> None:
        """Set up the engine, and hear of devices that fail."""
        settings.device_failed = self._deviceFailed.emit
        settings.device = self._settings.get(DEVICE)  # started when it is needed, which may be much later
        self._apply(MEMORY)
        # Linear algebra starts with all hardware threads.
        if self._settings.get(THREADS) != THREADS.default or physical_cores() != usable_threads():
            self._apply(THREADS)

    def end(self) -> None:
        """Hear of nothing any more."""
        settings.device_failed = type(settings)().device_failed

    @Slot(object)
    def _apply(self, setting: Setting[Any]) -> None:
        if effect := self._effects.get(setting):
            effect(self._settings.get(setting))

    def _set_movement(self, on: bool) -> None:
        """Let panels and menus glide to their places, where the desktop wants that, or not."""
        self._window.setAnimated(on)
        for effect in self._moving:
            QApplication.setEffectEnabled(effect, on)

    def _set_threads(self) -> None:
        """In a thread, since looking for libraries takes longer than a frame; threads that start so give way."""
        give_way()
        with _one_at_a_time:
            use_threads(self._settings.get(THREADS) or None)

    def _choose_device(self, device: str) -> None:
        """Try it at once; if it fails, that is said, and the processor computes."""
        settings.device = device
        if device == CPU:
            return

        def work(_cancelled: ShouldStop) -> Generator[float, None, None]:
            from convexplorer.core.engine.routes.onnx import try_device

            yield 0.0
            try_device()

        self._window.tasks.start(Task(self.tr("Starting the compute device"), work, lambda _result: None))

    @Slot(object)
    def _give_up(self, error: UnavailableError) -> None:
        """Say that the processor has taken over, and show so in the settings."""
        self._settings.set(DEVICE, CPU)
        self._window.complain(error)


def _set_memory(megabytes: int) -> None:
    budget.total = megabytes << 20
