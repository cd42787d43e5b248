"""The settings of the program, as a window beside the main one; every change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
)

from convexplorer.core.engine.colour import DIVERGING, SEQUENTIAL
from convexplorer.core.engine.kernel.library import kernel
from convexplorer.core.engine.routes.devices import Device
from convexplorer.core.runtime.threads_and_device import CPU, physical_cores, usable_threads
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.gui.kit import settings as known
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.kit.settings import Number, Setting
from convexplorer.gui.kit.settings_page import SettingsPage
from convexplorer.gui.kit.tasks import Task
from convexplorer.gui.window.menu_parts import palette_icon, palette_titles

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


class SettingsWindow(QDialog):
    """One field a setting, with a line that says what it does; Esc closes.

    Parameters
    ----------
    window : MainWindow
        Whose settings these are.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("settingsWindow")
        self.setWindowTitle(self.tr("Settings"))
        self._window = window
        self._settings = window.settings
        self._shown: list[Callable[[], None]] = []
        self._page = SettingsPage(self)
        self._add_look()
        self._add_engine()
        self._add_files()
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._page)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        restore = QPushButton(self.tr("Restore defaults"), self)
        restore.setObjectName("restoreDefaults")
        restore.setToolTip(self.tr("Set everything here as it was when the program was new"))
        restore.setAutoDefault(False)
        restore.clicked.connect(self._settings.restore_defaults)
        below = QHBoxLayout()
        below.setContentsMargins(16, 8, 16, 16)
        below.addWidget(restore)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addLayout(below)
        self._settings.changed.connect(self.refresh)
        window.exploration.results.lookChanged.connect(self.refresh)
        self.refresh()
        hint = self._page.sizeHint()
        room = window.screen().availableSize()
        self.resize(hint.width() + 24, min(hint.height() + 64, room.height() - 80))
        self._look_for_devices()

    # --- sections ------------------------------------------------------------------------------------------------

    def _add_look(self) -> None:
        page, titles, presenter = self._page, palette_titles(), self._window.presenter
        page.add_heading(self.tr("Look"))
        themes = [("system", self.tr("As the system")), ("light", self.tr("Light")), ("dark", self.tr("Dark"))]
        self._theme = self._choice("theme", known.THEME, themes)
        page.add(self.tr("Theme"), self._theme, self.tr("Light or dark; the values of maps keep their colours."))
        self._sequential = self._choice(
            "sequential",
            known.SEQUENTIAL_PALETTE,
            [(name, titles[name]) for name in SEQUENTIAL],
            lambda: presenter.look.sequential,
        )
        page.add(self.tr("Activations"), self._sequential, self.tr("Colours of maps from zero up, as after ReLU."))
        self._diverging = self._choice(
            "diverging",
            known.DIVERGING_PALETTE,
            [(name, titles[name]) for name in DIVERGING],
            lambda: presenter.look.diverging,
        )
        page.add(self.tr("Signed maps"), self._diverging, self.tr("Colours of maps below and above zero."))
        moving = QCheckBox(self.tr("Panels and menus glide"), page)
        moving.setObjectName("movement")
        moving.toggled.connect(lambda on: self._settings.set(known.MOVEMENT, on))
        self._shown.append(lambda: moving.setChecked(self._settings.get(known.MOVEMENT)))
        page.add(self.tr("Movement"), moving, self.tr("Switched off, everything is in its place at once."))

    def _add_engine(self) -> None:
        page = self._page
        page.add_heading(self.tr("Engine"))
        threads = self._number("threads", known.THREADS, 1, most=usable_threads())
        threads.setSpecialValueText(self.tr("Automatic ({0})").format(physical_cores()))
        page.add(self.tr("Threads"), threads, self.tr("How many compute at once; automatic is one for each core."))
        memory = self._number("memory", known.MEMORY, 256)
        memory.setSuffix(self.tr(" MB"))
        page.add(self.tr("Memory for caches"), memory, self.tr("Results kept, up to this, need not be computed again."))
        engine = QLabel(page)
        engine.setObjectName("convolution")
        found = kernel()
        if found is None:
            engine.setText("ONNX Runtime")
            note = self.tr("The faster kernel of the program is switched off, or was not built when it was installed.")
        else:
            sets = {"avx512": "AVX-512", "avx2": "AVX2"}
            name = sets.get(found.name, self.tr("any processor"))
            engine.setText(self.tr("Own kernel ({0})").format(name))
            note = self.tr("What correlates on the processor; it was built when the program was installed.")
        page.add(self.tr("Convolution"), engine, note)
        self._device = self._choice("device", known.DEVICE, [(CPU, self.tr("Processor"))])
        self._device.setEnabled(False)
        page.add(self.tr("Compute device"), self._device, self.tr("Looking for devices…"))

    def _add_files(self) -> None:
        page = self._page
        page.add_heading(self.tr("Files"))
        embed = self._number("embed", known.EMBED, 16)
        embed.setSuffix(self.tr(" MB"))
        note = self.tr("Sessions hold pictures up to this size; larger ones are linked.")
        page.add(self.tr("Embed pictures"), embed, note)

    # --- fields --------------------------------------------------------------------------------------------------

    def _choice(
        self,
        name: str,
        setting: Setting[str],
        choices: Sequence[tuple[str, str]],
        shown: Callable[[], str] | None = None,
    ) -> ChoiceBox:
        """A list to choose from; it shows the setting, unless `shown` says what is in force instead."""
        box = ChoiceBox(self._page)
        box.setObjectName(name)
        box.setIconSize(QSize(48, 16))
        for key, text in choices:
            box.addItem(text, key)
        box.activated.connect(lambda index: self._settings.set(setting, str(box.itemData(index))))
        value = shown or (lambda: self._settings.get(setting))
        self._shown.append(lambda: box.setCurrentIndex(max(0, box.findData(value()))))
        return box

    def _number(self, name: str, setting: Number, step: int, most: int | None = None) -> WholeBox:
        box = WholeBox(setting.low, setting.high if most is None else most, self._page)
        box.setObjectName(name)
        box.setSingleStep(step)
        self._shown.append(lambda: box.setValue(self._settings.get(setting)))
        box.valueChanged.connect(lambda value: self._settings.set(setting, value))
        return box

    # --- following -----------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show what is set, wherever it was set."""
        for box in (self._sequential, self._diverging):
            for index in range(box.count()):
                box.setItemIcon(index, palette_icon(str(box.itemData(index))))
        with ExitStack() as quiet:
            for field in self._page.notes:
                quiet.enter_context(QSignalBlocker(field))
            for show in self._shown:
                show()

    def _look_for_devices(self) -> None:
        """Ask ONNX Runtime, which takes long to load, in the background."""

        def work(_cancelled: ShouldStop) -> Generator[float, None, tuple[Device, ...]]:
            from convexplorer.core.engine.routes.devices import available

            yield 0.0
            return available()

        self._window.tasks.start(Task(self.tr("Looking for devices"), work, self._take_devices))

    def _take_devices(self, found: tuple[Device, ...]) -> None:
        for one in found:
            self._device.addItem(one.title, one.key)
        self._device.setEnabled(bool(found))
        self._page.explain(
            self._device,
            self.tr("Computes convolutions; the processor takes over if it fails.")
            if found
            else self.tr("The installed ONNX Runtime knows no device but the processor."),
        )
        self.refresh()
