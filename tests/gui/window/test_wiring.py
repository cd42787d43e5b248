"""What the wings have to say reaches the window, and once."""

from __future__ import annotations

import pytest

from convexplorer.errors import InvalidValueError
from convexplorer.gui.window.main_window import MainWindow


@pytest.mark.parametrize(
    "wing", ["exploration", "tasks", "opener", "presenter", "attributor", "training", "keeper", "filter_opener"]
)
def test_an_error_is_said_once(window: MainWindow, monkeypatch: pytest.MonkeyPatch, wing: str) -> None:
    said: list[str] = []
    monkeypatch.setattr(window.message, "complain", said.append)
    getattr(window, wing).failed.emit(InvalidValueError("this cannot be"))
    assert len(said) == 1
    assert "this cannot be" in said[0].lower()


def test_wings_tell_what_takes_long(window: MainWindow) -> None:
    told: list[tuple[str, str, float]] = []
    window.exploration.worked.connect(lambda *work: told.append(work))
    window.opener.busyChanged.emit("photo.png")
    window.presenter.progressed.emit(0.5)
    window.opener.busyChanged.emit("")
    window.presenter.progressed.emit(2.0)
    assert [(who, bool(text)) for who, text, _ in told] == [
        ("image", True),
        ("maps", True),
        ("image", False),
        ("maps", False),
    ]
    assert "photo.png" in told[0][1]
