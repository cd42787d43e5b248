"""The look of the window: two palettes of our own, because some platforms give none, the style sheet and the icons."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from convexplorer.gui.kit.icons import colour_icons, has_icons, icon_file
from convexplorer.resources import resource

ON_PICTURES = "#3fc1cf"
"""The accent on photographs and maps, in both themes: bright, since most maps are dark."""
_CHOICE = "themeChoice"  # property of the application: what was last asked for


@dataclass(frozen=True)
class Theme:
    """The tones of the light or the dark look, as #rrggbb; the style sheet knows them by the same names."""

    dark: bool
    window: str
    """Behind panels, tool bars and the status line."""
    surface: str
    """Behind pictures, tables, lists and fields."""
    popup: str
    """Behind menus, lists that drop down and tool tips."""
    raised: str
    """Buttons; what is flat, under the mouse."""
    hover: str
    """Buttons under the mouse; what is flat, pressed."""
    line: str
    """The few lines there are."""
    thumb: str
    """Scroll bars' handles, and the outline of boxes to tick."""
    text: str
    muted: str
    """Captions, units, what is secondary."""
    faint: str
    """What is disabled."""
    accent: str
    """Selection, the cursor's window, the pinned node: the one colour."""
    accent_text: str
    """Text on the accent."""
    selected: str
    """Behind selected rows and switches that are on: the accent, as a tint."""
    error: str


LIGHT = Theme(
    dark=False,
    window="#f4f4f2",
    surface="#ffffff",
    popup="#ffffff",
    raised="#e8e8e5",
    hover="#dededa",
    line="#dcdcd8",
    thumb="#b4b6b8",
    text="#1d1f22",
    muted="#5f636a",
    faint="#a6a8ac",
    accent="#0f7b8a",
    accent_text="#ffffff",
    selected="#d5e9ec",
    error="#c0362c",
)
DARK = Theme(
    dark=True,
    window="#1b1d20",
    surface="#24262a",
    popup="#2a2d31",
    raised="#32353b",
    hover="#3d4148",
    line="#383b41",
    thumb="#5a5f67",
    text="#e8e8e6",
    muted="#a0a5ad",
    faint="#656a72",
    accent="#3fc1cf",
    accent_text="#06262a",
    selected="#1d4046",
    error="#ff8a7a",
)


def current() -> Theme:
    """The theme in force, read from the application's palette, so that it is kept in one place."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def system_prefers_dark() -> bool:
    """Whether the desktop asks for a dark look; False where it does not say."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply(choice: str) -> None:
    """Dress the application, now and, if it follows the system, whenever that changes.

    Widgets that paint for themselves learn of it through ``changeEvent`` (``QEvent.Type.PaletteChange``).

    Parameters
    ----------
    choice : str
        "light", "dark" or "system".
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    _follow_system(app, choice)
    dark = system_prefers_dark() if choice == "system" else choice == "dark"
    _dress(app, DARK if dark else LIGHT)


def icon(name: str, tone: str = "text") -> QIcon:
    """One of our line icons, sharp at every size and scale; it follows the theme by itself.

    Parameters
    ----------
    name : str
        Its file in ``resources/icons``, which draws with ``currentColor``.
    tone : str
        The field of `Theme` that colours it; the accent takes over while a switch is on.
    """
    if not has_icons():  # A widget that is made before the application is dressed.
        colour_icons(asdict(current()))
    made = QIcon()
    for used, mode, state in (
        (tone, QIcon.Mode.Normal, QIcon.State.Off),
        ("accent" if tone == "text" else tone, QIcon.Mode.Normal, QIcon.State.On),
        ("faint", QIcon.Mode.Disabled, QIcon.State.Off),
        ("faint", QIcon.Mode.Disabled, QIcon.State.On),
    ):
        made.addFile(icon_file(name, used), QSize(), mode, state)
    return made


def _follow_system(app: QApplication, choice: str) -> None:
    """Remember the choice and pass it on to the desktop, which draws the window's frame."""
    hints = app.styleHints()
    if app.property(_CHOICE) is None:
        hints.colorSchemeChanged.connect(_apply_system_theme)
    app.setProperty(_CHOICE, choice)
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints.setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))


def _apply_system_theme() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.property(_CHOICE) == "system":
        _dress(app, DARK if system_prefers_dark() else LIGHT)


def _dress(app: QApplication, theme: Theme) -> None:
    if not app.styleSheet():  # the first time; anew, it would only cost time
        app.setStyle("Fusion")
        font = app.font()
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of equal width, so that numbers stand in columns
        app.setFont(font)
    app.setPalette(_palette(theme))
    colour_icons(asdict(theme))
    app.setStyleSheet(_style_sheet(theme))


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
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.ToolTipBase: theme.popup,
        role.ToolTipText: theme.text,
        role.Light: theme.raised,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.line,
    }.items():
        palette.setColor(key, QColor(tone))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.faint))
    return palette


def _style_sheet(theme: Theme) -> str:
    """``resources/style.qss``, where ``${tone}`` stands for a tone and ``icon(name, tone)`` for an icon's url."""

    def url(match: re.Match[str]) -> str:
        return f'url("{icon_file(match[1], match[2])}")'

    sheet = resource("style.qss").read_text("utf-8")
    return Template(re.sub(r"icon\(([\w-]+), (\w+)\)", url, sheet)).substitute(asdict(theme))
