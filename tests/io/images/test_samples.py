"""Every sample loads, is what it says, and the first one at once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate2d

from convexplorer import resources
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.model.patterns import BINARY_GRID
from convexplorer.core.project.project import Project
from convexplorer.errors import InvalidValueError, UnavailableError
from convexplorer.io.datasets.load import load_dataset
from convexplorer.io.images import samples
from convexplorer.io.images.samples import DEFAULT_SAMPLE, SAMPLES, Sample, load_sample
from convexplorer.io.sessions.load_save import Session, load_session, save_session
from convexplorer.resources import resource


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


SHIPPED = {
    "astronaut.png": "88431cd9653ccd53",
    "brick.png": "7966caf324f6ba84",
    "camera.png": "b0793d2adda0fa6a",
    "chelsea.png": "596aa1e7cb875eb7",
    "coffee.png": "cc02f8ca188b167c",
    "coins.png": "f8d773fc9cfa6f4d",
    "grass.png": "b6b6022426b38936",
    "gravel.png": "c48615b451bf1e60",
    "hubble_deep_field.jpg": "3a19c5dd8a927a93",
    "ihc.png": "f8dd1aa387ddd1f4",
    "motorcycle_left.png": "db18e9c415761740",
    "retina.jpg": "38a07f36f27f095e",
    "rocket.jpg": "c2dd0de7c538df8d",
}
"""How the SHA-256 of each file begins in scikit-image 0.26's own registry (``skimage/data/_registry.py``)."""


def test_photographs_are_the_bytes_that_scikit_image_ships() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in resource("photographs").iterdir()
    }
    readme = resource("photographs", "README.md").read_text("utf-8")
    del found["README.md"]
    assert found == SHIPPED
    assert set(samples._FILES.values()) == set(SHIPPED)
    assert all(f"| {name} |" in readme for name in SHIPPED)


def test_a_session_with_a_sample_that_is_no_more_opens(tmp_path: Path) -> None:
    layer = ConvLayer(FilterBank.from_arrays([[[1.0]]]))
    image = Image(np.arange(12, dtype=np.uint8).reshape(3, 4), "Moon", sample="moon")
    save_session(tmp_path / "old.cvx", Session(Project((layer,), image)))
    opened = load_session(tmp_path / "old.cvx").project.image
    assert opened is not None
    assert (opened.name, opened.sample) == ("Moon", "moon")
    np.testing.assert_array_equal(opened.native, image.native)


def test_the_grid_is_black_and_white() -> None:
    np.testing.assert_array_equal(load_sample("binary-grid").pixels[0], BINARY_GRID)


def test_the_default_answers_all_four_edge_filters() -> None:
    grey = load_sample(DEFAULT_SAMPLE).prepare(Preparation(grey=True, scale=0.3)).values()[0]
    rows = np.tile([-1.0, -1.0, 1.0, 1.0], (4, 1))
    for weights in (rows, -rows, rows.T, -rows.T):
        nodes = correlate2d(grey, weights, "valid")
        assert (nodes > 0.5).mean() > 0.1


def test_a_photograph_needs_neither_scikit_image_nor_qt() -> None:
    code = (
        "import sys; from convexplorer.io.images.samples import *; load_sample(DEFAULT_SAMPLE);"
        "sys.exit('skimage' in sys.modules or 'PySide6' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_key() -> None:
    with pytest.raises(InvalidValueError, match="no sample named lena"):
        load_sample("lena")


def test_without_the_photographs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "ROOT", tmp_path)
    with pytest.raises(UnavailableError, match=r"coffee\.png is missing"):
        load_sample("coffee")
    with pytest.raises(UnavailableError, match=r"faces\.npy .* is missing"):
        load_dataset("faces")
