"""Every sample loads, is what it says, and the first one at once."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate2d

from convexplorer.core.model.images import Preparation
from convexplorer.core.model.patterns import BINARY_GRID
from convexplorer.errors import InvalidValueError, UnavailableError
from convexplorer.io.images import samples
from convexplorer.io.images.samples import DEFAULT_SAMPLE, SAMPLES, Sample, load_sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.key)
def test_samples_load(sample: Sample) -> None:
    image = load_sample(sample.key)
    assert (image.name, image.sample, image.path) == (sample.title, sample.key, None)
    assert image.notes == ()
    assert np.ptp(image.pixels) > 0.4
    assert sample.title
    assert sample.hint


def test_there_are_enough_of_them_and_keys_are_unique() -> None:
    keys = [sample.key for sample in SAMPLES]
    assert len(set(keys)) == len(keys)
    assert sum(sample.group == "Photographs" for sample in SAMPLES) >= 8
    assert DEFAULT_SAMPLE in keys
    assert {sample.group for sample in SAMPLES} == {"Examples", "Photographs", "Test patterns"}


def test_photographs_equal_those_of_scikit_image() -> None:
    data = pytest.importorskip("skimage.data")
    np.testing.assert_array_equal(load_sample("astronaut").native, data.astronaut())
    np.testing.assert_array_equal(load_sample("cameraman").native[..., 0], data.camera())
    np.testing.assert_array_equal(load_sample("motorcycle").native, data.stereo_motorcycle()[0])


def test_the_grid_is_black_and_white() -> None:
    np.testing.assert_array_equal(load_sample("binary-grid").pixels[0], BINARY_GRID)


def test_the_default_answers_all_four_edge_filters() -> None:
    grey = load_sample(DEFAULT_SAMPLE).prepared(Preparation(grey=True, scale=0.3)).values()[0]
    rows = np.tile([-1.0, -1.0, 1.0, 1.0], (4, 1))
    for weights in (rows, -rows, rows.T, -rows.T):
        nodes = correlate2d(grey, weights, "valid")
        assert (nodes > 0.5).mean() > 0.1


def test_loading_a_photograph_does_not_import_scikit_image() -> None:
    code = (
        "import sys; from convexplorer.io.images.samples import *; load_sample(DEFAULT_SAMPLE);"
        "sys.exit('skimage' in sys.modules or 'PySide6' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_key() -> None:
    with pytest.raises(InvalidValueError, match="no sample named lena"):
        load_sample("lena")


def test_without_the_photographs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match="scikit-image"):
        load_sample("coffee")
    empty = ModuleSpec("skimage", None, is_package=True)
    empty.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(samples, "find_spec", lambda _: empty)
    with pytest.raises(UnavailableError, match=r"coffee\.png"):
        load_sample("coffee")
