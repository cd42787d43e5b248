"""Scroll bars of a table, shown only where something cannot be seen without them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QTableView


def show_needed_bars(view: QTableView, room: QSize) -> None:
    """Hide both bars where all cells fit: bars that may appear keep each other in sight though neither is needed."""
    wide = view.horizontalHeader().length() <= room.width()
    high = view.verticalHeader().length() <= room.height()
    policy = Qt.ScrollBarPolicy
    for fits, choose in ((wide, view.setHorizontalScrollBarPolicy), (high, view.setVerticalScrollBarPolicy)):
        choose(policy.ScrollBarAlwaysOff if wide and high and fits else policy.ScrollBarAsNeeded)
