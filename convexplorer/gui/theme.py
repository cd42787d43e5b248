"""The look of the window: two palettes of our own, because some platforms give none, and the icons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from convexplorer.resources import resource

GRID = 8
"""Margins and gaps are multiples of this many pixels, or half of it."""


@dataclass(frozen=True)
class Theme:
    """The tones of the light or the dark look, as #rrggbb."""

    dark: bool
    window: str
    """Behind panels, tool bars and the status line."""
    surface: str
    """Behind pictures, tables and lists."""
    raised: str
    """Buttons, fields under the mouse."""
    line: str
    """The few lines there are."""
    text: str
    muted: str
    """Captions, units, what is secondary."""
    accent: str
    """Selection, the cursor's window, the pinned node: the one colour."""
    accent_text: str
    """Text on the accent."""
    error: str


LIGHT = Theme(
    dark=False,
    window="#f3f3f1",
    surface="#ffffff",
    raised="#e9e9e6",
    line="#dcdcd8",
    text="#1d1f22",
    muted="#6b6f76",
    accent="#0f7b8a",
    accent_text="#ffffff",
    error="#c0362c",
)
DARK = Theme(
    dark=True,
    window="#1b1d20",
    surface="#24262a",
    raised="#31343a",
    line="#383b41",
    text="#e8e8e6",
    muted="#9ca1a9",
    accent="#3fc1cf",
    accent_text="#06262a",
    error="#ff8a7a",
)


def current() -> Theme:
    """The theme in force, read from the application's palette, so that it is kept in one place."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def system_prefers_dark() -> bool:
    """Whether the desktop asks for a dark look; False where it does not say."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply(choice: str) -> None:
    """Dress the application; `choice` is "light", "dark" or "system"."""
    dark = system_prefers_dark() if choice == "system" else choice == "dark"
    theme = DARK if dark else LIGHT
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme))
    icon.cache_clear()


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for key, tone in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Link: theme.accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Mid: theme.line,
        role.Midlight: theme.line,
        role.Light: theme.raised,
        role.Dark: theme.line,
        role.Accent: theme.accent,
        role.Shadow: theme.line,
    }.items():
        palette.setColor(key, QColor(tone))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        faded = QColor(theme.muted)
        faded.setAlpha(140)
        palette.setColor(QPalette.ColorGroup.Disabled, key, faded)
    return palette


def _style_sheet(theme: Theme) -> str:
    return f"""
    QToolTip {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.line}; padding: 4px; }}
    """


@lru_cache(maxsize=256)
def icon(name: str) -> QIcon:
    """One of our line icons in the text's tone; its SVG draws with ``currentColor``."""
    theme = current()
    source = resource("icons", f"{name}.svg").read_text("utf-8")
    made = QIcon()
    for mode, tone in ((QIcon.Mode.Normal, theme.text), (QIcon.Mode.Disabled, theme.line)):
        svg = QSvgRenderer(QByteArray(source.replace("currentColor", tone).encode()))
        for size in (16, 20, 24, 32, 48):
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            svg.render(painter, QRectF(0, 0, size, size))
            painter.end()
            made.addPixmap(pixmap, mode)
    return made
