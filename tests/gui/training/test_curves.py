"""The curves of a run, from the first point on."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from convexplorer.core.project.training_run import Curves
from convexplorer.gui.training.curves import FEW, TrainingCurves


def run_of(epochs: int, batches: int = 4) -> Curves:
    steps = np.arange(1, epochs * batches + 1, dtype=float)
    rows = [(number, 1.0, 0.5, 0.9 / number, 0.6) for number in range(1, epochs + 1)]
    return Curves(np.stack([steps, 1 / steps], axis=1), np.array(rows).reshape(-1, 5))


def dots(curves: TrainingCurves, name: str) -> int:
    """Points that are drawn of a curve."""
    scatter = curves._curves[name].scatter
    return len(scatter.points()) if scatter.isVisible() else 0


def test_a_single_point_is_seen_and_many_are_a_line_alone(qtbot: QtBot) -> None:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    curves.resize(400, 152)
    curves.show()
    for epochs in (1, 2, FEW, FEW + 1):
        curves.show_curves(run_of(epochs), 4)
        qtbot.waitUntil(lambda: not curves._soon.isActive())
        for name in ("test loss", "test accuracy", "train accuracy"):
            assert dots(curves, name) == (epochs if epochs <= FEW else 0)
            assert len(curves._curves[name].getData()[0]) == epochs
    curves.show_curves(Curves(np.array([(1.0, 2.3)])), 4)
    qtbot.waitUntil(lambda: not curves._soon.isActive())
    assert dots(curves, "batch loss") == 1
