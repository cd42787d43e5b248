"""Decoding in a process of its own: the same pictures and lines, ended at once when told."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.errors import CancelledError, UnreadableFileError
from convexplorer.io import load_image
from convexplorer.io.images import apart
from convexplorer.io.images.apart import load_image_apart

RGBA = np.random.default_rng(2).integers(0, 256, (30, 40, 4), dtype=np.uint8)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Pictures of any size go to a process; those that were started."""
    found: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            found.append(self)

    monkeypatch.setattr(apart, "_LARGE", 1)
    monkeypatch.setattr(subprocess, "Popen", Popen)
    return found


def encoded(kind: str, **options: Any) -> bytes:
    file = BytesIO()
    PILImage.fromarray(RGBA).save(file, kind, **options)
    return file.getvalue()


def never() -> bool:
    return False


def test_the_picture_is_the_same(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    path = tmp_path / "ein Bild 필터.webp"
    path.write_bytes(encoded("WEBP", lossless=True, exact=True))
    here, there = load_image(path), load_image_apart(path, never)
    np.testing.assert_array_equal(there.native, here.native)
    assert there.native.dtype.isnative
    assert (there.name, there.path, there.notes) == (here.name, here.path, here.notes)
    assert len(started) == 1
    assert started[0].poll() is not None


def test_the_line_is_the_same(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(encoded("TIFF", compression="tiff_lzw"))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\xff" * 40 + data[len(data) // 2 + 40 :])
    lines, errors = [], []
    for load in (load_image, lambda path: load_image_apart(path, never)):
        with pytest.raises(UnreadableFileError) as caught:
            load(path)
        lines.append(str(caught.value))
        errors.append((caught.value.template, str(caught.value.values["problem"])))
    assert lines[0] == lines[1]
    assert errors[0] == errors[1]
    assert len(started) == 1


def test_kinds_that_give_way_are_decoded_here(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    (tmp_path / "x.png").write_bytes(encoded("PNG"))
    assert load_image_apart(tmp_path / "x.png", never).native.shape == (30, 40, 3)
    (tmp_path / "y.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableFileError, match=r"y\.png: this is not a picture"):
        load_image_apart(tmp_path / "y.png", never)
    assert started == []


def test_what_is_too_large_is_not_even_looked_into(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    (tmp_path / "x.webp").write_bytes(encoded("WEBP"))
    with (tmp_path / "x.webp").open("r+b") as file:
        file.truncate(64 << 30)
    with pytest.raises(UnreadableFileError, match=r"64\.0 GB is too large"):
        load_image_apart(tmp_path / "x.webp", never)
    assert started == []


def test_small_ones_are_decoded_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(subprocess, "Popen")
    (tmp_path / "x.avif").write_bytes(encoded("AVIF"))
    assert load_image_apart(tmp_path / "x.avif", never).native.shape == (30, 40, 3)


def test_it_ends_at_once_when_told(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_COMMAND", "import time; time.sleep(600)")
    (tmp_path / "x.webp").write_bytes(encoded("WEBP"))
    with pytest.raises(CancelledError):
        load_image_apart(tmp_path / "x.webp", lambda: bool(started))
    assert started[0].poll() is not None


@pytest.mark.parametrize("command", ["import os; os._exit(9)", "print('{\"shape\": [9', end='')", "raise SystemExit"])
def test_a_decoder_that_dies_gives_one_line(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(apart, "_COMMAND", command)
    (tmp_path / "x.webp").write_bytes(encoded("WEBP"))
    with pytest.raises(UnreadableFileError, match=r"x\.webp: the picture is damaged, or too large"):
        load_image_apart(tmp_path / "x.webp", never)
    assert len(started) == 1


def test_the_process_loads_no_window(tmp_path: Path) -> None:
    code = "import convexplorer.io.images.apart, sys; sys.exit('PySide6' in sys.modules or 'scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
