"""Marks texts for translation where they stand apart from the widget that shows them, and forms English plurals."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6 import QtCore

QT_TRANSLATE_NOOP = cast("Callable[[str, str], str]", QtCore.QT_TRANSLATE_NOOP)
"""``QT_TRANSLATE_NOOP(context, text)`` gives the text back; lupdate finds it by this name."""


def with_count(text: str, count: int) -> str:
    """Finish a text that was translated with a count: "2 filter(s)" becomes "2 filters".

    Translations bring plural forms of their own; only the English source has "(s)".
    """
    return text.replace("(s)", "" if count == 1 else "s")
