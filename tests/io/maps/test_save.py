from __future__ import annotations

import csv
import errno
import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as PILImage

from convexplorer.core.engine.colour import Scale, colour, colourise
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.errors import MAX_MESSAGE, CancelledError, InvalidValueError, UnwritableFileError
from convexplorer.io import load_filters
from convexplorer.io.maps import map_formats
from convexplorer.io.maps.save import MAP_FORMATS, map_file_name, safe_name, save_map, save_maps

EDGE = Filter(np.random.default_rng(1).normal(size=(3, 3, 5)), 0.25, "Edge \u2212 down")
SETTINGS = {"stride": 2, "padding": "same", "activation": "relu", "image": "고양이"}
SIGNED = Scale(-1.5, 1.5, "blue–red")


def some_map(height: int = 40, width: int = 30, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)


def save(path: Path, values: np.ndarray, kind: str, **options) -> Path:
    save_map(path, values, format=kind, **({"scale": SIGNED, "filter": EDGE, "settings": SETTINGS} | options))
    return path


def refusal(path: Path, values: np.ndarray, kind: str, **options) -> str:
    with pytest.raises(UnwritableFileError) as caught:
        save(path, values, kind, **options)
    assert path.name in str(caught.value)
    assert len(str(caught.value)) <= MAX_MESSAGE
    return str(caught.value)


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [SIGNED, Scale(0, 2, "magma"), Scale(-1, 1, "blue–gold", dark=True)])
def test_png_shows_what_the_screen_shows(tmp_path, scale):
    values = some_map()
    with PILImage.open(save(tmp_path / "a.png", values, "png", scale=scale)) as picture:
        picture.load()
        assert picture.mode == "RGB"
        pixels = np.asarray(picture)
        text = picture.text
    assert [tuple(pixel) for pixel in pixels[3].tolist()] == [colour(value, scale) for value in values[3].tolist()]
    packed = (pixels.astype(np.uint32) << np.array([16, 8, 0], np.uint32)).sum(axis=2, dtype=np.uint32)
    assert (packed | 0xFF000000 == colourise(values, scale)).all()
    assert (float(text["Scale low"]), float(text["Scale high"])) == (scale.low, scale.high)
    assert text["Palette"] == scale.palette
    assert text["Title"] == EDGE.name
    assert json.loads(text["Settings"]) == SETTINGS


def test_png16_holds_values_on_a_stated_scale(tmp_path):
    values = some_map()
    with PILImage.open(save(tmp_path / "a.png", values, "png16", scale=None)) as picture:
        assert picture.mode == "I;16"
        samples = np.asarray(picture).astype(np.float64)
        low, high = (float(picture.text[f"Scale {end}"]) for end in ("low", "high"))
        assert picture.text["Scaling"] == "value = low + sample / 65535 * (high - low)"
    assert (low, high) == (values.min(), values.max())
    assert (samples.min(), samples.max()) == (0, 65535)
    np.testing.assert_allclose(low + samples / 65535 * (high - low), values, atol=0.5001 * (high - low) / 65535)


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30])
def test_png16_of_one_value(tmp_path, value):
    with PILImage.open(save(tmp_path / "a.png", np.full((2, 3), value, np.float32), "png16")) as picture:
        assert not np.asarray(picture).any()
        assert np.float32(picture.text["Scale low"]) == np.float32(value)
        assert picture.text["Scale high"] == picture.text["Scale low"]


