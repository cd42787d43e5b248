"""The keys that the table of weights answers itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from convexplorer.gui.kit.fields.typed_text import is_character

ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
"""Rows and columns that an arrow goes."""
TURNING = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
"""Planes that a key goes on."""
WALKING = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter}
"""Keys that go on by rows or by columns."""
_PLAIN = {
    *WALKING,
    *(Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
}


def takes(event: QKeyEvent, *, scrubbing: bool) -> bool:
    """Whether a key is for the table, apart from copying, pasting and selecting all.

    Parameters
    ----------
    event : QKeyEvent
        The key with its modifiers.
    scrubbing : bool
        Whether a weight is held by the mouse, so that Esc lets go of it.
    """
    modifier = Qt.KeyboardModifier
    key, modifiers = event.key(), event.modifiers() & ~modifier.KeypadModifier
    if key == Qt.Key.Key_Escape:
        return scrubbing
    if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        return True
    if key in ARROWS:
        return not modifiers & modifier.AltModifier
    if key in _PLAIN:
        return not modifiers & ~modifier.ShiftModifier
    # Letters too: they are refused in the cell, and must not be taken as shortcuts of the window.
    return is_character(event)
