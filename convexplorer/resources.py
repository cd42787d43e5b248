"""Finds the files of ``resources/``, in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_resources"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "resources"
"""The folder that holds icons, images, filter banks and lessons."""


def resource(*parts: str) -> Path:
    """Path of one resource, such as ``resource("icons", "open.svg")``."""
    return ROOT.joinpath(*parts)
