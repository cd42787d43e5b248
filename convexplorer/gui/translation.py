"""Marks texts for translation where they stand apart from the widget that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6 import QtCore

QT_TRANSLATE_NOOP = cast("Callable[[str, str], str]", QtCore.QT_TRANSLATE_NOOP)
"""``QT_TRANSLATE_NOOP(context, text)`` gives the text back; lupdate finds it by this name."""
