"""Settings that an older program wrote."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from convexplorer.gui.kit.settings import DIVERGING_PALETTE, Settings


def test_a_palette_of_old_is_the_one_in_its_place(qtbot: QtBot) -> None:
    for stored, held in (("green–pink", "blue–gold"), ("nonsense", DIVERGING_PALETTE.default)):
        QSettings().setValue(DIVERGING_PALETTE.key, stored)
        assert Settings().get(DIVERGING_PALETTE) == held
    QSettings().remove(DIVERGING_PALETTE.key)