def test_tiff(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    values = some_map()
    values[0, :3] = np.inf, -np.inf, np.nan
    path = save(tmp_path / "a.tif", values, "tiff", scale=None)
    with tifffile.TiffFile(path) as file:
        assert file.pages[0].asarray().tobytes() == values.tobytes()
        described = json.loads(file.pages[0].description)
    assert described == {"filter": EDGE.name, "bias": EDGE.bias, "settings": SETTINGS}
    with PILImage.open(path) as picture:
        assert picture.mode == "F"
        assert np.asarray(picture).tobytes() == values.tobytes()


def test_npy(tmp_path):
    values = some_map()
    back = np.load(save(tmp_path / "a.npy", values, "npy"), allow_pickle=False)
    assert back.dtype == np.float32
    assert back.tobytes() == values.tobytes()


def test_npz_holds_the_filter_too(tmp_path):
    values = some_map()
    path = save(tmp_path / "a.npz", values, "npz")
    with np.load(path, allow_pickle=False) as archive:
        assert archive["map"].tobytes() == values.tobytes()
        assert json.loads(str(archive["settings"])) == SETTINGS
    assert load_filters(path) == FilterBank((EDGE,))


def test_csv(tmp_path):
    values = some_map(5, 4)
    values[0, 0], values[1, 1] = -0.0, 1e-45
    with save(tmp_path / "a.csv", values, "csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert np.array(rows, np.float64).astype(np.float32).tobytes() == values.tobytes()


@pytest.mark.parametrize("kind", MAP_FORMATS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
def test_small_maps(tmp_path, kind, shape):
    assert save(tmp_path / f"a{MAP_FORMATS[kind]}", some_map(*shape), kind).stat().st_size > 0


@pytest.mark.parametrize("kind", ["png", "png16", "tiff", "npy", "npz"])
def test_strips_make_no_difference(tmp_path, kind, monkeypatch):
    """The same file whatever the strips, and from an array that is not contiguous."""
    values = some_map(50, 7)
    whole = save(tmp_path / "whole", values, kind).read_bytes()
    assert save(tmp_path / "spread", np.asfortranarray(values), kind).read_bytes() == whole
    monkeypatch.setattr("convexplorer.io.arrays.pixels._STRIP", 20)
    cut = save(tmp_path / "cut", values, kind)
    if kind.startswith("png"):
        with PILImage.open(cut) as picture, PILImage.open(tmp_path / "whole") as other:
            assert (np.asarray(picture) == np.asarray(other)).all()
    else:
        assert cut.read_bytes() == whole


@pytest.mark.parametrize("kind", ["png", "png16", "tiff", "npy", "npz"])
def test_map_on_disk_is_never_in_memory_as_a_whole(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("convexplorer.io.arrays.pixels._STRIP", 100_000)
    height, width = 6_000, 1000
    values = np.memmap(tmp_path / "map", np.float32, "w+", shape=(height, width))
    values[::100] = 1
    tracemalloc.start()
    try:
        save(tmp_path / "out", values, kind)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < values.nbytes / 4


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "value"), [("png", np.nan), ("png16", np.nan), ("png16", np.inf), ("png16", -np.inf)])
def test_pictures_need_finite_values(tmp_path, kind, value):
    values = some_map()
    values[3, 3] = value
    assert "not finite" in refusal(tmp_path / "a.png", values, kind)
    assert not list(tmp_path.iterdir())


def test_csv_is_for_small_maps(tmp_path, monkeypatch):
    monkeypatch.setattr(map_formats, "MAX_CSV", 1199)
    assert "at most 1199 values, not 1200" in refusal(tmp_path / "a.csv", some_map(), "csv")
    assert not list(tmp_path.iterdir())


def test_unknown_format_and_missing_scale(tmp_path):
    with pytest.raises(InvalidValueError, match="png, png16, tiff, npy, npz, csv, not jpeg"):
        save(tmp_path / "a.jpg", some_map(), "jpeg")
    with pytest.raises(InvalidValueError, match="needs a scale"):
        save(tmp_path / "a.png", some_map(), "png", scale=None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", MAP_FORMATS)
def test_nothing_is_overwritten_unasked(tmp_path, kind):
    path = tmp_path / f"a{MAP_FORMATS[kind]}"
    path.write_bytes(b"precious")
    assert refusal(path, some_map(), kind) == f"{path.name} already exists"
    assert path.read_bytes() == b"precious"
    save(path, some_map(), kind, overwrite=True)
    assert path.read_bytes() != b"precious"


@pytest.mark.parametrize("kind", MAP_FORMATS)
def test_full_disk(tmp_path, kind):
    """A limit of the system stands in for the disk: writes come up short, then fail."""
    resource = pytest.importorskip("resource")
    path = tmp_path / f"a{MAP_FORMATS[kind]}"
    path.write_bytes(b"precious")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    try:
        text = refusal(path, some_map(200, 200), kind, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert text == f"{path.name} was not saved: it is too large for this disk"
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["png", "png16", "tiff", "npy", "npz"])
def test_cancelling_between_strips(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("convexplorer.io.arrays.pixels._STRIP", 30)
    calls = iter([False, False, True])
    with pytest.raises(CancelledError):
        save(tmp_path / "a", some_map(), kind, should_stop=lambda: next(calls))
    assert not list(tmp_path.iterdir())


# --- several maps ----------------------------------------------------------------------------------------------------


BANK = FilterBank.from_arrays(np.ones((3, 1, 2, 2)), names=["Up", "Down", "a/b"])
NAMES = list(enumerate(BANK.names))


def several(folder: Path, produced: list[int] | None = None, kind: str = "npy", **options):
    def maps():
        for index, one in enumerate(BANK):
            if produced is not None:
                produced.append(index)
            yield index, one, some_map(seed=index)

    options = {"names": NAMES, "settings": SETTINGS} | options
    return save_maps(folder, "cat", maps(), format=kind, **options)


def test_maps_are_taken_one_at_a_time(tmp_path):
    produced: list[int] = []
    written = several(tmp_path / "new" / "folder", produced)
    assert produced == []
    assert next(written).name == "cat_001_Up.npy"
    assert produced == [0]
    assert [path.name for path in written] == ["cat_002_Down.npy", "cat_003_a-b.npy"]
    assert (np.load(tmp_path / "new" / "folder" / "cat_002_Down.npy") == some_map(seed=1)).all()


def test_every_map_gets_its_scale(tmp_path):
    def scale(values):
        return Scale(0, float(values.max()), "magma")

    for index, path in enumerate(several(tmp_path, kind="png", scale=scale)):
        with PILImage.open(path) as picture:
            assert float(picture.text["Scale high"]) == float(some_map(seed=index).max())


def test_names_are_checked_before_the_first_map(tmp_path):
    (tmp_path / "cat_003_a-b.npy").write_bytes(b"precious")
    produced: list[int] = []
    with pytest.raises(UnwritableFileError, match="already exists; no map was saved"):
        several(tmp_path, produced)
    assert produced == []
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"precious"]
    assert len(list(several(tmp_path, overwrite=True))) == 3


def test_stopping_half_way_leaves_whole_maps(tmp_path):
    written = several(tmp_path)
    next(written)
    written.close()
    assert [path.name for path in tmp_path.iterdir()] == ["cat_001_Up.npy"]
    np.load(tmp_path / "cat_001_Up.npy")


def test_failing_half_way_leaves_whole_maps(tmp_path):
    def maps():
        yield 0, BANK[0], some_map()
        raise CancelledError

    written = save_maps(tmp_path, "cat", maps(), names=NAMES, format="npy", settings={})
    with pytest.raises(CancelledError):
        list(written)
    assert [path.name for path in tmp_path.iterdir()] == ["cat_001_Up.npy"]


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwritableFileError, match="file cannot be made"):
        several(tmp_path / "file")
    with pytest.raises(UnwritableFileError, match="cannot be made"):
        several(tmp_path / "file" / "below")


def test_read_only_folder(tmp_path, monkeypatch):
    def refuse(path, flags, mode=0o777, **_):
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnwritableFileError, match=r"cat_001_Up\.npy was not saved: the folder .* is read-only"):
        list(several(tmp_path))


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("Edge down", "Edge-down"),
        ("\u2212F", "\u2212F"),
        ("가로", "가로"),
        ("../../etc/passwd", "etc-passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("line\nbreak\0nul\u202eright", "line-break-nul-right"),
        ("...", ""),
        ("", ""),
        ("dot.", "dot"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Lpt1", "_Lpt1"),
        ("CONE", "CONE"),
        ("e\u0301", "\u00e9"),
        ("x" * 500, "x" * 80),
        ("\ud800", ""),
    ],
)
def test_safe_names(given_name, safe):
    assert safe_name(given_name) == safe


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(stem=st.text(max_size=200), name=st.text(max_size=200), index=st.integers(0, 9999))
def test_any_name_makes_a_file_here(tmp_path, stem, name, index):
    made = map_file_name(stem, index, name, ".png")
    assert Path(made).name == made
    assert len(made.encode()) <= 255
    assert made.isprintable()
    assert not set(made) & set('<>:"/\\|?* ')
    (tmp_path / made).write_bytes(b"")
    (tmp_path / made).unlink()


def test_names_are_unique():
    made = {map_file_name("cat", index, name, ".png") for index in range(300) for name in ("a/b",)}
    assert len(made) == 300
