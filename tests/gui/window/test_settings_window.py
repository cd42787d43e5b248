"""The settings: each takes effect at once, is remembered, and can be reached by keyboard."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import onnxruntime
import pytest
from PIL import Image as PILImage
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QMenu, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from convexplorer.core.engine.kernel.library import Kernel
from convexplorer.core.engine.routes import devices
from convexplorer.core.runtime import threads_and_device as core_settings
from convexplorer.core.runtime.budget import DEFAULT, budget
from convexplorer.core.runtime.threads_and_device import CPU, physical_cores, usable_threads, use_threads
from convexplorer.gui.kit import settings as known
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.settings import SETTINGS, Settings
from convexplorer.gui.window.app import default_project
from convexplorer.gui.window.main_window import MainWindow
from convexplorer.gui.window.settings_window import SettingsWindow
from tests.helpers.whole_window import settle, small_picture

T = TypeVar("T", bound=QWidget)
NAMES = ("theme", "sequential", "diverging", "movement", "threads", "memory", "device", "embed")


@pytest.fixture(autouse=True)
def _engine_as_before() -> Iterator[None]:
    yield
    use_threads()
    budget.total = DEFAULT
    core_settings.settings.device = CPU


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> SettingsWindow:
    """The settings of a window, with the devices known."""
    window.actions_by_key["settings"].trigger()
    page = window.findChild(SettingsWindow)
    assert page is not None
    qtbot.waitExposed(page)
    qtbot.waitUntil(lambda: not window.tasks.busy)
    return page


def field(page: SettingsWindow, kind: type[T], name: str) -> T:
    found = page.findChild(kind, name)
    assert found is not None
    return found


def choose(qtbot: QtBot, page: SettingsWindow, name: str, key: str) -> None:
    """Choose an entry of a list by keyboard."""
    box = field(page, QComboBox, name)
    box.setFocus()
    steps = box.findData(key) - box.currentIndex()
    for _ in range(abs(steps)):
        qtbot.keyClick(box, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)


def enter(qtbot: QtBot, page: SettingsWindow, name: str, text: str) -> None:
    """Type a number."""
    box = field(page, QSpinBox, name)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.key)
@pytest.mark.parametrize("nonsense", ["", "pink", "1e9", ["a"], b"\0", "-1"], ids=repr)
def test_nonsense_in_the_file_is_never_taken(setting: known.Setting[Any], nonsense: object) -> None:
    assert Settings().get(setting) == setting.default
    QSettings().setValue(setting.key, nonsense)
    value = Settings().get(setting)
    if isinstance(setting, known.Number):
        assert setting.low <= value <= setting.high
    else:
        assert value == setting.default


@pytest.mark.usefixtures("qapp")
def test_what_is_set_is_remembered_and_told(qtbot: QtBot) -> None:
    settings = Settings()
    with qtbot.waitSignal(settings.changed) as told:
        settings.set(known.MOVEMENT, False)
    assert told.args == [known.MOVEMENT]
    settings.set(known.THREADS, 2000)
    QSettings().sync()
    assert Settings().get(known.MOVEMENT) is False
    assert Settings().get(known.THREADS) == known.THREADS.high
    settings.restore_defaults()
    assert all(Settings().get(one) == one.default for one in SETTINGS)


def test_keys_are_their_own() -> None:
    assert len({one.key for one in SETTINGS}) == len(SETTINGS)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_is_beside_the_window_and_escape_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    page = window.findChild(SettingsWindow)
    assert page is not None
    assert page.isVisible()
    assert not page.isModal()
    qtbot.waitUntil(lambda: not window.tasks.busy)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    window.actions_by_key["settings"].trigger()
    assert window.findChildren(SettingsWindow) == [page]
    assert page.isVisible()


def test_every_field_is_named_explained_and_on_the_way_of_the_tab_key(page: SettingsWindow, qtbot: QtBot) -> None:
    fields = {one: field(page, QWidget, one) for one in NAMES}
    for one in fields.values():
        assert one.accessibleName()
        assert one.accessibleDescription()
        assert one.toolTip()
    labels = page.findChildren(QLabel)
    assert {one.buddy() for one in labels} >= set(fields.values())
    fields["theme"].setFocus()
    seen = set()
    for _ in range(20):
        focus = page.focusWidget()
        assert focus is not None
        seen.add(focus.objectName())
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert seen == (set(NAMES) - {"device"}) | {"restoreDefaults"}


def test_nothing_is_cut_off(page: SettingsWindow) -> None:
    for label in page.findChildren(QLabel):
        assert label.width() >= min(label.sizeHint().width(), label.minimumWidth() or 10_000)
        assert label.height() >= label.heightForWidth(label.width())


def test_the_look(page: SettingsWindow, window: MainWindow, qtbot: QtBot) -> None:
    choose(qtbot, page, "theme", "dark")
    assert theme.current().dark
    choose(qtbot, page, "theme", "light")
    assert not theme.current().dark
    choose(qtbot, page, "sequential", "cividis")
    choose(qtbot, page, "diverging", "blue–gold")
    assert (window.presenter.look.sequential, window.presenter.look.diverging) == ("cividis", "blue–gold")
    settle(qtbot, window)
    picture = window.maps.grid.cells[0].picture
    assert picture is not None
    assert picture.scale.palette == "cividis"


def test_movement(page: SettingsWindow, window: MainWindow, qtbot: QtBot) -> None:
    box = field(page, QCheckBox, "movement")
    assert window.isAnimated()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not window.isAnimated()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert window.isAnimated()


def test_threads(page: SettingsWindow, qtbot: QtBot) -> None:
    box = field(page, QSpinBox, "threads")
    assert box.text() == f"Automatic ({physical_cores()})"
    enter(qtbot, page, "threads", "1")
    qtbot.waitUntil(lambda: core_settings.settings.threads == 1)
    assert box.maximum() == usable_threads()
    for _ in range(2):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: core_settings.settings.threads == physical_cores())


def test_memory(page: SettingsWindow, qtbot: QtBot) -> None:
    enter(qtbot, page, "memory", "512")
    assert budget.total == 512 << 20
    enter(qtbot, page, "memory", "3")
    assert Settings().get(known.MEMORY) >= known.MEMORY.low


def test_pictures_are_embedded_up_to_the_size_set(
    page: SettingsWindow, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    PILImage.fromarray(small_picture().native).save(tmp_path / "photo.png")
    window.files.open_files([tmp_path / "photo.png"])
    qtbot.waitUntil(lambda: "photo.png" in window.windowTitle())
    for megabytes, inside in ((1, True), (0, False)):
        enter(qtbot, page, "embed", str(megabytes))
        window.keeper.path = tmp_path / f"{megabytes}.cvx"
        window.keeper.save()
        qtbot.waitUntil(lambda: not window.tasks.busy)
        with zipfile.ZipFile(window.keeper.path) as file:
            assert ("image" in {Path(name).stem for name in file.namelist()}) == inside


def test_defaults_come_back(page: SettingsWindow, window: MainWindow, qtbot: QtBot) -> None:
    choose(qtbot, page, "sequential", "viridis")
    enter(qtbot, page, "memory", "512")
    window.presenter.set_look(diverging="blue–gold")  # as a session does
    assert field(page, QComboBox, "diverging").currentData() == "blue–gold"
    field(page, QPushButton, "restoreDefaults").click()
    assert window.presenter.look.sequential == known.SEQUENTIAL_PALETTE.default
    assert window.presenter.look.diverging == known.DIVERGING_PALETTE.default
    assert field(page, QComboBox, "sequential").currentData() == known.SEQUENTIAL_PALETTE.default
    assert field(page, QSpinBox, "memory").value() == known.MEMORY.default
    assert budget.total == known.MEMORY.default << 20


def test_menus_and_page_show_the_same(page: SettingsWindow, window: MainWindow, qtbot: QtBot) -> None:
    def checked(menu: str) -> list[str]:
        found = window.findChild(QMenu, menu)
        assert found is not None
        found.aboutToShow.emit()
        return [str(one.data()) for one in found.actions() if one.isChecked()]

    choose(qtbot, page, "theme", "dark")
    choose(qtbot, page, "sequential", "grey")
    assert checked("themeMenu") == ["dark"]
    assert checked("sequentialMenu") == ["grey"]
    action = window.findChild(QAction, "divergingMenu-purple–orange")
    assert action is not None
    action.trigger()
    assert field(page, QComboBox, "diverging").currentData() == "purple–orange"
    window.set_cell_width(133)
    assert checked("cellsMenu") == []
    choose(qtbot, page, "theme", "light")


def test_another_window_begins_with_what_was_set(qtbot: QtBot) -> None:
    Settings().set(known.SEQUENTIAL_PALETTE, "viridis")
    Settings().set(known.MOVEMENT, False)
    window = MainWindow(default_project())
    qtbot.addWidget(window)
    assert window.presenter.look.sequential == "viridis"
    assert not window.isAnimated()
    window.close()


# --- the engine ------------------------------------------------------------------------------------------------------


def test_the_engine_begins_with_what_was_set(window: MainWindow, qtbot: QtBot) -> None:
    window.settings.set(known.MEMORY, 256)
    budget.total = DEFAULT
    QSettings().setValue(known.THREADS.key, 1)
    QSettings().setValue(known.DEVICE.key, "webgpu")
    use_threads()
    window.effects.begin()
    assert budget.total == 256 << 20
    assert core_settings.settings.device == "webgpu"
    qtbot.waitUntil(lambda: core_settings.settings.threads == 1)
    window.effects.end()


@pytest.mark.parametrize("built", [False, True])
def test_what_correlates_is_said(window: MainWindow, monkeypatch: pytest.MonkeyPatch, built: bool) -> None:
    def do(*_: object) -> int:
        raise AssertionError("nothing is computed here")

    made = Kernel("avx2", do, do, do) if built else None
    monkeypatch.setattr("convexplorer.gui.window.settings_window.kernel", lambda: made)
    page = SettingsWindow(window)
    said = field(page, QLabel, "convolution")
    assert said.text() == ("Own kernel (AVX2)" if built else "ONNX Runtime")
    assert ("was not built" in said.toolTip()) != built
    page.close()


def test_a_machine_without_other_devices_says_so(page: SettingsWindow) -> None:
    if devices.available():
        pytest.skip("this machine has another device")
    box = field(page, QComboBox, "device")
    assert not box.isEnabled()
    assert box.currentText() == "Processor"
    assert "knows no device but the processor" in box.accessibleDescription()


def test_a_device_that_fails_is_said_in_a_line_and_not_chosen_any_more(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    window.effects.begin()
    window.actions_by_key["settings"].trigger()
    page = window.findChild(SettingsWindow)
    assert page is not None
    qtbot.waitUntil(lambda: not window.tasks.busy)
    box = field(page, QComboBox, "device")
    assert box.isEnabled()

    def refuse(*_args: object, **_more: object) -> None:
        raise RuntimeError("no driver")

    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda *args, providers, **more: refuse() if len(providers) > 1 else real(*args, providers=providers, **more),
    )
    choose(qtbot, page, "device", "cuda")
    qtbot.waitUntil(window.message.isVisible)
    assert window.message.text == "CUDA (NVIDIA) failed (no driver); the processor computes instead"
    assert box.currentData() == CPU
    assert Settings().get(known.DEVICE) == CPU
    window.effects.end()
