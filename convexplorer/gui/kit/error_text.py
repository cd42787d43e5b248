"""Errors in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from convexplorer.errors import ConvExplorerError


def error_text(error: ConvExplorerError) -> str:
    """The one line of an error; its template, and those of errors that it quotes, translated."""
    return _translate(error).message()


def _translate(error: ConvExplorerError) -> ConvExplorerError:
    values = {
        key: _translate(value) if isinstance(value, ConvExplorerError) else value for key, value in error.values.items()
    }
    return ConvExplorerError(QCoreApplication.translate("errors", error.template), **values)
