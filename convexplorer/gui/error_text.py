"""Errors in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from convexplorer.errors import ConvExplorerError


def error_text(error: ConvExplorerError) -> str:
    """The one line of an error, its template translated."""
    return error.message(QCoreApplication.translate("errors", error.template))
