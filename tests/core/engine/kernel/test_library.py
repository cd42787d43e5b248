"""Loading the kernel, doing without it, and building it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from convexplorer.core import correlate
from convexplorer.core.engine.kernel import library
from convexplorer.core.engine.kernel.source import compilers
from convexplorer.core.engine.routes import choice
from convexplorer.core.engine.routes.direct import by_kernel, by_winograd

BESIDE = library.built_library()


def test_an_instruction_set_can_be_chosen(kernel):
    assert library.kernel() is kernel
    assert kernel.name == os.environ[library.SWITCH]


def test_the_fastest_is_taken_unless_told_otherwise(kernel, monkeypatch):
    monkeypatch.delenv(library.SWITCH)
    names = [one.name for one in library.kernels(BESIDE)]
    assert library.kernel().name == names[0]
    assert names == [name for name in ("avx512", "avx2", "baseline") if name in names]
    assert names[-1] == "baseline"


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(library.SWITCH, "0")
    assert library.kernel() is None
    # And all is computed by other routes.
    monkeypatch.setattr(choice, "by_kernel", None)
    monkeypatch.setattr(choice, "by_winograd", None)
    assert correlate(np.ones((1, 50, 60)), np.ones((4, 1, 3, 3)))[0, 0, 0] == 9
    assert by_kernel is not None
    assert by_winograd is not None


@pytest.mark.parametrize("content", [b"", b"no library", None])
def test_a_library_that_cannot_be_loaded_is_done_without(tmp_path, monkeypatch, content):
    path = tmp_path / library.file_name()
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(library.SWITCH, str(path))
    assert library.kernel() is None
    assert correlate(np.ones((1, 4, 4)), np.ones((1, 1, 3, 3)))[0, 0, 0] == 9


def test_a_library_of_other_source_is_done_without(kernel, tmp_path, monkeypatch):
    path = shutil.copy(BESIDE, tmp_path)
    assert library.kernels(Path(path))
    monkeypatch.setattr(library, "stamp", lambda: "0123456789abcdef")
    with pytest.raises(OSError, match="is of another version"):
        library.kernels(Path(path))


def test_any_change_of_the_source_changes_its_stamp(tmp_path, monkeypatch):
    copied = Path(shutil.copytree(compilers.SOURCE, tmp_path / "source"))
    monkeypatch.setattr(compilers, "SOURCE", copied)
    before = compilers.stamp()
    file = copied / "tiles.h"
    file.write_bytes(file.read_bytes() + b"\n")
    assert compilers.stamp() != before


def test_a_compiler_that_fails_leaves_what_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(compilers, "system_compilers", lambda: [[sys.executable, "-c", "raise SystemExit('no')"]])
    monkeypatch.setattr(compilers, "zig", lambda: [["/does/not/exist"]])
    (tmp_path / compilers.file_name()).write_bytes(b"old")
    built, complaints = compilers.build(tmp_path)
    assert built is None
    assert len(complaints) == 2
    assert complaints[0].endswith("no")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_the_user_s_choice_of_a_compiler_comes_first(monkeypatch):
    monkeypatch.setenv("CC", f"{sys.executable} -V")
    assert next(compilers.system_compilers()) == [sys.executable, "-V"]
