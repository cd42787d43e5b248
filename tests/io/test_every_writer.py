"""Every file the program writes, on every disk that fails: one line, the old file intact, nothing left beside it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from convexplorer.core.engine.colour import scale_for
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.project.project import Project
from convexplorer.errors import MAX_MESSAGE, UnwritableFileError
from convexplorer.io.figures.figures import save_figure
from convexplorer.io.figures.timelines import save_timeline
from convexplorer.io.filters.load_save import FORMATS, save_filters
from convexplorer.io.filters.onnx_export import export_onnx
from convexplorer.io.filters.stacks import save_stack
from convexplorer.io.maps.save import MAP_FORMATS, save_map
from convexplorer.io.sessions.load_save import Session, save_session
from tests.io.figures.test_timelines import snapshots
from tests.io.files.test_atomic import largest_file, only

RNG = np.random.default_rng(4)
BANK = FilterBank((Filter(RNG.normal(size=(9, 9))),))
LAYER = ConvLayer(BANK)
PICTURE = Image(RNG.integers(0, 255, (40, 50, 1), np.uint8), "noise")
VALUES = RNG.normal(size=(30, 40)).astype(np.float32)
SCALE = scale_for(0, 1, sequential="magma", diverging="blue–red", signed=False)
SMALL = 200
"""Bytes, fewer than any of the files has."""

Writer = Callable[[Path], object]


def _map(path: Path, kind: str) -> None:
    save_map(path, VALUES, format=kind, scale=SCALE, filter=BANK[0], settings={}, overwrite=True)


def _figure(path: Path) -> None:
    save_figure(path, PICTURE.prepare(Preparation(scale=1.0)), LAYER, overwrite=True)


WRITERS: dict[str, Writer] = {
    **{f"filters{one.suffix} {key}": partial(save_filters, BANK, format=key) for key, one in FORMATS.items()},
    **{f"layers{suffix}": partial(save_stack, (LAYER,)) for suffix in (".json", ".safetensors")},
    **{f"map{suffix} {key}": partial(_map, kind=key) for key, suffix in MAP_FORMATS.items()},
    **{f"figure{suffix}": _figure for suffix in (".png", ".svg", ".pdf")},
    **{f"timeline{suffix}": partial(save_timeline, snapshots()) for suffix in (".gif", ".apng", ".npz")},
    "layers.onnx": lambda path: export_onnx((LAYER,), Preparation(), path),
    "session.cvx": lambda path: save_session(path, Session(Project((LAYER,), PICTURE))),
}
"""By the name of the file, and something behind it."""


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> Iterator[None]:
    """A system call that fails."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        yield


@pytest.mark.skipif(os.name != "posix", reason="POSIX limits")
@pytest.mark.parametrize("writer", WRITERS)
def test_no_failure_touches_the_old_file(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    write, path = WRITERS[writer], tmp_path / writer.partition(" ")[0]
    path.write_bytes(b"old")

    def refused() -> str:
        with pytest.raises(UnwritableFileError) as caught:
            write(path)
        assert path.read_bytes() == b"old"
        assert only(tmp_path, path.name)
        line = str(caught.value)
        assert line.startswith(path.name)
        assert line.isprintable()
        assert len(line) <= MAX_MESSAGE
        return line

    with largest_file(SMALL):
        assert refused() == f"{path.name} was not saved: it is too large for this disk"
    with failing(monkeypatch, "fsync", errno.ENOSPC):
        assert refused() == f"{path.name} was not saved: the disk is full"
    with failing(monkeypatch, "fsync", errno.EIO):
        assert refused() == f"{path.name} was not saved: {os.strerror(errno.EIO)}"
    with failing(monkeypatch, "open", errno.EROFS):
        assert "is read-only" in refused()
    write(path)
    assert path.stat().st_size > SMALL
    assert only(tmp_path, path.name)


@pytest.mark.skipif(os.name != "posix", reason="POSIX links")
@pytest.mark.parametrize("writer", WRITERS)
def test_links_and_vanished_folders(qtbot: QtBot, tmp_path: Path, writer: str) -> None:
    write, name = WRITERS[writer], writer.partition(" ")[0]
    with pytest.raises(UnwritableFileError, match=r"was not saved: the folder .* does not exist"):
        write(tmp_path / "gone" / name)
    target, link = tmp_path / f"target{Path(name).suffix}", tmp_path / name
    target.write_bytes(b"old")
    link.symlink_to(target.name)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == link.read_bytes() != b"old"
    link.unlink()
    link.symlink_to(link.name)
    with pytest.raises(UnwritableFileError, match=f"^{name} "):
        write(link)
    assert link.is_symlink()
