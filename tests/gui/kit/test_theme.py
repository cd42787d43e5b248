"""The look: tones that can be read, icons that follow, fields that fit their text."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QFile, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

import convexplorer
from convexplorer.core.engine.colour import DARK_ZERO, LIGHT_ZERO
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.theme import DARK, LIGHT, Theme
from convexplorer.resources import resource

ICONS = sorted(path.stem for path in resource("icons").glob("*.svg"))
BOTH = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """The application in the light look, and plain again afterwards."""
    palette, font = qapp.palette(), qapp.font()
    theme.apply("light")
    yield qapp
    theme.apply("light")
    qapp.setStyleSheet("")
    qapp.setPalette(palette)
    qapp.setFont(font)


def luminance(tone: str) -> float:
    """Relative luminance as in WCAG 2."""
    parts = [int(tone[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def distance(one: QColor, other: QColor) -> int:
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())


def contrast(one: str, other: str) -> float:
    """Contrast ratio as in WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off) -> str:
    """The colour of an icon, where it covers a pixel whole."""
    image = icon.pixmap(QSize(48, 48), 1.0, mode, state).toImage()
    colours = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert len(colours) == 1
    return colours.pop()


@BOTH
def test_text_can_be_read(look: Theme) -> None:
    for ground in (look.window, look.surface, look.popup, look.raised, look.hover, look.selected):
        assert contrast(look.text, ground) >= 7
    for ground in (look.window, look.surface, look.popup, look.raised, look.selected):
        assert contrast(look.muted, ground) >= 4.5
    for ground in (look.window, look.surface, look.popup):
        assert contrast(look.error, ground) >= 4.5
        assert contrast(look.accent, ground) >= 4.5
    assert contrast(look.accent_text, look.accent) >= 4.5


@BOTH
def test_the_accent_stands_out_because_all_else_is_neutral(look: Theme) -> None:
    for name in ("window", "surface", "popup", "raised", "hover", "line", "thumb", "text", "muted", "faint"):
        red, green, blue, _ = QColor(getattr(look, name)).getRgb()
        assert max(red, green, blue) - min(red, green, blue) <= 16, name


def test_zero_of_a_signed_map_has_a_ground_s_own_tone() -> None:
    assert f"#{LIGHT_ZERO}" == LIGHT.window
    assert f"#{DARK_ZERO}" == DARK.surface


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_apply_sets_the_theme_in_force(dressed: QApplication, choice: str) -> None:
    theme.apply(choice)
    assert theme.current() is (DARK if choice == "dark" else LIGHT)
    assert theme.current().line in dressed.styleSheet()
    assert "$" not in dressed.styleSheet()
    assert "icon(" not in dressed.styleSheet().split("*/", 1)[1]


