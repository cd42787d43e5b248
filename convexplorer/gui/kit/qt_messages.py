"""Keeps Qt's messages on stderr, but for known noise."""

from __future__ import annotations

import sys

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

_NOISE = "This plugin does not support propagateSizeHints()"
"""Said without a display, each time the least size of a window changes."""


def is_noise(text: str) -> bool:
    """Whether a message is of no use to anyone."""
    return text == _NOISE


def leave_out_noise() -> None:
    """Pass all other messages on to stderr, as Qt does by itself."""
    qInstallMessageHandler(_pass_on)


def _pass_on(_kind: QtMsgType, _context: object, text: str) -> None:
    if not is_noise(text) and sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