def test_system_is_followed_only_when_chosen(dressed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = QGuiApplication.styleHints().colorSchemeChanged
    theme.apply("system")
    assert theme.current() is LIGHT
    monkeypatch.setattr(theme, "system_prefers_dark", lambda: True)
    changed.emit(Qt.ColorScheme.Dark)
    assert theme.current() is DARK
    theme.apply("light")
    changed.emit(Qt.ColorScheme.Dark)
    assert theme.current() is LIGHT


def test_every_url_of_the_style_sheet_is_a_file(dressed: QApplication) -> None:
    urls = re.findall(r'url\("(.+?)"\)', dressed.styleSheet())
    assert len(urls) > 10
    assert all(QFile.exists(url) for url in urls)


def test_every_icon_is_used() -> None:
    code = "".join(path.read_text("utf-8") for path in Path(convexplorer.__file__).parent.rglob("*.py"))
    style = resource("style.qss").read_text("utf-8")
    assert not [name for name in ICONS if f'"{name}"' not in code and f"icon({name}," not in style]


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_a_line_drawing_in_the_text_colour(name: str, qapp: QApplication) -> None:
    source = resource("icons", f"{name}.svg").read_text("utf-8")
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', source)) <= {"none", "currentColor"}
    assert 'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"' in source
    svg = QSvgRenderer(QByteArray(source.replace("currentColor", "#000000").encode()))
    assert svg.isValid()
    box = svg.viewBoxF()
    # Drawn with a margin, so that ink outside its box would show.
    image = QImage(96, 96, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    svg.setViewBox(box.adjusted(-12, -12, 12, 12))
    svg.render(painter, QRectF(0, 0, 96, 96))
    painter.end()
    inked = [(x, y) for x in range(96) for y in range(96) if image.pixelColor(x, y).alpha() > 40]
    scale = 96 / (box.width() + 24)
    low, high = 12 * scale - 1, 96 - 12 * scale
    assert inked
    assert all(low <= x <= high and low <= y <= high for x, y in inked)


def test_icon_follows_the_theme_by_itself(dressed: QApplication) -> None:
    icon = theme.icon("filters")
    assert ink(icon) == LIGHT.text
    theme.apply("dark")
    assert ink(icon) == DARK.text
    theme.apply("light")
    assert ink(icon) == LIGHT.text


def test_icon_shows_what_is_off_on_and_disabled(dressed: QApplication) -> None:
    icon = theme.icon("stop")
    assert ink(icon, state=QIcon.State.On) == LIGHT.accent
    assert ink(icon, QIcon.Mode.Disabled) == LIGHT.faint
    assert ink(icon, QIcon.Mode.Disabled, QIcon.State.On) == LIGHT.faint
    assert ink(theme.icon("stop", "error")) == LIGHT.error


@pytest.mark.parametrize(("size", "ratio"), [(16, 1.0), (20, 1.25), (20, 1.5), (24, 2.0), (20, 3.0)])
def test_icon_is_drawn_for_the_screen_it_is_on(dressed: QApplication, size: int, ratio: float) -> None:
    pixmap = theme.icon("close").pixmap(QSize(size, size), ratio)
    assert pixmap.size() == QSize(size, size) * ratio
    assert pixmap.devicePixelRatio() == ratio
    image = pixmap.toImage()
    # A line of this width is opaque in its middle only if it was drawn at this size, not enlarged.
    assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() > 200


def test_unknown_icon_is_an_error(dressed: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        theme.icon("no-such-icon")


def test_icons_follow_without_a_file_on_the_disk(dressed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    theme.apply("dark")
    assert ink(theme.icon("stop", "error")) == DARK.error


def test_boxes_and_arrows_of_the_style_sheet_follow_the_theme(dressed: QApplication, qtbot: QtBot) -> None:
    box = QCheckBox("on")
    qtbot.addWidget(box)
    box.setChecked(True)
    box.show()
    for choice, look in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        theme.apply(choice)
        image = box.grab().toImage()
        seen = [image.pixelColor(x, y) for x in range(18) for y in range(image.height())]
        assert look.accent in {one.name() for one in seen}
        assert min(distance(one, QColor(look.accent_text)) for one in seen) < 80  # The tick is about a pixel thin.


@pytest.mark.parametrize(("points", "slack"), [(8, 1), (9, 1), (11, 1), (14, 2)])
def test_fields_are_equally_high_and_hold_their_text(
    dressed: QApplication, qtbot: QtBot, points: int, slack: int
) -> None:
    font = dressed.font()
    font.setPointSize(points)
    window = QWidget()
    qtbot.addWidget(window)
    window.setFont(font)
    layout = QVBoxLayout(window)
    spin, line, combo, button = QDoubleSpinBox(), QLineEdit("Ag"), QComboBox(), QPushButton("Ag")
    combo.addItem("Ag")
    for widget in (spin, line, combo, button):
        widget.setFont(font)
        layout.addWidget(widget)
    with qtbot.waitExposed(window):
        window.show()
    heights = [widget.height() for widget in (spin, line, combo)]
    assert max(heights) - min(heights) <= slack
    text = spin.fontMetrics().boundingRect("−0.00")
    inner = spin.findChild(QLineEdit)
    assert isinstance(inner, QLineEdit)
    assert inner.height() >= text.height()
    assert inner.width() >= text.width()
    assert inner.geometry().left() >= 16  # clear of the left arrow
    assert button.height() >= button.fontMetrics().height() + 8


def test_number_field_without_buttons_shows_its_text(dressed: QApplication, qtbot: QtBot) -> None:
    spin = QDoubleSpinBox()
    qtbot.addWidget(spin)
    spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    with qtbot.waitExposed(spin):
        spin.show()
    inner = spin.findChild(QLineEdit)
    assert isinstance(inner, QLineEdit)
    assert inner.width() >= spin.fontMetrics().horizontalAdvance("0.00")


def test_tool_bars_icons_have_their_size_from_the_start(dressed: QApplication, qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = window.addToolBar("Main")
    bar.addAction(theme.icon("open"), "Open")
    with qtbot.waitExposed(window):
        window.show()
    first = bar.iconSize()
    theme.apply("dark")
    assert first == bar.iconSize() == QSize(20, 20)


@pytest.mark.parametrize("size", [16, 24, 32, 48, 64, 128, 256, 512])
def test_application_icon_at_every_size(size: int, qapp: QApplication) -> None:
    image = QImage(str(resource("app", f"icon-{size}.png")))
    assert image.size() == QSize(size, size)
    assert image.pixelColor(0, 0).alpha() < 255
    assert image.pixelColor(size // 2, size // 2) == QColor("#7fc4cd")
